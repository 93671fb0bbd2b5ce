from odoo import _, fields, models


class HesabeAccount(models.Model):
    _inherit = "hesabe.account"

    refunds_allowed = fields.Boolean(
        string="Refund Card Payments",
        copy=False,
        tracking=True,
        help="Hesabe documents refunds of online payments and does not say whether they work for "
        "payments on a terminal. Ask Hesabe first.",
    )
    refund_rejected = fields.Char(
        string="Rejected Refund Statuses",
        help="Hesabe publishes 0 (waiting) and 1 (approved) only. Ask which status a rejected refund "
        "has; several are separated by commas. Any other status means: still waiting.",
    )

    def _rejected_words(self):
        words = (self.refund_rejected or "").split(",")
        return {word.strip() for word in words if word.strip()} - {"0", "1"}

    def _refunds_are_off(self):
        return _(
            "Refunds through Hesabe are switched off for this account, until Hesabe confirms that "
            "payments on terminals can be refunded. Nothing was refunded. Use another payment method, "
            "or ask a manager."
        )
