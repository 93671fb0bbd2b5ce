from odoo import models


class PosSession(models.Model):
    """Second payments of one order ask before their session is closed."""

    _inherit = "pos.session"

    def _smartcash_obstacle(self):
        return super()._smartcash_obstacle() or " ".join(self._smartcash_paid_twice()) or None

    def _smartcash_closing_data(self):
        data = super()._smartcash_closing_data()
        paid_twice = self._smartcash_paid_twice()
        if data and paid_twice:
            data["problems"] = [*data["problems"], *paid_twice]
        return data

    def _smartcash_paid_twice(self):
        """:returns: a sentence for each second payment of this session that waits for a decision"""
        orders = self.env["pos.order"].search(
            [("session_id", "=", self.id), ("smartcash_second_payment", "=", "open")]
        )
        return [
            order._smartcash_describe_second_payment()
            for order in orders._smartcash_asks_about_second_payment()
        ]
