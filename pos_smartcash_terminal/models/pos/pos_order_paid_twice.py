from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .pos_order import uuids_of

PAID = ("paid", "done", "invoiced")


class PosOrder(models.Model):
    """An order that two tills were paid for.

    An older copy of a paid order may still be open at another till, or a sync opens it again. Core would
    save it as a second order, and nobody would notice. Here it is refused with words, as long as the
    cashier can still give back what was taken. Who cannot (the receipt is printed, the customer has gone)
    leaves it to a manager: it is saved, so that both payments are in the books, and its session does not
    close before somebody has refunded one of them, or said that it is a sale of its own.
    """

    _inherit = "pos.order"

    smartcash_second_payment = fields.Selection(
        selection=[("open", "To Decide"), ("kept", "Kept as a Sale")],
        string="Second Payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The same order was paid at another till before.",
    )

    # ---- as the tills send it -----------------------------------------------------------------

    @api.model
    def _smartcash_sort_paid(self, orders):
        """:returns: the orders that are to be saved, and the names of those that are paid twice
        :raise UserError: one is paid already, and its till can still give the money back"""
        wanted, again = [], set()
        for order in orders:
            data = order["data"]
            paid = self.sudo().search(
                [("pos_reference", "=", data["name"]), ("state", "in", PAID)], order="id"
            )
            is_known = any(self._is_the_same_order(data, one) for one in paid)
            if not paid or is_known or not self._smartcash_has_devices(data):
                wanted.append(order)
            elif not self._smartcash_is_left_to_manager(data):
                raise paid[0]._smartcash_paid_already()
            elif not self._smartcash_is_decided(data):
                wanted.append(order)
                again.add(data["name"])
        return wanted, again

    def _is_the_same_order(self, data, existing_order):
        """Core compares amounts and methods: a second payment of the same amount would be dropped."""
        if not super()._is_the_same_order(data, existing_order):
            return False
        payments = existing_order.sudo().payment_ids.filtered("smartcash_uuid")
        known, sent = set(payments.mapped("smartcash_uuid")), uuids_of(data)
        # What came without an operation got one here, before a closing.
        return known == sent or (sent < known and self._smartcash_lacks_operations(data))

    @api.model
    def _smartcash_lacks_operations(self, data):
        lines = [line for _command, _id, line in data["statement_ids"]]
        methods = self.env["pos.payment.method"].sudo()
        return any(
            not line.get("smartcash_uuid")
            and methods.browse(line["payment_method_id"])._is_smartcash()
            for line in lines
        )

    @api.model
    def _smartcash_has_devices(self, data):
        """Elsewhere core does what it always does."""
        config = self.env["pos.session"].sudo().browse(data["pos_session_id"]).config_id
        return any(method._is_smartcash() for method in config.payment_method_ids)

    @api.model
    def _smartcash_is_left_to_manager(self, data):
        return data.get("smartcash_paid_twice") is True or bool(
            self.env.context.get("is_receipt_printed")
        )

    @api.model
    def _smartcash_is_decided(self, data):
        """Whether all that was taken for it went through devices, and a manager has settled it: it would
        be in the books twice."""
        uuids = uuids_of(data)
        if not uuids or len(uuids) < len(data["statement_ids"]):
            return False
        resolved = [("uuid", "in", list(uuids)), ("match_state", "=", "resolved")]
        return self.env["smartcash.operation"].sudo().search_count(resolved) == len(uuids)

    def _smartcash_paid_already(self):
        error = UserError(
            _(
                "%(order)s was paid already: %(payments)s. It is not saved a second time. Give back what was "
                "taken for it just now. What a machine took for it asks a manager for a decision; after that "
                "open the payment of this copy again. Then delete the copy; its paid original is under Orders.",
                order=self.pos_reference,
                payments=self._smartcash_describe_payments(),
            )
        )
        # By this a till knows what to offer.
        error.context = {"smartcash": "paid_already"}
        return error

    def _smartcash_describe_payments(self):
        return ", ".join(
            f"{payment.payment_method_id.name} {self.currency_id.format(payment.amount)}"
            for payment in self.payment_ids
        )

    # ---- the question, and a manager's answers -------------------------------------------------------

    def _smartcash_ask_about_second_payment(self):
        for order in self.sudo():
            order.smartcash_second_payment = "open"
            order.session_id.message_post(body=order._smartcash_describe_second_payment())

    def _smartcash_describe_second_payment(self):
        return _(
            "%(order)s was paid twice, the second time with %(payments)s. A manager opens %(name)s under Point "
            "of Sale > Orders and refunds it, or keeps it as a sale of its own.",
            order=self.pos_reference,
            payments=self._smartcash_describe_payments(),
            name=self.name,
        )

    def _smartcash_asks_about_second_payment(self):
        """Those of these orders that nobody has refunded or decided."""
        return self.filtered(
            lambda order: (
                order.smartcash_second_payment == "open"
                and not order._smartcash_is_refunded()
                and order.state != "cancel"
            )
        )

    def _smartcash_is_refunded(self):
        refunds = self.lines.refund_orderline_ids.order_id
        return bool(
            self.lines
            and not self.has_refundable_lines
            and all(refund.state in PAID for refund in refunds)
        )

    def action_smartcash_keep_second_payment(self):
        """The customer did buy twice, or is not to get it back."""
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale managers may do this."))
        orders = self.sudo()
        if not orders or orders._smartcash_asks_about_second_payment() != orders:
            raise UserError(_("This order asks for no decision. Nothing was changed."))
        for order in orders:
            order.smartcash_second_payment = "kept"
            order.session_id.message_post(
                body=_("%s is kept as a sale of its own.", order.name),
                author_id=self.env.user.partner_id.id,
            )
