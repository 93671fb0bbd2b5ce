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

from . import messages
from .config import Config
from .connector import Connector
from .device import Device
from .errors import (
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
from .flows import carry_out
from .journal import Journal
from .machine import Machine
from .models import Inventory, Kind, Operation, OperationRequest, Phase, State
from .recovery import look_up, recover
from .run import Run

_logger = logging.getLogger(__name__)

CONTACT_PATIENCE = 2.0  # seconds that a start waits for a machine that seemed to be offline
COUNT_PATIENCE = 8.0
MAX_BACK_OFF = 5.0
DISPENSE_GRACE = 15.0  # seconds that a stop of the gateway waits for pieces that are falling
STOP_GRACE = 5.0
PROBE_INTERVAL = 60.0  # seconds between two proofs that the journal can be written
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
        on_operation: OnOperation = lambda operation: None,
        on_device: OnDevice = lambda device: None,
    ) -> None:
        self._config = config
        self._journal = journal
        self._tell_operation = on_operation
        self._tell_device = on_device
        connector = Connector(*config.connector_address, connect_timeout=config.timing.connect)
        connector.on_lost = self._on_lost
        self.machine = Machine(connector, config.timing)
        self.device = Device(uid=config.device, currency=config.currency)
        self._run: Run | None = None
        self._undecided: dict[str, asyncio.Event] = {}  # starts that wait for the machine
        self._wake = asyncio.Event()
        self._looked_after = asyncio.Event()  # set at the end of each look after the machine
        self._count_wanted = False
        self._count_due = True
        self._back_off = 0.0
        self._device_seen: dict[str, Any] | None = None
        self._probed_at = time.monotonic()
        self._stopping = False

    # -- what the API asks ----------------------------------------------------------------

    @property
    def current(self) -> Operation | None:
        """The operation that runs."""
        return self._run.op if self._run else None

    def get(self, uuid: str) -> Operation:
        """The operation as it stands; raises OperationUnknown."""
        if self._run and self._run.op.uuid == uuid:
            return self._run.op
        operation = self._journal.get(uuid)
        if operation is None:
            raise OperationUnknown(f"The gateway never heard of {uuid}: it was not started.")
        return operation

    async def look(self, uuid: str) -> Operation:
        """As `get`, but a start that is about to happen is never called unknown."""
        undecided = self._undecided.get(uuid)
        if undecided:
            await undecided.wait()
        return self.get(uuid)

    async def start(self, request: OperationRequest) -> tuple[Operation, bool]:
        """Registers and starts; (operation, is it new?). Raises a Problem, nothing started then."""
        known = self._known(request)
        if known is None and not self._available():
            with self._deciding(request.uuid):
                await self._make_contact()
            known = self._known(request)
        if known is not None:
            return known, False
        if self._run is not None:
            raise Busy(
                "Wait until the running operation has ended, or cancel it.",
                operation=self._run.op.uuid,
            )
        if self._stopping or not self._available():
            raise Offline(self._why_offline())
        on_screen = self._config.mode == "screen" and request.kind is Kind.SALE
        try:
            operation = self._journal.register(request, on_screen=on_screen)
        except sqlite3.Error as error:
            self._journal_failed(error)
            raise
        self._run = self._new_run(operation, idle_timeout=request.idle_timeout)
        self._wake.set()
        _logger.info("%s registered: %s %d", operation.uuid, request.kind.value, request.amount)
        return operation, True

    @contextmanager
    def _deciding(self, uuid: str) -> Iterator[None]:
        decided = self._undecided.setdefault(uuid, asyncio.Event())
        try:
            yield
        finally:
            decided.set()
            self._undecided.pop(uuid, None)

    def _known(self, request: OperationRequest) -> Operation | None:
        try:
            operation = self.get(request.uuid)
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
            await asyncio.wait_for(self._looked_after.wait(), CONTACT_PATIENCE)
        except asyncio.TimeoutError:
            _logger.info("no contact with the machine within %s s", CONTACT_PATIENCE)

    def cancel(self, uuid: str) -> Operation:
        """Asks to cancel; the outcome follows. Harmless when it is too late."""
        operation = self.get(uuid)
        if self._run and self._run.op.uuid == uuid:
            self._run.wish_cancel()
        return operation

    def accept(self, uuid: str) -> Operation:
        """Asks to keep what is inserted; raises NotAcceptable when that is not possible."""
        operation = self.get(uuid)
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
                await asyncio.wait_for(self._looked_after.wait(), COUNT_PATIENCE)
            except asyncio.TimeoutError:
                _logger.info("no new count within %s s", COUNT_PATIENCE)
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
                await self._sleep(self._back_off or self._config.health_interval)
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
            poll=self._config.poll_interval,
            patience=self._config.recovery_patience,
            idle_timeout=idle_timeout,
            on_change=self._on_operation,
            on_contact=self._on_contact,
            on_count=self._on_count,
        )

    def _on_operation(self, operation: Operation) -> None:
        if operation.state.ended and self._run and self._run.op.uuid == operation.uuid:
            # Free before the listeners hear of it: they may start the next one at once.
            self._run = None
            self._count_due = True
            _logger.info("%s ended: %s", operation.uuid, operation.state.value)
        self._tell_operation(operation)

    def _on_contact(self, reachable: bool) -> None:
        self.device.reachable = reachable
        self._announce()

    def _on_count(self, inventory: Inventory) -> None:
        self.device.count(inventory)

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
        for operation in self._journal.unsettled():
            if operation.state is not State.RUNNING:
                continue
            _logger.warning("recovering %s, cut off while %s", operation.uuid, operation.phase)
            self._run = run = self._new_run(operation)
            run.say(messages.RECOVERING)
            await recover(run)
            self._announce()

    def _probe_journal(self) -> None:
        """A full disk shows before a customer stands there, and when it is over."""
        device = self.device
        due = time.monotonic() - self._probed_at > PROBE_INTERVAL
        if not due and device.journal_trouble is None:
            return
        self._probed_at = time.monotonic()
        try:
            self._journal.probe()
        except sqlite3.Error as error:
            self._journal_failed(error)
        else:
            device.journal_trouble = None

    def _journal_failed(self, error: sqlite3.Error) -> None:
        if self.device.journal_trouble is None:
            _logger.critical("the journal cannot be written: %s", error)
        self.device.journal_trouble = str(error)
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
            return
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
        self._back_off = min(max(2 * self._back_off, 0.5), MAX_BACK_OFF)

    async def _settle_unknown(self) -> None:
        """Before anything new: what could not be asked while the machine was away."""
        for operation in self._journal.unsettled():
            if operation.state.ended:
                await look_up(self._new_run(operation))

    async def _recount(self) -> None:
        if not (self._count_due or self._count_wanted) or self._run is not None:
            return
        inventory = await self.machine.inventory()
        if self._run is None:
            inventory = await self.machine.with_levels(inventory)
        self.device.count(inventory)
        self._count_due = self._count_wanted = False

    # -- the end of the process -----------------------------------------------------------

    async def close(self, task: asyncio.Task[None]) -> None:
        """Stops in good order: lets pieces fall, ends an open acceptance, cuts the rest."""
        self._stopping = True
        run = self._run
        if run and run.op.to_dispense:
            # The controller's task goes on until the payout's answer is in the journal.
            try:
                await asyncio.wait_for(run.ended.wait(), DISPENSE_GRACE)
            except asyncio.TimeoutError:
                _logger.warning("%s still gives out: left to the next start", run.op.uuid)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        run = self._run
        if run and run.op.phase in _OPEN and not run.op.to_dispense and not run.op.on_screen:
            try:
                await asyncio.wait_for(look_up(run), STOP_GRACE)
            except (DeviceError, asyncio.TimeoutError) as error:
                _logger.warning("%s stays open until the next start: %r", run.op.uuid, error)
        self.machine.connector.close()
