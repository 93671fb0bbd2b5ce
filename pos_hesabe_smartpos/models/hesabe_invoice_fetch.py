import logging
from datetime import timedelta
from operator import methodcaller

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.one_by_one import one_by_one
from odoo.exceptions import UserError

from ..hesabe_protocol.mapping import PAID, PENDING
from .hesabe_reconciliation import MAX_PAGES
from .smartcash_operation import WATCH

AT_ONCE = 20  # looks of one run
SOON, HOURLY = timedelta(minutes=1), timedelta(hours=1)

_logger = logging.getLogger(__name__)


class HesabeInvoice(models.Model):
    """What Hesabe lists: also what was created in its merchant panel, and by tills."""

    _inherit = "hesabe.invoice"

    @api.model
    def _fetch(self, account, from_day, to_day):
        """List what Hesabe has of these days (Kuwait's).

        :returns: (invoices read, new ones)
        """
        rows = account._ask_as_manager(lambda client: _read_all(client))
        rows = [
            row
            for row in rows
            if row.id is not None
            and row.merchant_code in ("", account.merchant_code)
            and (row.created_at is None or from_day <= row.created_at.date() <= to_day)
        ]
        invoices = self.sudo()
        before = invoices.search_count([("account_id", "=", account.id)])
        invoices._import(account.sudo(), rows)
        return len(rows), invoices.search_count([("account_id", "=", account.id)]) - before

    @api.model
    def _import(self, account, rows):
        """:param rows: of :class:`~..hesabe_client.Invoice`, all of this merchant"""
        known = {
            one.hesabe_id: one
            for one in self.search(
                [
                    ("account_id", "=", account.id),
                    ("hesabe_id", "in", [str(row.id) for row in rows]),
                ]
            )
        }
        operations = self._operations_of(account, rows)
        terminals = {
            device.hesabe_terminal_id: device
            for device in account.with_context(active_test=False).device_ids
        }
        new = []
        # Of two invoices with one number, the paid one is what the operation is about.
        for row in sorted(rows, key=lambda row: row.status != PAID):
            operation = operations.get(row.invoice_number)
            if operation and operation.hesabe_invoice_id not in (False, str(row.id)):
                operation = None
            if operation and not operation.session_id:
                self._tell_backend(operation, row)
            elif str(row.id) in known:
                known[str(row.id)]._hear(row)
            else:
                if operation:
                    del operations[row.invoice_number]
                device = terminals.get(row.terminal_id)
                new.append(self._imported_values(account, row, operation, device))
        self.create(new)._review()

    def _operations_of(self, account, rows):
        """The operations that these invoices were pushed by, by number, as far as they have no other row."""
        numbers = [row.invoice_number for row in rows if row.invoice_number]
        found = self.env["smartcash.operation"].search(
            [
                ("device_id.hesabe_account_id", "=", account.id),
                ("kind", "=", "sale"),
                ("hesabe_number", "in", numbers),
            ]
        )
        listed = self.search([("operation_id", "in", found.ids), ("origin", "!=", "backend")])
        return {one.hesabe_number: one for one in found - listed.operation_id}

    def _tell_backend(self, operation, row):
        """Pushed from here: the engine writes its row, in transactions of its own."""
        if operation.state in ("running", "unknown"):
            operation._engine_poll()
        elif operation.hesabe_invoice_id:
            operation._commit(lambda own: own._hesabe_invoice()._hear(row))

    def _imported_values(self, account, row, operation, device):
        values = {name: value for name, value in self._values_of(row).items() if value}
        values.update(
            account_id=account.id,
            origin="pos" if operation else "panel",
            operation_id=operation and operation.id,
            device_id=device and device.id,
            user_id=operation and operation.user_id.id,
            partner_id=operation and operation.partner_id.id,
            description=operation and operation.order_name,
            state=row.status,
        )
        if row.status == PENDING:
            values["next_look"] = fields.Datetime.now() + SOON
        return values

    # ---- looking after --------------------------------------------------------------------------

    @api.model
    def _cron_look(self):
        """What waits at Hesabe and was not sent from here; the ledger follows the rest."""
        due = self.search(
            [("next_look", "<=", fields.Datetime.now())], order="next_look, id", limit=AT_ONCE
        )
        # First of all: one that cannot be looked after is not among the first again in a minute.
        one_by_one(due, methodcaller("_schedule_look"))
        one_by_one(due, methodcaller("_look_by_job"))

    def _schedule_look(self):
        self.next_look = self._next_look()

    def _look_by_job(self):
        trouble = self._look_at_hesabe()
        if trouble:
            _logger.info("invoice %s could not be looked after: %s", self.id, trouble)
        self._schedule_look()

    def _next_look(self):
        """Ever more rarely; never, once it has ended or is too old."""
        now = fields.Datetime.now()
        age = now - (self.created_at or self.create_date)
        if self.state != PENDING or age > WATCH:
            return False
        return now + min(max(age / 2, SOON), HOURLY)


def _read_all(client):
    """All pages of Hesabe's list: neither its order nor filters are documented."""
    rows = {}
    for number in range(1, MAX_PAGES + 1):
        page = client.invoices(number)
        rows.update((row.id, row) for row in page.rows)
        # Without a number of pages, an empty one is behind the last.
        if not page.rows or (page.last is not None and number >= page.last):
            return list(rows.values())
    raise UserError(_("Hesabe's list of invoices has no end. Nothing was changed."))
