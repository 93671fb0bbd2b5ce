"""Everything the control API can break, seen from the wire."""

import pytest

FULL_STACKER = {"accepted": 0, "rejected": 1, "held": 0, "reason": "cassette_full"}


def test_a_late_answer_is_late(simulator, line) -> None:
    simulator.fault(latency_ms=200)
    line.send("#T#")
    assert line.is_silent(0.1)
    assert line.receive().startswith("#0#")


def test_a_lost_answer_was_carried_out(simulator, line) -> None:
    simulator.fault(drop_replies=1)
    line.send("#P#200#0#0#0#")
    assert line.is_silent(0.3)
    assert simulator.state()["tray_total"] == 200
    assert line.ask("#T#").startswith("#0#")


def test_half_a_frame_is_half_a_frame(simulator, line) -> None:
    simulator.fault(half_frame=1)
    assert line.ask("#P#200#0#0#0#") == "#0#2"
    assert line.is_silent()
    assert line.ask("#P#200#0#0#0#") == "#0#200#0#"


def test_garbage_is_no_frame(simulator, line) -> None:
    simulator.fault(garbage=1)
    assert "#" not in line.ask("#T#")
    assert line.ask("#T#").startswith("#0#")


def test_an_unknown_result_code(simulator, line) -> None:
    simulator.fault(wrong_code=1)
    assert line.ask("#P#200#0#0#0#") == "#WR:UNHEARD#200#0#"


def test_extra_fields(simulator, line) -> None:
    simulator.fault(extra_fields=True)
    assert line.ask("#P#200#0#0#0#") == "#0#200#0#extra#1#"


def test_answers_in_several_segments_are_whole(simulator, line) -> None:
    simulator.fault(split_replies=True)
    line.send("#Y2#")
    reply = ""
    while reply.count("#") < 6:
        reply += line.receive()
    assert reply.startswith("#0#1:156,")


def test_no_answer_means_nothing_was_done(simulator, line) -> None:
    simulator.fault(no_answer=True)
    line.send("#P#200#0#0#0#")
    assert line.is_silent(0.3)
    simulator.clear_faults()
    assert simulator.state()["tray"] == []
    assert line.ask("#T#").startswith("#0#")


def test_no_change(simulator, line) -> None:
    simulator.fault(no_change=True)
    assert line.ask("#P#200#0#0#0#") == "#ER:GENERIC#0#0#"


def test_a_full_stacker_takes_no_big_notes(simulator, line) -> None:
    simulator.fault(stacker_full=True)
    line.ask("#B#0#0#0#")
    assert simulator.insert(5000) == FULL_STACKER
    assert simulator.insert(2000)["accepted"] == 1


def test_a_refused_coin_comes_back(simulator, line) -> None:
    simulator.fault(refuse_coin=200)
    line.ask("#B#0#0#0#")
    assert simulator.insert(200)["reason"] == "refused"
    assert line.ask("#J#") == "#0#0#"


def test_an_unplugged_machine_is_an_error_of_the_connector(simulator, line) -> None:
    simulator.fault(unplugged=True)
    assert line.ask("#B#0#0#0#") == "#ER:GENERIC#"
    assert line.ask("#?#") == "#0#1075#"
    simulator.clear_faults()
    assert line.ask("#B#0#0#0#") == "#0#"


def test_dropped_connections_can_be_made_again(simulator, line, connect) -> None:
    line.ask("#B#0#0#0#")
    simulator.fault(disconnect=True)
    assert line.receive() == ""
    assert connect().ask("#J#") == "#0#0#"


def test_without_power_nobody_answers(simulator, line, connect) -> None:
    simulator.fault(power="off")
    assert line.receive() == ""
    waiting = connect()
    waiting.send("#I#")
    assert waiting.is_silent()
    assert simulator.insert(200)["reason"] == "power_off"
    simulator.fault(power="on")
    assert waiting.receive() == ""
    assert connect().ask("#I#") == "#0#2.5#"


@pytest.mark.parametrize(
    ("phase", "kept"), [("accept", 0), ("insert", 500), ("stop", 1000), ("dispense", 500)]
)
def test_a_power_cut_at_each_phase(simulator, line, connect, phase: str, kept: int) -> None:
    before = simulator.state()["total"]
    simulator.fault(power_cut_at=phase)
    for step in ("#B#0#0#0#", 500, 500, "#J#", "#P#1000#0#0#0#"):
        if isinstance(step, int):
            simulator.insert(step)
            continue
        line.send(step)
        if line.receive() == "" or not simulator.state()["powered"]:
            break
    state = simulator.state()
    assert not state["powered"]
    expected = kept if phase != "dispense" else 0
    assert state["total"] == state["physical_total"] == before + expected
    simulator.power(True)
    assert connect().ask("#Q#") == "#ER:ILLEGAL#"


def test_a_restart_with_lost_memory_shows_a_mismatch(simulator, line, connect) -> None:
    line.ask("#B#0#0#0#")
    simulator.insert(5000)
    simulator.power(False, keep_memory=False)
    simulator.power(True)
    state = simulator.state()
    assert state["physical_total"] == state["total"] + 5000
    again = connect(initialise=True)
    assert again.ask("#?#") == "#0#1014#"
    assert again.ask("#?#1014#1#").split("|")[4] == "-5000"


def test_a_reset_ends_what_was_running(simulator, line) -> None:
    line.send("#S#2#")
    assert line.is_silent()
    simulator.reset()
    assert line.receive() == "#ER:GENERIC#"
    assert line.ask("#T#").startswith("#0#")
