"""Everything that the control API can break between a CashDro and its clients."""

import http.client
import json
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor

import pytest

from smartcash_simulators.cashdro.testing import CashdroSimulator
from smartcash_simulators.testing import SimulatorError

SALE, PAYOUT = 4, 3
LOST = (http.client.RemoteDisconnected, ConnectionResetError)


def test_a_lost_answer_was_carried_out(till) -> None:
    number = till.start(PAYOUT, 500)
    till.machine.fault(drop_replies=1)
    with pytest.raises(LOST):
        till.code("acknowledgeOperationId", operationId=number)
    assert till.wait(number)["totalout"] == "-500"


def test_a_lost_request_was_not(till) -> None:
    till.machine.fault(drop_requests=1)
    with pytest.raises(LOST):
        till.start(SALE, 500)
    assert till.machine.operations() == []


def test_a_fault_can_be_kept_for_one_call(till) -> None:
    till.machine.fault(drop_replies=1, only_on="startOperation")
    assert till.code("doTest") == 1
    with pytest.raises(LOST):
        till.start(SALE, 500)
    assert [row["state"] for row in till.machine.operations()] == ["I"]


def test_half_an_answer_breaks_off(till) -> None:
    till.machine.fault(half_frame=1)
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        till.code("doTest")
    assert till.code("doTest") == 1


@pytest.mark.parametrize("fault", ["garbage", "html"])
def test_what_is_no_json(till, fault: str) -> None:
    till.machine.fault(**{fault: 1})
    with pytest.raises((UnicodeDecodeError, json.JSONDecodeError)):
        till.code("doTest")


@pytest.mark.parametrize(
    ("word", "told"),
    [("C", ("C", 0, "0")), ("canceled", ("E", 1, "0")), ("error", ("E", 0, "1"))],
)
def test_an_end_that_is_not_told_as_f(till, word: str, told: tuple) -> None:
    till.machine.fault(end_told_as=word)
    number = till.begin(SALE, 1000)
    till.pay(500)
    assert till.finish(number, 2) == 1
    limit = time.monotonic() + 10
    while till.machine.operations()[-1]["state"] != "F":
        assert time.monotonic() < limit
        time.sleep(0.01)
    asked = till.machine.ask("askOperation", operationId=number)
    told_now = asked["response"]["operation"]["operation"]
    assert (told_now["state"], told_now["canceled"], told_now["error"]) == told
    assert (told_now["totalin"], told_now["totalout"]) == ("500", "-500")
    running = till.machine.ask("askOperationExecuting")["response"]["operation"]
    assert running["OperationId"] == "-1"


def test_busy_for_a_while_after_an_end(till) -> None:
    till.machine.fault(busy_after_end_ms=400)
    till.wait(till.begin(PAYOUT, 500))
    amount = {"amount": "500"}
    again = {"type": "3", "posid": "1", "posuser": "ann", "parameters": amount}
    assert till.code("startOperation", **again) == -2
    time.sleep(0.5)
    assert till.code("startOperation", **again) == 1


def test_one_call_at_a_time(till) -> None:
    till.machine.fault(one_at_a_time=True, latency_ms=200)
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(lambda _number: till.code("doTest"), range(3))) == [1, 1, 1]
    assert time.monotonic() - began > 0.55


def test_a_machine_that_counts_in_hundredths() -> None:
    for currency, amount, note in (("CLP", 1000, 1000), ("KWD", 250, 250)):
        with CashdroSimulator(currency=currency, speed=200) as machine:
            machine.fault(hundredths=True)
            told = {"CLP": 100000, "KWD": 25}[currency]
            levels = machine.ask("getPiecesCurrency", currencyId=currency, includeLevels="1")
            values = [row["Value"] for row in levels["response"]["operation"]["pieces"]]
            assert str(told) in values
            number = machine.ask(
                "startOperation", type="4", posid="1", posuser="a", parameters={"amount": str(told)}
            )["response"]["operation"]["operationId"]
            machine.ask("acknowledgeOperationId", operationId=number)
            assert machine.operations()[-1]["total"] == amount
            machine.insert(note)
            row = machine.ask("askOperation", operationId=number)["response"]["operation"]
            assert row["operation"]["totalin"] == str(told)
            assert machine.state()["physical_total"] > 0


def test_the_account_that_every_machine_has(till) -> None:
    known = {"name": "Exchange_Machine", "password": "-99"}
    assert till.code("doTest", **known) == 1
    assert till.start(SALE, 500, **known)


@pytest.mark.parametrize(
    "fault", [{"end_told_as": "X"}, {"busy_after_end_ms": -1}, {"hundredths": 1}]
)
def test_what_cannot_be_broken_that_way(till, fault: dict) -> None:
    with pytest.raises(SimulatorError):
        till.machine.fault(**fault)


def test_an_http_error(till) -> None:
    till.machine.fault(http_error=1)
    with pytest.raises(urllib.error.HTTPError, match="500"):
        till.code("doTest")


def test_a_redirect_carries_nothing_out(till) -> None:
    till.machine.fault(redirect=1)
    with pytest.raises(json.JSONDecodeError):
        till.start(SALE, 500)  # urllib follows it, to a page
    assert till.machine.operations() == []


def test_an_answer_of_ten_megabytes(till) -> None:
    till.machine.fault(huge=1)
    answer = till.machine.ask("doTest")
    assert (answer["code"], len(answer["padding"])) == (1, 10_000_000)


def test_a_slow_drip(till) -> None:
    till.machine.fault(drip_ms=3)
    begin = time.monotonic()
    answer = till.machine.ask("doTest")
    assert time.monotonic() - begin > 0.003 * len(json.dumps(answer, separators=(",", ":")))


def test_a_late_answer(till) -> None:
    till.machine.fault(latency_ms=200)
    begin = time.monotonic()
    assert till.code("doTest") == 1
    assert time.monotonic() - begin > 0.2


def test_a_silent_machine_does_nothing(till) -> None:
    till.machine.fault(no_answer=True)
    with pytest.raises(TimeoutError):
        till.machine.ask("startOperation", type="3", parameters={"amount": "500"}, timeout=0.2)
    till.machine.clear_faults()
    assert till.code("doTest") == 1
    assert till.machine.operations() == []


def test_a_code_that_nobody_documents(till) -> None:
    till.machine.fault(wrong_code=1)
    assert till.code("doTest") == -77


def test_a_state_that_nobody_documents(till) -> None:
    number = till.begin(SALE, 500)
    till.machine.fault(unknown_state=1)
    assert [till.look(number)["state"] for _ in range(2)] == ["G", "E"]


def test_the_sign_of_old_software(till) -> None:
    number = till.begin(PAYOUT, 500)
    till.wait(number)
    till.machine.fault(positive_totalout=True)
    assert till.look(number)["totalout"] == "500"


def test_extra_fields_and_small_pieces(till) -> None:
    till.machine.fault(extra_fields=True, split_replies=True)
    assert till.machine.ask("doTest")["code"] == 1


def test_dropped_connections_can_be_made_again(till) -> None:
    number = till.begin(SALE, 500)
    till.machine.fault(disconnect=True)
    assert till.look(number)["state"] == "E"


@pytest.mark.parametrize("body", [{"service": "asleep"}, {"only_on": 3}, {"half": 1}, {"huge": -1}])
def test_a_fault_that_makes_no_sense_is_told(till, body: dict) -> None:
    with pytest.raises(RuntimeError, match="400"):
        till.machine.fault(**body)


@pytest.mark.parametrize(
    "call",
    [
        lambda machine: machine.settings(rounding=5),
        lambda machine: machine.settings(control="yes"),
        lambda machine: machine.settings(message_shape="poem"),
        lambda machine: machine.settings(refused=5),
        lambda machine: machine.operate_by_hand(99),
        lambda machine: machine.operate_by_hand(4),
        lambda machine: machine.add_user("", "x"),
        lambda machine: machine.messages(0),
        lambda machine: machine.press("cancel"),
    ],
)
def test_bad_input_to_the_control_api_is_told(cashdro, call) -> None:
    with pytest.raises(RuntimeError, match="400"):
        call(cashdro)


def test_a_reset_ends_what_was_running_and_undoes_the_settings(till) -> None:
    till.machine.settings(control=False)
    number = till.begin(SALE, 1000)
    till.pay(500)
    till.machine.reset(float="homologation")
    state = till.machine.state()
    assert (state["operation"], state["inserted"], state["settings"]["control"]) == (None, 0, True)
    assert till.code("askOperation", operationId=number) == -2
    again = till.begin(SALE, 200)
    assert int(again) > int(number)
    till.pay(200)
    assert till.wait(again)["totalin"] == "200"


def test_the_note_cassette_is_taken_out_at_the_machine(till) -> None:
    deposit = till.begin(16)
    till.pay(2000)
    till.finish(deposit, 1)
    till.wait(deposit)
    number = str(till.machine.operate_by_hand(10)["id"])
    assert till.wait(number)["totalout"] == "-2000"
    state = till.machine.state()
    assert (state["collected"], state["cassette"]["pieces"]) == (2000, 0)
