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

    def write(self, vals):
        decides = not {"amount", "payment_method_id", "smartcash_uuid"}.isdisjoint(vals)
        before = self.mapped("smartcash_uuid") if decides else []
        result = super().write(vals)
        if decides:
            self.env["smartcash.operation"]._match_uuids([*before, *self.mapped("smartcash_uuid")])
        return result

    def unlink(self):
        self.env["smartcash.operation"]._unmatch_payments(self)
        return super().unlink()
