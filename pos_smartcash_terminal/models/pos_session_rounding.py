from odoo import _, fields, models
from odoo.exceptions import UserError

from ..money import from_minor


class PosSession(models.Model):
    """A machine that rounds: what it took too much, or left unpaid, is booked once, at the closing."""

    _inherit = "pos.session"

    smartcash_rounding_line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Rounding of the Machine",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    def _smartcash_rounding_to_book(self):
        """What the machine's rounding left unpaid (negative: took too much), minor units."""
        if self.smartcash_rounding_line_id:
            return 0
        method, device = self._smartcash_machine()
        return self._smartcash_causes(method, device)["rounding"]

    def _smartcash_book_rounding(self, device):
        """Orders are paid in full, the machine holds the rounded sums: one line books the rest."""
        rounding = self._smartcash_rounding_to_book()
        if not rounding:
            return
        account = device.rounding_account_id
        if not account:
            raise UserError(
                _(
                    "%(device)s rounded %(amount)s in this session. Ask a manager to choose the account for "
                    "rounding on the device: Point of Sale > Configuration > SmartCash > Devices.",
                    device=device.name,
                    amount=device.currency_id.format(
                        from_minor(rounding, device.currency_id.decimal_places)
                    ),
                )
            )
        self.smartcash_rounding_line_id = (
            self.env["account.bank.statement.line"]
            .with_company(self.company_id)
            .create(
                {
                    "pos_session_id": self.id,
                    "journal_id": self._smartcash_method().journal_id.id,
                    "amount": -from_minor(rounding, device.currency_id.decimal_places),
                    "date": fields.Date.context_today(self),
                    "payment_ref": _("%s - rounding by the machine", self.name),
                    "counterpart_account_id": account.id,
                }
            )
        )
        # Core compares with what it computed before this line was there.
        self.invalidate_recordset(
            [
                "cash_register_total_entry_encoding",
                "cash_register_balance_end",
                "cash_register_difference",
            ]
        )
