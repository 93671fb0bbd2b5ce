"""No cent is created or lost, whatever is inserted, paid out, jammed, cut or collected."""

import asyncio
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smartcash_simulators.cash import CASH_SETS, FLOATS, NOTE, starting_float, worth
from smartcash_simulators.faults import CUT_PHASES
from smartcash_simulators.machine import CASSETTE, TRAY, CashMachine
from smartcash_simulators.terms import StoppedError
from smartcash_simulators.virtual_time import VirtualTime

PIECES = CASH_SETS["EUR"].denominations


class ConservationOfMoney(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.time = VirtualTime()
        self.running: list[asyncio.Task] = []
        self.forgot = False

    @initialize(float_=st.sampled_from(FLOATS))
    def switch_on(self, float_: str) -> None:
        holdings = starting_float(CASH_SETS["EUR"], float_)
        self.machine = CashMachine(CASH_SETS["EUR"], holdings, sleep=self.time.sleep)
        self.start = holdings.total

    def go(self, work) -> None:
        async def shielded() -> None:
            try:
                await work
            except StoppedError:
                self.machine.movements.append({"stopped": True})

        self.running.append(self.loop.create_task(shielded()))
        self.loop.run_until_complete(self.time.settle())

    @rule(piece=st.sampled_from(PIECES), count=st.integers(1, 60), steps=st.integers(0, 60))
    def insert(self, piece, count: int, steps: int) -> None:
        """Into an open inlet mostly: a closed one teaches little."""
        if not self.machine.accepting:
            self.start_accepting()
        self.go(self.machine.insert(piece, count))
        self.let_time_pass(steps)

    @rule(piece=st.sampled_from(PIECES))
    def insert_as_it_stands(self, piece) -> None:
        self.go(self.machine.insert(piece, 1))

    @rule(amount=st.integers(1, 40_000), only_coins=st.booleans())
    def dispense(self, amount: int, only_coins: bool) -> None:
        if self.machine.powered:
            self.go(self.machine.dispense(amount, only_coins=only_coins))

    @rule()
    def start_accepting(self) -> None:
        try:
            self.machine.start_accepting()
        except StoppedError:
            assert not self.machine.powered

    @rule()
    def stop_accepting(self) -> None:
        self.go(self.machine.stop_accepting())

    @rule(steps=st.integers(1, 80))
    def let_time_pass(self, steps: int) -> None:
        for _ in range(steps):
            self.loop.run_until_complete(self.time.step())

    @rule(
        pieces=st.dictionaries(st.sampled_from(PIECES), st.integers(1, 20), min_size=1),
        place=st.sampled_from([TRAY, CASSETTE]),
    )
    def give_pieces(self, pieces: dict, place: str) -> None:
        notes = {piece: n for piece, n in pieces.items() if place == TRAY or piece.kind == NOTE}
        self.go(self.machine.give_pieces(Counter(notes), place))

    @rule()
    def take(self) -> None:
        self.machine.take()

    @rule(keep=st.booleans())
    def power_off(self, keep: bool) -> None:
        self.machine.power_off(keep_memory=keep)
        self.forgot = self.forgot or not keep

    @rule(keep=st.booleans())
    def power_on(self, keep: bool) -> None:
        self.machine.power_on(keep_memory=keep)
        self.forgot = self.forgot or not keep

    @rule(
        faults=st.fixed_dictionaries(
            {},
            optional={
                "jam_after": st.none() | st.integers(0, 6),
                "no_change": st.booleans(),
                "stacker_full": st.booleans(),
                "refuse_coin": st.none() | st.sampled_from([piece.value for piece in PIECES]),
                "power_cut_at": st.none() | st.sampled_from(CUT_PHASES),
            },
        )
    )
    def break_something(self, faults: dict) -> None:
        self.machine.faults.update(faults)

    @precondition(lambda self: self.machine.powered and self.machine.cassette_in)
    @rule()
    def collect(self) -> None:
        self.machine.unlock_cassette()
        self.machine.remove_cassette()

    @precondition(lambda self: not self.machine.cassette_in)
    @rule()
    def put_the_cassette_back(self) -> None:
        self.machine.replace_cassette()

    @invariant()
    def nothing_is_created_or_lost(self) -> None:
        machine = self.machine
        places = machine.physical_total, worth(machine.tray), machine.customer_net
        assert sum(places) + machine.collected == self.start

    @invariant()
    def no_place_holds_less_than_nothing_or_more_than_fits(self) -> None:
        machine = self.machine
        for piece in PIECES:
            assert 0 <= machine.physical.recyclers[piece] <= (piece.capacity or 0)
            assert machine.physical.cassette[piece] >= 0
            assert machine.inlet[piece] >= 0
            assert machine.tray[piece] >= 0
        assert machine.physical.cassette.total() <= machine.cash_set.cassette_capacity

    @invariant()
    def the_counters_are_right_unless_memory_was_lost(self) -> None:
        assert self.forgot or self.machine.mismatch == 0

    def teardown(self) -> None:
        async def drain() -> None:
            for task in self.running:
                task.cancel()
            await asyncio.gather(*self.running, return_exceptions=True)

        self.loop.run_until_complete(drain())
        self.loop.close()


TestConservationOfMoney = ConservationOfMoney.TestCase
TestConservationOfMoney.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
