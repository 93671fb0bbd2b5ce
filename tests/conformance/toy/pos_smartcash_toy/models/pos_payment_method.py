from odoo import api, models


class PosPaymentMethod(models.Model):
    _inherit = "pos.payment.method"

    def _get_payment_terminal_selection(self):
        return [*super()._get_payment_terminal_selection(), ("toy", "Toy")]

    @api.model
    def _smartcash_terminal_keys(self):
        return [*super()._smartcash_terminal_keys(), "toy"]

    @api.model
    def _smartcash_machine_keys(self):
        return [*super()._smartcash_machine_keys(), "toy"]
