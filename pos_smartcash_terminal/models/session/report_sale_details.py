from odoo import _, api, models


class ReportSaleDetails(models.AbstractModel):
    """Core's report of the day takes what the session with the next lower number left as this one's
    beginning. What a float or late orders added to it would look like money that nobody explained."""

    _inherit = "report.point_of_sale.report_saledetails"

    @api.model
    def get_sale_details(
        self, date_start=False, date_stop=False, config_ids=False, session_ids=False
    ):
        details = super().get_sale_details(date_start, date_stop, config_ids, session_ids)
        for payment in details["payments"]:
            session = self.env["pos.session"].browse(payment.get("session")).exists()
            is_cash = payment.get("cash", True) and payment.get("count")
            if session and is_cash and session._smartcash_method() and not session.rescue:
                self._smartcash_begin_with_balance(payment, session.sudo())
        return details

    def _smartcash_begin_with_balance(self, payment, session):
        previous = session.search(
            [
                ("id", "<", session.id),
                ("state", "=", "closed"),
                ("config_id", "=", session.config_id.id),
            ],
            limit=1,
        )
        more = session._smartcash_balance_before() - previous.cash_register_balance_end_real
        if not session.currency_id.is_zero(more):
            if not payment.get("id"):
                self._smartcash_tell_moves(payment, session, more)
            payment["final_count"] = session._smartcash_exact(payment["final_count"] + more)
            payment["money_difference"] = session._smartcash_exact(
                payment["money_counted"] - payment["final_count"]
            )

    def _smartcash_tell_moves(self, payment, session, more):
        """Without a sale core leaves out the last move, which it takes for the difference, and begins
        with what the session before left."""
        difference = session._smartcash_exact(payment["money_difference"] - more)
        moves = session.statement_line_ids.sorted(lambda line: (line.date, line.id))
        if not session.currency_id.is_zero(difference):
            moves = moves[:-1]
        before = session._smartcash_balance_before()
        payment["cash_moves"] = [
            *([{"name": _("Cash Opening"), "amount": before}] if before > 0 else []),
            *({"name": line.payment_ref, "amount": line.amount} for line in moves),
        ]
