from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.money import from_minor


class PosSession(models.Model):
    """A machine that rounds: what it took too much, or left unpaid, is booked once, at the closing."""

    _inherit = "pos.session"

    smartcash_rounding_line_ids = fields.One2many(
        "account.bank.statement.line",
        "pos_session_id",
        string="Rounding of the Machines",
        readonly=True,
        domain=[("smartcash_rounding_device_id", "!=", False)],
    )

    def _smartcash_rounding_to_book(self):
        """What each machine's rounding left unpaid (negative: took too much) and no line has booked.

        :returns: ``{device: minor units}``, without zeros
        """
        rounding = {
            device: self._smartcash_to_minor(amount)
            for device, amount in self._smartcash_moved(["device_id"], "rounding:sum")
        }
        lines = self.env["account.bank.statement.line"].search(
            [("pos_session_id", "=", self.id), ("smartcash_rounding_device_id", "!=", False)]
        )
        for line in lines:
            device = line.smartcash_rounding_device_id
            rounding[device] = rounding.get(device, 0) + self._smartcash_to_minor(line.amount)
        return {device: amount for device, amount in rounding.items() if amount}

    def _smartcash_book_rounding(self):
        """Orders are paid in full, the machines hold the rounded sums: a line each books the rest."""
        rounding = self._smartcash_rounding_to_book()
        for device, amount in rounding.items():
            self._smartcash_book_rounding_of(
                device, from_minor(amount, self.currency_id.decimal_places)
            )
        if rounding:
            # Core compares with what it computed before these lines were there.
            self.invalidate_recordset(
                [
                    "cash_register_total_entry_encoding",
                    "cash_register_balance_end",
                    "cash_register_difference",
                ]
            )

    def _smartcash_book_rounding_of(self, device, amount):
        account = device.rounding_account_id
        if not account:
            raise UserError(
                self._smartcash_no_rounding_account(device, self._smartcash_to_minor(amount))
            )
        self.env["account.bank.statement.line"].with_company(self.company_id).create(
            {
                "pos_session_id": self.id,
                "journal_id": self._smartcash_method().journal_id.id,
                "amount": -amount,
                "date": fields.Date.context_today(self),
                "payment_ref": _("%s - rounding by the machine", self.name),
                "counterpart_account_id": account.id,
                "smartcash_rounding_device_id": device.id,
            }
        )

    def _smartcash_no_rounding_account(self, device, minor):
        return _(
            "%(device)s rounded %(amount)s in this session. Ask a manager to choose the account for "
            "rounding on the device: Point of Sale > SmartCash > Devices.",
            device=device.name,
            amount=device.currency_id.format(from_minor(minor, device.currency_id.decimal_places)),
        )
