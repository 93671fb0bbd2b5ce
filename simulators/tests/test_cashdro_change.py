"""Rounding and change making, and that no cent is lost whatever happens."""

import asyncio
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcash_simulators.cash import COIN, NOTE, Denomination, notes_in, starting_float, worth
from smartcash_simulators.cashdro import rounding
from smartcash_simulators.cashdro.change import exact_change, most_change
from smartcash_simulators.cashdro.controller import Controller
from smartcash_simulators.cashdro.faults import CashdroFaults
from smartcash_simulators.cashdro.journal import Journal
from smartcash_simulators.cashdro.operations import (
    CHOSEN_PIECES,
    EXECUTING,
    TAKES_MONEY,
    WITH_AMOUNT,
    Kind,
)
from smartcash_simulators.cashdro.sets import MODELS, cash_set
from smartcash_simulators.cashdro.settings import Settings
from smartcash_simulators.machine import CashMachine
from smartcash_simulators.virtual_time import VirtualTime

EUR = cash_set("EUR")
PIECES = [piece for piece in EUR.denominations if piece.value <= 2000]
STOCKS = st.dictionaries(st.sampled_from(PIECES), st.integers(0, 5), max_size=8)


def brute_force(stock: dict[Denomination, int]) -> set[int]:
    sums = {0}
    for piece, count in stock.items():
        sums = {total + piece.value * n for total in sums for n in range(count + 1)}
    return sums


@given(STOCKS, st.integers(0, 6000))
def test_change_is_found_exactly_when_there_is_some(stock: dict, amount: int) -> None:
    pieces = exact_change(amount, stock)
    assert (pieces is not None) == (amount in brute_force(stock))
    if pieces is not None:
        assert worth(pieces) == amount
        assert not pieces - Counter(stock)


@given(STOCKS, st.integers(0, 6000))
def test_the_most_that_can_be_given_is_given(stock: dict, amount: int) -> None:
    pieces = most_change(amount, stock)
    assert worth(pieces) == max(total for total in brute_force(stock) if total <= amount)
    assert not pieces - Counter(stock)


def test_change_is_made_of_the_largest_pieces() -> None:
    pieces = exact_change(1890, starting_float(EUR, "standard").recyclers)
    assert {piece.value: count for piece, count in pieces.items()} == {
        1000: 1, 500: 1, 200: 1, 100: 1, 50: 1, 20: 2,
    }  # fmt: skip


def test_sixty_is_found_without_the_fifty() -> None:
    fifty, twenty = Denomination(COIN, 50, 10), Denomination(COIN, 20, 10)
    assert exact_change(60, {fifty: 1, twenty: 3}) == {twenty: 3}


@given(st.integers(1, 100_000), st.sampled_from([1, 2, 5, 50]))
def test_rounding_is_never_a_whole_step_and_never_against_the_customer(total, step) -> None:
    assert 0 <= total - rounding.due(total, step) < step
    assert 0 <= rounding.payable(total, step) - total < step
    assert rounding.change(total, rounding.due(total, step), step) == 0


def test_each_model_recycles_its_smallest_notes() -> None:
    recycled = {
        model: [note.value for note in cash_set("EUR", model).of_kind(NOTE) if note.recycled]
        for model in MODELS
    }
    assert recycled["3"] == [500, 1000]
    assert recycled["7"] == [500, 1000, 2000, 5000]


def test_without_rounding_one_cent_coins_are_used() -> None:
    assert cash_set("EUR", rounding=1).find(1).recycled
    assert not EUR.find(1).recycled


@pytest.mark.parametrize("wrong", [{"currency": "GBP"}, {"currency": "EUR", "model": "9"}])
def test_a_machine_that_does_not_exist_is_told(wrong: dict) -> None:
    with pytest.raises(ValueError, match="is one of"):
        cash_set(**wrong)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_no_cent_is_lost_whatever_happens(seed: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_a_bad_day(random.Random(seed), Path(directory) / "state"))


async def _a_bad_day(dice: random.Random, path: Path) -> None:
    """Operations, customers and accidents in any order; then the books are compared."""
    time = VirtualTime()
    floor = dice.choice(("empty", "homologation", "standard", "full"))
    machine = CashMachine(EUR, starting_float(EUR, floor), sleep=time.sleep, faults=CashdroFaults())
    options = Settings(
        rounding=2,
        control=dice.random() < 0.5,
        give_partial=dice.random() < 0.7,
        wait_at_jam=dice.random() < 0.3,
    )
    journal = Journal(EUR, path)
    controller = Controller(machine, journal, options)
    start = machine.physical_total
    kinds = list(Kind)

    def operate() -> None:
        kind = dice.choice(kinds)
        total = dice.randint(1, 6000) if kind in WITH_AMOUNT else 0
        controller.acknowledge(controller.create(kind, total=total))

    def end() -> None:
        running = controller.running
        if running and running.kind in TAKES_MONEY:
            controller.end(running, dice.choice(("accept", "cancel")))
        elif running and running.kind in CHOSEN_PIECES:
            pieces = Counter({piece: dice.randint(0, n) for piece, n in controller.stock().items()})
            fits = notes_in(pieces) <= controller.cassette_room
            controller.end(running, "execute" if fits else "cancel", +pieces)

    insertions = []

    def insert() -> None:
        piece = dice.choice(EUR.denominations)
        insertions.append(asyncio.ensure_future(machine.insert(piece, dice.randint(1, 3))))

    def power() -> None:
        (machine.power_off if machine.powered else machine.power_on)()

    def jam() -> None:
        machine.faults.jam_after = dice.randint(0, 2)

    actions = [operate] * 4 + [insert] * 8 + [end] * 2 + [machine.take, power, jam]
    actions += [machine.clear_alarms]
    for _ in range(40):
        dice.choice(actions)()
        for _ in range(dice.randint(0, 6)):
            await time.step()
    machine.power_on()
    machine.faults.clear()
    machine.clear_alarms()
    while await time.step():
        machine.clear_alarms()

    tray = worth(machine.tray)
    assert machine.physical_total + tray + machine.customer_net + machine.collected == start
    assert machine.mismatch == 0
    net = sum(op.total_in - op.total_out for op in controller.operations)
    assert machine.physical_total - worth(machine.inlet) - start == net
    for operation in controller.operations:
        assert operation.change_missing >= 0
        if operation.state != EXECUTING and operation.cancelled:
            assert operation.total_in == operation.total_out + operation.change_missing
    journal.close()
    kept = Journal(EUR, path)
    assert kept.holdings.same_as(machine.physical)
    assert [op.to_json() for op in kept.operations.values()] == [
        op.to_json() for op in controller.operations
    ]
    kept.close()
