"""What differs between Connectors in the field, and what goes wrong only there."""

import time

import pytest


def test_a_socket_that_restarts_refuses_for_a_while(simulator, connect) -> None:
    simulator.fault(refuse_ms=1500)
    with pytest.raises(ConnectionRefusedError):
        connect()
    time.sleep(2)
    assert connect(initialise=True).ask("#T#").startswith("#0#")


def test_a_busy_connector_is_freed_by_a_reset(simulator, line) -> None:
    simulator.fault(busy=True)
    assert [line.ask(frame) for frame in ("#T#", "#Q#", "#?#", "#I#")] == ["#ER:BUSY#"] * 4
    assert line.ask("#Z#") == "#0#"
    assert line.ask("#T#").startswith("#0#")


def test_totals_can_be_too_small_once(simulator, line) -> None:
    line.ask("#B#0#0#0#")
    simulator.insert(500)
    simulator.fault(inserted_short=200, total_short=100)
    assert [line.ask("#Q#"), line.ask("#Q#"), line.ask("#J#")] == ["#0#300#", "#0#500#", "#0#400#"]


def test_a_count_can_miss_a_piece(simulator, line) -> None:
    whole = line.ask("#Y#")
    simulator.fault(miscount=500)
    assert line.ask("#Y#") == whole.replace("500:20", "500:19", 1) != whole


def test_the_shapes_of_counts(simulator, line) -> None:
    recyclers, nothing, stacker, safe = line.ask("#Y2#").split("#")[2:-1]
    simulator.fault(y2_without_safe=True)
    assert line.ask("#Y2#").split("#")[2:-1] == [recyclers, nothing, stacker]
    simulator.fault(coins_in_stacker=True)
    assert line.ask("#Y#").split("#")[3].startswith("1:0,2:0,")
    assert safe == nothing
    simulator.fault(no_y2=True)
    assert line.ask("#Y2#") == "#ER:BAD_DATA#"


def test_the_shapes_of_levels(simulator, line) -> None:
    assert "5000:" not in line.ask("#GC#")
    simulator.fault(levels_of_all_notes=True)
    assert "5000:11" in line.ask("#GC#")


def test_the_other_numbering_of_errors(simulator, line) -> None:
    simulator.fault(no_change=True, other_numbers=True)
    assert line.ask("#P#500#0#0#0#") == "#ER:GENERIC#0#0#"
    assert line.ask("#?#") == "#0#6120#"


def test_a_sale_with_ten_parameters(simulator, line) -> None:
    line.send("#C#1#1#500#1#0#0#0#0#1#0#")
    assert line.is_silent()
    simulator.insert(500)
    assert line.receive() == "#0#500#0#0#0#"


def test_nonsense_keeps_the_shape(simulator, line) -> None:
    simulator.fault(nonsense=2)
    first, second = line.ask("#T#"), line.ask("#T#")
    assert first.count("#") == second.count("#") == 4
    assert first != second


def test_a_slow_drip_is_whole_in_the_end(simulator, line) -> None:
    simulator.fault(drip_ms=5)
    line.send("#P#200#0#0#0#")
    reply = line.receive()
    while reply.count("#") < 4:
        reply += line.receive()
    assert reply == "#0#200#0#"


def test_frames_are_remembered(simulator, line) -> None:
    since = time.time()
    line.ask("#T#")
    line.ask("#Y2#")
    assert [frame["name"] for frame in simulator.frames(since)] == ["T", "Y2"]


def test_a_clean_machine_can_have_faults_from_the_start(simulator, line) -> None:
    simulator.reset(faults={"no_y2": True})
    assert line.ask("#Y2#") == "#ER:BAD_DATA#"
    simulator.reset()
    assert line.ask("#Y2#").startswith("#0#")
