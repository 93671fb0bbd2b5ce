import logging
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg2.errors
from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.db_conflict import quiet_database
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceError, DeviceUnreachable
from odoo.addons.pos_smartcash_terminal.core.money import from_minor
from odoo.addons.pos_smartcash_terminal.core.one_by_one import one_by_one
from odoo.addons.pos_smartcash_terminal.core.progress import FINAL
from odoo.addons.pos_smartcash_terminal.core.registration import Refused, parse_uuid

from ..cashdro_client import (
    CashdroProtocolError,
    CashdroStatus,
    CashdroUnknownOperation,
    OperationState,
    OperationType,
)
from ..kinds import KINDS

#: After that long nobody comes back for an operation that was queued and never begun.
ABANDONED = timedelta(minutes=10)
#: How many operations the machine is asked about, and told of, in one run of the job.
AT_ONCE = 50
#: How many operations without a known end are looked at in one run.
OPEN_LOOKS = 20
#: What moved so lately is watched by a till: only who watches an operation writes down what moves.
WATCHED = timedelta(seconds=30)
_logger = logging.getLogger(__name__)


class CashdroDriver(models.AbstractModel):
    """What nobody at a till asks for: operations whose till went away, and those done at the machine."""

    _inherit = "smartcash.driver.cashdro"

    def _is_watched(self, device):
        """Money moves, and the machine has a till's questions to answer: the next minute will do."""
        return bool(
            self.env["smartcash.operation"].search_count(
                [
                    ("device_id", "=", device.id),
                    ("state", "=", "running"),
                    ("write_date", ">", fields.Datetime.now() - WATCHED),
                ],
                limit=1,
            )
        )

    def _look_after(self, device):
        self._look_after_open(device)
        client = self._client_unattended(device)
        if client:
            with self._fresh(device) as (driver, fresh), driver._talk(fresh):
                driver._write_down_pending(fresh, client, AT_ONCE)
        # Only now that it is in our books for good may the machine forget it.
        with self._fresh(device) as (driver, fresh):
            driver._tell_imported(fresh)

    def _look_after_open(self, device):
        """What runs, and the latest ones without a known end.

        :raise DeviceUnreachable: the others would not be answered either
        """
        mine = [("device_id", "=", device.id)]
        operations = self.env["smartcash.operation"]
        operations = operations.search([*mine, ("state", "=", "running")]) + operations.search(
            [*mine, ("state", "=", "unknown"), ("resolution", "=", False)], limit=OPEN_LOOKS
        )
        abandoned = fields.Datetime.now() - ABANDONED
        for operation in operations:
            is_abandoned = operation.phase == "starting" and operation.started_at < abandoned
            seen = operation._engine_cancel() if is_abandoned else operation._engine_poll()
            if any(message["code"] == "device_unreachable" for message in seen["messages"]):
                raise DeviceUnreachable(seen["messages"][-1]["text"])

    def _tell_imported(self, device):
        """Tell the machine what is in our books; one that it does not take holds up no other."""
        for operation in self.env["smartcash.operation"].search(
            [
                ("device_id", "=", device.id),
                ("cashdro_unimported", "=", True),
                ("state", "in", (*FINAL, "unknown")),
            ],
            order="write_date, id",
            limit=AT_ONCE,
        ):
            try:
                self._ended(operation)
            except DeviceUnreachable:
                raise
            except DeviceError as error:
                _logger.warning(
                    "%s does not import %s: %s", device.name, operation.device_ref, error
                )
                operation._keep(cashdro_unimported=True)  # its turn comes after the others'

    def _client_unattended(self, device):
        """Nobody's own address can be used; where the machine was last can."""
        rule, address = self.env["smartcash.rule"], None
        if not device.cashdro_host:
            last = (
                self.env["smartcash.operation"]
                .sudo()
                .search([("device_id", "=", device.id), ("cashdro_address", "!=", False)], limit=1)
            )
            if not last:
                return None
            rule, address = last.cashdro_rule_id, last.cashdro_address
        return self._client(device, rule, address)

    @contextmanager
    def _fresh(self, device):
        """Driver and device in a transaction of its own, committed at the end of the block."""
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr)
            yield self.with_env(env), device.with_env(env)

    # ---- done at the machine itself ---------------------------------------------------------------

    def _write_down_pending(self, device, client, at_once):
        """Have the ledger know what the machine finished and nobody imported, with or without a till.

        :param int at_once: how many operations the machine is asked about; it answers one at a time
        :returns: how many are left for the next time
        """
        # In a wrong unit each of them would be in the books with a hundred times its amount.
        client.prove_unit(device.currency_id.name)
        named = {}
        for config in self._points_of_sale(device):
            terminal = self._terminal_name(device, config)
            for operation_id in client.pending(terminal, include_manual=True):
                named.setdefault(operation_id, config)
        settled = self._settled_numbers(device, named)
        new = [operation_id for operation_id in named if operation_id not in settled]
        unreadable = []
        for operation_id in [*new, *settled][:at_once]:
            try:
                status = client.ask(operation_id)
            except (CashdroUnknownOperation, CashdroProtocolError) as error:
                _logger.warning("%s names %s: %s", device.name, operation_id, error)
                unreadable.append(operation_id)
            else:
                self._write_down(device, status, named[operation_id])
        if unreadable:
            client.test()  # the machine itself is well: it is these numbers
        for operation_id in unreadable:
            if operation_id not in settled:
                self._write_down_lost(device, operation_id, named[operation_id])
        return max(0, len(new) - at_once)

    def _settled_numbers(self, device, numbers):
        """:returns: those of ``numbers`` that the ledger has with an end, and the machine still names"""
        rows = (
            self.env["smartcash.operation"]
            .sudo()
            .search([("device_id", "=", device.id), ("device_ref", "in", list(numbers))])
        )
        return [
            row.device_ref
            for row in rows
            if row.state == "unknown" or (row.cashdro_unimported and row.state in FINAL)
        ]

    def _points_of_sale(self, device):
        """The points of sale on this machine. What was done at the machine itself is found through each of
        them, and is the first one's: of those with an open session, which has to account for it before
        it closes; among several, the one that was made first."""
        open_here = self._session_domain(self._payment_methods(device).config_ids)
        busy = self.env["pos.session"].sudo().search(open_here).config_id
        return self._payment_methods(device).config_ids.sorted(
            lambda config: (config not in busy, config.id)
        )

    def _session_domain(self, configs):
        # Before its opening is counted a session does not know what is inside: the count tells.
        return [
            ("config_id", "in", configs.ids),
            ("state", "in", ("opened", "closing_control")),
            ("rescue", "=", False),
        ]

    def _payment_methods(self, device):
        """The payment methods that lead here, by themselves or by a rule."""
        device = device.sudo()
        return device.payment_method_ids | device.rule_ids.payment_method_id

    def _write_down(self, device, status, config):
        ours = self._known_operation(device, status)
        if ours:
            self._recall(ours, status)
        else:
            self._write_down_foreign(device, status, config)

    def _known_operation(self, device, status):
        """The ledger's row of an operation that the machine names; empty when there is none."""
        operations = self.env["smartcash.operation"].sudo()
        mine = [("device_id", "=", device.id)]
        ours = status.alias and operations.search([*mine, ("uuid", "=", status.alias)])
        if ours:
            return ours
        ours = operations.search([*mine, ("device_ref", "=", status.id)], limit=1)
        moved = (status.total_in, status.total_out)
        if ours and not ours.cashdro_unimported and _amounts(ours) != moved:
            return operations  # the machine counts from the beginning again
        return ours

    def _recall(self, operation, status):
        """One of ours, which the machine has not heard from since it ended."""
        if operation.state in FINAL:
            said = self._progress_of(operation, status)
            if (said.amount_in, said.amount_out) != _amounts(operation):
                operation._advance(said, "server")  # a late fact: the match opens again
        if not operation.cashdro_unimported or not operation.device_ref:
            operation.write({"cashdro_unimported": True, "device_ref": status.id})

    def _write_down_lost(self, device, operation_id, config):
        """The machine names it, and does not tell (any more) what it was. Where the ledger has the number,
        that is all that will ever be known of it."""
        operations = self.env["smartcash.operation"].sudo()
        known = [("device_id", "=", device.id), ("device_ref", "=", operation_id)]
        if operations.search_count(known, limit=1):
            return
        status = CashdroStatus(
            id=operation_id,
            state=OperationState.FINISHED,
            total=0,
            total_in=0,
            total_out=0,
        )
        self._write_down_foreign(
            device,
            status,
            config,
            _(
                "The machine names it and does not tell what it was: look at the machine's own report"
            ),
            state="unknown",
        )

    def _write_down_foreign(self, device, status, config, story=None, **values):
        """:returns: whether it was; not when another worker was quicker"""
        try:
            with quiet_database(), self.env.cr.savepoint():
                operation = (
                    self.env["smartcash.operation"]
                    .sudo()
                    .create({**self._foreign_values(device, status, config), **values})
                )
                story = story or self._describe_foreign(operation)
                operation._add_event("registered", story)
                operation.flush_recordset()
        except psycopg2.errors.UniqueViolation:
            _logger.info("operation %s of %s is written down elsewhere", status.id, device.name)
            return False
        operation._match()
        return True

    def _describe_foreign(self, operation):
        if operation.session_id:
            return _(
                "Done at the machine itself; found while %s was open", operation.session_id.name
            )
        return _(
            "Done at the machine itself, while no session was open: the next opening counts it, and "
            "books the difference"
        )

    def _foreign_values(self, device, status, config):
        session = self.env["pos.session"].search(self._session_domain(config), limit=1)
        decimals = device.currency_id.decimal_places
        method = self._payment_methods(device).filtered(lambda method: config in method.config_ids)
        now = fields.Datetime.now()
        alias = self._free_alias(status)
        by_net = "cash_in" if status.net >= 0 else "cash_out"
        return {
            "uuid": alias or str(uuid4()),
            "kind": KINDS.get(status.type, by_net),
            "device_id": device.id,
            "payment_method_id": method[:1].id,
            "session_id": session.id,
            "company_id": device.company_id.id,
            "user_id": self.env.uid,
            "cashier": status.cashier,
            "reference": _("Done at the machine itself, number %s", status.id),
            "currency_id": device.currency_id.id,
            "amount": from_minor(abs(status.total), decimals),
            "amount_in": from_minor(status.total_in, decimals),
            "amount_out": from_minor(status.total_out, decimals),
            "undispensed": from_minor(status.change_not_available, decimals),
            "state": "done",
            "phase": "ended",
            "evidence": "server",
            "at_machine": not alias,
            "may_be_in_opening": bool(session) and session._smartcash_is_opening_by_hand(device),
            "device_ref": status.id,
            "cashdro_unimported": True,
            "started_at": now,
            "ended_at": now,
        }

    def _free_alias(self, status):
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


class SmartcashDevice(models.Model):
    _inherit = "smartcash.device"

    @api.model
    def _cron_cashdro_look_after(self):
        devices = self.sudo().search([("driver", "=", "cashdro"), ("transport", "=", "server")])
        devices = devices.filtered(
            lambda device: not device.is_away and not device._driver()._is_watched(device)
        )
        # A machine that is switched off at night is no error.
        one_by_one(
            devices.with_context(cashdro_unwatched=True),
            lambda device: device._driver()._look_after(device),
            later=(DeviceError,),
        )


def _amounts(operation):
    return operation._minor("amount_in"), operation._minor("amount_out")
