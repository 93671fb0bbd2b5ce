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

    def write(self, vals):
        result = super().write(vals)
        if not {"amount", "journal_id"}.isdisjoint(vals):
            self.env["smartcash.operation"]._review_lines(self)
        return result

    def unlink(self):
        operations = self.env["smartcash.operation"]._booked_on(self)
        result = super().unlink()
        operations._match()
        return result
