from odoo import models


class PosOrder(models.Model):
    """A cancelled order books nothing: what a machine took for it is a question."""

    _inherit = "pos.order"

    def write(self, vals):
        was_cancelled = "state" in vals and "cancel" in self.mapped("state")
        result = super().write(vals)
        if was_cancelled or vals.get("state") == "cancel":
            payments = self.sudo().payment_ids
            self.env["smartcash.operation"]._match_uuids(payments.mapped("smartcash_uuid"))
        return result
