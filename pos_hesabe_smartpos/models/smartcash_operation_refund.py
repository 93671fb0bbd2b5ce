from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.addons.pos_smartcash_terminal.core.registration import Refused

from .hesabe_refund import COUNTED


class SmartcashOperation(models.Model):
    """Which payment a refund gives back, and how much of it is left."""

    _inherit = "smartcash.operation"

    hesabe_refund_ids = fields.One2many(
        "hesabe.refund", "sale_id", string="Refunds at Hesabe", readonly=True
    )

    @api.model
    def _admitted_device(self, wish, session, method):
        account = method.smartcash_device_id.hesabe_account_id
        if wish.kind == "refund" and account and not account.refunds_allowed:
            raise Refused("bad_values", account._refunds_are_off())
        return super()._admitted_device(wish, session, method)

    def _hesabe_payments(self):
        """What the refunded orders were paid with at this merchant."""
        uuids = self.refunded_order_ids.payment_ids.mapped("smartcash_uuid")
        paid = self.search(
            [
                ("uuid", "in", [uuid for uuid in uuids if uuid]),
                ("kind", "=", "sale"),
                ("state", "=", "done"),
                ("evidence", "=", "server"),
                ("company_id", "=", self.company_id.id),
                ("device_id.hesabe_account_id", "=", self.device_id.hesabe_account_id.id),
            ],
            order="id",
        )
        return paid.filtered("hesabe_token")

    def _hesabe_refundable(self):
        """Fils of this payment that no refund has taken yet."""
        counted = self.hesabe_refund_ids.filtered(lambda refund: refund.state in COUNTED)
        return self._minor("net") - sum(refund.operation_id._minor("amount") for refund in counted)

    def _hesabe_choose_payment(self):
        """The payment that this refund gives back: the one that it empties, else the first with enough.

        :raise DeviceRefused: there is none
        """
        wanted = self._minor("amount")
        payments = self._hesabe_payments()
        left = {payment: payment._hesabe_refundable() for payment in payments}
        enough = [payment for payment in payments if left[payment] >= wanted]
        if enough:
            return next((one for one in enough if left[one] == wanted), enough[0])
        if not payments:
            raise DeviceRefused(
                _(
                    "Hesabe refunds a card payment, and the refunded order has none. Nothing was "
                    "refunded. Choose Refund on the original order, or use another payment method."
                )
            )
        raise DeviceRefused(
            _(
                "At most %s can still be refunded to one card of this order. Nothing was refunded. "
                "Enter that amount or less.",
                self.currency_id.format(self._major(max(0, *left.values()))),
            )
        )

    def _hesabe_begin_refund(self, listed):
        """Write the request down, committed before Hesabe hears of it.

        :param listed: what Hesabe lists, also what was requested elsewhere: refunds by their token
        :returns: the new ``hesabe.refund``, which only later transactions can read, and its payment
        :raise DeviceRefused: more than was paid
        """

        def begin(operation):
            payment = operation._hesabe_choose_payment()
            # Two tills may want the same money: the database fails the later one, which then sees
            # what the other has taken.
            payment._take_turns()
            theirs = listed.get(payment.hesabe_token, ())
            ours = payment.hesabe_refund_ids
            # Asked for elsewhere: in Hesabe's panel, or by a request that was taken for lost.
            foreign = [
                one
                for one in theirs
                if str(one.id) not in ours.mapped("hesabe_id")
                and one.status_text not in operation._hesabe_account()._rejected_words()
            ]
            left = payment._hesabe_refundable() - sum(one.amount or 0 for one in foreign)
            if any(one.amount is None for one in foreign) or operation._minor("amount") > left:
                raise DeviceRefused(
                    _(
                        "Hesabe has other refunds of this payment: %s are left. Nothing was refunded.",
                        operation.currency_id.format(operation._major(max(0, left))),
                    )
                )
            refund = operation.env["hesabe.refund"].create(
                {
                    "account_id": operation._hesabe_account().id,
                    "operation_id": operation.id,
                    "sale_id": payment.id,
                    "known_before": [one.id for one in theirs],
                    "next_look": fields.Datetime.now(),
                }
            )
            return refund.id, payment.id

        refund_id, payment_id = self._commit(begin)
        return self.env["hesabe.refund"].browse(refund_id), self.browse(payment_id)

    def _hesabe_keep_refund(self, refund, **values):
        """Committed at once: what Hesabe said is not forgotten because of what comes after it."""
        self._commit(lambda own: own.env["hesabe.refund"].browse(refund.id).write(values))
        # This transaction does not see the other one's.
        for name, value in values.items():
            field = refund._fields[name]
            self.env.cache.set(refund, field, field.convert_to_cache(value, refund))

    def _is_only_requested(self):
        if self.kind != "refund":
            return super()._is_only_requested()
        refund = self.env["hesabe.refund"].sudo().search([("operation_id", "=", self.id)])
        return bool(refund) and refund.state != "approved"

    def _hesabe_account(self):
        return self.device_id.hesabe_account_id
