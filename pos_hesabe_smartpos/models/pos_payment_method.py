from odoo import api, models


class PosPaymentMethod(models.Model):
    _inherit = "pos.payment.method"

    def _get_payment_terminal_selection(self):
        return [*super()._get_payment_terminal_selection(), ("hesabe", "Hesabe Smart POS")]

    @api.model
    def _smartcash_terminal_keys(self):
        return [*super()._smartcash_terminal_keys(), "hesabe"]
