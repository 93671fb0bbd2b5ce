"""The maker's own homologation, basic level, with control of change and cancel."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SALE, PAYOUT = 4, 3
TABLE = json.loads((ROOT / "pos_cashdro" / "vectors" / "homologation.json").read_text())
SALES = [row for row in TABLE["rows"] if row["kind"] == "sale"]
PAYOUTS = [row for row in TABLE["rows"] if row["kind"] == "refund"]


def play(till, row: dict) -> dict:
    number = till.begin(SALE if row["kind"] == "sale" else PAYOUT, row["amount"])
    till.pay(*row["pieces"])
    if row.get("cancel"):
        assert till.finish(number, 2) == 1
    return till.wait(number)


@pytest.mark.parametrize("row", SALES)
def test_a_sale(till, row) -> None:
    before = till.machine.state()["total"]
    seen = play(till, row)
    assert (seen["total"], seen["totalin"]) == (str(row["amount"]), str(row["in"]))
    assert seen["totalout"] == str(-row["out"])
    assert seen["roundValue"] == str(-row["rounding"])
    assert seen["amountchangenotavailable"] == "0"
    assert seen["canceled"] == int(row.get("cancel", False))
    state = till.machine.state()
    assert state["total"] == state["physical_total"] == before + row["in"] - row["out"]
    assert state["tray_total"] == row["out"]


@pytest.mark.parametrize("row", PAYOUTS)
def test_a_payout(till, row) -> None:
    seen = play(till, row)
    assert (seen["totalin"], seen["totalout"]) == ("0", str(-row["out"]))
    assert (seen["roundValue"], seen["amountchangenotavailable"]) == (str(row["rounding"]), "0")
    assert till.machine.state()["tray_total"] == row["out"]


def test_the_columns_add_up_to_what_the_maker_prints(till) -> None:
    start = till.machine.state()["total"]
    for row in TABLE["rows"]:
        play(till, row)
    seen = till.machine.operations()
    (totals,) = TABLE["totals"]
    assert sum(row["total_in"] for row in seen) == totals["in"]
    assert sum(row["total_out"] for row in seen) == totals["out"]
    state = till.machine.state()
    assert state["total"] - start == state["physical_total"] - start == totals["net"]


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
