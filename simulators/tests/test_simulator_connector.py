"""The Connector's TCP face, as an independent client sees it."""

import json
import time

import pytest

SALE = "#C#1#1#{amount}#1#15360#0#{accept}#{partial}#1#0#0#"


def until(condition, timeout: float = 5) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def start_sale(simulator, line, amount: int, *, accept: int = 0, partial: int = 0) -> None:
    line.send(SALE.format(amount=amount, accept=accept, partial=partial))
    until(lambda: simulator.state()["screen"])


# -- Session --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["#Q#", "#B#0#0#0#", "#Y#", "#?#", "#Z#", "#E#", "#!#"])
def test_nothing_is_legal_before_initialisation(connect, command: str) -> None:
    assert connect().ask(command) == "#ER:ILLEGAL#"


def test_a_session_begins_and_ends(line) -> None:
    assert line.ask("#I#") == "#0#2.5#"
    assert line.ask("#E#") == "#0#"
    assert line.ask("#Q#") == "#ER:ILLEGAL#"


def test_a_restart_forgets_the_session(simulator, line, connect) -> None:
    simulator.power(False)
    assert line.receive() == ""
    simulator.power(True)
    assert connect().ask("#Q#") == "#ER:ILLEGAL#"


def test_initialisation_is_busy_while_money_is_accepted_until_reset(line) -> None:
    line.ask("#B#0#0#0#")
    assert line.ask("#I#") == "#ER:BUSY#"
    assert line.ask("#Z#") == "#0#"
    assert line.ask("#I#") == "#0#2.5#"


@pytest.mark.parametrize(
    "command",
    [
        "#P#abc#0#0#0#",
        "#P#-5#0#0#0#",
        "#P#0#0#0#0#",
        "#P#1.5#0#0#0#",
        "#P#\xb2#0#0#0#",
        "#P##0#0#0#",
        "#P#100#0#0#7#",
        "#P#100000000#0#0#0#",
        "#C#1#1#0#1#0#0#0#0#1#0#0#",
        "#C#1#1#100#1#0#0#2#0#1#0#0#",
        "#GV#NONE#",
        "#?#77,x#1#",
        "#FOO#1#",
        "hello",
    ],
)
def test_malformed_commands_are_bad_data(line, command: str) -> None:
    assert line.ask(command) == "#ER:BAD_DATA#"
    assert line.ask("#!#") == "#0#"


@pytest.mark.parametrize("command", ["#Q#", "#J#", "#A#1#", "#S#1#", "#?#SHOW#"])
def test_what_this_state_or_screen_mode_has_not_is_illegal(line, command: str) -> None:
    assert line.ask(command) == "#ER:ILLEGAL#"


def test_versions_and_capabilities(line) -> None:
    versions = json.loads(line.ask("#GV#ALL#").split("#")[2])
    assert versions["SOFTWARE"]["connector"] == "2.5"
    _, code, serial, able, _ = line.ask("#GI#").split("#")
    assert (code, bool(serial)) == ("0", True)
    assert "200:3;500:3,1000:3,2000:3,5000:1" in able


# -- Sale without screens -------------------------------------------------------------------------


def test_a_headless_sale_takes_money_and_gives_change(simulator, line) -> None:
    assert line.ask("#B#0#0#0#") == "#0#"
    assert simulator.insert(2000)["accepted"] == 1
    assert line.ask("#Q#") == "#0#2000#"
    assert line.ask("#J#") == "#0#2000#"
    assert line.ask("#P#1010#0#0#0#") == "#0#1010#0#"
    state = simulator.state()
    assert state["tray_total"] == 1010
    assert state["total"] == simulator.reset()["total"] + 990


def test_older_dialects_are_understood(line) -> None:
    assert line.ask("#B#0#\r\n") == "#0#"
    assert line.ask("#J#\r\n") == "#0#0#"
    assert line.ask("#P#100#0#1#") == "#0#100#0#"


def test_the_final_total_counts_what_is_still_in_the_bowl(simulator, line) -> None:
    line.ask("#B#0#0#0#")
    simulator.insert(100, 30, wait=False)
    until(lambda: simulator.state()["inserted"])
    assert line.ask("#J#") == "#0#3000#"


def test_no_change_pays_nothing(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 200, "recycler": 5}])
    assert line.ask("#P#300#0#0#0#") == "#ER:GENERIC#0#0#"
    assert simulator.state()["tray"] == []
    assert line.ask("#?#") == "#0#1110#"


def test_a_jam_pays_a_part(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 200, "recycler": 60}])
    simulator.fault(jam_after=2)
    assert line.ask("#P#1000#0#0#0#") == "#ER:GENERIC#400#0#"
    assert line.ask("#?#") == "#0#1751#"
    assert line.ask("#Z#") == "#0#"
    assert line.ask("#?#") == "#0##"


def test_cancelling_an_open_acceptance_keeps_the_money_and_names_it(simulator, line) -> None:
    line.ask("#B#0#0#0#")
    simulator.insert(500)
    assert line.ask("#!#") == "#WR:CANCEL#500#"
    assert line.ask("#Q#") == "#ER:ILLEGAL#"
    assert line.ask("#!#") == "#0#"


def test_adding_change_is_an_acceptance(simulator, line) -> None:
    assert line.ask("#A#2#") == "#0#"
    simulator.insert(1000)
    assert line.ask("#Q#") == "#0#1000#"
    assert line.ask("#J#") == "#0#1000#"


def test_levels_near_a_limit_are_a_warning_not_an_error(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 200, "recycler": 12}])
    assert line.ask("#P#200#0#0#0#") == "#WR:LEVEL#200#0#"
    _, code, states, percents, _ = line.ask("#GC#").split("#")
    assert code == "WR:LEVEL"
    assert "100:11,200:12;500:11" in states
    assert states.endswith("STACKER:0")
    assert "100:0,200:9;500:0" in percents


# -- Sale on the Connector's screen ---------------------------------------------------------------


def test_a_screen_sale_answers_when_it_is_paid(simulator, line) -> None:
    start_sale(simulator, line, 990)
    assert simulator.state()["screen"]["to_pay"] == 990
    simulator.insert(2000)
    assert line.receive() == "#0#2000#1010#0#0#"
    assert simulator.state()["screen"] is None


@pytest.mark.parametrize("how", ["screen", "#!#"])
def test_a_cancelled_screen_sale_gives_the_money_back(simulator, line, how: str) -> None:
    start_sale(simulator, line, 5000)
    simulator.insert(1000)
    if how == "screen":
        simulator.press("cancel")
    else:
        line.send("#!#")
    assert line.receive() == "#WR:CANCEL#1000#1000#0#0#"
    assert line.is_silent()


def test_a_screen_sale_may_end_in_part_when_allowed(simulator, line) -> None:
    start_sale(simulator, line, 5000, partial=1)
    simulator.insert(1000)
    simulator.press("accept")
    assert line.receive() == "#0#1000#0#0#0#"


def test_the_accept_button_ends_a_paid_sale(simulator, line) -> None:
    start_sale(simulator, line, 1000, accept=1)
    simulator.insert(1000)
    assert line.is_silent()
    simulator.press("accept")
    assert line.receive() == "#0#1000#0#0#0#"


def test_a_screen_sale_without_change_tells_what_came_back(simulator, line) -> None:
    simulator.reset(float="empty")
    start_sale(simulator, line, 990)
    simulator.insert(2000)
    assert line.receive() == "#ER:GENERIC#2000#0#0#0#"


# -- One at a time --------------------------------------------------------------------------------


def test_other_clients_are_told_busy_while_a_command_runs(simulator, line, connect) -> None:
    other = connect()
    start_sale(simulator, line, 990)
    for command in ("#Q#", "#P#100#0#0#0#", "#Y2#", "#I#", "#Z#"):
        assert other.ask(command) == "#ER:BUSY#"
    assert line.ask("#Q#") == "#ER:BUSY#"
    line.send("#!#")
    assert line.receive() == "#WR:CANCEL#0#0#0#0#"


def test_an_open_acceptance_belongs_to_no_connection(simulator, line, connect) -> None:
    line.ask("#B#0#0#0#")
    line.close()
    other = connect()
    assert other.ask("#P#100#0#0#0#") == "#ER:BUSY#"
    assert other.ask("#B#0#0#0#") == "#ER:BUSY#"
    simulator.insert(200)
    assert other.ask("#J#") == "#0#200#"


def test_what_a_vanished_client_started_goes_on(simulator, line, connect) -> None:
    start_sale(simulator, line, 990)
    line.close()
    simulator.insert(2000)
    until(lambda: simulator.state()["tray_total"] == 1010)
    other = connect()
    until(lambda: other.ask("#T#") != "#ER:BUSY#")


def test_coalesced_commands_are_answered_in_order(line) -> None:
    line.send("#B#0#0#0##Q##J##T2#")
    replies = ""
    while replies.count("#") < 2 + 3 + 3 + 6:
        replies += line.receive()
    assert replies.startswith("#0##0#0##0#0##0#")


def test_split_commands_are_put_together(line) -> None:
    for byte in "#P#100#0#0#0#":
        line.send(byte)
        time.sleep(0.002)
    assert line.receive() == "#0#100#0#"


# -- Collecting, accounting -----------------------------------------------------------------------


def test_collecting_waits_for_the_stacker_to_come_back(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 5000, "cassette": 3}])
    line.send("#S#2#")
    until(lambda: simulator.state()["cassette"]["unlocked"])
    assert simulator.stacker("remove") == {"taken": 15_000}
    assert line.is_silent()
    simulator.stacker("replace")
    assert line.receive() == "#WR:LEVEL#15000#"
    assert line.ask("#T#") == "#WR:LEVEL#0#0#"
    assert simulator.state()["collected"] == 15_000


@pytest.mark.parametrize(("removed", "cents"), [(False, 0), (True, 15_000)])
def test_collecting_can_be_cancelled(simulator, line, removed: bool, cents: int) -> None:
    simulator.reset(pieces=[{"value": 5000, "cassette": 3}])
    line.send("#S#2#")
    until(lambda: simulator.state()["cassette"]["unlocked"])
    if removed:
        simulator.stacker("remove")
    line.send("#!#")
    assert line.receive() == f"#WR:CANCEL#{cents}#"


def test_pieces_of_choice_are_given_as_far_as_they_are_there(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 200, "recycler": 60}, {"value": 1000, "recycler": 25}])
    reply = line.ask("#U#200:3;1000:2#0#0#0#")
    assert reply.startswith("#WR:LEVEL#")  # the other recyclers are empty
    assert "200:3," not in reply
    assert "200:3;500:0,1000:2" in reply
    assert simulator.state()["tray_total"] == 2600
    reply = line.ask("#U#;1000:99#0#0#0#")
    assert "1000:23" in reply
    assert reply.startswith("#WR:LEVEL#")


def test_notes_go_to_the_stacker(simulator, line) -> None:
    simulator.reset(pieces=[{"value": 500, "recycler": 7}, {"value": 1000, "recycler": 2}])
    assert "500:7,1000:2" in line.ask("#U#;500:7,1000:2#1#0#0#")
    state = simulator.state()
    assert (state["tray_total"], state["cassette"]["pieces"]) == (0, 9)
    assert line.ask("#T#") == "#WR:LEVEL#0#5500#"


@pytest.mark.parametrize("wanted", ["", "x", "200:1;", ";300:1"])
def test_what_cannot_go_to_the_stacker_is_refused(line, wanted: str) -> None:
    assert line.ask(f"#U#{wanted}#1#0#0#") == "#ER:BAD_DATA#"


def test_accounts_agree_with_the_contents(simulator, line) -> None:
    pieces = [{"value": 200, "recycler": 60}, {"value": 500, "recycler": 7, "cassette": 2}]
    simulator.reset(pieces=pieces)
    assert line.ask("#T#") == "#WR:LEVEL#15500#1000#"
    assert line.ask("#T2#") == "#WR:LEVEL#15500#0#1000#0#"
    recyclers, stacker = line.ask("#Y#").split("#")[2:4]
    assert recyclers.startswith("1:0,2:0,5:0,10:0,20:0,50:0,100:0,200:60;500:7,1000:0")
    assert stacker == ";500:2,1000:0,2000:0,5000:0,10000:0,20000:0,50000:0"
    fields = line.ask("#Y2#").split("#")
    assert (fields[2], fields[4], len(fields)) == (recyclers, stacker, 7)


def test_an_error_code_is_described_on_request(simulator, line) -> None:
    assert line.ask("#?#") == "#0##"
    simulator.fault(stacker_full=True)
    assert line.ask("#?#") == "#0#1120#"
    parts = line.ask("#?#1120,1014#1#").split("#")[2].split("|")
    assert parts[:3] == ["1120", "0", "Remove stacker"]
    assert len(parts) == 7


def test_machine_seconds_are_those_of_the_machine(simulator, line) -> None:
    assert simulator.state()["machine_seconds"] == 0
    line.ask("#B#0#0#0#")
    started = time.monotonic()
    simulator.insert(500, 20)
    waited = time.monotonic() - started
    time.sleep(0.2)  # the customer looks for another note: not the machine's time
    line.ask("#J#")
    state = simulator.state()
    assert 20 * 0.667 / 100 <= state["machine_seconds_inserting"] <= waited
    assert state["machine_seconds"] == pytest.approx(state["machine_seconds_inserting"], abs=0.01)
    assert abs(state["last_frame_at"] - time.time()) < 1
