"""The control API: bad input, the state file, the process."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from smartcash_simulators.cashlogy.testing import CashlogySimulator
from smartcash_simulators.testing import SimulatorError


def post(simulator, path: str, body: str) -> tuple[int, dict]:
    request = urllib.request.Request(simulator.web + path, data=body.encode(), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/api/insert", "{", "not JSON"),
        ("/api/insert", "[1]", "JSON object"),
        ("/api/insert", "[" * 100_000, "nested too deeply"),
        ("/api/insert", "{}", "which piece"),
        ("/api/insert", '{"value": 300}', "no piece of 300"),
        ("/api/insert", '{"value": 200, "kind": "note"}', "no note of 200"),
        ("/api/insert", '{"value": 200, "kind": ["note"]}', "200"),
        ("/api/insert", '{"value": 2.5}', "whole number"),
        ("/api/insert", '{"value": -200}', "zero or more"),
        ("/api/insert", '{"value": 200, "count": 0}', "from 1 to"),
        ("/api/insert", '{"value": 200, "count": 100000}', "from 1 to"),
        ("/api/insert", '{"value": 200, "count": "3"}', "whole number"),
        ("/api/insert", '{"value": 200, "wait": 1}', "true or false"),
        ("/api/insert", '{"value": 200, "colour": "red"}', "colour"),
        ("/api/take", '{"all": true}', "unknown"),
        ("/api/reset", '{"float": "half"}', "standard, empty, full"),
        ("/api/reset", '{"float": ["full"]}', "standard, empty, full"),
        ("/api/reset", '{"pieces": [{"value": 300}]}', "no piece of 300"),
        ("/api/faults", '{"gremlins": 1}', "gremlins"),
        ("/api/faults", '{"drop_replies": "2"}', "whole number"),
        ("/api/faults", '{"latency_ms": 1e400}', "whole number"),
        ("/api/faults", '{"latency_ms": 9000000000}', "at most"),
        ("/api/faults", '{"no_answer": 1}', "true or false"),
        ("/api/faults", '{"power_cut_at": "lunch"}', "accept, insert"),
        ("/api/faults", '{"power_cut_at": ["stop"]}', "accept, insert"),
        ("/api/faults", '{"power": true}', "on"),
        ("/api/faults", '{"disconnect": "yes"}', "true or false"),
        ("/api/power", "{}", "say"),
        ("/api/power", '{"on": "yes"}', "true or false"),
        ("/api/stacker", '{"action": "kick"}', "remove"),
        ("/api/stacker", '{"action": "remove"}', "locked"),
        ("/api/screen", '{"press": "cancel"}', "no sale window"),
    ],
)
def test_bad_input_is_answered_with_the_reason(simulator, path, body, reason) -> None:
    before = simulator.state()
    status, answer = post(simulator, path, body)
    assert status == 400
    assert reason in answer["error"]
    assert simulator.state() == before


def test_one_wrong_fault_sets_none_of_them(simulator) -> None:
    with pytest.raises(SimulatorError, match="gremlins"):
        simulator.fault(no_change=True, gremlins=1)
    assert not simulator.state()["faults"]["no_change"]


def test_any_page_may_call_the_api(simulator) -> None:
    with urllib.request.urlopen(simulator.web + "/api/state") as answer:  # noqa: S310
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_inserting_without_waiting_answers_at_once(simulator, line) -> None:
    line.ask("#B#0#0#0#")
    assert simulator.insert(500, 5, wait=False) == {"queued": 5}


def test_movements_tell_each_piece(simulator, line) -> None:
    line.ask("#P#700#0#0#0#")
    moved = simulator.state()["movements"]
    assert sorted((row["direction"], row["value"]) for row in moved) == [("out", 200), ("out", 500)]


def test_dollars_need_the_kind_where_it_is_ambiguous() -> None:
    with CashlogySimulator(currency="USD") as simulator:
        with pytest.raises(SimulatorError, match="coin and a note of 100"):
            simulator.insert(100)
        assert simulator.insert(100, kind="note")["reason"] == "not_accepting"
        assert simulator.state()["currency"] == "USD"


def test_the_state_file_keeps_the_contents_over_a_kill(tmp_path, monkeypatch) -> None:
    file = tmp_path / "machine.json"
    with CashlogySimulator(state_file=file, float_="empty") as simulator:
        simulator.reset(pieces=[{"value": 200, "recycler": 7}])
        simulator.kill()
    with CashlogySimulator(state_file=file) as simulator:
        assert simulator.state()["total"] == 1400


def test_a_broken_state_file_is_refused_with_advice(tmp_path) -> None:
    file = tmp_path / "machine.json"
    file.write_text("{}")
    with pytest.raises(SimulatorError, match="remove it to start anew"):
        CashlogySimulator(state_file=file).start()


def test_a_taken_port_is_told(simulator) -> None:
    taken = int(simulator.connector.split(":")[1])
    with pytest.raises(SimulatorError, match="Cannot start"):
        CashlogySimulator(port=taken).start()


def test_it_ends_by_itself_when_asked(simulator) -> None:
    other = CashlogySimulator()
    other.start()
    assert other.stop() == 0
    assert "Traceback" not in other.log()


def test_the_command_prints_one_ready_line() -> None:
    command = [sys.executable, "-m", "smartcash_simulators.cashlogy", "--port", "0"]
    with subprocess.Popen(
        [*command, "--web-port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stdout.read() == ""
    assert line.startswith("READY connector=127.0.0.1:")
    assert " web=http://127.0.0.1:" in line


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan"])
def test_a_senseless_speed_is_refused(speed: str) -> None:
    command = [sys.executable, "-m", "smartcash_simulators.cashlogy", "--speed", speed]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--speed" in done.stderr
