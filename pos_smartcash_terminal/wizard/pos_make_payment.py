from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.money import to_minor


class PosMakePayment(models.TransientModel):
    """Payments in the back end: no device moves money for them."""

    _inherit = "pos.make.payment"

    payment_method_id = fields.Many2one(default=lambda self: self._default_payment_method())
    smartcash_terminal = fields.Boolean(related="payment_method_id.smartcash_terminal")
    smartcash_machine = fields.Boolean(compute="_compute_smartcash_machine")
    smartcash_by_hand = fields.Boolean(
        string="Done by hand",
        help="The cash was taken or given by a person. It counts as cash in the drawer.",
    )

    def _default_payment_method(self):
        """Core proposes the cash method: the machine's, which would move nothing."""
        method = super()._default_payment_method()
        if method and method._is_smartcash():
            order = self.env["pos.order"].browse(self.env.context.get("active_id"))
            others = order.session_id.payment_method_ids.filtered(
                lambda one: not one._is_smartcash()
            )
            return others[:1] or method
        return method

    @api.depends("payment_method_id")
    def _compute_smartcash_machine(self):
        for payment in self:
            method = payment.payment_method_id
            payment.smartcash_machine = bool(method) and method._is_smartcash_machine()

    def check(self):
        self.ensure_one()
        if not (self.smartcash_machine and self.smartcash_by_hand):
            return super().check()
        context, uuid = self.env["pos.payment"]._by_hand_context()
        order = self.env["pos.order"].browse(self.env.context.get("active_id"))
        amount = order._get_rounded_amount(self.amount, True)
        currency = order.currency_id
        if not currency.is_zero(amount):
            self._register_by_hand(order, uuid, to_minor(amount, currency.decimal_places))
        return super(PosMakePayment, self.with_context(**context)).check()

    def launch_payment(self):
        """The next payment of the same order is not by hand because this one was."""
        return super(
            PosMakePayment, self.with_context(**self.env["pos.payment"]._plain_context())
        ).launch_payment()

    def _register_by_hand(self, order, uuid, amount):
        answer = self.env["smartcash.operation"].register(
            {
                "uuid": uuid,
                "kind": "sale" if amount > 0 else "refund",
                "amount": abs(amount),
                "currency": order.currency_id.name,
                "session_id": order.session_id.id,
                "payment_method_id": self.payment_method_id.id,
                "order_name": (order.pos_reference or order.name or "")[:128],
                "cashier": self.env.user.name,
                "reference": _("Booked by hand in the back end"),
                "manual": True,
            }
        )
        if "refused" in answer:
            raise UserError(answer["refused"]["message"])
