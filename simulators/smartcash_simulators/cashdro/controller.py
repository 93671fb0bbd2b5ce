"""The machine's own computer: its queue of operations, and what each of them does.

Where public findings leave a question open, the choice made here is listed in the README.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Any

from ..cash import Denomination, Holdings, Pieces, notes_in, worth
from ..machine import CASSETTE, TRAY, CashMachine
from ..terms import (
    ALARM_JAM,
    ALARM_UNPLUGGED,
    CASSETTE_FULL,
    CASSETTE_OUT,
    NO_CHANGE_FOR_IT,
    NOT_ACCEPTED,
    NOT_RECYCLABLE,
    RECYCLER_FULL,
    REFUSED,
    StoppedError,
)
from . import rounding
from .change import exact_change, most_change
from .faults import CashdroFaults
from .journal import Journal
from .operations import (
    CHOSEN_PIECES,
    EXECUTING,
    FINISHED,
    GIVES_CHANGE,
    QUEUED,
    TAKES_MONEY,
    WAITING,
    Kind,
    Operation,
)
from .settings import Settings

MESSAGE_CODES = {
    NO_CHANGE_FOR_IT: 0,
    NOT_RECYCLABLE: 1,
    CASSETTE_OUT: 2,
    NOT_ACCEPTED: 3,
    REFUSED: 4,
    RECYCLER_FULL: 5,
    CASSETTE_FULL: 8,
}
ERRORS = frozenset({ALARM_JAM, ALARM_UNPLUGGED})


class Controller:
    """One operation at a time over one machine; what is known of them survives in the journal."""

    def __init__(self, machine: CashMachine, journal: Journal, settings: Settings) -> None:
        self.machine = machine
        self.faults = CashdroFaults.of(machine.faults)
        self.settings = settings
        self._journal = journal
        self._running: Operation | None = None
        self._queue: deque[Operation] = deque()
        self._changed: set[Operation] = set()
        self._written: Holdings | None = None
        self._task: asyncio.Task | None = None
        machine.judge = self._judge
        machine.on_piece.append(self._on_piece)
        machine.on_power.append(self._on_power)
        machine.on_change.append(self._save)
        self._interrupt()

    # -- What is known ------------------------------------------------------------------------

    @property
    def running(self) -> Operation | None:
        return self._running

    @property
    def operations(self) -> list[Operation]:
        """All that are remembered, oldest first."""
        return list(self._journal.operations.values())

    @property
    def busy(self) -> bool:
        return bool(self._running or self._queue)

    @property
    def has_just_ended(self) -> bool:
        """It puts itself in order after an operation, and takes no other one yet."""
        pause = self.faults.busy_after_end_ms / 1000
        return any(op.finished and time.time() < op.finished + pause for op in self.operations)

    @property
    def with_error(self) -> bool:
        return bool(self.machine.alarms & ERRORS)

    @property
    def cassette_room(self) -> int:
        """How many notes still fit into the cassette."""
        machine = self.machine
        return machine.cash_set.cassette_capacity - notes_in(machine.booked.cassette)

    def find(self, number: int) -> Operation | None:
        return self._journal.operations.get(number)

    def stock(self, *, for_change: bool = False) -> Pieces:
        """What can be given out, by the counters; change has a limit per denomination."""
        if self.faults.no_change:
            return Counter()
        return Counter(
            {
                piece: min(count, self.settings.most_in_change(piece)) if for_change else count
                for piece, count in self.machine.booked.recyclers.items()
                if piece.recycled and count > 0
            }
        )

    # -- What a till (or somebody at the machine) asks for ------------------------------------

    def create(self, kind: Kind, **values: Any) -> Operation:
        """A new operation that waits to be acknowledged. `total` and `wanted` in minor units."""
        operation = Operation(self._journal.new_number(), kind, **values)
        step = self.settings.rounding
        if kind in GIVES_CHANGE:
            operation.rounded = rounding.due(operation.total, step)
        elif kind == Kind.PAYOUT and not operation.wanted:
            operation.rounded = rounding.payable(operation.total, step)
        else:
            operation.rounded = operation.total
        self._journal.operations[operation.id] = operation
        self._touch(operation)
        return operation

    def acknowledge(self, operation: Operation) -> None:
        """From now on it may start; acknowledging it again changes nothing."""
        if operation.state == WAITING:
            operation.state = QUEUED
            self._queue.append(operation)
            self._touch(operation)
            self._start_next()

    def end(self, operation: Operation, how: str, pieces: Pieces | None = None) -> None:
        """Asks the running operation to `accept`, `cancel` or `execute`; the first word counts."""
        if operation.ending is None:
            operation.ending = how
            operation.wanted = pieces or operation.wanted
            self._touch(operation)

    def set_imported(self, operation: Operation) -> None:
        operation.imported = True
        self._touch(operation)

    def show_messages(self, codes: list[int]) -> None:
        if not self._running:
            raise ValueError("no operation is running: there is nobody to tell")
        self._running.messages = codes
        self._touch(self._running)

    def forget_all(self) -> None:
        """A machine that has just left the factory; numbers go on."""
        self._drop_running()
        self._queue.clear()
        self._journal.forget_all()
        self._touch()

    # -- Running ------------------------------------------------------------------------------

    def _start_next(self) -> None:
        if self._running or not self._queue or not self.machine.powered:
            return
        operation = self._running = self._queue.popleft()
        operation.state = EXECUTING
        operation.start_levels = self._levels()
        self._touch(operation)
        self._task = asyncio.ensure_future(self._run(operation))

    async def _run(self, operation: Operation) -> None:
        try:
            await self._carry_out(operation)
        except StoppedError:
            return  # the power listener, or a reset, has dealt with it
        if self._running is operation:
            self._close(operation)
            self._running = None
            self._touch(operation)
            self._start_next()

    async def _carry_out(self, operation: Operation) -> None:
        if operation.kind in TAKES_MONEY:
            await self._take_in(operation)
        elif operation.kind in CHOSEN_PIECES:
            await self.machine.until(lambda: operation.ending is not None)
        elif operation.kind == Kind.NOTE_CASSETTE:
            self._change_cassette(operation)
        if operation.kind == Kind.TRANSFER and not operation.cancelled:
            await self._transfer(operation)
        else:
            await self._give_out(operation)

    async def _take_in(self, operation: Operation) -> None:
        machine = self.machine
        # A sale that rounding makes free ends by itself, before anything is put in.
        goal = operation.rounded if operation.kind in GIVES_CHANGE else None
        if goal == 0:
            return
        machine.start_accepting()
        await machine.until(
            lambda: operation.ending is not None or bool(goal and operation.total_in >= goal)
        )
        operation.ending = operation.ending or "paid"  # too late for a cancel
        await machine.stop_accepting()

    async def _give_out(self, operation: Operation) -> None:
        while (missing := self._owed(operation) - operation.total_out) > 0:
            pieces = self._choose(operation, missing)
            _given, jammed = await self.machine.give_pieces(pieces, TRAY)
            if not (jammed and await self._repaired(operation)):
                return

    async def _transfer(self, operation: Operation) -> None:
        while missing := operation.wanted - operation.moved:
            _moved, jammed = await self.machine.give_pieces(missing, CASSETTE)
            if not (jammed and await self._repaired(operation)):
                return

    async def _repaired(self, operation: Operation) -> bool:
        """After a jam: whether the operation goes on."""
        operation.failed = True
        self._touch(operation)
        if not self.settings.wait_at_jam:
            return False
        await self.machine.until(lambda: not self.with_error)
        operation.failed = False
        return True

    def _change_cassette(self, operation: Operation) -> None:
        """Somebody takes the full cassette out and puts an empty one in."""
        operation.out_cassette = +self.machine.booked.cassette
        operation.total = operation.rounded = operation.total_out
        self.machine.unlock_cassette()
        self.machine.remove_cassette()
        self.machine.replace_cassette()
        self.machine.lock_cassette()

    def _owed(self, operation: Operation) -> int:
        """Minor units that this operation has to give out, as things stand."""
        if operation.cancelled:
            return operation.total_in
        if operation.kind in GIVES_CHANGE and operation.total_in >= operation.rounded:
            return rounding.change(operation.total, operation.total_in, self.settings.rounding)
        if operation.kind == Kind.PAYOUT:
            return operation.rounded
        if operation.kind == Kind.WITHDRAWAL:
            return worth(operation.wanted)
        return operation.total_in if operation.kind == Kind.EXCHANGE else 0

    def _choose(self, operation: Operation, amount: int) -> Pieces:
        """The pieces for `amount`; fewer, or none, when the machine does not have them."""
        stock = self.stock(for_change=operation.kind in GIVES_CHANGE and not operation.cancelled)
        if operation.wanted:
            return (operation.wanted - operation.out_recycler) & stock
        if operation.cancelled:
            same = (operation.in_recycler - operation.out_recycler) & stock
            rest = amount - worth(same)
            others = exact_change(rest, stock - same) if rest >= 0 else None
            if others is not None:
                return same + others
        elif operation.kind == Kind.EXCHANGE:
            biggest = max(operation.in_recycler | operation.in_cassette, key=_value)
            smaller = {piece: n for piece, n in stock.items() if piece.value < biggest.value}
            exchanged = exact_change(amount, smaller)
            if exchanged is not None:
                return exchanged
        pieces = exact_change(amount, stock)
        if pieces is None:
            pieces = most_change(amount, stock) if self.settings.give_partial else Counter()
        return pieces

    def _close(self, operation: Operation) -> None:
        operation.state = FINISHED
        operation.finished = time.time()
        operation.finish_levels = self._levels()
        if operation.start_levels:
            operation.change_missing = max(0, self._owed(operation) - operation.total_out)

    def _levels(self) -> list[dict]:
        return self.machine.booked.to_json(self.machine.cash_set)

    # -- Listening to the machine -------------------------------------------------------------

    def _judge(self, piece: Denomination) -> str | None:
        """Why this piece is handed back; the control looks one piece ahead."""
        if piece.value < self.settings.rounding or piece.value in self.settings.refused:
            return NOT_ACCEPTED
        operation = self._running
        if not operation:
            return None
        room = piece.recycled and self.machine.physical.recyclers[piece] < piece.recycler_size
        if operation.kind == Kind.LOAD and not room:
            return RECYCLER_FULL if piece.recycled else NOT_RECYCLABLE
        if not self.settings.control or operation.kind not in GIVES_CHANGE:
            return None
        inserted = operation.total_in + piece.value
        pays = inserted >= operation.rounded and not operation.cancelled
        stock = self.stock(for_change=pays)
        if room:
            stock[piece] += 1
        if pays:
            back = rounding.change(operation.total, inserted, self.settings.rounding)
            return NO_CHANGE_FOR_IT if exact_change(back, stock) is None else None
        if room:
            return None
        return NOT_RECYCLABLE if exact_change(inserted, stock) is None else None

    def _on_piece(self, direction: str, piece: Denomination, place: str) -> None:
        operation = self._running
        if not operation:
            return
        if direction == "in":
            kept = operation.in_recycler if place == "recyclers" else operation.in_cassette
            kept[piece] += 1
            operation.messages = []
        elif direction == "out":
            operation.out_recycler[piece] += 1
        elif direction == "moved":
            operation.moved[piece] += 1
        elif place in MESSAGE_CODES and MESSAGE_CODES[place] not in operation.messages:
            operation.messages.append(MESSAGE_CODES[place])
        self._changed.add(operation)

    def _on_power(self, powered: bool) -> None:
        if powered:
            return
        lost = self._running if self.machine.forgets else None
        if lost:
            self._journal.forget(lost)
        self._interrupt()

    def _interrupt(self) -> None:
        """Whatever ran ends as far as it got; what was queued ends before it began."""
        for operation in self.operations:
            if operation.state == QUEUED:
                operation.ending = "cancel"
            if operation.state in (QUEUED, EXECUTING):
                operation.failed = True
                self._close(operation)
                self._changed.add(operation)
        self._queue.clear()
        self._running = None
        self._save()

    def _drop_running(self) -> None:
        self._running = None
        if self._task:
            self._task.cancel()
            self._task = None

    # -- Keeping ------------------------------------------------------------------------------

    def _touch(self, operation: Operation | None = None) -> None:
        if operation:
            self._changed.add(operation)
        self.machine.touch()

    def _save(self) -> None:
        holdings = self.machine.physical
        if not self._changed and self._written and self._written.same_as(holdings):
            return
        changed = [item for item in self._changed if self.find(item.id) is item]
        self._journal.save(holdings, changed)
        self._changed.clear()
        self._written = holdings.copy()


def _value(piece: Denomination) -> int:
    return piece.value
