from odoo import _, api, models

from ...core.money import from_minor, to_minor
from ...core.progress import FINAL
from ...core.registration import Refused

#: States of an order whose payments count.
PAID_STATES = ("paid", "done", "invoiced")


class SmartcashOperation(models.Model):
    """What a cashier may refund whom no rule allows more: what the refunded orders were paid, once."""

    _inherit = "smartcash.operation"

    def _check_refund(self, wish, session, currency):
        """:raise Refused: the refund is of no paid order, or of more than is left of what was paid"""
        if wish.amount <= self._kept_for_order(wish.order_uid, session, currency):
            return
        orders = self._refunded_orders(wish, session).filtered(
            lambda order: (
                order.state in PAID_STATES
                and order.amount_paid > 0
                and order.currency_id == currency
            )
        )
        if not orders:
            raise Refused(
                "right_missing",
                _(
                    "Without a rule only the products of a paid order can be refunded. No money moved. "
                    "Choose Refund on that order under Orders, or ask a manager to do it."
                ),
                right="refund",
            )
        self._take_turns_at_refunds(orders)
        left = self._left_to_refund(orders, currency)
        if orders.config_id.filtered("cash_rounding"):
            rounding = max(orders.config_id.mapped("rounding_method.rounding"))
            left += to_minor(rounding, currency.decimal_places)
        if wish.amount > left:
            raise Refused(
                "amount_limit",
                _(
                    "Of what the refunded order was paid, %s are left to refund. No money moved. "
                    "Refund less, or ask a manager to do it.",
                    currency.format(from_minor(max(left, 0), currency.decimal_places)),
                ),
                limit=max(left, 0),
            )

    @api.model
    def _kept_for_order(self, order_uid, session, currency):
        """Minor units that machines kept for this very order: it may have shrunk since it was paid."""
        operations = order_uid and self.search(
            [
                ("order_uid", "=", order_uid),
                ("session_id", "=", session.id),
                ("currency_id", "=", currency.id),
                ("kind", "in", ("sale", "refund")),
                ("parent_id", "=", False),
            ]
        )
        if not operations:
            return 0
        sales = operations.filtered(
            lambda operation: operation.kind == "sale" and operation.state == "done"
        )
        refunds = operations.filtered(lambda operation: operation.kind == "refund")
        kept = sum(sale._minor("amount_in") - sale._minor("amount_out") for sale in sales)
        return kept - sum(refund._refunding() for refund in refunds)

    @api.model
    def _take_turns_at_refunds(self, orders):
        """Two tills may refund the same order at the same moment: the database fails the later one,
        which then sees what the other has taken."""
        orders.flush_recordset()
        self.env.cr.execute(
            "UPDATE pos_order SET amount_paid = amount_paid WHERE id IN %s",
            [tuple(orders.ids)],
            log_exceptions=False,
        )

    @api.model
    def _left_to_refund(self, orders, currency):
        """Minor units of what these orders were paid that no refund has taken yet."""
        decimals = currency.decimal_places
        paid = sum(to_minor(order.amount_paid, decimals) for order in orders)
        given_back = self.env["pos.order.line"].search(
            [
                ("refunded_orderline_id.order_id", "in", orders.ids),
                ("order_id.state", "in", PAID_STATES),
            ]
        )
        saved = -to_minor(sum(given_back.mapped("price_subtotal_incl")), decimals)
        # Money that left, or is about to, for a refund that is not saved yet: of these orders, or,
        # before they were paid, on them.
        uids = [order.pos_reference.split()[-1] for order in orders if order.pos_reference]
        unsaved = self.search(
            [
                ("kind", "=", "refund"),
                ("parent_id", "=", False),
                "|",
                ("refunded_order_ids", "in", orders.ids),
                ("order_uid", "in", uids),
            ]
        ).filtered(lambda operation: operation.pos_order_id.state not in PAID_STATES)
        return paid - saved - sum(operation._refunding() for operation in unsaved)

    def _refunding(self):
        """Minor units that this refund gives back, or may."""
        if self.state in FINAL:
            return self._minor("amount_out") - self._minor("amount_in") + self._minor("undispensed")
        return self._minor("amount")
