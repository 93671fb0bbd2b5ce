"""A running operation: its record, what the cashier wishes, and who hears of its progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from . import messages
from .errors import DeviceOffline
from .journal import Journal
from .machine import Machine
from .models import Inventory, Message, Operation, Phase, State, now

_logger = logging.getLogger(__name__)

T = TypeVar("T")

SILENT_AFTER = 4.0  # seconds without an answer, after which the cashier is told


class Run:
    """Carries one operation through its phases.

    `advance` writes to the journal and then tells the listeners; `show` only tells them, for
    what is overtaken at once or can be asked of the machine again.
    """

    def __init__(
        self,
        op: Operation,
        machine: Machine,
        journal: Journal,
        *,
        poll: float,
        patience: float,
        idle_timeout: int = 0,
        on_change: Callable[[Operation], None],
        on_contact: Callable[[bool], None] = lambda there: None,
        on_count: Callable[[Inventory], None] = lambda inventory: None,
    ) -> None:
        self.op = op
        self.machine = machine
        self.poll = poll  # seconds between two questions while accepting
        self.patience = patience  # seconds to wait for a lost machine before saying "unknown"
        self.idle_timeout = idle_timeout  # seconds without a piece until it is cancelled; 0 = never
        self.cancel_wished = False
        self.accept_wished = False
        # An answer went missing: from then on only the machine's count proves an amount.
        self.doubtful = False
        self._journal = journal
        self._on_change = on_change
        self._on_contact = on_contact
        self._on_count = on_count
        self._wished = asyncio.Event()
        self.ended = asyncio.Event()

    # -- wishes of the cashier ---------------------------------------------------------

    def wish_cancel(self) -> None:
        """Acted upon at the next possible moment, if there is one."""
        self.cancel_wished = True
        self._wished.set()

    def wish_accept(self) -> None:
        """Keep what is inserted, if it is still less than the amount when the machine stops."""
        self.accept_wished = True
        self._wished.set()

    async def pause(self, seconds: float) -> None:
        """Sleeps, but wakes up for a wish."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self._wished.set)
        try:
            await self._wished.wait()
        finally:
            timer.cancel()
        self._wished.clear()

    async def attentive(self, command: Coroutine[Any, Any, T]) -> T:
        """The answer of a command with a long patience; that none comes is told meanwhile.

        The machine may only be slow: whatever it answers at last is believed.
        """
        answer = asyncio.ensure_future(command)
        try:
            done, _ = await asyncio.wait({answer}, timeout=SILENT_AFTER)
            if not done:
                _logger.warning("%s: no answer for %g s, waiting on", self.op.uuid, SILENT_AFTER)
                self.lost()
            result = await answer
        finally:
            answer.cancel()
        if not done:
            self.found()
        return result

    async def interruptible(self, command: Coroutine[Any, Any, T], notice: Message) -> T:
        """The answer of a command that waits for people; a wish to cancel is sent over it."""
        answer = asyncio.ensure_future(command)
        try:
            while not answer.done():
                watch = asyncio.ensure_future(self.pause(3600))
                await asyncio.wait({answer, watch}, return_when=asyncio.FIRST_COMPLETED)
                watch.cancel()
                if self.cancel_wished and not answer.done():
                    self.cancel_wished = False
                    self.say(notice)
                    await self._interrupt()
            return await answer
        finally:
            answer.cancel()

    async def _interrupt(self) -> None:
        try:
            await self.machine.interrupt()
        except DeviceOffline as error:
            # The command itself was sent: what became of it, only its own answer tells.
            _logger.warning("%s: the cancel was not sent: %s", self.op.uuid, error)

    # -- progress ----------------------------------------------------------------------

    def advance(self, **changes: Any) -> None:
        """On disk first, then to the listeners."""
        self.op = self._journal.update(self.op, **changes)
        self._on_change(self.op)

    def show(self, **changes: Any) -> None:
        """To the listeners only."""
        self.op = replace(self.op, **changes)
        self._on_change(self.op)

    def say(self, message: Message) -> None:
        """Adds a message, in place of one with the same code."""
        others = tuple(m for m in self.op.messages if m.code != message.code)
        self.show(messages=(*others, message))

    def lost(self) -> None:
        """The machine does not answer."""
        self.doubtful = True
        self._on_contact(False)
        self.say(messages.MACHINE_LOST)

    def heard(self) -> None:
        """The machine is there, whatever it says."""
        self._on_contact(True)

    def found(self) -> None:
        """The machine answers again."""
        self._on_contact(True)
        self.show(messages=self._lasting())

    def counted(self, inventory: Inventory) -> None:
        """The machine's inventory was read."""
        self._on_contact(True)
        self._on_count(inventory)

    def _lasting(self) -> tuple[Message, ...]:
        passing = {
            messages.MACHINE_LOST.code,
            messages.RECOVERING.code,
            messages.PRESS_CANCEL_THERE.code,
            messages.CANCELLING_COLLECT.code,
            messages.STACKER_OUT.code,
            "outcome_unknown",
            "outcome_counted",
        }
        return tuple(m for m in self.op.messages if m.code not in passing)

    def end(
        self,
        state: State,
        *notes: Message,
        amount_in: int = 0,
        amount_out: int = 0,
        undispensed: int = 0,
        settled: bool = True,
    ) -> None:
        """The outcome, in minor units. Not `settled`: to be looked up when the machine is back."""
        self.advance(
            state=state,
            phase=Phase.ENDED,
            amount_in=amount_in,
            amount_out=amount_out,
            undispensed=undispensed,
            settled=settled,
            messages=(*self._lasting(), *notes),
            ended_at=now(),
        )
        self.ended.set()

    def end_unknown(self, net: int | None, *, why: str = "", settled: bool = True) -> None:
        """Somebody has to decide; `net` is what the machine's count says, None if it said nothing.

        The amounts are the best there is: what is known to have been inserted, and what must
        then have come out for the count to be as it is.
        """
        op = self.op
        amount_in, amount_out = op.amount_in, 0
        if net is not None:
            amount_in = max(op.amount_in if op.to_dispense else 0, net, 0)
            amount_out = amount_in - net
        note = messages.outcome_unknown(net, op.amount, op.currency, why)
        self.end(State.UNKNOWN, note, amount_in=amount_in, amount_out=amount_out, settled=settled)
