"""What goes wrong on site: no change, no control, jams, power cuts, somebody who changes his mind."""

import time
from http.client import RemoteDisconnected

import pytest

LOAD, WITHDRAWAL, PAYOUT, SALE, TRANSFER, DEPOSIT, DEPOSIT_AMOUNT, EXCHANGE = (
    1,
    2,
    3,
    4,
    8,
    16,
    17,
    18,
)
ACCEPT, CANCEL, CANCEL_OLD, EXECUTE = 1, 2, 3, 4


def totals(seen: dict) -> tuple[int, int, int]:
    """In, out, and what is owed for lack of change."""
    return tuple(
        int(seen[name]) * sign
        for name, sign in (("totalin", 1), ("totalout", -1), ("amountchangenotavailable", 1))
    )


@pytest.fixture
def empty(till):
    till.machine.reset(float="empty")
    return till


@pytest.fixture
def uncontrolled(empty):
    """An empty machine that keeps what it cannot give back."""
    empty.machine.settings(control=False)
    return empty


# -- Control of change and cancel ------------------------------------------------------------------


def test_with_control_a_note_without_change_is_refused(empty) -> None:
    number = empty.begin(SALE, 300)
    assert empty.pay(500) == ["no_change_for_it"]
    assert empty.look(number)["messages"] == ["0"]
    assert empty.pay(200, 100) == [None, None]
    seen = empty.wait(number)
    assert (totals(seen), seen["messages"]) == ((300, 0, 0), [])


def test_with_control_only_the_last_note_is_refused(empty) -> None:
    number = empty.begin(SALE, 700)
    assert empty.pay(500, 500) == [None, "no_change_for_it"]
    assert empty.pay(200) == [None]
    assert totals(empty.wait(number)) == (700, 0, 0)


def test_with_control_a_note_that_a_cancel_could_not_return_is_refused(empty) -> None:
    number = empty.begin(SALE, 6000)
    assert empty.pay(5000) == ["not_recyclable"]
    assert empty.look(number)["messages"] == ["1"]
    empty.machine.reset(pieces=[{"value": 1000, "recycler": 5}])
    again = empty.begin(SALE, 6000)
    assert empty.pay(5000) == [None]
    assert empty.finish(again, CANCEL) == 1
    assert totals(empty.wait(again)) == (5000, 5000, 0)


def test_without_control_change_that_is_not_there_is_owed(uncontrolled) -> None:
    number = uncontrolled.begin(SALE, 300)
    assert uncontrolled.pay(500) == [None]
    seen = uncontrolled.wait(number)
    assert totals(seen) == (500, 0, 200)
    assert seen["roundValue"] == "0"


def test_without_control_change_goes_as_far_as_it_can(uncontrolled) -> None:
    uncontrolled.machine.reset(pieces=[{"value": 100, "recycler": 1}])
    uncontrolled.machine.settings(control=False)
    number = uncontrolled.begin(SALE, 300)
    uncontrolled.pay(500)
    assert totals(uncontrolled.wait(number)) == (500, 100, 100)


def test_a_machine_may_be_set_to_all_or_nothing(uncontrolled) -> None:
    uncontrolled.machine.reset(pieces=[{"value": 100, "recycler": 1}])
    uncontrolled.machine.settings(control=False, give_partial=False)
    number = uncontrolled.begin(SALE, 300)
    uncontrolled.pay(500)
    assert totals(uncontrolled.wait(number)) == (500, 0, 200)


def test_without_control_a_cancel_owes_what_the_cassette_swallowed(uncontrolled) -> None:
    number = uncontrolled.begin(SALE, 6000)
    assert uncontrolled.pay(5000, 500) == [None, None]
    assert uncontrolled.finish(number, CANCEL) == 1
    seen = uncontrolled.wait(number)
    assert (totals(seen), seen["canceled"]) == ((5500, 500, 5000), 1)


def test_a_cancel_returns_the_same_pieces(till) -> None:
    number = till.begin(SALE, 2000)
    till.pay(500, 200, 50, 50)
    till.finish(number, CANCEL)
    till.wait(number)
    tray = [(piece["value"], piece["count"]) for piece in till.machine.state()["tray"]]
    assert tray == [(50, 2), (200, 1), (500, 1)]


def test_change_takes_no_more_pieces_of_one_kind_than_it_may(till) -> None:
    till.machine.reset(pieces=[{"value": 10, "recycler": 100}])
    till.machine.settings(control=False, max_coins=10)
    number = till.begin(SALE, 300)
    till.pay(500)
    assert totals(till.wait(number)) == (500, 100, 100)


# -- Ending a sale by hand -------------------------------------------------------------------------


def test_a_partial_sale_is_finalised(till) -> None:
    number = till.begin(SALE, 1000)
    till.pay(500, 100)
    assert till.finish(number, ACCEPT) == 1
    seen = till.wait(number)
    assert (totals(seen), seen["canceled"], seen["roundValue"]) == ((600, 0, 0), 0, "0")


@pytest.mark.parametrize("mode", [CANCEL, CANCEL_OLD])
def test_both_old_and_new_cancel_give_the_money_back(till, mode: int) -> None:
    number = till.begin(SALE, 1000)
    till.pay(500)
    assert till.finish(number, mode) == 1
    assert totals(till.wait(number)) == (500, 500, 0)


def test_a_cancel_before_any_money_moves_none(till) -> None:
    number = till.begin(SALE, 1000)
    assert till.finish(number, CANCEL) == 1
    assert totals(till.wait(number)) == (0, 0, 0)
    assert till.finish(number, CANCEL) == -2


def test_a_cancel_that_comes_too_late_changes_nothing(till) -> None:
    till.machine.fault(jam_after=0)
    till.machine.settings(wait_at_jam=True)
    number = till.begin(SALE, 1000)
    till.pay(2000)
    assert till.finish(number, CANCEL) == 1
    till.machine.clear_faults()
    seen = till.wait(number)
    assert (totals(seen), seen["canceled"]) == ((2000, 1000, 0), 0)


def test_the_machine_has_buttons_of_its_own(till) -> None:
    number = till.begin(SALE, 1000)
    till.pay(200)
    assert till.machine.state()["screen"]["to_pay"] == 1000
    till.machine.press("accept")
    assert totals(till.wait(number)) == (200, 0, 0)
    assert till.machine.state()["screen"] is None


# -- Power cuts ------------------------------------------------------------------------------------


def test_a_power_cut_in_mid_sale_keeps_what_went_in(till) -> None:
    number = till.begin(SALE, 1000)
    till.pay(500)
    till.machine.power(False)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        till.look(number)
    till.machine.power(True)
    seen = till.look(number)
    assert (seen["state"], totals(seen), seen["error"]) == ("F", (500, 0, 0), "1")
    assert till.code("askOperationExecuting") == 1
    assert totals(till.wait(till.begin(PAYOUT, 500))) == (0, 500, 0)


def test_a_power_cut_in_mid_change_owes_the_rest(till) -> None:
    till.machine.fault(power_cut_at="dispense")
    number = till.begin(SALE, 1000)
    till.pay(500, 2000)
    till.after_the_power_cut()
    seen = till.look(number)
    money_in, money_out, owed = totals(seen)
    assert seen["state"] == "F"
    assert money_in == 2500
    assert 0 < money_out < 1500
    assert money_out + owed == 1500
    assert till.machine.state()["tray_total"] == money_out


def test_a_power_cut_between_the_last_coin_and_the_change_owes_all_of_it(till) -> None:
    till.machine.fault(power_cut_at="stop")
    number = till.begin(SALE, 1000)
    till.pay(2000)
    till.after_the_power_cut()
    assert totals(till.look(number)) == (2000, 0, 1000)


def test_a_power_cut_in_mid_payout_tells_what_came_out(till) -> None:
    till.machine.fault(power_cut_at="dispense")
    number = till.begin(PAYOUT, 1700)
    till.after_the_power_cut()
    money_in, money_out, owed = totals(till.wait(number))
    assert (money_in, money_out + owed) == (0, 1700)
    assert 0 < money_out < 1700


def test_a_machine_that_forgets_has_never_heard_of_the_operation(till) -> None:
    number = till.begin(SALE, 1000)
    till.pay(500)
    till.machine.power(False, keep_memory=False)
    till.machine.power(True)
    assert till.code("askOperation", operationId=number) == -2
    state = till.machine.state()
    assert state["physical_total"] == state["total"] + 500
    assert int(till.start(SALE, 100)) > int(number)


def test_what_was_queued_before_a_power_cut_never_starts(till) -> None:
    first, second = till.start(SALE, 1000), till.start(PAYOUT, 1000)
    for number in (first, second):
        till.code("acknowledgeOperationId", operationId=number)
    assert till.look(second)["state"] == "Q"
    till.machine.power(False)
    till.machine.power(True)
    seen = till.look(second)
    assert (seen["state"], totals(seen), seen["canceled"]) == ("F", (0, 0, 0), 1)
    assert totals(till.wait(till.begin(PAYOUT, 200))) == (0, 200, 0)
    assert till.machine.state()["tray_total"] == 200


# -- Jams ------------------------------------------------------------------------------------------


def test_a_jam_in_the_change_ends_the_sale_and_puts_the_machine_out_of_service(till) -> None:
    till.machine.fault(jam_after=0)
    number = till.begin(SALE, 1000)
    till.pay(2000)
    seen = till.wait(number)
    assert (totals(seen), seen["withError"]) == ((2000, 0, 1000), "true")
    assert till.machine.ask("getDiagnosis")["response"]["operation"]["WithError"] is True
    parameters = {"amount": "100"}
    assert till.code("startOperation", type="4", parameters=parameters) == -998
    till.machine.clear_faults()
    assert till.look(number)["withError"] == "false"
    assert till.start(SALE, 100)


def test_a_jam_can_hold_the_operation_until_somebody_repairs_it(till) -> None:
    till.machine.settings(wait_at_jam=True)
    till.machine.fault(jam_after=1)
    number = till.begin(PAYOUT, 700)
    deadline = time.monotonic() + 20
    while till.look(number)["withError"] == "false":
        assert time.monotonic() < deadline, "the jam is never told"
    assert till.look(number)["state"] == "E"
    till.machine.clear_faults()
    assert totals(till.wait(number)) == (0, 700, 0)


def test_a_payout_that_cannot_be_made_whole_tells_what_came_out(till) -> None:
    till.machine.reset(pieces=[{"value": 500, "recycler": 1}])
    assert totals(till.wait(till.begin(PAYOUT, 2000))) == (0, 500, 1500)


# -- The other operations --------------------------------------------------------------------------


def test_a_payout_by_denomination_gives_just_these_pieces(till) -> None:
    pieces = {"piece": [{"value": "100", "level": "2", "isBill": "false"}]}
    number = till.start(PAYOUT, parameters={"pieces": pieces})
    till.code("acknowledgeOperationId", operationId=number)
    seen = till.wait(number)
    assert (seen["total"], totals(seen)) == ("200", (0, 200, 0))
    tray = till.machine.state()["tray"]
    assert [(piece["value"], piece["count"]) for piece in tray] == [(100, 2)]


@pytest.mark.parametrize("kind", [LOAD, DEPOSIT])
def test_a_deposit_takes_any_amount_until_it_is_finished(till, kind: int) -> None:
    number = till.begin(kind)
    till.pay(500, 200)
    assert till.look(number)["state"] == "E"
    assert till.finish(number, ACCEPT) == 1
    assert totals(till.wait(number)) == (700, 0, 0)


def test_a_load_takes_only_what_can_be_given_out_again(till) -> None:
    number = till.begin(LOAD)
    assert till.pay(2000) == ["not_recyclable"]
    assert till.look(number)["messages"] == ["1"]


def test_a_deposit_can_be_cancelled(till) -> None:
    number = till.begin(DEPOSIT)
    till.pay(1000)
    till.finish(number, CANCEL)
    assert totals(till.wait(number)) == (1000, 1000, 0)


def test_a_deposit_of_an_amount_gives_change(till) -> None:
    number = till.begin(DEPOSIT_AMOUNT, 1000)
    till.pay(500, 10, 1000)
    assert totals(till.wait(number)) == (1510, 510, 0)


def test_an_exchange_gives_smaller_money_for_a_note(till) -> None:
    number = till.begin(EXCHANGE)
    till.pay(1000)
    till.finish(number, ACCEPT)
    assert totals(till.wait(number)) == (1000, 1000, 0)
    assert all(piece["value"] < 1000 for piece in till.machine.state()["tray"])


def chosen(list_name: str, *rows: tuple[int, int, bool]) -> dict:
    pieces = [
        {"valor": str(value), "nivel": str(count), "isBillete": str(note).lower()}
        for value, count, note in rows
    ]
    lists = {"Piezas": {"pieza": []}, "PiezasCasete": {"pieza": []}}
    return {"params": {**lists, list_name: {"pieza": pieces}}}


def test_a_withdrawal_waits_for_its_pieces(till) -> None:
    number = till.begin(WITHDRAWAL)
    rows = (20, 2, False), (500, 1, True)
    assert till.look(number)["state"] == "E"
    assert till.finish(number, EXECUTE, **chosen("Piezas", *rows)) == 1
    assert totals(till.wait(number)) == (0, 540, 0)


def test_a_withdrawal_of_more_than_there_is_is_refused(till) -> None:
    number = till.begin(WITHDRAWAL)
    assert till.finish(number, EXECUTE, **chosen("Piezas", (500, 3, True))) == -99
    assert till.finish(number, CANCEL_OLD) == 1
    assert totals(till.wait(number)) == (0, 0, 0)


def test_a_transfer_moves_pieces_to_the_cassette_and_no_money_out(till) -> None:
    number = till.begin(TRANSFER)
    before = till.machine.state()["total"]
    rows = (500, 2, True), (200, 3, False)
    assert till.finish(number, EXECUTE, **chosen("PiezasCasete", *rows)) == 1
    assert totals(till.wait(number)) == (0, 0, 0)
    state = till.machine.state()
    moved = {piece["value"]: piece["cassette"] for piece in state["pieces"] if piece["cassette"]}
    assert (moved, state["total"]) == ({500: 2, 200: 3}, before)


def test_a_jam_in_a_transfer_leaves_the_rest_in_its_recycler(till) -> None:
    till.machine.fault(jam_after=1)
    number = till.begin(TRANSFER)
    till.finish(number, EXECUTE, **chosen("PiezasCasete", (200, 3, False)))
    seen = till.wait(number)
    coin = next(piece for piece in seen["devices"][1]["pieces"] if piece["value"] == "200")
    assert (seen["error"], coin["unitstransferred"], coin["finishlevelrecycler"]) == ("1", "1", 19)


def test_a_full_cassette_takes_no_transfer_of_notes(till) -> None:
    till.machine.reset(float="full")
    number = till.begin(TRANSFER)
    assert till.finish(number, EXECUTE, **chosen("PiezasCasete", (500, 1, True))) == -99
    assert till.finish(number, EXECUTE, **chosen("PiezasCasete", (200, 1, False))) == 1
    coins = till.wait(number)["devices"][1]["pieces"]
    assert [piece["unitstransferred"] for piece in coins if piece["value"] == "200"] == ["1"]


def test_a_list_of_the_wrong_kind_is_refused(till) -> None:
    number = till.begin(TRANSFER)
    assert till.finish(number, EXECUTE, **chosen("Piezas", (500, 1, True))) == -99
    assert till.look(number)["state"] == "E"


def test_mexican_pesos_round_to_the_smallest_coin() -> None:
    from conftest import Till

    from smartcash_simulators.cashdro.testing import CashdroSimulator

    with CashdroSimulator(speed=100, currency="MXN", model="4+") as machine:
        till = Till(machine)
        number = till.begin(SALE, 1030)
        till.pay(2000)
        seen = till.wait(number)
        assert (totals(seen), seen["totalrounded"]) == ((2000, 1000, 0), "1000")
