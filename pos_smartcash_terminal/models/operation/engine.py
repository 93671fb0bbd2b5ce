import logging
import time
from contextlib import contextmanager
from dataclasses import replace
from operator import methodcaller

import psycopg2.errors
from odoo import _, api, models

from ...core.db_conflict import TURN_LOST, quiet_database
from ...core.driver_api import (
    DeviceBusy,
    DeviceError,
    DeviceFault,
    DeviceRefused,
)
from ...core.progress import FINAL, TRANSITIONS, Message, Progress
from ...core.registration import Refused, parse_uuid
from .register import EVERYDAY

#: How often a step is tried again that met another worker's, and the pause before (seconds).
STEP_ATTEMPTS = 5
STEP_PAUSE = 0.05
#: While a start is on its way to the device, whose word would be "never heard of it", the others
#: wait or do without. The database holds the lock: it ends with its worker, however that ends.
TURNS = {
    "start": "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1)) IS NOT NULL",
    "wish": "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1)) IS NOT NULL",
    "look": "SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 1))",
}

AMOUNTS = ("amount_in", "amount_out", "undispensed", "rounding")

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """The server engine: Odoo itself talks to the device.

    "Nothing happened" is said only by the driver (``DeviceRefused``, ``DeviceBusy``), or by the ledger
    before it asks the device (``Refused``). Whatever else is raised leaves the outcome open.

    Odoo replays an RPC whose transaction could not be serialised, and a worker may die at any time.
    A start must survive both without happening twice. So each step is a transaction of its own:

    1. the till registers: the row is committed with its RPC, as ``draft``;
    2. ``start`` claims it (draft → running) and commits, before the device hears anything;
    3. the driver starts the device, and commits the device's own number with ``_keep_device_ref``;
    4. the answer is written and committed.

    A replay finds the claim of step 2 and only looks. The RPC's own transaction never writes.
    Steps 2 to 4 have the device to themselves, as far as this operation goes.
    """

    _inherit = "smartcash.operation"

    # ---- public methods -----------------------------------------------------------------------

    @api.model
    def start(self, uuid):
        return self._drive(uuid, "_engine_start")

    @api.model
    def poll(self, uuid):
        return self._drive(uuid, "_engine_poll")

    @api.model
    def cancel(self, uuid):
        return self._drive(uuid, "_engine_cancel")

    @api.model
    def accept(self, uuid):
        return self._drive(uuid, "_engine_accept")

    @api.model
    def resend(self, uuid):
        return self._drive(uuid, "_engine_resend")

    # ---- one step -------------------------------------------------------------------------------

    @api.model
    def _drive(self, uuid, step):
        self._check_pos_user()
        operation = self.browse()
        try:
            uuid = parse_uuid(uuid)
            operation = self.sudo().search([("uuid", "=", uuid)])
            if not operation._visible():
                raise Refused(
                    "unknown_operation",
                    _("The ledger does not know this operation. Register it first."),
                )
            operation._check_mine()
            if operation.device_id.transport != "server":
                raise Refused("bad_values", _("The till itself drives this device."))
            return getattr(operation, step)()
        except Refused as refused:
            if operation and refused.code not in EVERYDAY:
                operation._commit(methodcaller("_note_refusal", refused))
            return refused.to_wire()

    @contextmanager
    def _own_transaction(self):
        """This recordset in a transaction of its own, committed at the end of the block."""
        self.env.flush_all()
        try:
            with self.env.registry.cursor() as cr:
                yield self.with_env(self.env(cr=cr))
        finally:
            self.env.invalidate_all(flush=False)

    def _commit(self, step):
        """``step`` of this recordset, in a transaction of its own. Who loses the turn to another
        worker takes the next one: Odoo would pause for seconds, and ask the device again."""
        for attempt in range(1, STEP_ATTEMPTS):
            try:
                with self._own_transaction() as operation:
                    return step(operation)
            except TURN_LOST:
                time.sleep(STEP_PAUSE * attempt)
        with self._own_transaction() as operation:
            return step(operation)

    @contextmanager
    def _turn(self, name):
        """:param name: a key of ``TURNS``; yields whether it is this worker's turn"""
        with self.env.registry.cursor() as cr:
            cr.execute(TURNS[name], [self.uuid])
            yield cr.fetchone()[0]

    def _engine_start(self):
        with self._turn("start"):
            if self._claim():
                return self._start_device()
        return self._engine_poll()

    def _start_device(self):
        try:
            with self._own_transaction() as operation:
                try:
                    said = _check(operation.device_id._driver_at_home()._start(operation))
                except (DeviceBusy, DeviceRefused) as error:
                    said = Progress("failed", "ended", messages=(_message(error, "error"),))
                except DeviceError as error:
                    _logger.warning("start of operation %s: %s", self.id, error)
                    said = Progress("running", "starting", messages=(_message(error, "warning"),))
        except Exception as error:  # noqa: BLE001 (any of them leaves the outcome open)
            fault = self._note_fault("start", error)
            said = Progress("running", "starting", messages=(_message(fault, "warning"),))
        return self._write_down(said)

    def _claim(self):
        """draft → running, committed. False when it was claimed before: then it was perhaps started."""

        def claim(operation):
            operation._relock()
            if operation.state != "draft":
                return False
            operation._check_device_free(operation.device_id, operation.session_id)
            operation.write({"phase": "starting"})
            operation._move("running")
            operation._add_event("step", _("Started"), state_from="draft")
            with quiet_database():
                operation.env.flush_all()
            return True

        try:
            return self._commit(claim)
        except psycopg2.errors.UniqueViolation as error:
            raise self._busy(self.device_id, None, False) from error

    def _engine_poll(self):
        return self._ask("poll", lambda driver, operation: driver._poll(operation), "look")

    def _engine_cancel(self):
        return self._commit(methodcaller("_withdraw")) or self._ask(
            "cancel", lambda driver, operation: driver._cancel(operation), "wish"
        )

    def _engine_accept(self):
        return self._ask("accept", lambda driver, operation: driver._accept(operation), "wish")

    def _engine_resend(self):
        return self._ask("resend", lambda driver, operation: driver._resend(operation), "wish")

    def _hint(self):
        """For drivers that hear of an operation by themselves: the till, when it watches, looks now."""
        for operation in self:
            self.env["bus.bus"]._sendone(
                operation.session_id._get_bus_channel_name(),
                "SMARTCASH_OPERATION",
                {"uuid": operation.uuid},
            )

    def _withdraw(self):
        """A draft that its till gave up ends here: whoever starts it now is too late.

        :returns: the operation as it stands; None when it has been started
        """
        self._relock()
        if self.state != "draft":
            return None
        self._move("failed")
        self._add_event("step", _("Withdrawn before it was started"), state_from="draft")
        return self._to_wire()

    def _ask(self, verb, ask, turn):
        """:param verb: names the question in the log
        :param ask: the question: from the device's driver and the operation to a Progress
        :param turn: a key of ``TURNS``"""
        with self._turn(turn) as is_ours:
            try:
                with self._own_transaction() as operation:
                    standing = operation._to_till()
                    if not is_ours or not operation._may_be_asked():
                        return standing
                    said = _check(ask(operation.device_id._driver_at_home(), operation))
                    if operation._is_old(said):
                        return operation._to_till()
            except TURN_LOST:
                raise
            except DeviceError as error:
                return self._standing(error)
            except Exception as error:  # noqa: BLE001 (any of them leaves the outcome open)
                return self._standing(self._note_fault(verb, error))
            return self._write_down(said)

    def _may_be_asked(self):
        return self.state in ("running", "unknown") and not self._is_decided()

    def _standing(self, error):
        """Nothing is known that was not known before: say so, and leave the ledger as it is."""
        with self._own_transaction() as operation:
            standing = operation._to_till()
        standing["messages"] = [*standing["messages"], _message(error, "warning").to_wire()]
        return standing

    def _note_fault(self, verb, error):
        """Something broke in Odoo, not at the device. What it was is for the log; it may hold secrets.

        :rtype: DeviceFault
        """
        _logger.error("%s of operation %s broke", verb, self.id, exc_info=error)
        self._commit(methodcaller("_add_fault", verb, error))
        return DeviceFault(
            _(
                "Something broke in Odoo while it talked to %s. We don't know yet what the machine did. "
                "Don't start again: wait, then press Check. The server's log has the details.",
                self.device_id.name,
            )
        )

    def _add_fault(self, step, error):
        """Once for each kind of fault: a till asks every second."""
        message = _("A fault in Odoo (%(step)s): %(fault)s", step=step, fault=type(error).__name__)
        if not any(one.kind == "fault" and one.message == message for one in self.event_ids):
            self._add_event("fault", message)

    def _is_old(self, said):
        """Most looks find what the last one found: there is nothing to lock and to write."""
        return said.state == self.state == "running" and not self._news(said, "server")

    def _write_down(self, said):
        def write(operation):
            operation._relock()
            try:
                operation._advance(replace(said, signature=None), "server")
            except Refused as refused:
                # Two polls crossed: the older answer changes nothing. It is worth a note if it was an end.
                if said.ended:
                    operation._note_refusal(refused, said)
            return operation._to_till()

        try:
            standing = self._commit(write)
        except TURN_LOST:
            raise
        except Exception as error:  # noqa: BLE001 (any of them leaves the outcome open)
            return self._standing(self._note_fault("answer", error))
        if said.state in FINAL:
            self._tell_device()
        return standing

    def _tell_device(self):
        """The end is committed: what the device still has to hear may be said now. A device that does
        not listen changes nothing; its driver says it again."""
        try:
            with self._own_transaction() as operation:
                operation.device_id._driver_at_home()._ended(operation)
        except (DeviceError, *TURN_LOST) as error:
            _logger.info("operation %s has ended, not told to the device: %s", self.id, error)
        except Exception:
            _logger.exception("operation %s has ended, not told to the device", self.id)

    def _is_decided(self):
        """A manager said what became of the money: no device's word any more."""
        return bool(self.resolution) and self.resolution != "confirmed"

    def _to_till(self):
        """As the device would tell it. A manager's decision is not the device's word: the till, which
        knows no end, asks the ledger (see ``report``) and learns there what its line is worth."""
        wire = self._to_wire()
        return {**wire, "state": "unknown"} if self._is_decided() else wire

    def _relock(self):
        self.env.cr.execute(
            "SELECT id FROM smartcash_operation WHERE id = %s FOR UPDATE",
            [self.id],
            log_exceptions=False,
        )
        self.invalidate_recordset()

    def _keep_device_ref(self, device_ref):
        """For drivers: commit the device's own number before money can move."""
        self._keep(device_ref=device_ref)

    def _keep(self, **values):
        """For drivers: commit what must not be lost before the next request."""
        self._commit(methodcaller("write", values))
        # This transaction does not see the other one's.
        for name, value in values.items():
            field = self._fields[name]
            self.env.cache.set(self, field, field.convert_to_cache(value, self))


def _check(said):
    """:raise TypeError: the driver does not answer as its contract says"""
    if not isinstance(said, Progress) or said.state not in TRANSITIONS:
        raise TypeError("a driver answers with a Progress")
    if any(type(getattr(said, name)) is not int for name in AMOUNTS):
        raise TypeError("amounts of a Progress are integers in minor units")
    return said


def _message(error, level):
    return Message(code=f"device_{error.code}", text=str(error)[:500], level=level)
