from odoo import fields

from .common import HesabeCommon


class RefundCase(HesabeCommon):
    """1.500 KWD were paid on a terminal; the customer brings the coffee back."""

    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()
        # What Hesabe allows is the question here, not what a cashier without a rule may do.
        self.env["smartcash.rule"].create({"payment_method_id": self.card_method.id})
        self.account.write({"refunds_allowed": True, "refund_rejected": "2"})
        self.paid = self.started()
        self.hesabe.at("pay")
        self.call("poll", self.paid)
        self.order = self.order_of(self.paid, 1.5)

    def order_of(self, uuid, amount):
        line = {
            "product_id": self.product.id,
            "qty": 1 if amount > 0 else -1,
            "price_unit": abs(amount),
            "price_subtotal": amount,
            "price_subtotal_incl": amount,
        }
        order = self.env["pos.order"].create(
            {
                "session_id": self.kuwait_session.id,
                "pricelist_id": self.kuwait.pricelist_id.id,
                "amount_total": amount,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
                "lines": [(0, 0, line)],
            }
        )
        self.as_till(order).add_payment(
            {
                "amount": amount,
                "payment_method_id": self.card_method.id,
                "smartcash_uuid": uuid,
                "pos_order_id": order.id,
            }
        )
        self.Operation._match_uuids([uuid])
        return order

    def wished(self, amount=1500, **values):
        return self.registered(
            **{
                "kind": "refund",
                "amount": amount,
                "refunded_line_ids": self.order.lines.ids,
                **values,
            }
        )

    def refunded(self, amount=1500):
        uuid = self.wished(amount)
        return uuid, self.call("start", uuid)

    def refund_of(self, uuid):
        refund = self.env["hesabe.refund"].sudo().search([("operation_id.uuid", "=", uuid)])
        refund.invalidate_recordset()
        return refund

    def requests(self):
        return [(row["amount"], row["status"]) for row in self.hesabe.state()["refunds"]]

    def look(self, uuid):
        """The job, at the time when it is due."""
        self.refund_of(uuid).next_look = fields.Datetime.now()
        self.env.flush_all()
        self.env["hesabe.refund"].sudo()._cron_look()
        return self.refund_of(uuid)

    def decide(self, uuid, action):
        self.hesabe.post(f"refunds/{self.refund_of(uuid).hesabe_id}/{action}")
        return self.look(uuid)
