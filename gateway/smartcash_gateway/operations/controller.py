"""The one owner of the machine: runs operations one by one, and looks after it in between.

A single task talks to the machine, so nothing else can come between two frames of an operation.
The HTTP side only registers operations and leaves wishes.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..cashlogy import messages
from ..cashlogy.connector import Connector
from ..cashlogy.machine import Machine
from ..config import Config
from ..errors import (
    Busy,
    DeviceBusy,
    DeviceError,
    DeviceIllegal,
    DeviceLost,
    NotAcceptable,
    Offline,
    OperationUnknown,
    UuidConflict,
)
from ..models import Inventory, Kind, Message, Operation, OperationRequest, Phase, State
from ..timing import Timing
from .device import Device
from .flows import carry_out
from .journal import Journal
from .journal_thread import JournalThread
from .recovery import look_up, recover
from .run import Run

_logger = logging.getLogger(__name__)

_OPEN = (Phase.ACCEPTING, Phase.CANCELLING)

OnOperation = Callable[[Operation], None]
OnDevice = Callable[[dict[str, Any]], None]


class Controller:
    """Operations and the machine's state; the callbacks hear of every change."""

    def __init__(
        self,
        config: Config,
        journal: Journal,
        *,
        timing: Timing | None = None,
        on_operation: OnOperation = lambda operation: None,
        on_device: OnDevice = lambda device: None,
    ) -> None:
        self._config = config
        self.timing = timing or config.timing
        self._journal = JournalThread(journal, self.timing, self._on_journal)
        self._tell_operation = on_operation
        self._tell_device = on_device
        connector = Connector(*config.connector_address, self.timing)
        connector.on_lost = self._on_lost
        self.machine = Machine(connector, self.timing)
        self.device = Device(uid=config.device, currency=config.currency)
        self._run: Run | None = None
        self._starting = asyncio.Lock()
        self._undecided: dict[str, list[asyncio.Event]] = {}  # starts that are under way
        self._busy_since: float | None = None  # with what is not known to be ours
        self._wake = asyncio.Event()
        self._looked_after = asyncio.Event()  # set at the end of each look after the machine
        self._count_wanted = False
        self._count_due = True
        self._expected: int | None = None  # what the next count should say, minor units
        self._back_off = 0.0
        self._device_seen: dict[str, Any] | None = None
        self._probed_at = time.monotonic()
        self._stopping = False

    # -- what the API asks ----------------------------------------------------------------

    @property
    def current(self) -> Operation | None:
        """The operation that runs."""
        return self._run.op if self._run else None

    async def get(self, uuid: str) -> Operation:
        """The operation as it stands; raises OperationUnknown."""
        if self._run and self._run.op.uuid == uuid:
            return self._run.op
        operation = await self._journal.get(uuid)
        if operation is None:
            raise OperationUnknown(f"The gateway never heard of {uuid}: it was not started.")
        return operation

    async def look(self, uuid: str) -> Operation:
        """As `get`, but a start that is about to happen is never called unknown."""
        while undecided := self._undecided.get(uuid):
            await undecided[0].wait()
        return await self.get(uuid)

    async def find(self, **filters: Any) -> list[Operation]:
        """See Journal.find."""
        return await self._journal.find(**filters)

    async def start(self, request: OperationRequest) -> tuple[Operation, bool]:
        """Registers and starts; (operation, is it new?). Raises a Problem, nothing started then."""
        # Whoever asked may go away meanwhile: what is registered is carried out.
        return await asyncio.shield(asyncio.ensure_future(self._start(request)))

    async def _start(self, request: OperationRequest) -> tuple[Operation, bool]:
        with self._deciding(request.uuid):
            if not self._available() and await self._known(request) is None:
                await self._make_contact()
            async with self._starting:
                known = await self._known(request)
                if known is not None:
                    return known, False
                return await self._register(request), True

    async def _register(self, request: OperationRequest) -> Operation:
        if self._run is not None:
            raise Busy(
                "Wait until the running operation has ended, or cancel it.",
                operation=self._run.op.uuid,
            )
        if self._stopping or not self._available():
            raise Offline(self._why_offline())
        on_screen = self._config.mode == "screen" and request.kind is Kind.SALE
        operation = await self._journal.register(request, on_screen=on_screen)
        self._run = self._new_run(operation, idle_timeout=request.idle_timeout)
        self._wake.set()
        _logger.info("%s registered: %s %d", operation.uuid, request.kind.value, request.amount)
        return operation

    @contextmanager
    def _deciding(self, uuid: str) -> Iterator[None]:
        decided = asyncio.Event()
        self._undecided.setdefault(uuid, []).append(decided)
        try:
            yield
        finally:
            decided.set()
            self._undecided[uuid].remove(decided)
            if not self._undecided[uuid]:
                del self._undecided[uuid]

    async def _known(self, request: OperationRequest) -> Operation | None:
        try:
            operation = await self.get(request.uuid)
        except OperationUnknown:
            return None
        if not operation.same_request(request):
            raise UuidConflict("Use a new uuid for a new operation.")
        return operation

    def _available(self) -> bool:
        return self._run is not None or self.device.state(None).value not in ("offline", "unknown")

    def _why_offline(self) -> str:
        if self.device.initialising:
            return "The machine is starting. Nothing was started; try again in a minute."
        return (
            f"{self.device.trouble or 'The machine does not answer.'} Nothing was started. "
            "Check that the machine is switched on and CashlogyConnector is running."
        )

    async def _make_contact(self) -> None:
        """Lets the machine be looked after once, now."""
        self._looked_after.clear()
        self._back_off = 0.0
        self._wake.set()
        try:
            await asyncio.wait_for(self._looked_after.wait(), self.timing.contact)
        except asyncio.TimeoutError:
            _logger.info("no contact with the machine within %s s", self.timing.contact)

    async def cancel(self, uuid: str) -> Operation:
        """Asks to cancel; the outcome follows. Harmless when it is too late."""
        operation = await self.get(uuid)
        if self._run and self._run.op.uuid == uuid:
            self._run.wish_cancel()
        return operation

    async def accept(self, uuid: str) -> Operation:
        """Asks to keep what is inserted; raises NotAcceptable when that is not possible."""
        operation = await self.get(uuid)
        if operation.state.ended:
            return operation
        if not (self._run and self._run.op.uuid == uuid and operation.acceptable):
            raise NotAcceptable(
                "Only a running operation that allows it, with less than its amount inserted, "
                "can be accepted as it is."
            )
        self._run.wish_accept()
        return operation

    def device_json(self) -> dict[str, Any]:
        """The machine as it stands."""
        return self.device.to_json(self._run.op.uuid if self._run else None)

    async def fresh_device_json(self) -> dict[str, Any]:
        """The machine with a new count, when nothing runs and it answers; never with an old one."""
        if self._run is None and self.device.reachable:
            self._count_wanted = True
            self._looked_after.clear()
            self._wake.set()
            try:
                await asyncio.wait_for(self._looked_after.wait(), self.timing.fresh_count)
            except asyncio.TimeoutError:
                _logger.info("no new count within %s s", self.timing.fresh_count)
        machine = self.device_json()
        if self._run is None and self._count_wanted:
            # Odoo would take it for what is inside now, and book the difference.
            machine.update(inventory=None, counted_at=None)
        return machine

    # -- the task that owns the machine --------------------------------------------------

    async def run(self) -> None:
        """Until cancelled. An error that escapes (the journal!) must end the process."""
        await self._recover_interrupted()
        while True:
            if self._run is not None:
                await self._carry_out(self._run)
                continue
            await self._look_after()
            if self._run is None and not self._wake.is_set():
                await self._sleep(self._back_off or self.timing.health)
            self._wake.clear()

    async def _sleep(self, seconds: float) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    def _on_lost(self) -> None:
        # While it is known to be away, only the back-off decides when to try again.
        if self.device.reachable:
            self._wake.set()

    def _new_run(self, operation: Operation, *, idle_timeout: int = 0) -> Run:
        return Run(
            operation,
            self.machine,
            self._journal,
            idle_timeout=idle_timeout,
            on_change=self._on_operation,
            on_contact=self._on_contact,
            on_count=self._on_count,
            on_difference=self._on_difference,
        )

    def _on_operation(self, operation: Operation) -> None:
        if operation.state.ended and self._run and self._run.op.uuid == operation.uuid:
            # Free before the listeners hear of it: they may start the next one at once.
            self._run = None
            self._count_due = True
            self._expected = _still_to_compare(operation)
            _logger.info("%s ended: %s", operation.uuid, operation.state.value)
        self._tell_operation(operation)

    def _on_contact(self, reachable: bool) -> None:
        self.device.reachable = reachable
        self._announce()

    def _on_count(self, inventory: Inventory) -> None:
        self.device.count(inventory)

    def _on_difference(self, difference: Message | None) -> None:
        self.device.difference = difference

    def _announce(self) -> None:
        """Tells the listeners, if anything but the count changed."""
        device = self.device_json()
        seen = {key: value for key, value in device.items() if key != "counted_at"}
        if seen != self._device_seen:
            self._device_seen = seen
            self._tell_device(device)

    async def _carry_out(self, run: Run) -> None:
        self._announce()
        try:
            await carry_out(run)
        except sqlite3.Error:
            raise
        except Exception:
            # A mistake of ours must not leave a customer's money in limbo: look it up.
            _logger.exception("%s stopped on a mistake of the gateway", run.op.uuid)
            self.machine.connector.distrust()
            if not run.op.state.ended:
                await recover(run)
        self._announce()

    async def _recover_interrupted(self) -> None:
        """Operations that a crash or a stop of the gateway cut off."""
        for operation in await self._journal.unsettled():
            if operation.state is not State.RUNNING:
                continue
            _logger.warning("recovering %s, cut off while %s", operation.uuid, operation.phase)
            self._run = run = self._new_run(operation)
            run.say(messages.RECOVERING)
            await recover(run)
            self._announce()

    def _probe_journal(self) -> None:
        """A full disk shows before a customer stands there, and when it is over."""
        due = time.monotonic() - self._probed_at > self.timing.probe_journal
        if due or self.device.journal_trouble is not None:
            self._probed_at = time.monotonic()
            self._journal.probe()

    def _on_journal(self, trouble: str | None) -> None:
        if trouble == self.device.journal_trouble:
            return
        if trouble is not None:
            _logger.critical("the journal cannot be written: %s", trouble)
        self.device.journal_trouble = trouble
        self._announce()

    async def _look_after(self) -> None:
        """Health, outcomes that are still open, and a count when one is due."""
        self._probe_journal()
        try:
            await self._check_health()
            if self.device.reachable and not self.device.occupied:
                await self._settle_unknown()
                await self._recount()
        except DeviceError as error:
            self._offline(error)
        except sqlite3.Error:
            raise
        except Exception as error:
            # A mistake of ours about what the machine said is a lost contact, not an exit.
            _logger.exception("the look after the machine stopped on a mistake of the gateway")
            self.machine.connector.distrust()
            self._offline(DeviceLost(f"The machine said what nobody understands ({error!r})."))
        self._announce()
        self._looked_after.set()

    async def _check_health(self) -> None:
        device, machine = self.device, self.machine
        try:
            try:
                codes = await machine.active_errors()
            except DeviceIllegal:
                device.initialising = True
                self._announce()
                await machine.initialise()
                codes = await machine.active_errors()
            finally:
                device.initialising = False
        except DeviceBusy:
            device.reachable, device.occupied = True, True
            await self._free_a_stuck_machine()
            return
        self._busy_since = None
        if not device.reachable:
            await machine.identify()
        device.version, device.serial = machine.version or device.version, machine.serial
        device.codes = codes
        device.reachable, device.occupied, device.trouble = True, False, None
        self._back_off = 0.0

    def _offline(self, error: DeviceError) -> None:
        if self.device.reachable is not False:
            _logger.warning("no contact with the machine: %s", error)
        self.device.reachable, self.device.occupied = False, False
        self.device.trouble = str(error)
        self.device.codes = ()
        self._count_due = True
        self._expected = None
        self._back_off = min(max(2 * self._back_off, 0.5), self.timing.back_off)

    async def _settle_unknown(self) -> None:
        """Before anything new: what could not be asked while the machine was away."""
        for operation in await self._journal.unsettled():
            if operation.state.ended:
                await look_up(self._new_run(operation), patience=0.0)

    async def _free_a_stuck_machine(self) -> None:
        """BUSY for minutes with an operation of ours whose end is not known: it hangs."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if now - self._busy_since < self.timing.stuck:
            return
        if not any(one.kind is not Kind.COLLECT for one in await self._journal.unsettled()):
            return
        _logger.error("the machine is stuck; resetting it")
        self._busy_since = None
        await self.machine.interrupt()
        await self.machine.reset()

    async def _recount(self) -> None:
        if not (self._count_due or self._count_wanted) or self._run is not None:
            return
        inventory = await self.machine.inventory()
        if self._run is None:
            self._compare(inventory.total)
            inventory = await self.machine.with_levels(inventory)
        self.device.count(inventory)
        self._count_due = self._count_wanted = False

    def _compare(self, found: int) -> None:
        expected, self._expected = self._expected, None
        if expected not in (None, found):
            difference = messages.count_differs(expected, found, self.device.currency)
            _logger.error("%s", difference.text)
            self.device.difference = difference

    # -- the end of the process -----------------------------------------------------------

    async def close(self, task: asyncio.Task[None]) -> None:
        """Stops in good order: lets pieces fall, ends an open acceptance, cuts the rest."""
        self._stopping = True
        run = self._run
        if run and run.op.to_dispense:
            # The controller's task goes on until the payout's answer is in the journal.
            try:
                await asyncio.wait_for(run.ended.wait(), self.timing.dispensing)
            except asyncio.TimeoutError:
                _logger.warning("%s still gives out: left to the next start", run.op.uuid)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        run = self._run
        if run and run.op.phase in _OPEN and not run.op.to_dispense and not run.op.on_screen:
            try:
                await asyncio.wait_for(look_up(run), self.timing.stopping)
            except (DeviceError, asyncio.TimeoutError) as error:
                _logger.warning("%s stays open until the next start: %r", run.op.uuid, error)
        self.machine.connector.close()

    async def close_journal(self) -> None:
        """Writes what is still to be written."""
        await self._journal.close()


def _still_to_compare(operation: Operation) -> int | None:
    """What the machine should hold after an operation that ended without a count, minor units."""
    if messages.NOT_COUNTED not in operation.messages or operation.before is None:
        return None
    return operation.before + operation.amount_in - operation.amount_out
