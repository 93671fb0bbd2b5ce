"""The maker's own homologation, basic level, with control of change and cancel."""

import pytest

SALE, PAYOUT = 4, 3
# asked for, pieces put in, cancelled?, in, out, rounding
SALES = [
    (1, (), False, 0, 0, -1),
    (3, (2,), False, 2, 0, -1),
    (1000, (500,), True, 500, 500, 0),
    (101, (100,), False, 100, 0, -1),
    (103, (100, 2), False, 102, 0, -1),
    (103, (2, 2, 100), False, 104, 2, -1),
    (197, (200,), False, 200, 4, -1),
    (1001, (100, 1000), False, 1100, 100, -1),
    (300, (200, 100), False, 300, 0, 0),
    (1000, (1000,), False, 1000, 0, 0),
    (1250, (1000, 200, 50), False, 1250, 0, 0),
    (500, (2000,), False, 2000, 1500, 0),
]
PAYOUTS = [(501, 502), (1203, 1204), (499, 500), (1, 2), (3, 4)]


def play(till, amount: int, pieces: tuple[int, ...], *, cancel: bool = False) -> dict:
    number = till.begin(SALE, amount)
    till.pay(*pieces)
    if cancel:
        assert till.finish(number, 2) == 1
    return till.wait(number)


@pytest.mark.parametrize(("amount", "pieces", "cancel", "money_in", "money_out", "rounded"), SALES)
def test_a_sale(till, amount, pieces, cancel, money_in, money_out, rounded) -> None:
    before = till.machine.state()["total"]
    seen = play(till, amount, pieces, cancel=cancel)
    assert (seen["total"], seen["totalin"]) == (str(amount), str(money_in))
    assert seen["totalout"] == str(-money_out)
    assert seen["roundValue"] == str(rounded)
    assert seen["amountchangenotavailable"] == "0"
    assert seen["canceled"] == int(cancel)
    state = till.machine.state()
    assert state["total"] == state["physical_total"] == before + money_in - money_out
    assert state["tray_total"] == money_out


@pytest.mark.parametrize(("amount", "money_out"), PAYOUTS)
def test_a_payout(till, amount: int, money_out: int) -> None:
    seen = till.wait(till.begin(PAYOUT, amount))
    assert (seen["totalin"], seen["totalout"]) == ("0", str(-money_out))
    assert (seen["roundValue"], seen["amountchangenotavailable"]) == (str(money_out - amount), "0")
    assert till.machine.state()["tray_total"] == money_out


def test_the_columns_add_up_to_what_the_maker_prints(till) -> None:
    start = till.machine.state()["total"]
    for amount, pieces, cancel, *_expected in SALES:
        play(till, amount, pieces, cancel=cancel)
    for amount, _money_out in PAYOUTS:
        till.wait(till.begin(PAYOUT, amount))
    seen = till.machine.operations()
    assert sum(row["total_in"] for row in seen) == 6658
    assert sum(row["total_out"] for row in seen) == 4318
    state = till.machine.state()
    assert state["total"] - start == state["physical_total"] - start == 2340


def test_the_preparation_is_two_notes_and_twenty_coins_of_each(till) -> None:
    recycled = {
        (piece["kind"], piece["value"]): piece["recycler"]
        for piece in till.machine.state()["pieces"]
        if piece["capacity"] is not None
    }
    coins = {("coin", value): 20 for value in (2, 5, 10, 20, 50, 100, 200)}
    assert recycled == {**coins, ("note", 500): 2, ("note", 1000): 2}


def test_an_empty_machine_is_possible_too(till) -> None:
    till.machine.reset(float="empty")
    assert till.machine.state()["total"] == 0
