from odoo import api, fields, models


class PosPayment(models.Model):
    _inherit = "pos.payment"

    smartcash_uuid = fields.Char(
        string="SmartCash Operation", readonly=True, copy=False, index="btree_not_null"
    )

    smartcash_operation_id = fields.Many2one(
        "smartcash.operation", compute="_compute_smartcash_operation", compute_sudo=True
    )

    @api.depends("smartcash_uuid")
    def _compute_smartcash_operation(self):
        uuids = [uuid for uuid in self.mapped("smartcash_uuid") if uuid]
        operations = self.env["smartcash.operation"].search([("uuid", "in", uuids)])
        by_uuid = {operation.uuid: operation for operation in operations}
        for payment in self:
            payment.smartcash_operation_id = by_uuid.get(payment.smartcash_uuid)

    def _export_for_ui(self, payment):
        result = super()._export_for_ui(payment)
        result["smartcash_uuid"] = payment.smartcash_uuid or None
        operation = payment.smartcash_operation_id.sudo()
        if operation and operation.evidence != "manual":
            result.update(
                smartcash_amount_in=operation._minor("amount_in"),
                smartcash_amount_out=operation._minor("amount_out"),
                smartcash_card=operation.card or None,
                smartcash_requested=operation._is_only_requested(),
            )
        return result

    def write(self, vals):
        decides = not {"amount", "payment_method_id", "pos_order_id", "smartcash_uuid"}.isdisjoint(
            vals
        )
        before = self.mapped("smartcash_uuid") if decides else []
        result = super().write(vals)
        if decides:
            self.env["smartcash.operation"]._match_uuids([*before, *self.mapped("smartcash_uuid")])
        return result

    def unlink(self):
        self.env["smartcash.operation"]._unmatch_payments(self)
        return super().unlink()
