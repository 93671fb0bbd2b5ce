import logging
from contextlib import contextmanager
from dataclasses import replace

import psycopg2.errors
from odoo import _, api, models
from odoo.tools import mute_logger

from ..driver_api import (
    DeviceBusy,
    DeviceError,
    DeviceProtocolError,
    DeviceRefused,
    DeviceUnreachable,
)
from ..progress import Message, Progress
from ..registration import Refused, parse_uuid

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """The server engine: Odoo itself talks to the device.

    Odoo replays an RPC whose transaction could not be serialised, and a worker may die at any time.
    A start must survive both without happening twice. So each step is a transaction of its own:

    1. the till registers: the row is committed with its RPC, as ``draft``;
    2. ``start`` claims it (draft → running) and commits, before the device hears anything;
    3. the driver starts the device, and commits the device's own number with ``_keep_device_ref``;
    4. the answer is written and committed.

    A replay finds the claim of step 2 and only looks. The RPC's own transaction never writes.
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

    # ---- one step -------------------------------------------------------------------------------

    @api.model
    def _drive(self, uuid, step):
        self._check_pos_user()
        try:
            operation = self._find(parse_uuid(uuid))
            if not operation:
                raise Refused(
                    "unknown_operation",
                    _("The ledger does not know this operation. Register it first."),
                )
            operation._check_mine()
            if operation.device_id.transport != "server":
                raise Refused("bad_values", _("The till itself drives this device."))
            return getattr(operation, step)()
        except Refused as refused:
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

    def _engine_start(self):
        if not self._claim():
            return self._engine_poll()
        with self._own_transaction() as operation:
            try:
                said = operation.device_id._driver_start(operation)
            except (DeviceBusy, DeviceRefused) as error:
                said = Progress("failed", "ended", messages=(_message(error, "error"),))
            except (DeviceUnreachable, DeviceProtocolError) as error:
                _logger.warning("start of operation %s: %s", self.id, error)
                said = Progress("running", "starting", messages=(_message(error, "warning"),))
        return self._write_down(said)

    def _claim(self):
        """draft → running, committed. False when it was claimed before: then it was perhaps started."""
        try:
            with self._own_transaction() as operation:
                operation._relock()
                if operation.state != "draft":
                    return False
                operation._check_device_free(operation.device_id, operation.session_id)
                operation.write({"phase": "starting"})
                operation._move("running")
                operation._add_event("step", _("Started"), state_from="draft")
                with mute_logger("odoo.sql_db"):  # losing a race is an answer, not an error
                    operation.env.flush_all()
        except psycopg2.errors.UniqueViolation as error:
            raise self._busy(self.device_id, None, False) from error
        return True

    def _engine_poll(self):
        return self._ask("_driver_poll")

    def _engine_cancel(self):
        return self._ask("_driver_cancel")

    def _engine_accept(self):
        return self._ask("_driver_accept")

    def _ask(self, verb):
        with self._own_transaction() as operation:
            standing = operation._to_wire()
            asked = operation.state in ("running", "unknown")
            if asked:
                try:
                    said = getattr(operation.device_id, verb)(operation)
                except DeviceError as error:
                    # Nothing is known that was not known before: say so, and leave the ledger as it is.
                    standing["messages"] = [
                        *standing["messages"],
                        _message(error, "warning").to_wire(),
                    ]
                    asked = False
        return self._write_down(said) if asked else standing

    def _write_down(self, said):
        with self._own_transaction() as operation:
            operation._relock()
            try:
                operation._advance(replace(said, signature=None), "server")
            except Refused as refused:
                # Two polls crossed: the older answer changes nothing. It is worth a note if it was an end.
                if said.ended:
                    operation._note_refusal(refused, said)
            return operation._to_wire()

    def _relock(self):
        self.env.cr.execute(
            "SELECT id FROM smartcash_operation WHERE id = %s FOR UPDATE", [self.id]
        )
        self.invalidate_recordset()

    def _keep_device_ref(self, device_ref):
        """For drivers: commit the device's own number before money can move."""
        with self._own_transaction() as operation:
            operation.write({"device_ref": device_ref})
        self.invalidate_recordset(["device_ref"])


def _message(error, level):
    return Message(code=f"device_{error.code}", text=str(error)[:500], level=level)
