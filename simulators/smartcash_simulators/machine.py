"""The model of a cash machine, independent of any protocol.

Pieces lie in exactly one place: the customer's hands, the inlet (put in, not yet counted), a
recycler, the cassette, the tray (given out, not yet taken), or with the staff (collected).
`physical` says where they are, `booked` what the machine's counters say; faults can part the two.

Speeds are those of the maker's definition file: coin in 333 ms, note in 667 ms, coin out 133 ms,
note out 667 ms; coins and notes move in parallel.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping

from .cash import (
    COIN,
    NOTE,
    CashSet,
    Denomination,
    Holdings,
    Pieces,
    greedy_change,
    notes_in,
    starting_float,
    worth,
)
from .faults import Faults
from .stopwatch import Stopwatch
from .terms import (
    ALARM_COIN_FULL,
    ALARM_JAM,
    ALARM_MISMATCH,
    ALARM_NO_CHANGE,
    ALARM_REMOVE_CASSETTE,
    ALARM_UNPLUGGED,
    CASSETTE_FULL,
    CASSETTE_OUT,
    INLET_FULL,
    INTERRUPTED,
    NOT_ACCEPTING,
    POWER_OFF,
    RECYCLER_FULL,
    REFUSED,
    UNPLUGGED,
    Insertion,
    Payout,
    StoppedError,
)

SECONDS_IN = {COIN: 0.333, NOTE: 0.667}
SECONDS_OUT = {COIN: 0.133, NOTE: 0.667}
COIN_INLET_PIECES = 50  # poured mixed into a bowl; notes go in one by one
NEAR_EMPTY = 10  # per cent
NEAR_FULL = 90
MOVEMENTS_KEPT = 1000
TRAY, CASSETTE = "tray", "cassette"  # where a recycler's pieces can go


class CashMachine:
    """Recyclers, cassette, inlet and tray of one machine, with its speeds and its faults."""

    def __init__(
        self,
        cash_set: CashSet,
        holdings: Holdings | None = None,
        *,
        speed: float = 1.0,
        sleep: Callable[[float], Awaitable] = asyncio.sleep,
        faults: Faults | None = None,
        seconds_in: Mapping[str, float] = SECONDS_IN,
    ) -> None:
        self.cash_set = cash_set
        self.speed = speed
        self.faults = faults or Faults()
        self._seconds_in = seconds_in
        # Asked before each piece is kept: why it is handed back, or None.
        self.judge: Callable[[Denomination], str | None] | None = None
        # Told of each piece that moved: direction, piece, place (or reason).
        self.on_piece: list[Callable[[str, Denomination, str], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.on_power: list[Callable[[bool], None]] = []
        self.movements: deque[dict] = deque(maxlen=MOVEMENTS_KEPT)
        self.inserting = Stopwatch()
        self.dispensing_time = Stopwatch()
        self.busy_time = Stopwatch()
        self._sleep = sleep
        self._epoch = 0
        self._changed: asyncio.Event | None = None
        self._lanes: dict[str, asyncio.Lock] = {}
        self.restore(holdings or starting_float(cash_set, "standard"))

    def restore(self, holdings: Holdings) -> None:
        """A clean machine with these pieces: power on, no faults, empty tray, figures at zero."""
        self._epoch += 1
        self.physical = holdings.copy()
        self.booked = holdings.copy()
        self._remembered = holdings.copy()
        self.inlet: Pieces = Counter()
        self.tray: Pieces = Counter()
        self.customer_net = 0  # minor units that the customer holds more than at the start
        self.collected = 0  # minor units that the staff took with the cassette
        self.powered = True
        self._forgetful = False
        self.accepting = False
        self.dispensing = False
        self.inserted = 0  # minor units counted in this acceptance
        self.cassette_unlocked = False
        self.cassette_in = True
        self._alarms: set[str] = set()
        self._lanes = {}
        self.faults.clear()
        self.movements.clear()
        for stopwatch in (self.inserting, self.dispensing_time, self.busy_time):
            stopwatch.reset()
        self._notify()

    # -- What is where ------------------------------------------------------------------------

    @property
    def physical_total(self) -> int:
        """Minor units inside the machine, counted or not; the tray is outside."""
        return self.physical.total + worth(self.inlet)

    def percent(self, piece: Denomination) -> int:
        return 100 * self.booked.recyclers[piece] // piece.recycler_size

    @property
    def cassette_percent(self) -> int:
        if self.faults.stacker_full:
            return 100
        return 100 * notes_in(self.booked.cassette) // self.cash_set.cassette_capacity

    @property
    def level_warning(self) -> bool:
        """Some recycler is near empty or near full, or the cassette near full."""
        recyclers = [self.percent(piece) for piece in self.cash_set.denominations if piece.recycled]
        return (
            any(not NEAR_EMPTY < percent < NEAR_FULL for percent in recyclers)
            or self.cassette_percent >= NEAR_FULL
        )

    @property
    def mismatch(self) -> int:
        """Booked minus physical, minor units; a cassette in the staff's hands is still booked."""
        booked = self.booked if self.cassette_in else Holdings(self.booked.recyclers)
        return booked.total - self.physical.total

    @property
    def alarms(self) -> set[str]:
        found = set(self._alarms)
        coins = [coin for coin in self.cash_set.of_kind(COIN) if coin.recycled]
        if all(self.physical.recyclers[coin] < coin.recycler_size for coin in coins):
            found.discard(ALARM_COIN_FULL)
        if self.cassette_percent >= 100 or self.cassette_unlocked or not self.cassette_in:
            found.add(ALARM_REMOVE_CASSETTE)
        if self.mismatch:
            found.add(ALARM_MISMATCH)
        if self.faults.unplugged:
            found.add(ALARM_UNPLUGGED)
        return found

    def clear_alarms(self) -> None:
        self._alarms.clear()
        self._notify()

    # -- Waiting ------------------------------------------------------------------------------

    def _notify(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None
        for listener in self.on_change:
            listener()

    def touch(self) -> None:
        """Something that concerns the machine changed outside the model (a button, a fault)."""
        self._notify()

    async def changed(self) -> None:
        """Until the next change of anything."""
        if self._changed is None:
            self._changed = asyncio.Event()
        await self._changed.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for the condition; raises StoppedError when the machine goes down meanwhile."""
        epoch = self._epoch
        while True:
            self._check(epoch)
            if condition():
                return
            await self.changed()

    async def spend(self, seconds: float) -> None:
        """Machine time at the machine's speed; raises StoppedError when it goes down meanwhile."""
        epoch = self._epoch
        await self._sleep(seconds / self.speed)
        self._check(epoch)

    def _check(self, epoch: int) -> None:
        if not self.powered or epoch != self._epoch:
            raise StoppedError

    # -- The customer's side ------------------------------------------------------------------

    def start_accepting(self) -> None:
        self._check(self._epoch)
        self._remember()
        self.accepting = True
        self.inserted = 0
        self._alarms.discard(ALARM_NO_CHANGE)
        self._notify()
        self._cut_at("accept")
        self._check(self._epoch)

    async def stop_accepting(self) -> int:
        """Closes the inlet, counts what is already in it; the final amount in minor units."""
        epoch = self._epoch
        self._check(epoch)
        self.accepting = False
        self._notify()
        await self.until(lambda: not self.inlet.total())
        self._cut_at("stop")
        self._check(epoch)
        self._remember()
        return self.inserted

    async def insert(self, piece: Denomination, count: int = 1) -> Insertion:
        """The customer puts in `count` pieces; returns once each is counted or handed back."""
        reason = self._closed()
        if reason:
            return Insertion(0, count, 0, reason)
        if piece.kind == COIN:
            return await self._pour(piece, count)
        return await self._feed(piece, count)

    def take(self) -> Pieces:
        """The customer empties the tray."""
        taken, self.tray = +self.tray, Counter()
        self.customer_net += worth(taken)
        self._notify()
        return taken

    def _closed(self) -> str | None:
        if not self.powered:
            return POWER_OFF
        if self.faults.unplugged:
            return UNPLUGGED
        return None if self.accepting else NOT_ACCEPTING

    async def _pour(self, coin: Denomination, count: int) -> Insertion:
        """Coins are poured in together, as many as the bowl holds, and counted one by one."""
        epoch = self._epoch
        waiting = sum(number for piece, number in self.inlet.items() if piece.kind == COIN)
        poured = min(count, COIN_INLET_PIECES - waiting)
        self._from_customer(coin, poured)
        accepted, refused = 0, 0
        reason = INLET_FULL if poured < count else None
        try:
            for _ in range(poured):
                async with self._lane(COIN):
                    why = await self._count(coin, epoch)
                accepted, refused = accepted + (not why), refused + bool(why)
                reason = reason or why
        except StoppedError:
            held = poured - accepted - refused
            return Insertion(accepted, refused + count - poured, held, self._why_interrupted())
        return Insertion(accepted, refused + count - poured, 0, reason)

    async def _feed(self, note: Denomination, count: int) -> Insertion:
        """Notes go in one by one, for as long as the inlet is open."""
        epoch = self._epoch
        accepted, refused, reason = 0, 0, None
        for fed in range(count):
            async with self._lane(NOTE):
                closed = self._closed()
                if closed or epoch != self._epoch:
                    left = count - fed
                    return Insertion(accepted, refused + left, 0, closed or INTERRUPTED)
                self._from_customer(note, 1)
                try:
                    why = await self._count(note, epoch)
                except StoppedError:
                    left = count - fed - 1
                    return Insertion(accepted, refused + left, 1, self._why_interrupted())
            accepted, refused = accepted + (not why), refused + bool(why)
            reason = reason or why
        return Insertion(accepted, refused, 0, reason)

    def _lane(self, kind: str) -> asyncio.Lock:
        return self._lanes.setdefault(kind, asyncio.Lock())

    def _why_interrupted(self) -> str:
        return INTERRUPTED if self.powered else POWER_OFF

    def _from_customer(self, piece: Denomination, count: int) -> None:
        self.inlet[piece] += count
        self.customer_net -= count * piece.value
        self._notify()

    async def _count(self, piece: Denomination, epoch: int) -> str | None:
        """Moves one piece from the inlet to its place; the reason when it is handed back."""
        self._check(epoch)
        with self.inserting.running(), self.busy_time.running():
            await self.spend(self._seconds_in[piece.kind])
        self._check(epoch)
        self.inlet[piece] -= 1
        place, reason = self._place_for(piece)
        if reason:
            self.customer_net += piece.value
            self._record("refused", piece, reason)
        else:
            getattr(self.physical, place)[piece] += 1
            getattr(self.booked, place)[piece] += 1
            self.inserted += piece.value
            self._record("in", piece, place)
            self._cut_at("insert")
        return reason

    def _place_for(self, piece: Denomination) -> tuple[str, str | None]:
        if self.faults.refuse_coin == piece.value:
            return "", REFUSED
        objection = self.judge(piece) if self.judge else None
        if objection:
            return "", objection
        if piece.recycled and self.physical.recyclers[piece] < piece.recycler_size:
            return "recyclers", None
        if piece.kind == COIN:
            self._alarms.add(ALARM_COIN_FULL)
            return "", RECYCLER_FULL
        reason = self._cassette_closed()
        return ("", reason) if reason else (CASSETTE, None)

    def _cassette_closed(self) -> str | None:
        if not self.cassette_in:
            return CASSETTE_OUT
        held = notes_in(self.physical.cassette)
        full = self.faults.stacker_full or held >= self.cash_set.cassette_capacity
        return CASSETTE_FULL if full else None

    def _is_kept_out(self, piece: Denomination) -> bool:
        own_box = piece.kind == COIN and self.cash_set.coin_cassette
        return not own_box and self._cassette_closed() is not None

    # -- Giving out ---------------------------------------------------------------------------

    async def dispense(self, amount: int, *, only_coins: bool = False) -> Payout:
        """Pays `amount` (minor units) to the tray: exactly, or nothing, unless it jams midway."""
        self._check(self._epoch)
        self._alarms.discard(ALARM_NO_CHANGE)
        stock = {
            piece: count
            for piece, count in self.booked.recyclers.items()
            if piece.recycled and not (only_coins and piece.kind == NOTE)
        }
        change = None if self.faults.no_change else greedy_change(amount, stock)
        if change is None:
            self._alarms.add(ALARM_NO_CHANGE)
            self._notify()
            return Payout(amount, 0, ALARM_NO_CHANGE)
        given, jammed = await self._give(change, TRAY)
        return Payout(amount, worth(given), ALARM_JAM if jammed else None)

    async def give_pieces(self, wanted: Pieces, place: str) -> tuple[Pieces, bool]:
        """Moves just these pieces to `place`, as far as they are there and fit; (moved, jammed)."""
        self._check(self._epoch)
        self._alarms.discard(ALARM_NO_CHANGE)
        stock = Counter() if self.faults.no_change else self.booked.recyclers
        return await self._give(wanted & stock, place)

    async def _give(self, change: Pieces, place: str) -> tuple[Pieces, bool]:
        self._remember()
        epoch = self._epoch
        given: Pieces = Counter()
        jammed = asyncio.Event()
        self.dispensing = True
        self._notify()
        try:
            with self.dispensing_time.running(), self.busy_time.running():
                lanes = [
                    self._give_lane(kind, change, place, given, jammed) for kind in (COIN, NOTE)
                ]
                outcomes = await asyncio.gather(*lanes, return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
            self._check(epoch)
        finally:
            if epoch == self._epoch:
                self.dispensing = False
                self._notify()
        self._remember()
        return given, jammed.is_set()

    async def _give_lane(
        self, kind: str, change: Pieces, place: str, given: Pieces, jammed: asyncio.Event
    ) -> None:
        epoch = self._epoch
        pieces = [piece for piece in change.elements() if piece.kind == kind]
        for piece in pieces:
            if jammed.is_set() or self._jams():
                jammed.set()
                return
            await self.spend(SECONDS_OUT[kind])
            self._check(epoch)
            if piece.value == self.faults.hopper_empty:
                # It finds nothing to give there, and puts its own count right.
                self.booked.recyclers[piece] = 0
                jammed.set()
                return
            if not self.physical.recyclers[piece]:
                # The counters promised a piece that is not there.
                self._alarms.add(ALARM_JAM)
                jammed.set()
                return
            if place == CASSETTE and self._is_kept_out(piece):
                return
            self.physical.recyclers[piece] -= 1
            self.booked.recyclers[piece] -= 1
            if place == TRAY:
                self.tray[piece] += 1
            else:
                self.physical.cassette[piece] += 1
                self.booked.cassette[piece] += 1
            given[piece] += 1
            self._record("out" if place == TRAY else "moved", piece, place)
            self._cut_at("dispense")

    def _jams(self) -> bool:
        if self.faults.jam_after is None:
            return False
        if self.faults.jam_after > 0:
            self.faults.jam_after -= 1
            return False
        self.faults.jam_after = None
        self._alarms.add(ALARM_JAM)
        return True

    # -- The cassette -------------------------------------------------------------------------

    def unlock_cassette(self) -> None:
        self._check(self._epoch)
        self.cassette_unlocked = True
        self._notify()

    def lock_cassette(self) -> None:
        self.cassette_unlocked = False
        self._notify()

    def remove_cassette(self) -> int:
        """The staff takes the cassette out; minor units in it. ValueError when it is locked."""
        if not self.cassette_in:
            raise ValueError("the cassette is already out: put it back first")
        if not self.cassette_unlocked:
            raise ValueError("the cassette is locked: start a collection first")
        taken = worth(self.physical.cassette)
        self.collected += taken
        self.physical.cassette = Counter()
        self.cassette_in = False
        self._notify()
        return taken

    def replace_cassette(self) -> None:
        """The staff puts an empty cassette back; only now do the counters go to zero."""
        if self.cassette_in:
            raise ValueError("the cassette is in its place")
        self.cassette_in = True
        self.booked.cassette = Counter()
        self._remember()
        self._notify()

    # -- Power --------------------------------------------------------------------------------

    @property
    def forgets(self) -> bool:
        """The power went off, and with it what was not yet remembered."""
        return self._forgetful

    def power_off(self, *, keep_memory: bool = True) -> None:
        """Everything under way ends where it physically is.

        Without memory the counters fall back to what they were when the interrupted
        acceptance or payout began, though the pieces have moved.
        """
        if not self.powered:
            return
        self.powered = False
        self._epoch += 1
        self._forgetful = not keep_memory
        self.accepting = False
        self.dispensing = False
        self.inserted = 0
        self.cassette_unlocked = False
        self._announce_power()

    def power_on(self, *, keep_memory: bool = True) -> None:
        """Starts again; pieces that were stuck in the inlet are pushed out to the tray."""
        if self.powered:
            return
        if self._forgetful or not keep_memory:
            self.booked = self._remembered.copy()
        self._forgetful = False
        self.powered = True
        self._epoch += 1
        self._lanes = {}
        self.tray.update(+self.inlet)
        self.inlet = Counter()
        self._remember()
        self._announce_power()

    def _announce_power(self) -> None:
        for listener in self.on_power:
            listener(self.powered)
        self._notify()

    def _cut_at(self, phase: str) -> None:
        if self.faults.power_cut_at == phase:
            self.faults.power_cut_at = None
            self.power_off()

    def _remember(self) -> None:
        self._remembered = self.booked.copy()

    def _record(self, direction: str, piece: Denomination, place: str) -> None:
        self.movements.append(
            {
                "at": time.time(),
                "direction": direction,
                "value": piece.value,
                "kind": piece.kind,
                "place": place,
            }
        )
        for listener in self.on_piece:
            listener(direction, piece, place)
        self._notify()
