from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.registration import Refused


class SmartcashOperation(models.Model):
    """An operation that the back end asked for: it has no session, and an invoice of Hesabe in place
    of an order. Its money is in the books when a payment is registered for it."""

    _inherit = "smartcash.operation"

    def _hesabe_invoice(self):
        """What the back end asked for with this operation; nothing when a till did."""
        invoices = self.env["hesabe.invoice"]
        if self.session_id:
            return invoices
        return invoices.search([("operation_id", "=", self.id), ("origin", "=", "backend")])

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            for operation in self.filtered(lambda one: not one.session_id):
                operation._hesabe_invoice()._review()
        return result

    def _hesabe_keep(self, invoice):
        super()._hesabe_keep(invoice)
        own = self._hesabe_invoice()
        is_ours = invoice.invoice_number in ("", self._hesabe_number())
        if own and is_ours and own._news(invoice):
            self._commit(lambda operation: operation._hesabe_invoice()._hear(invoice))

    def _hint(self):
        """No till listens: the job looks."""
        backend = self.filtered(lambda one: not one.session_id)
        super(SmartcashOperation, self - backend)._hint()
        waiting = backend.filtered("hesabe_next_look")
        if waiting:
            waiting.hesabe_next_look = fields.Datetime.now()
            self.env.ref("pos_hesabe_smartpos.hesabe_look").sudo()._trigger()

    def _check_mine(self):
        if not self.session_id and self._hesabe_invoice():
            if not self.env["hesabe.invoice"]._may_send():
                raise Refused("not_yours", _("Another user runs this operation."))
            return
        super()._check_mine()

    def _busy(self, device, running, mine):
        refused = super()._busy(device, running, mine)
        if not running or running.session_id or not running._hesabe_invoice():
            return refused
        text = _(
            "%(device)s is busy with a payment that %(who)s sent from the back end (%(what)s). Nothing was "
            "charged. Wait until that has ended, then press Retry.",
            device=device.display_name,
            who=running.cashier,
            what=running.order_name or running.hesabe_number,
        )
        return Refused(refused.code, text, **refused.details)

    @api.model
    def _cron_hesabe_look(self):
        super()._cron_hesabe_look()
        self.env["hesabe.invoice"]._cron_settle()
        self.env["hesabe.invoice"]._cron_look()

    # ---- the books ------------------------------------------------------------------------------

    @api.model
    def _booked_in(self, moves):
        payments = self.env["account.payment"].sudo().search([("move_id", "in", moves.ids)])
        invoices = self.env["hesabe.invoice"].sudo().search([("payment_id", "in", payments.ids)])
        return super()._booked_in(moves) | invoices.operation_id

    def _moved(self):
        invoice = self._hesabe_invoice()
        return invoice._taken() if invoice else super()._moved()

    def _in_books(self, payments):
        return super()._in_books(payments) + self._hesabe_invoice()._registered()

    # ---- a manager's decision -------------------------------------------------------------------

    def _fits_order(self, missing):
        invoice = self._hesabe_invoice()
        if not invoice:
            return super()._fits_order(missing)
        return self._is_undecided() or bool(invoice._taken() and not invoice.payment_id)

    def _wants_order(self):
        return not self._hesabe_invoice() and super()._wants_order()

    def _effect_of_order(self, missing):
        invoice = self._hesabe_invoice()
        if not invoice:
            return super()._effect_of_order(missing)
        return _(
            "Books %(amount)s as the customer's payment, in the journal %(journal)s.",
            amount=self._format(invoice._taken() or self._minor("amount")),
            journal=self.device_id._invoice_journal().name or "",
        )

    def _book_order(self, reason, order_id, undecided):
        """A manager says that the money belongs to what the back end asked for."""
        invoice = self._hesabe_invoice()
        if not invoice:
            return super()._book_order(reason, order_id, undecided)
        if undecided and not invoice._taken():
            self._follow(self._minor("amount"))
        if not invoice._taken():
            raise Refused("bad_values", _("No money is known to have been taken on the terminal."))
        payment = invoice._book()
        return _(
            "%(amount)s registered as %(payment)s",
            amount=payment.currency_id.format(payment.amount),
            payment=payment.name,
        )
