from odoo import _, api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    hesabe_invoice_ids = fields.One2many(
        "hesabe.invoice", "move_id", string="Terminal Payments", readonly=True
    )
    hesabe_invoice_count = fields.Integer(compute="_compute_hesabe_invoices")
    hesabe_payable = fields.Boolean(compute="_compute_hesabe_invoices")

    @api.depends("state", "payment_state", "amount_residual", "currency_id")
    @api.depends_context("uid")
    def _compute_hesabe_invoices(self):
        counts = dict(
            self.env["hesabe.invoice"]
            .sudo()
            ._read_group([("move_id", "in", self.ids)], ["move_id"], ["__count"])
        )
        companies = (
            self.env["smartcash.device"]
            .sudo()
            .search([("driver", "=", "hesabe"), ("company_id", "in", self.company_id.ids)])
            .company_id
        )
        may_send = self.env["hesabe.invoice"]._may_send()
        for move in self:
            move.hesabe_invoice_count = counts.get(move, 0)
            move.hesabe_payable = (
                may_send and move.company_id in companies and move._hesabe_is_payable()
            )

    def _hesabe_is_payable(self):
        """A terminal of Hesabe takes dinars, and what is owed now."""
        self.ensure_one()
        currency = self.currency_id
        return (
            self.move_type == "out_invoice"
            and self.state == "posted"
            and self.payment_state in ("not_paid", "partial")
            and (currency.name, currency.decimal_places) == ("KWD", 3)
            and not currency.is_zero(self.amount_residual)
        )

    def action_hesabe_pay(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Pay on Terminal"),
            "res_model": "hesabe.pay",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_id": self.id},
        }

    def action_hesabe_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_hesabe_smartpos.hesabe_invoice_action"
        )
        action.update(domain=[("move_id", "=", self.id)], context={})
        if self.hesabe_invoice_count == 1:
            action.update(
                views=[(False, "form")], res_id=self.sudo().hesabe_invoice_ids.id, view_mode="form"
            )
        return action
