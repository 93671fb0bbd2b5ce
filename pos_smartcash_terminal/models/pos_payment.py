from odoo import fields, models


class PosPayment(models.Model):
    _inherit = "pos.payment"

    smartcash_uuid = fields.Char(
        string="SmartCash Operation", readonly=True, copy=False, index="btree_not_null"
    )

    def _export_for_ui(self, payment):
        result = super()._export_for_ui(payment)
        result["smartcash_uuid"] = payment.smartcash_uuid or None
        return result

    def unlink(self):
        self.env["smartcash.operation"]._unmatch_payments(self)
        return super().unlink()
