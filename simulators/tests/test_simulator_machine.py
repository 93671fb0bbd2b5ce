"""The machine itself, in virtual time."""

import asyncio
import functools
from collections.abc import Awaitable, Callable

import pytest

from smartcash_simulators.cash import CASH_SETS, Holdings, starting_float, worth
from smartcash_simulators.machine import CashMachine
from smartcash_simulators.terms import StoppedError
from smartcash_simulators.virtual_time import VirtualTime

EUR = CASH_SETS["EUR"]


class Bench:
    """A machine on the test bench."""

    def __init__(self, rows: list[dict] | None = None, speed: float = 1.0) -> None:
        self.time = VirtualTime()
        holdings = Holdings.from_json(rows, EUR) if rows else starting_float(EUR, "standard")
        self.machine = CashMachine(EUR, holdings, speed=speed, sleep=self.time.sleep)

    def insert(self, value: int, count: int = 1) -> Awaitable:
        return self.machine.insert(EUR.find(value), count)

    async def pay_in(self, value: int, count: int = 1):
        return await self.time.finish(self.insert(value, count))

    async def pay_out(self, amount: int, **options):
        return await self.time.finish(self.machine.dispense(amount, **options))

    def held(self, value: int) -> int:
        return self.machine.booked.recyclers[EUR.find(value)]


def in_virtual_time(test: Callable[..., Awaitable]) -> Callable:
    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


# -- Taking money ---------------------------------------------------------------------------------


@in_virtual_time
async def test_pieces_go_to_their_recycler_and_other_notes_to_the_cassette() -> None:
    bench = Bench()
    before = bench.held(200), bench.held(2000)
    bench.machine.start_accepting()
    await bench.pay_in(200)
    await bench.pay_in(2000)
    await bench.pay_in(5000)
    assert (bench.held(200), bench.held(2000)) == (before[0] + 1, before[1] + 1)
    assert bench.machine.booked.cassette == {EUR.find(5000): 1}
    assert bench.machine.inserted == 7200


@in_virtual_time
async def test_a_closed_inlet_hands_everything_back() -> None:
    bench = Bench()
    done = await bench.pay_in(200, 3)
    assert (done.accepted, done.rejected, done.reason) == (0, 3, "not_accepting")
    assert bench.machine.customer_net == 0


@in_virtual_time
async def test_a_coin_whose_recycler_is_full_is_handed_back() -> None:
    bench = Bench([{"value": 200, "recycler": 119}])
    bench.machine.start_accepting()
    done = await bench.pay_in(200, 3)
    assert (done.accepted, done.rejected, done.reason) == (1, 2, "recycler_full")
    assert "coin_full" in bench.machine.alarms
    await bench.pay_out(200)
    assert "coin_full" not in bench.machine.alarms


@in_virtual_time
async def test_a_note_whose_recycler_is_full_goes_to_the_cassette() -> None:
    bench = Bench([{"value": 1000, "recycler": 49}])
    bench.machine.start_accepting()
    done = await bench.pay_in(1000)
    assert done.accepted == 1
    assert bench.machine.booked.cassette == {EUR.find(1000): 1}


@in_virtual_time
async def test_a_full_cassette_hands_notes_back() -> None:
    bench = Bench([{"value": 5000, "cassette": 499}])
    bench.machine.start_accepting()
    done = await bench.pay_in(5000, 2)
    assert (done.accepted, done.rejected, done.reason) == (1, 1, "cassette_full")
    assert "remove_cassette" in bench.machine.alarms


@in_virtual_time
async def test_the_coin_bowl_holds_fifty() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    done = await bench.pay_in(10, 60)
    assert (done.accepted, done.rejected, done.reason) == (50, 10, "inlet_full")


@in_virtual_time
async def test_coins_in_the_bowl_still_count_after_the_inlet_is_closed() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    pouring = asyncio.ensure_future(bench.insert(100, 4))
    await bench.time.step()
    assert bench.machine.inserted == 100
    assert await bench.time.finish(bench.machine.stop_accepting()) == 400
    assert (await pouring).accepted == 4


@in_virtual_time
async def test_notes_still_in_the_hand_are_refused_when_the_inlet_closes() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    feeding = asyncio.ensure_future(bench.insert(500, 4))
    await bench.time.step()
    assert await bench.time.finish(bench.machine.stop_accepting()) == 1000
    done = await feeding
    assert (done.accepted, done.rejected, done.reason) == (2, 2, "not_accepting")


@in_virtual_time
async def test_a_new_acceptance_counts_from_zero() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    await bench.pay_in(200)
    await bench.time.finish(bench.machine.stop_accepting())
    bench.machine.start_accepting()
    assert bench.machine.inserted == 0


# -- Giving money ---------------------------------------------------------------------------------


@in_virtual_time
async def test_nothing_is_paid_when_change_is_not_exact() -> None:
    bench = Bench([{"value": 200, "recycler": 5}])
    payout = await bench.pay_out(300)
    assert (payout.dispensed, payout.reason) == (0, "no_change")
    assert bench.machine.tray.total() == 0
    assert "no_change" in bench.machine.alarms


@in_virtual_time
async def test_notes_in_the_cassette_are_no_change() -> None:
    bench = Bench([{"value": 1000, "cassette": 5}])
    assert (await bench.pay_out(1000)).dispensed == 0


@in_virtual_time
async def test_only_coins_means_no_notes() -> None:
    bench = Bench()
    await bench.pay_out(1500, only_coins=True)
    assert {piece.kind for piece in bench.machine.tray} == {"coin"}
    assert worth(bench.machine.tray) == 1500


@in_virtual_time
async def test_a_jam_midway_leaves_a_partial_payout() -> None:
    bench = Bench([{"value": 200, "recycler": 5}])
    bench.machine.faults.update({"jam_after": 2})
    payout = await bench.pay_out(1000)
    assert (payout.requested, payout.dispensed, payout.reason) == (1000, 400, "jam")
    assert bench.held(200) == 3
    assert (await bench.pay_out(400)).dispensed == 400  # it jams once


@in_virtual_time
async def test_taking_empties_the_tray() -> None:
    bench = Bench()
    await bench.pay_out(700)
    assert worth(bench.machine.take()) == 700
    assert (bench.machine.tray.total(), bench.machine.customer_net) == (0, 700)


# -- Speeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "seconds"), [(200, 0.333), (500, 0.667)])
@in_virtual_time
async def test_pieces_go_in_at_the_makers_speed(value: int, seconds: float) -> None:
    bench = Bench()
    bench.machine.start_accepting()
    await bench.pay_in(value, 10)
    assert bench.time.now == pytest.approx(10 * seconds)


@pytest.mark.parametrize(
    ("amount", "seconds"),
    [
        pytest.param(3_80, 5 * 0.133, id="five coins"),
        pytest.param(60_00, 3 * 0.667, id="three notes"),
        pytest.param(15_50, 2 * 0.667, id="two notes beside a coin"),
    ],
)
@in_virtual_time
async def test_pieces_come_out_at_the_makers_speed(amount: int, seconds: float) -> None:
    bench = Bench()
    await bench.pay_out(amount)
    assert bench.time.now == pytest.approx(seconds)


@in_virtual_time
async def test_coins_and_notes_go_in_side_by_side() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    coins = asyncio.ensure_future(bench.insert(100, 4))
    await bench.pay_in(500, 2)
    await coins
    assert bench.time.now == pytest.approx(1.334)


@in_virtual_time
async def test_the_speed_factor_scales_machine_time() -> None:
    bench = Bench(speed=20)
    bench.machine.start_accepting()
    await bench.pay_in(500, 10)
    assert bench.time.now == pytest.approx(10 * 0.667 / 20)


# -- Levels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fill", "warns"), [(0.10, True), (0.12, False), (0.88, False), (0.90, True)]
)
def test_levels_warn_at_ten_and_ninety_per_cent(fill: float, warns: bool) -> None:
    holdings = Holdings()
    for piece in EUR.denominations:
        if piece.recycled:
            # Rounded outwards, so that each lies on its side of the limit.
            count = piece.capacity * fill
            holdings.recyclers[piece] = int(count) if fill < 0.11 else -int(-count // 1)
    assert CashMachine(EUR, holdings).level_warning is warns


def test_the_standard_float_gives_no_warning() -> None:
    assert not CashMachine(EUR).level_warning
    assert not CashMachine(CASH_SETS["USD"]).level_warning


# -- Power ----------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_power_cut_leaves_the_pieces_where_they_are() -> None:
    bench = Bench()
    machine = bench.machine
    before = machine.physical_total
    machine.start_accepting()
    pouring = asyncio.ensure_future(bench.insert(100, 4))
    await bench.time.step()
    machine.power_off()
    done = await bench.time.finish(pouring)
    assert (done.accepted, done.held, done.reason) == (1, 3, "power_off")
    assert machine.physical_total == before + 400
    assert machine.booked.total == before + 100
    machine.power_on()
    assert worth(machine.tray) == 300
    assert machine.physical_total == machine.booked.total == before + 100
    assert machine.inserted == 0


@in_virtual_time
async def test_a_power_cut_ends_a_payout_midway() -> None:
    bench = Bench([{"value": 200, "recycler": 5}])
    paying = asyncio.ensure_future(bench.machine.dispense(1000))
    await bench.time.step()
    bench.machine.power_off()
    bench.machine.power_on()
    with pytest.raises(StoppedError):
        await bench.time.finish(paying)
    assert worth(bench.machine.tray) == 200
    assert bench.held(200) == 4
    assert not bench.machine.dispensing


@pytest.mark.parametrize(
    ("phase", "in_machine"), [("accept", 0), ("insert", 200), ("stop", 400), ("dispense", 200)]
)
@in_virtual_time
async def test_the_power_can_be_cut_at_each_phase(phase: str, in_machine: int) -> None:
    bench = Bench([{"value": 200, "recycler": 50}])
    machine = bench.machine
    machine.faults.update({"power_cut_at": phase})

    async def sale() -> None:
        machine.start_accepting()
        await machine.insert(EUR.find(200), 2)
        await machine.stop_accepting()
        await machine.dispense(400)

    with pytest.raises(StoppedError):
        await bench.time.finish(sale())
    assert not machine.powered
    assert machine.booked.total == 10_000 + in_machine
    assert machine.faults.power_cut_at is None


@in_virtual_time
async def test_lost_memory_forgets_the_interrupted_operation_and_says_so() -> None:
    bench = Bench()
    machine = bench.machine
    before = machine.booked.total
    machine.start_accepting()
    await bench.pay_in(5000)
    machine.power_off(keep_memory=False)
    machine.power_on()
    assert machine.booked.total == before
    assert machine.physical_total == before + 5000
    assert machine.mismatch == -5000
    assert "mismatch" in machine.alarms


@in_virtual_time
async def test_lost_memory_forgets_nothing_that_was_over() -> None:
    bench = Bench()
    bench.machine.start_accepting()
    await bench.pay_in(5000)
    await bench.time.finish(bench.machine.stop_accepting())
    bench.machine.power_off(keep_memory=False)
    bench.machine.power_on()
    assert bench.machine.mismatch == 0


@in_virtual_time
async def test_a_piece_that_only_the_counters_know_ends_the_payout() -> None:
    bench = Bench([{"value": 200, "recycler": 1}])
    paying = asyncio.ensure_future(bench.machine.dispense(200))
    bench.machine.faults.update({"power_cut_at": "dispense"})
    with pytest.raises(StoppedError):
        await bench.time.finish(paying)
    bench.machine.power_on(keep_memory=False)
    assert bench.held(200) == 1
    payout = await bench.pay_out(200)
    assert (payout.dispensed, payout.reason) == (0, "jam")


# -- The cassette ---------------------------------------------------------------------------------


def test_the_cassette_counts_until_it_is_put_back() -> None:
    machine = Bench([{"value": 5000, "cassette": 3}]).machine
    machine.unlock_cassette()
    assert machine.remove_cassette() == 15_000
    assert machine.booked.total == 15_000
    assert machine.mismatch == 0
    machine.replace_cassette()
    assert machine.booked.total == 0
    assert machine.collected == 15_000


def test_a_locked_cassette_stays() -> None:
    machine = Bench().machine
    with pytest.raises(ValueError, match="locked"):
        machine.remove_cassette()
    with pytest.raises(ValueError, match="in its place"):
        machine.replace_cassette()
