from odoo import fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    smartcash_rounding_device_id = fields.Many2one(
        "smartcash.device",
        string="Rounding Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The machine whose rounding in a session this line books.",
    )
    smartcash_transfer_id = fields.Many2one(
        "account.bank.statement.line",
        string="Transfer With",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The other half of a transfer between a machine and the safe.",
    )
    smartcash_is_transfer = fields.Boolean(
        readonly=True, copy=False, help="Half of a transfer between a machine and the safe."
    )

    def write(self, vals):
        result = super().write(vals)
        if not {"amount", "journal_id", "pos_session_id"}.isdisjoint(vals):
            self.env["smartcash.operation"]._review_lines(self)
        return result

    def unlink(self):
        self.move_id._unlink_except_smartcash_closing()
        lines = self | self.sudo().smartcash_transfer_id
        uuids = self.env["smartcash.operation"]._booked_on(lines).mapped("uuid")
        result = super().unlink()
        self.env["smartcash.operation"]._match_uuids(uuids)
        return result

    def _smartcash_closing_lines(self):
        """Those with which a session's closing booked the cash of its orders."""
        return self.filtered(
            lambda line: (
                line.pos_session_id.state == "closed"
                and not line.smartcash_rounding_device_id
                and "asset_receivable" in line.move_id.line_ids.mapped("account_type")
            )
        )

    def _smartcash_is_whole(self):
        """Both halves of a transfer are posted; any other line is whole by itself."""
        self.ensure_one()
        if not self.smartcash_is_transfer:
            return True
        other = self.smartcash_transfer_id
        return other.move_id.state == "posted" and not self.currency_id.compare_amounts(
            other.amount, -self.amount
        )
