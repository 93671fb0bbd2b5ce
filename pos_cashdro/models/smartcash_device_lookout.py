import logging
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg2.errors
from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.driver_api import DeviceError
from odoo.addons.pos_smartcash_terminal.lost_race import TURN_LOST, quiet_database
from odoo.addons.pos_smartcash_terminal.money import from_minor
from odoo.addons.pos_smartcash_terminal.progress import FINAL
from odoo.addons.pos_smartcash_terminal.registration import Refused, parse_uuid

from ..cashdro_client import OperationType

#: After that long nobody comes back for an operation that was queued and never begun.
ABANDONED = timedelta(minutes=10)
#: What moved so lately is watched by a till: only who watches an operation writes down what moves.
WATCHED = timedelta(seconds=30)
KINDS = {
    OperationType.SALE: "sale",
    OperationType.PAYOUT: "cash_out",
    OperationType.DEPOSIT: "cash_in",
    OperationType.DEPOSIT_AMOUNT: "cash_in",
    OperationType.FILL: "fill",
    OperationType.WITHDRAW: "empty",
    OperationType.REMOVE_NOTE_CASSETTE: "collect",
    OperationType.REMOVE_COIN_CASSETTE: "collect",
    OperationType.TRANSFER: "transfer",
    OperationType.EXCHANGE: "exchange",
}

_logger = logging.getLogger(__name__)


class SmartcashDevice(models.Model):
    """What nobody at a till asks for: operations whose till went away, and those done at the machine."""

    _inherit = "smartcash.device"

    @api.model
    def _cron_cashdro_look_after(self):
        devices = self.sudo().search([("driver", "=", "cashdro"), ("transport", "=", "server")])
        for device in devices.with_context(cashdro_unwatched=True):
            if device._cashdro_is_watched():
                continue
            try:
                device._cashdro_look_after()
            except (DeviceError, *TURN_LOST) as error:
                # The next minute asks again: a machine that is switched off at night is no error, nor
                # is a till that was quicker.
                _logger.info("%s is not looked after now: %s", device.name, error)

    def _cashdro_is_watched(self):
        """Money moves, and the machine has a till's questions to answer: the next minute will do."""
        return bool(
            self.env["smartcash.operation"].search_count(
                [
                    ("device_id", "=", self.id),
                    ("state", "=", "running"),
                    ("write_date", ">", fields.Datetime.now() - WATCHED),
                ],
                limit=1,
            )
        )

    def _cashdro_look_after(self):
        operations = self.env["smartcash.operation"]
        mine = [("device_id", "=", self.id)]
        now = fields.Datetime.now()
        for operation in operations.search([*mine, ("state", "in", ("running", "unknown"))]):
            is_abandoned = operation.phase == "starting" and operation.started_at < now - ABANDONED
            if is_abandoned:
                operation._engine_cancel()
            else:
                operation._engine_poll()
        client = self._cashdro_client_unattended()
        if client:
            with self._fresh() as device, device._cashdro_talk():
                device._cashdro_write_down_pending(client)
        # Only now that it is in our books for good may the machine forget it.
        with self._fresh() as device:
            for operation in device.env["smartcash.operation"].search(
                [*mine, ("cashdro_unimported", "=", True), ("state", "in", tuple(FINAL))]
            ):
                device._cashdro_ended(operation)

    def _cashdro_client_unattended(self):
        """Nobody's own address can be used; where the machine was last can."""
        rule, address = self.env["smartcash.rule"], None
        if not self.cashdro_host:
            last = (
                self.env["smartcash.operation"]
                .sudo()
                .search([("device_id", "=", self.id), ("cashdro_address", "!=", False)], limit=1)
            )
            if not last:
                return None
            rule, address = last.cashdro_rule_id, last.cashdro_address
        return self._cashdro_client(rule, address)

    @contextmanager
    def _fresh(self):
        """This device in a transaction of its own, committed at the end of the block."""
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    # ---- done at the machine itself ---------------------------------------------------------------

    def _cashdro_write_down_pending(self, client):
        """Have the ledger know what the machine finished and nobody imported, with or without a till."""
        seen = set()
        for config in self._cashdro_methods().config_ids:
            for operation_id in client.pending(
                self._cashdro_terminal_name(config), include_manual=True
            ):
                if operation_id not in seen:
                    seen.add(operation_id)
                    self._cashdro_write_down(client.ask(operation_id), config)

    def _cashdro_methods(self):
        """The payment methods that lead here, by themselves or by a rule."""
        device = self.sudo()
        return device.payment_method_ids | device.rule_ids.payment_method_id

    def _cashdro_write_down(self, status, config):
        ours = self._cashdro_known(status)
        if ours:
            self._cashdro_recall(ours, status)
        else:
            self._cashdro_write_down_foreign(status, config)

    def _cashdro_known(self, status):
        """The ledger's row of an operation that the machine names; empty when there is none."""
        operations = self.env["smartcash.operation"].sudo()
        mine = [("device_id", "=", self.id)]
        ours = status.alias and operations.search([*mine, ("uuid", "=", status.alias)])
        if ours:
            return ours
        ours = operations.search([*mine, ("device_ref", "=", status.id)], limit=1)
        moved = (status.total_in, status.total_out)
        if ours and not ours.cashdro_unimported and _amounts(ours) != moved:
            return operations  # the machine counts from the beginning again
        return ours

    def _cashdro_recall(self, operation, status):
        """One of ours, which the machine has not heard from since it ended."""
        if operation.state in FINAL:
            said = self._cashdro_told(operation, status)
            if (said.amount_in, said.amount_out) != _amounts(operation):
                operation._advance(said, "server")  # a late fact: the match opens again
        if not operation.cashdro_unimported or not operation.device_ref:
            operation.write({"cashdro_unimported": True, "device_ref": status.id})

    def _cashdro_write_down_foreign(self, status, config, evidence="server"):
        """:returns: whether it was; not when another worker was quicker"""
        try:
            with quiet_database(), self.env.cr.savepoint():
                operation = (
                    self.env["smartcash.operation"]
                    .sudo()
                    .create({**self._cashdro_foreign_values(status, config), "evidence": evidence})
                )
                operation._add_event("registered", _("Done at the machine itself"))
                operation.flush_recordset()
        except psycopg2.errors.UniqueViolation:
            _logger.info("operation %s of %s is written down elsewhere", status.id, self.name)
            return False
        operation._match()
        return True

    def _cashdro_foreign_values(self, status, config):
        # Before its opening is counted a session does not know what is inside: the count tells.
        session = self.env["pos.session"].search(
            [
                ("config_id", "=", config.id),
                ("state", "in", ("opened", "closing_control")),
                ("rescue", "=", False),
            ],
            limit=1,
        )
        decimals = self.currency_id.decimal_places
        method = self._cashdro_methods().filtered(lambda method: config in method.config_ids)
        now = fields.Datetime.now()
        by_net = "cash_in" if status.net >= 0 else "cash_out"
        return {
            "uuid": self._cashdro_free_alias(status) or str(uuid4()),
            "kind": KINDS.get(status.type, by_net),
            "device_id": self.id,
            "payment_method_id": method[:1].id,
            "session_id": session.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "cashier": status.cashier,
            "reference": _("Done at the machine itself, number %s", status.id),
            "currency_id": self.currency_id.id,
            "amount": from_minor(abs(status.total), decimals),
            "amount_in": from_minor(status.total_in, decimals),
            "amount_out": from_minor(status.total_out, decimals),
            "undispensed": from_minor(status.change_not_available, decimals),
            "state": "done",
            "phase": "ended",
            "device_ref": status.id,
            "cashdro_unimported": True,
            "started_at": now,
            "ended_at": now,
        }

    def _cashdro_free_alias(self, status):
        """The uuid by which a till may still register it: sales go on while Odoo is away, and only
        sales."""
        if status.type != OperationType.SALE or status.net < 0:
            return None
        try:
            uuid = parse_uuid(status.alias)
        except Refused:
            return None
        is_taken = self.env["smartcash.operation"].sudo().search_count([("uuid", "=", uuid)])
        return None if is_taken else uuid


def _amounts(operation):
    return operation._minor("amount_in"), operation._minor("amount_out")
