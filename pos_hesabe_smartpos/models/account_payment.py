from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_draft(self):
        result = super().action_draft()
        self._hesabe_review()
        return result

    def action_cancel(self):
        result = super().action_cancel()
        self._hesabe_review()
        return result

    def action_post(self):
        result = super().action_post()
        self._hesabe_review()
        return result

    def _hesabe_review(self):
        """What a terminal took and these payments book is a question while they do not."""
        invoices = self.env["hesabe.invoice"].sudo().search([("payment_id", "in", self.ids)])
        invoices.operation_id._match()
