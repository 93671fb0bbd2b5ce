"""A running operation: its record, what the cashier wishes, and who hears of its progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from ..cashlogy import messages
from ..cashlogy.machine import Machine
from ..errors import DeviceBusy, DeviceError, DeviceOffline
from ..models import Inventory, Message, Operation, Phase, State, now
from .journal_thread import JournalThread
from .judge import is_found_again

_logger = logging.getLogger(__name__)

T = TypeVar("T")


class Run:
    """Carries one operation through its phases.

    `advance` writes to the journal and then tells the listeners; `progress` tells them first, of
    what the machine's count would tell again; `show` only tells them.
    """

    def __init__(
        self,
        op: Operation,
        machine: Machine,
        journal: JournalThread,
        *,
        idle_timeout: int = 0,
        on_change: Callable[[Operation], None],
        on_contact: Callable[[bool], None] = lambda there: None,
        on_count: Callable[[Inventory], None] = lambda inventory: None,
        on_difference: Callable[[Message | None], None] = lambda difference: None,
    ) -> None:
        self.op = op
        self.machine = machine
        self.timing = machine.timing
        self.idle_timeout = idle_timeout  # seconds without a piece until it is cancelled; 0 = never
        self.cancel_wished = False
        self.accept_wished = False
        # An answer went missing, or made no sense: only the machine's count proves an amount now.
        self.doubtful = False
        self._waiting_since: float | None = None
        self._suspicion: Message | None = None
        self._journal = journal
        self._on_change = on_change
        self._on_contact = on_contact
        self._on_count = on_count
        self._on_difference = on_difference
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

    @property
    def before(self) -> int:
        """What the machine held, minor units; on disk before anything moves."""
        if self.op.before is None:
            raise RuntimeError("the machine was not counted before")
        return self.op.before

    async def attentive(self, command: Coroutine[Any, Any, T]) -> T:
        """The answer of a command with a long patience; that none comes is told meanwhile.

        The machine may only be slow: whatever it answers at last is believed.
        """
        answer = asyncio.ensure_future(command)
        try:
            done, _ = await asyncio.wait({answer}, timeout=self.timing.silent)
            if not done:
                _logger.warning(
                    "%s: no answer for %g s, waiting on", self.op.uuid, self.timing.silent
                )
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
                    self.say(notice)
                    await self._interrupt()
                    # Whoever presses on and on must not keep the line from falling silent: only
                    # then it shows that nothing runs there any more.
                    await asyncio.wait({answer}, timeout=2 * self.timing.grace)
                    self.cancel_wished = False
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

    async def advance(self, **changes: Any) -> None:
        """On disk first, then to the listeners."""
        await self._written(self._journal.save(replace(self.op, **changes)))
        self.show(**changes, messages=self._without(messages.JOURNAL_SLOW))

    async def _written(self, save: asyncio.Task[None]) -> None:
        done, _ = await asyncio.wait({save}, timeout=self.timing.silent)
        if not done:
            self.say(messages.JOURNAL_SLOW)
        await save

    def progress(self, **changes: Any) -> None:
        """To the listeners; on disk as soon as the disk can."""
        self.show(**changes)
        self._journal.save(self.op)

    def show(self, **changes: Any) -> None:
        """To the listeners only."""
        self.op = replace(self.op, **changes)
        self._on_change(self.op)

    def say(self, message: Message) -> None:
        """Adds a message, in place of one with the same code."""
        if message not in self.op.messages:
            self.show(messages=(*self._without(message), message))

    def kept_waiting(self, error: DeviceError) -> float:
        """Tells the cashier why nothing goes on; seconds since it began to be so."""
        now = asyncio.get_running_loop().time()
        if self._waiting_since is None:
            self._waiting_since = now
            _logger.warning("%s waits: %s", self.op.uuid, error)
        waited = now - self._waiting_since
        if not isinstance(error, DeviceBusy):
            self.lost()
            return waited
        self._on_contact(True)
        if waited >= self.timing.silent:
            self.say(messages.MACHINE_BUSY)
        return waited

    @property
    def waiting(self) -> bool:
        """The machine was lost or busy when it was asked last."""
        return self._waiting_since is not None

    @property
    def patience(self) -> float:
        """Seconds that are left for a machine that is lost or busy, before saying "unknown"."""
        if self._waiting_since is None:
            return self.timing.recovery
        waited = asyncio.get_running_loop().time() - self._waiting_since
        return max(0.0, self.timing.recovery - waited)

    def lost(self) -> None:
        """The machine does not answer."""
        self.doubtful = True
        self._on_contact(False)
        self.say(messages.MACHINE_LOST)

    def found(self) -> None:
        """The machine answers again."""
        self._waiting_since = None
        self._on_contact(True)
        if self._lasting() != self.op.messages:
            self.show(messages=self._lasting())

    async def initialise(self) -> None:
        """Wakes a machine that was restarted; the cashier is told, it can take a minute."""
        self.say(messages.MACHINE_STARTING)
        await self.machine.initialise()
        self.found()

    def counted(self, inventory: Inventory) -> None:
        """The machine's inventory was read."""
        self._on_contact(True)
        self._on_count(inventory)

    def suspects(self, message: Message) -> None:
        """The machine contradicts itself: its count decides, and the device shows it, too."""
        self.doubtful = True
        self._suspicion = message
        self.machine.connector.distrust()
        self.say(message)

    def agrees(self, net: int, found: int) -> bool:
        """Whether the machine's count, `found` more than before, is what moved: `net`.

        Told on the device as well, until the count after an operation is right again.
        """
        before, currency = self.op.before or 0, self.op.currency
        difference = self._suspicion
        if found != net:
            difference = messages.count_differs(before + net, before + found, currency)
            _logger.error("%s: %s", self.op.uuid, difference.text)
        self._on_difference(difference)
        return found == net

    def _without(self, message: Message) -> tuple[Message, ...]:
        return tuple(m for m in self.op.messages if m.code != message.code)

    def _lasting(self) -> tuple[Message, ...]:
        passing = {
            messages.MACHINE_LOST.code,
            messages.MACHINE_BUSY.code,
            messages.MACHINE_STARTING.code,
            messages.JOURNAL_SLOW.code,
            messages.RECOVERING.code,
            messages.PRESS_CANCEL_THERE.code,
            messages.CANCELLING_COLLECT.code,
            messages.STACKER_OUT.code,
            "outcome_unknown",
            "outcome_counted",
        }
        return tuple(m for m in self.op.messages if m.code not in passing)

    async def end(
        self,
        state: State,
        *notes: Message,
        amount_in: int = 0,
        amount_out: int = 0,
        undispensed: int = 0,
        settled: bool = True,
    ) -> None:
        """The outcome, in minor units. Not `settled`: to be looked up when the machine is back.

        It is told once it is on disk; of a slow disk, at once, if the machine's count would prove
        the very same should it never get there.
        """
        ended = replace(
            self.op,
            state=state,
            phase=Phase.ENDED,
            amount_in=amount_in,
            amount_out=amount_out,
            undispensed=undispensed,
            settled=settled,
            messages=(*self._lasting(), *notes),
            ended_at=now(),
        )
        save = self._journal.save(ended)
        if is_found_again(self.op, ended):
            await asyncio.wait({save}, timeout=self.timing.slow_disk)
        else:
            await self._written(save)
        self.op = ended
        self._on_change(ended)
        self.ended.set()

    async def end_unknown(self, net: int | None, *, why: str = "", settled: bool = True) -> None:
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
        await self.end(
            State.UNKNOWN, note, amount_in=amount_in, amount_out=amount_out, settled=settled
        )
