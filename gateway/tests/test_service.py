"""Filling, collecting, emptying and changing notes: what a manager does, proven by the inventory."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import body, new_uuid, op_token, read_signature, token, until

from smartcash_gateway.cashlogy.change import compose
from smartcash_simulators.cashlogy.testing import CashlogySimulator

SERVICES = ("fill", "collect", "transfer", "exchange", "empty")


async def insert(machine: CashlogySimulator, value: int, count: int = 1) -> None:
    result = await asyncio.to_thread(machine.insert, value, count)
    assert result["accepted"] == count, result


async def stacker(machine: CashlogySimulator, action: str) -> None:
    await asyncio.to_thread(machine.stacker, action)


def hold(machine: CashlogySimulator, *pieces: tuple[int, int, int]) -> int:
    """Puts just these (value, in the recycler, in the stacker) into the machine; their total."""
    rows = [
        {"value": value, "recycler": recycler, "cassette": cassette}
        for value, recycler, cassette in pieces
    ]
    return machine.reset(pieces=rows)["physical_total"]


def inside(machine: CashlogySimulator) -> int:
    return machine.state()["physical_total"]


def texts(operation: dict) -> dict[str, str]:
    return {message["code"]: message["text"] for message in operation["messages"]}


def numbers(operation: dict) -> tuple:
    return tuple(operation[key] for key in ("state", "amount_in", "amount_out", "undispensed"))


# -- filling ---------------------------------------------------------------------------------


async def test_a_fill_is_worth_what_was_put_in(gateway, machine):
    before, op = inside(machine), new_uuid()
    await gateway.start(op, 0, "fill")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 1000, 2)
    await insert(machine, 50, 3)
    await gateway.until(op, lambda fill: fill["amount_in"] == 2150 and fill["acceptable"])
    await gateway.ask(op, "accept")
    fill = await gateway.until_ended(op)
    assert numbers(fill) == ("done", 2150, 0, 0)
    assert texts(fill)["pieces_in"] == "3 × 0.50 EUR, 2 × 10.00 EUR"
    assert inside(machine) - before == 2150
    assert read_signature(fill["signature"])["kind"] == "fill"


async def test_a_cancelled_fill_gives_back(gateway, machine):
    before, op = inside(machine), new_uuid()
    await gateway.start(op, 0, "fill")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    await gateway.ask(op, "cancel")
    assert numbers(await gateway.until_ended(op)) == ("cancelled", 500, 500, 0)
    assert inside(machine) == before


# -- the stacker -------------------------------------------------------------------------------


async def start_collecting(gateway, machine) -> str:
    op = new_uuid()
    await gateway.start(op, 0, "collect")
    await gateway.until_phase(op, "collecting")
    await until(lambda: machine.state()["cassette"]["unlocked"])
    return op


async def test_what_is_taken_with_the_stacker_is_counted(gateway, machine):
    before = hold(machine, (100, 40, 0), (1000, 5, 0), (5000, 0, 3), (10000, 0, 2))
    op = await start_collecting(gateway, machine)
    await stacker(machine, "remove")
    assert (await gateway.get(op))["state"] == "running"
    await stacker(machine, "replace")
    collect = await gateway.until_ended(op)
    assert numbers(collect) == ("done", 0, 35000, 0)
    assert texts(collect)["pieces_out"] == "3 × 50.00 EUR, 2 × 100.00 EUR"
    assert before - inside(machine) == 35000 == machine.state()["collected"]


async def test_a_stacker_that_nobody_took_is_not_collected(gateway, machine):
    before = hold(machine, (100, 40, 0), (5000, 0, 3))
    op = await start_collecting(gateway, machine)
    await gateway.ask(op, "cancel")
    assert numbers(await gateway.until_ended(op)) == ("cancelled", 0, 0, 0)
    assert inside(machine) == before


async def test_a_cancel_after_the_stacker_was_taken_waits_until_it_is_back(gateway, machine):
    hold(machine, (100, 40, 0), (5000, 0, 3))
    op = await start_collecting(gateway, machine)
    await stacker(machine, "remove")
    await gateway.ask(op, "cancel")
    await gateway.until(op, lambda collect: "stacker_out" in texts(collect))
    await stacker(machine, "replace")
    assert numbers(await gateway.until_ended(op)) == ("done", 0, 15000, 0)


async def test_an_empty_stacker_is_nothing(gateway, machine):
    hold(machine, (100, 40, 0))
    op = await start_collecting(gateway, machine)
    await stacker(machine, "remove")
    await stacker(machine, "replace")
    collect = await gateway.until_ended(op)
    assert numbers(collect) == ("cancelled", 0, 0, 0)
    assert "nothing_to_take" in texts(collect)


async def test_notes_are_transferred_to_the_stacker(gateway, machine):
    before = hold(machine, (100, 40, 0), (500, 7, 0), (1000, 5, 0), (5000, 0, 1))
    op = new_uuid()
    await gateway.start(op, 0, "transfer")
    transfer = await gateway.until_ended(op)
    assert numbers(transfer) == ("done", 8500, 8500, 0)
    assert machine.state()["cassette"]["pieces"] == 13
    assert inside(machine) == before


async def test_a_full_stacker_takes_no_transfer(gateway, machine):
    before = hold(machine, (500, 7, 0))
    machine.fault(stacker_full=True)
    op = new_uuid()
    await gateway.start(op, 0, "transfer")
    transfer = await gateway.until_ended(op)
    machine.clear_faults()
    assert numbers(transfer) == ("failed", 0, 0, 0)
    assert inside(machine) == before


# -- emptying ----------------------------------------------------------------------------------


async def test_everything_comes_out_but_the_stacker(gateway, machine):
    before = hold(machine, (20, 30, 0), (200, 9, 0), (1000, 3, 0), (5000, 0, 2))
    op = new_uuid()
    await gateway.start(op, 0, "empty")
    empty = await gateway.until_ended(op)
    assert numbers(empty) == ("done", 0, 5400, 0)
    assert texts(empty) == {"pieces_out": "30 × 0.20 EUR, 9 × 2.00 EUR, 3 × 10.00 EUR"}
    assert before - inside(machine) == 5400 == machine.take()["total"]


async def test_what_jams_stays_inside_and_is_owed_to_nobody(gateway, machine):
    before = hold(machine, (200, 9, 0))
    machine.fault(jam_after=4)
    op = new_uuid()
    await gateway.start(op, 0, "empty")
    empty = await gateway.until_ended(op)
    assert numbers(empty) == ("done", 0, 800, 0)
    assert texts(empty)["left_inside"].startswith("10.00 EUR")
    assert before - inside(machine) == 800


async def test_nothing_to_empty(gateway, machine):
    hold(machine, (5000, 0, 2))
    op = new_uuid()
    await gateway.start(op, 0, "empty")
    assert numbers(await gateway.until_ended(op)) == ("cancelled", 0, 0, 0)


# -- changing notes ----------------------------------------------------------------------------


async def exchange(gateway, machine, *notes: int) -> dict:
    op = new_uuid()
    await gateway.start(op, 0, "exchange")
    await gateway.until_phase(op, "accepting")
    for note in notes:
        await insert(machine, note)
    await gateway.until(op, lambda one: one["amount_in"] == sum(notes))
    await gateway.ask(op, "accept")
    return await gateway.until_ended(op)


async def test_a_note_comes_back_in_smaller_pieces(gateway, machine):
    before = hold(machine, (200, 30, 0), (1000, 5, 0), (2000, 10, 0))
    ended = await exchange(gateway, machine, 2000)
    assert numbers(ended) == ("done", 2000, 2000, 0)
    assert texts(ended) == {"pieces_in": "1 × 20.00 EUR", "pieces_out": "2 × 10.00 EUR"}
    assert inside(machine) == before
    assert machine.take()["taken"] == [{"value": 1000, "kind": "note", "count": 2}]


async def test_without_smaller_pieces_the_note_comes_back(gateway, machine):
    before = hold(machine, (200, 3, 0), (2000, 10, 0))
    ended = await exchange(gateway, machine, 2000)
    assert numbers(ended) == ("cancelled", 2000, 2000, 0)
    assert "no_smaller_pieces" in texts(ended)
    assert inside(machine) == before


async def test_change_that_jams_is_owed(gateway, machine):
    before = hold(machine, (200, 10, 0), (500, 2, 0))
    machine.fault(jam_after=2)
    ended = await exchange(gateway, machine, 1000, 500)
    state, amount_in, amount_out, undispensed = numbers(ended)
    assert (state, amount_in) == ("done", 1500)
    assert 0 < amount_out < 1500
    assert amount_out + undispensed == 1500
    assert inside(machine) - before == undispensed


async def test_a_cancelled_exchange_gives_back(gateway, machine):
    before, op = inside(machine), new_uuid()
    await gateway.start(op, 0, "exchange")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 2000)
    await gateway.ask(op, "cancel")
    assert numbers(await gateway.until_ended(op)) == ("cancelled", 2000, 2000, 0)
    assert inside(machine) == before


@given(
    st.dictionaries(
        st.sampled_from([("coin", v) for v in (1, 2, 5, 10, 20, 50, 100, 200)] + [("note", 500)]),
        st.integers(0, 9),
    ),
    st.integers(1, 3000),
)
def test_composed_pieces_are_there_and_add_up(stock, amount):
    chosen = compose(amount, stock)
    if chosen is not None:
        assert sum(value * count for (_kind, value), count in chosen.items()) == amount
        assert all(0 < count <= stock[piece] for piece, count in chosen.items())


@given(
    st.dictionaries(st.sampled_from([("coin", v) for v in (2, 5, 50)]), st.integers(1, 9)),
    st.data(),
)
def test_what_can_be_composed_is_found(stock, data):
    used = {piece: data.draw(st.integers(0, count)) for piece, count in stock.items()}
    amount = sum(value * count for (_kind, value), count in used.items())
    assert compose(amount, stock) is not None


# -- who may, and only once --------------------------------------------------------------------


@pytest.mark.parametrize("kind", SERVICES)
async def test_only_with_a_token_for_exactly_this(gateway, machine, kind):
    before, op = inside(machine), new_uuid()
    other = next(name for name in SERVICES if name != kind)
    for auth in (token(), op_token(new_uuid(), kind, 0), op_token(op, other, 0)):
        status, answer = await gateway.call(
            "PUT", f"/v1/operations/{op}", auth=auth, json=body(0, kind)
        )
        assert (status, answer["code"]) == (403, "token_scope")
    status, _ = await gateway.call("GET", f"/v1/operations/{op}")
    assert status == 404
    assert inside(machine) == before


async def test_the_same_collection_again_starts_nothing(gateway, machine):
    hold(machine, (5000, 0, 3))
    op = await start_collecting(gateway, machine)
    again = {"auth": op_token(op, "collect", 0), "json": body(0, "collect")}
    status, _ = await gateway.call("PUT", f"/v1/operations/{op}", **again)
    assert status == 200
    await stacker(machine, "remove")
    await stacker(machine, "replace")
    ended = await gateway.until_ended(op)
    status, answer = await gateway.call("PUT", f"/v1/operations/{op}", **again)
    assert (status, answer) == (200, ended)


async def test_the_machine_says_what_it_can_do(gateway):
    _, device = await gateway.call("GET", "/v1/device")
    assert set(SERVICES) <= set(device["capabilities"]["kinds"])
