from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

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
