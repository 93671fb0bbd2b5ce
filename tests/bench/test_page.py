"""The page says what was measured, keeps what was not measured again, and names an aim that was missed."""

import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from tests.bench import __main__ as bench
from tests.bench import cashdro_sale, cashdro_tills, hesabe_rush, hesabe_sale
from tests.bench.cashdro_sale import CashdroSale
from tests.bench.cashdro_tills import Rush
from tests.bench.front_door import FrontDoor
from tests.bench.hesabe_rush import TokenRound, Webhooks
from tests.bench.hesabe_sale import CardSale
from tests.bench.hesabe_shop import Cloud
from tests.bench.report import Page, Section, Table
from tests.bench.stats import Verdict


def section(title: str, figure: str) -> Section:
    return Section(title, "What it is.", [Table(("figure",), [(figure,)])], [])


def test_a_run_of_one_section_keeps_the_others_and_their_places(tmp_path: Path):
    path = tmp_path / "page.md"
    Page(path, "a quiet machine", quick=False).write(
        [section("One", "old"), section("Two", "kept")], "make bench"
    )
    before = path.read_text()
    Page(path, "a busy machine", quick=False).replace(
        [section("Three", "first"), section("One", "new")], 'make bench SECTIONS="x"'
    )
    text = path.read_text()
    assert "| old |" in before
    assert "| old |" not in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## One",
        "## Two",
        "## Three",
    ]
    head, one, two, three = text.split("\n## ")
    assert before.startswith(head), "the head is of the whole run"
    assert two.strip() == before.split("\n## ")[2].strip()
    for each in (one, three):
        assert 'By `make bench SECTIONS="x"`' in each
        assert "a busy machine" in each


def test_one_section_alone_makes_a_page(tmp_path: Path):
    path = tmp_path / "docs" / "page.md"
    Page(path, "a machine", quick=True).replace([section("One", "1")], 'make bench SECTIONS="x"')
    text = path.read_text()
    assert text.startswith('# Benchmarks\n\nWritten by `make bench SECTIONS="x"`')
    assert "Quick run" in text
    assert "Machine: a machine." in text


def test_a_part_that_fails_costs_the_others_nothing(capsys):
    run = bench.Run()

    def fail() -> list[Section]:
        raise RuntimeError("the machine kept a cent")

    run.part("bad", fail)
    run.part("good", lambda: [section("Good", "1")])
    assert [each.title for each in run.sections] == ["Good"]
    assert run.failed == ["bad"]
    printed = capsys.readouterr()
    assert "the machine kept a cent" in printed.err
    assert "bad: FAILED" in printed.out


def test_an_unknown_section_is_refused_before_anything_runs(capsys):
    with pytest.raises(SystemExit):
        bench.main(["cashdro", "cashdor"])
    assert "no such section: cashdor; there are cashlogy, " in capsys.readouterr().err


# -- verdicts ----------------------------------------------------------------------------------


def missed(section: Section) -> list[str]:
    return [verdict.what for verdict in section.verdicts if not verdict.met]


def cashdro(wait: float, busiest: int) -> list[str]:
    return missed(
        cashdro_sale.section(
            {
                "SmartCash through Odoo": [CashdroSale(wait, 12, busiest)],
                "poll every 3 s": [CashdroSale(9.0, 5, 1)],
            }
        )
    )


def test_aims_of_a_cashdro():
    assert cashdro(0.5, 4) == []
    assert cashdro(0.51, 4) == ["p95, SmartCash through Odoo"]
    assert cashdro(0.5, 5) == ["most requests in a second, SmartCash through Odoo"]
    assert not missed(cashdro_tills.section(Rush(20, 30, [0.01] * 95 + [0.4] * 5)))
    assert missed(cashdro_tills.section(Rush(20, 30, [0.01] * 94 + [0.4] * 6)))


def card(name: str, wait: float, looks: int) -> list[str]:
    return missed(hesabe_sale.section({name: [CardSale(wait, 2.0, looks)]}))


def test_aims_of_hesabe():
    assert card(hesabe_sale.WITH, 0.5, 9) == []
    assert card(hesabe_sale.WITH, 0.6, 9) == ["p95, with webhooks"]
    assert card(hesabe_sale.WITHOUT, 2.5, 2) == []
    assert card(hesabe_sale.WITHOUT, 2.6, 2) == ["p95, without webhooks"]
    assert card(hesabe_sale.WITHOUT, 2.5, 3) == ["requests a second in any sale, without webhooks"]


@pytest.mark.parametrize("calls", [0, 2])
def test_one_round_with_other_than_one_call_misses_the_aim_of_the_token(calls: int):
    good, bad = TokenRound(1, [0.1]), TokenRound(calls, [0.1])
    measured = {hesabe_rush.ENDING: [good, bad], hesabe_rush.REVOKED: [good, good]}
    assert missed(hesabe_rush.token_section(measured)) == ["calls for a new token, near its end"]


def test_webhooks_a_second():
    (table,) = hesabe_rush.webhook_section(Webhooks(10, [0.02] * 500), 20).tables
    assert table.rows == [("500", "50", "20 ms", "20 ms")]


def test_the_word_of_a_verdict():
    assert Verdict("x", "1", "2", False).word == "**missed**"


# -- Hesabe's surroundings ---------------------------------------------------------------------


def test_calls_of_the_cloud_are_counted_by_name_and_in_all():
    with Cloud(terminals=2) as cloud:
        assert len(cloud.terminals()) == 2
        assert cloud.calls() == 0
        requests.post(f"{cloud.api}/api/v1/login", json={"username": "nobody"}, timeout=10)
        assert (cloud.calls(), cloud.calls("login"), cloud.calls("refresh")) == (1, 1, 0)


class Echo:
    """A server that answers each connection with its name and what it was sent first."""

    def __init__(self, name: bytes) -> None:
        self._name = name
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            link, _address = self._socket.accept()
            with link:
                link.sendall(self._name + b" heard " + link.recv(1000))


def test_the_front_door_leads_websockets_to_the_evented_port():
    workers, evented = Echo(b"worker"), Echo(b"evented")
    stack = SimpleNamespace(port=workers.port, evented_port=evented.port)

    def answer(request: bytes) -> bytes:
        with socket.create_connection(door.address) as link:
            link.sendall(request)
            return link.makefile("rb").read()

    with FrontDoor(stack) as door:
        assert answer(b"GET /pos/ui HTTP/1.1") == b"worker heard GET /pos/ui HTTP/1.1"
        assert answer(b"GET /websocket?version=1 HTTP/1.1") == (
            b"evented heard GET /websocket?version=1 HTTP/1.1"
        )
