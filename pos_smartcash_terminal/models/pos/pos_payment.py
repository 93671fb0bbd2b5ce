from odoo import _, api, fields, models
from odoo.exceptions import UserError


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
        # The order's copy in a browser may be replaced by this one: nothing is lost.
        result["smartcash_saved"] = bool(payment.smartcash_uuid)
        operation = payment.smartcash_operation_id.sudo()
        if operation and operation.evidence != "manual":
            result.update(
                smartcash_amount_in=operation._minor("amount_in"),
                smartcash_amount_out=operation._minor("amount_out"),
                smartcash_card=operation.card or None,
                smartcash_requested=operation._is_only_requested(),
            )
        return result

    def _update_payment_line_for_tip(self, tip_amount):
        """Odoo's restaurants put a tip on the payment that was made last. What a machine took is what
        it took, so the tip goes to a payment beside it."""
        if not self.smartcash_uuid:
            return super()._update_payment_line_for_tip(tip_amount)
        others = self.pos_order_id.payment_ids.filtered(
            lambda payment: not payment.smartcash_uuid and not payment.is_change
        )
        cards = others.filtered(lambda payment: not payment.payment_method_id.is_cash_count)
        if not others:
            raise UserError(
                _(
                    "%(method)s took %(amount)s, and no tip with it. Nothing was changed. Choose “No Tip” here "
                    "and sell the tip as an order of its own.",
                    method=self.payment_method_id.name,
                    amount=self.currency_id.format(self.amount),
                )
            )
        return super(PosPayment, (cards or others)[0])._update_payment_line_for_tip(tip_amount)

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
