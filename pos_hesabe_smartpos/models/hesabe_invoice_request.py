from uuid import UUID

import psycopg2.errors
from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.db_conflict import quiet_database
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.addons.pos_smartcash_terminal.core.money import from_minor, to_minor
from odoo.addons.pos_smartcash_terminal.core.registration import Refused
from odoo.exceptions import UserError

from ..hesabe_protocol.money import FILS
from .hesabe_invoice import OPEN

MAX_TEXT = 100


class HesabeInvoice(models.Model):
    """Pushing an invoice to a terminal, written down before Hesabe hears of it."""

    _inherit = "hesabe.invoice"

    move_id = fields.Many2one(
        "account.move",
        string="Customer Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def init(self):
        # Two people at two terminals must not ask one customer for the same invoice.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS hesabe_invoice_one_open_per_move "
            "ON hesabe_invoice (move_id) WHERE state IN ('draft', 'looking', 'pending')"
        )

    @api.model
    def _request(self, uuid, device, amount, partner, description, move):
        """Push an amount to a terminal; the same uuid again is the same invoice.

        :param str uuid: made by who asks, before it asks
        :param int amount: fils
        :param move: the customer invoice that is paid, or an empty recordset
        :returns: id of the invoice, and why it is not on the terminal (None: it is, or may be)
        :raise UserError: nothing was written, nothing asked
        """
        self._check_sender()
        uuid = str(UUID(uuid))
        operations = self.env["smartcash.operation"].sudo()
        number = operations._commit(lambda own: own.env["hesabe.invoice"]._requested(uuid, move).id)
        if not number:
            self._check_wish(device, amount, partner, move)
            values = self._requested_values(uuid, device, amount, partner, description, move)
            number = self._write_request(operations, values, amount, move)
        # A transaction that sees what was committed just now.
        with operations._own_transaction() as own:
            operation = own.env["hesabe.invoice"].browse(number).operation_id
            try:
                answer = operation._engine_start()
            except Refused as refused:
                return number, str(refused)
        texts = [message["text"] for message in answer["messages"]]
        return number, texts[-1] if answer["state"] == "failed" and texts else None

    @api.model
    def _requested(self, uuid, move):
        """The invoice that was written down for this wish already."""
        found = self.search([("operation_id.uuid", "=", uuid)])
        is_same = (found.origin, found.user_id, found.move_id.id) == (
            "backend",
            self.env.user,
            move.id,
        )
        if found and not is_same:
            raise UserError(_("This payment was requested already. Open it from the list."))
        return found

    @api.model
    def _write_request(self, operations, values, amount, move):
        uuid = values["uuid"]

        def write(own):
            invoices = own.env["hesabe.invoice"]
            known = invoices._requested(uuid, move)
            if known:
                return known.id
            device = own.env["smartcash.device"].browse(values["device_id"])
            own._check_device_free(device, own.env["pos.session"])
            own_move = own.env["account.move"].browse(move.id)
            if own_move:
                # As it is now: another payment may have ended since the first look.
                invoices._check_move(device, amount, own_move)
            return invoices._register_request(values, own_move).id

        try:
            with quiet_database():
                return operations._commit(write)
        except Refused as refused:
            raise UserError(str(refused))
        except psycopg2.errors.UniqueViolation:
            # Another worker has written the same wish, or one for the same customer invoice.
            number = operations._commit(
                lambda own: own.env["hesabe.invoice"]._requested(uuid, move).id
            )
            if not number:
                raise UserError(self._is_on_its_way(move))
            return number

    @api.model
    def _register_request(self, values, move):
        operation = self.env["smartcash.operation"].create(values)
        operation._add_event("registered", _("Requested in the back end by %s", values["cashier"]))
        device = operation.device_id
        invoice = self.create(
            {
                "account_id": device.hesabe_account_id.id,
                "origin": "backend",
                "operation_id": operation.id,
                "device_id": device.id,
                "terminal_number": device.hesabe_terminal_id,
                "user_id": operation.user_id.id,
                "partner_id": operation.partner_id.id,
                "description": operation.order_name,
                "amount": operation.amount,
                "invoice_number": operation._hesabe_number(),
                "move_id": move.id,
            }
        )
        invoice.flush_recordset()
        return invoice

    @api.model
    def _requested_values(self, uuid, device, amount, partner, description, move):
        return {
            "uuid": uuid,
            "kind": "sale",
            "device_id": device.id,
            "company_id": device.company_id.id,
            "user_id": self.env.uid,
            "cashier": self.env.user.name,
            "order_name": (description or move.name or "")[:MAX_TEXT],
            "reference": move.name,
            "partner_id": partner.id,
            "currency_id": device.currency_id.id,
            "amount": from_minor(amount, FILS),
            "state": "draft",
        }

    # ---- what may be asked for ------------------------------------------------------------------

    @api.model
    def _check_wish(self, device, amount, partner, move):
        """:raise UserError: with what to do now"""
        device.check_access_rule("read")
        device = device.sudo()
        if device.driver != "hesabe" or not device.active:
            raise UserError(_("Choose a terminal of Hesabe."))
        try:
            device.hesabe_account_id._client().close()
        except DeviceRefused as error:
            raise UserError(str(error))
        if not device._invoice_journal():
            raise UserError(
                _(
                    "No bank journal is known for %s, so its payments could not be booked. Choose one "
                    "on the Hesabe account (page Invoices), or give the terminal a payment method.",
                    device.name,
                )
            )
        if amount <= 0:
            raise UserError(_("Enter an amount above zero."))
        if not partner:
            raise UserError(_("Choose the customer who pays."))
        if move:
            self._check_move(device, amount, move)

    @api.model
    def _check_move(self, device, amount, move):
        move.check_access_rights("read")
        move.check_access_rule("read")
        if move.company_id != device.company_id:
            raise UserError(_("%s belongs to another company.", device.name))
        if not move._hesabe_is_payable():
            raise UserError(
                _("Only a posted customer invoice in KWD that is not paid yet can be paid there.")
            )
        due = to_minor(move.amount_residual, FILS)
        if amount > due:
            raise UserError(
                _(
                    "Only %(due)s of %(invoice)s are still to be paid. Enter that amount or less.",
                    due=move.currency_id.format(from_minor(due, FILS)),
                    invoice=move.name,
                )
            )
        others = self.sudo().search([("move_id", "=", move.id)])
        if any(other.state in OPEN for other in others):
            raise UserError(self._is_on_its_way(move))
        if any(other._is_unsettled() for other in others):
            raise UserError(
                _(
                    "Money that was taken on a terminal for %s is not in the books yet, or nobody knows "
                    "what became of it. Settle that first: open “Terminal Payments”.",
                    move.name,
                )
            )

    @api.model
    def _is_on_its_way(self, move):
        return _(
            "%s is waiting on a terminal already. Open “Terminal Payments” to follow it.", move.name
        )

    def _open(self, number):
        return {
            "type": "ir.actions.act_window",
            "res_model": "hesabe.invoice",
            "res_id": number,
            "views": [(False, "form")],
            "name": _("Payment on a Terminal"),
            "context": {"create": False},
        }

    # ---- whoever waits no more ------------------------------------------------------------------

    def _is_watched(self):
        """Nobody waits for it any more, and it may still be paid."""
        operation = self.operation_id
        looks = operation.hesabe_next_look and operation.hesabe_next_look > fields.Datetime.now()
        return self.state == "stopped" and bool(looks)
