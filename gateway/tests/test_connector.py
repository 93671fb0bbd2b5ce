"""A Connector that answers oddly: no wrong amount is ever read, nothing is sent twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from smartcash_gateway.cashlogy.connector import Connector
from smartcash_gateway.cashlogy.machine import Machine
from smartcash_gateway.errors import (
    DeviceBusy,
    DeviceFault,
    DeviceIllegal,
    DeviceLost,
    DeviceOffline,
    DeviceRefused,
)
from smartcash_gateway.timing import Timing

Answer = bytes | list[bytes | float] | None


class ScriptedConnector:
    """Answers each request with what the script says for its name.

    An answer is bytes, or a list of bytes and pauses in seconds; None says nothing, b"" hangs up.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = {"GI": [b"#0#SIM0000001#1:3;500:3#"]}
        self.requests: list[str] = []
        self.connections = 0
        self.address = ("127.0.0.1", 0)
        self.on_request: Callable[[str], None] = lambda name: None

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = server.sockets[0].getsockname()
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while data := await reader.read(4096):
                name = data.decode("latin-1").split("#")[1]
                self.requests.append(name)
                self.on_request(name)
                answers = self.script.get(name) or [None]
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if answer == b"":
                    return
                for part in answer if isinstance(answer, list) else [answer]:
                    if isinstance(part, float):
                        await asyncio.sleep(part)
                    elif part is not None:
                        writer.write(part)
                        await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.transport.abort()


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[ScriptedConnector]:
    connector = ScriptedConnector()
    server = await connector.start()
    yield connector
    server.close()


@pytest_asyncio.fixture
async def cashlogy(scripted: ScriptedConnector) -> AsyncIterator[Machine]:
    connector = Connector(*scripted.address)
    yield Machine(connector, Timing(reply=0.8, stop=0.8, payout=2.0))
    connector.close()


async def test_a_reply_in_many_reads_is_put_together(scripted, cashlogy):
    scripted.script["J"] = [[b"#", 0.05, b"0", 0.05, b"#20", 0.05, b"00", 0.05, b"#"]]
    assert await cashlogy.stop() == 2000


async def test_half_a_frame_is_never_half_an_amount(scripted, cashlogy):
    scripted.script["J"] = [b"#0#20"]
    with pytest.raises(DeviceLost, match="breaks off"):
        await cashlogy.stop()


async def test_the_late_half_of_a_frame_does_not_reach_the_next_command(scripted, cashlogy):
    scripted.script["Q"] = [[b"#0#20", 0.9, b"00#"], b"#0#500#"]
    with pytest.raises(DeviceLost):
        await cashlogy.inserted()
    assert await cashlogy.inserted() == 500
    assert scripted.connections == 2


async def test_a_late_answer_is_not_taken_for_the_next_one(scripted, cashlogy):
    """The last Q answered late must not become the final total of J."""
    scripted.script["Q"] = [[1.0, b"#0#500#"]]
    scripted.script["J"] = [b"#0#2000#"]
    with pytest.raises(DeviceLost, match="No answer"):
        await cashlogy.inserted()
    assert await cashlogy.stop() == 2000


async def test_noise_alone_is_no_answer(scripted, cashlogy):
    scripted.script["Q"] = [b"\x00\xff garbage #!?"]
    with pytest.raises(DeviceLost):
        await cashlogy.inserted()


async def test_noise_before_an_answer_is_skipped(scripted, cashlogy):
    scripted.script["Q"] = [[b"\x00\xffgarbage", 0.05, b"#0#700#"]]
    assert await cashlogy.inserted() == 700


async def test_fields_that_are_too_many_do_not_spill_into_the_next_answer(scripted, cashlogy):
    scripted.script["Q"] = [[b"#0#700#extra#", 0.05, b"9#"]]
    scripted.script["J"] = [[0.2, b"#0#800#"]]
    assert await cashlogy.inserted() == 700
    assert await cashlogy.stop() == 800


@pytest.mark.parametrize("answer", [b"#0#abc#", b"#0#-5#", b"#0#5.00#", b"#0##"])
async def test_a_total_that_is_no_amount_is_no_answer(scripted, cashlogy, answer):
    scripted.script["J"] = [answer]
    with pytest.raises(DeviceLost):
        await cashlogy.stop()


async def test_a_code_that_nobody_knows_proves_nothing(scripted, cashlogy):
    scripted.script["P"] = [b"#WR:UNHEARD#500#0#"]
    with pytest.raises(DeviceLost, match="WR:UNHEARD"):
        await cashlogy.pay_out(500)


async def test_a_level_warning_is_a_success(scripted, cashlogy):
    scripted.script["J"] = [b"#WR:LEVEL#2000#"]
    assert await cashlogy.stop() == 2000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"#ER:BUSY#", DeviceBusy),
        (b"#ER:ILLEGAL#", DeviceIllegal),
        (b"#ER:BAD_DATA#", DeviceRefused),
        (b"#ER:CLAIM#", DeviceRefused),
        (b"#ER:GENERIC#0#", DeviceFault),
        (b"", DeviceLost),
        (None, DeviceLost),
    ],
)
async def test_each_refusal_has_its_meaning(scripted, cashlogy, answer, error):
    scripted.script["J"] = [answer]
    with pytest.raises(error):
        await cashlogy.stop()


async def test_a_payout_without_answer_is_sent_once(scripted, cashlogy):
    scripted.script["P"] = [None]
    with pytest.raises(DeviceLost):
        await cashlogy.pay_out(500)
    assert scripted.requests == ["P"]


async def test_a_fault_tells_what_came_out_so_far(scripted, cashlogy):
    scripted.script["P"] = [b"#ER:GENERIC#300#0#", b"#ER:GENERIC#"]
    first = await cashlogy.pay_out(500)
    assert (first.dispensed, first.fault) == (300, True)
    second = await cashlogy.pay_out(500)
    assert (second.dispensed, second.fault) == (0, True)


async def test_commands_go_one_by_one(scripted, cashlogy):
    scripted.script["Q"] = [[0.2, b"#0#1#"]]
    scripted.script["J"] = [b"#0#2#"]
    assert await asyncio.gather(cashlogy.inserted(), cashlogy.stop()) == [1, 2]
    assert scripted.requests == ["Q", "J"]


async def test_an_abandoned_command_does_not_leave_its_answer_behind(scripted, cashlogy):
    scripted.script["Q"] = [[0.3, b"#0#111#"]]
    scripted.script["J"] = [b"#0#222#"]
    task = asyncio.ensure_future(cashlogy.inserted())
    await asyncio.sleep(0.1)
    task.cancel()
    assert await cashlogy.stop() == 222


async def test_without_a_connector_nothing_was_sent():
    cashlogy = Machine(Connector("127.0.0.1", 1))
    with pytest.raises(DeviceOffline, match="No CashlogyConnector"):
        await cashlogy.pay_out(500)


async def test_the_interruption_ends_the_running_sale(scripted, cashlogy):
    scripted.script["C"] = [None]
    scripted.script["!"] = [b"#0##WR:CANCEL#1800#1800#0#0#"]
    sale = asyncio.ensure_future(cashlogy.charge(1, 2000, allow_partial=False))
    await asyncio.sleep(0.1)
    await cashlogy.interrupt()
    charge = await sale
    assert (charge.inserted, charge.returned, charge.cancelled) == (1800, 1800, True)


async def test_a_stray_answer_to_the_interruption_is_let_pass(scripted, cashlogy):
    scripted.script["!"] = [[0.2, b"#0#"]]
    scripted.script["?"] = [b"#0#1014#"]
    await cashlogy.interrupt()
    assert await cashlogy.active_errors() == (1014,)


async def test_an_old_connector_is_counted_with_its_own_command(scripted, cashlogy):
    scripted.script["Y2"] = [b"#ER:BAD_DATA#"]
    scripted.script["Y"] = [b"#0#1:10,100:2;500:3#;5000:1#"]
    assert (await cashlogy.inventory()).total == 10 + 200 + 1500 + 5000
    await cashlogy.inventory()
    assert scripted.requests == ["Y2", "Y", "Y"]


async def test_places_of_the_new_count_are_added_up(scripted, cashlogy):
    scripted.script["Y2"] = [b"#0#100:2;500:3#100:1#;500:1,5000:2#;5000:1#"]
    inventory = await cashlogy.inventory()
    found = {(d.kind, d.value): (d.recycler, d.cassette) for d in inventory.denominations}
    assert found == {("coin", 100): (2, 1), ("note", 500): (3, 1), ("note", 5000): (0, 3)}


async def test_a_machine_that_is_stuck_at_its_start_is_reset(scripted, cashlogy):
    scripted.script["I"] = [b"#ER:BUSY#"]
    scripted.script["Z"] = [b"#0#"]
    await cashlogy.initialise()
    assert scripted.requests == ["I", "Z"]


class LateConnector(ScriptedConnector):
    """One client at a time: whoever connects last gets all answers, in the order of the commands."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = asyncio.Lock()
        self._newest: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._newest = writer
        try:
            while data := await reader.read(4096):
                name = data.decode("latin-1").split("#")[1]
                self.requests.append(name)
                self._tasks.add(asyncio.ensure_future(self._answer(name)))
        except ConnectionError:
            return

    async def _answer(self, name: str) -> None:
        async with self._turn:
            answers = self.script.get(name) or [None]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            for part in answer if isinstance(answer, list) else [answer]:
                if isinstance(part, float):
                    await asyncio.sleep(part)
                elif part is not None:
                    self._newest.write(part)


@pytest_asyncio.fixture
async def late() -> AsyncIterator[LateConnector]:
    connector = LateConnector()
    server = await connector.start()
    yield connector
    server.close()


@pytest_asyncio.fixture
async def behind(late: LateConnector) -> AsyncIterator[Machine]:
    """A machine whose Connector keeps an answer that is late for whoever comes next."""
    connector = Connector(*late.address)
    yield Machine(connector, Timing(reply=0.8, stop=0.8, payout=2.0))
    connector.close()


@pytest.mark.parametrize("known", [True, False])
async def test_a_late_answer_that_outlives_its_socket_is_never_taken_for_the_next_one(
    late, behind, known
):
    """1.00, 5.00 and 25.00 inserted: the first answer late put every later one out of step."""
    if known:
        await behind.identify()
    late.script["Q"] = [[1.1, b"#0#100#"], b"#0#500#", b"#0#2500#"]
    late.script["J"] = [b"#0#2500#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    assert await behind.inserted() == 500
    assert await behind.inserted() == 2500
    assert await behind.stop() == 2500


async def test_a_name_alone_brings_the_wire_back_into_step(late, behind):
    late.script["GI"] = [b"#0#SIM0000001#"]
    await behind.identify()
    late.script["Q"] = [[1.1, b"#0#100#"], b"#0#500#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    assert await behind.inserted() == 500


async def test_a_late_answer_to_the_probe_itself_does_not_put_it_out_of_step_again(late, behind):
    late.script["GI"] = [[1.7, b"#0#1100#1:3;500:3#"], b"#0#1100#1:3;500:3#"]
    late.script["Q"] = [[1.0, b"#0#100#"], b"#0#500#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    with pytest.raises(DeviceOffline):
        await behind.inserted()
    for _ in range(3):
        with contextlib.suppress(DeviceOffline):
            assert await behind.inserted() == 500
            break
    else:
        pytest.fail("the wire never came back into step")
    assert await behind.inserted() == 500


async def test_while_the_lost_command_still_runs_nothing_is_sent(late, behind):
    late.script["P"] = [None]
    late.script["GI"] = [b"#ER:BUSY#"]
    with pytest.raises(DeviceLost):
        await behind.pay_out(500)
    for _ in range(2):
        with pytest.raises(DeviceBusy):
            await behind.inventory()
    assert late.requests == ["P", "GI", "GI"]


async def test_a_machine_that_stays_busy_can_still_be_reset(late, behind):
    late.script["P"] = [None]
    late.script["GI"] = [b"#ER:BUSY#"]
    late.script["Z"] = [b"#0#"]
    with pytest.raises(DeviceLost):
        await behind.pay_out(500)
    await behind.reset()
    assert late.requests == ["P", "Z"]


async def test_a_connector_without_a_name_is_believed_after_a_silence(late, behind):
    late.script["GI"] = [b"#ER:BAD_DATA#"]
    late.script["Q"] = [[1.1, b"#0#100#"], b"#0#500#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    assert await behind.inserted() == 500


async def test_a_restarted_connector_is_in_step(late, behind):
    late.script["Q"] = [None]
    late.script["GI"] = late.script["?"] = [b"#ER:ILLEGAL#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    with pytest.raises(DeviceIllegal):
        await behind.active_errors()
    assert late.requests == ["Q", "GI", "?"]


@pytest.mark.parametrize("answer", ["#0#\xb2#", "#0#1\xb9#", "#0#1014,\xb3#"])
async def test_an_odd_byte_in_a_list_of_codes_is_no_answer(scripted, cashlogy, answer):
    scripted.script["?"] = [answer.encode("latin-1")]
    with pytest.raises(DeviceLost):
        await cashlogy.active_errors()


async def test_a_refusal_with_more_fields_than_usual_brings_the_wire_back_into_step(late, behind):
    """Found by the fault run: a restarted Connector of that dialect was offline for good."""
    late.script["Q"] = [None]
    late.script["GI"] = late.script["?"] = [b"#ER:ILLEGAL#extra#1#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    with pytest.raises(DeviceIllegal):
        await behind.active_errors()


async def test_a_name_that_nobody_knows_yet_brings_it_back_when_it_is_told_again_and_again(
    late, behind
):
    late.script["GI"] = [b"#0#SIM0000001#"]
    late.script["Q"] = [None, b"#0#500#"]
    with pytest.raises(DeviceLost):
        await behind.inserted()
    for _ in range(2):
        with pytest.raises(DeviceOffline):
            await behind.inserted()
    assert await behind.inserted() == 500
