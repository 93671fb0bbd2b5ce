from dataclasses import dataclass
from uuid import uuid4

from odoo import _, api, models
from odoo.exceptions import UserError


@dataclass(frozen=True)
class _Source:
    """Who makes payments. An object, so that no browser can put it into its context."""

    uuid: str | None = None  # of the operation by hand that the payment belongs to


_TILL = _Source()
_KEY = "smartcash_payment_source"


class PosPayment(models.Model):
    """A payment with a device's method books money that the device moved. What is made or changed
    elsewhere than at the till moves none, and is refused, unless it is booked as done by hand."""

    _inherit = "pos.payment"

    @api.model
    def _till_sync_context(self):
        """For the payments that a till sends with its order: they are saved whatever they say."""
        return {_KEY: _TILL}

    @api.model
    def _is_till_sync(self):
        return self.env.context.get(_KEY) is _TILL

    @api.model
    def _by_hand_context(self):
        """:returns: the context in which one payment by hand is made, and its operation's uuid"""
        digits = uuid4().hex
        # Version 8, as the till's: nobody asks a machine about it.
        digits = f"{digits[:12]}8{digits[13:]}"
        uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        return {_KEY: _Source(uuid)}, uuid

    @api.model
    def _plain_context(self):
        return {_KEY: None}

    @api.model_create_multi
    def create(self, vals_list):
        source = self.env.context.get(_KEY)
        if isinstance(source, _Source) and source.uuid:
            vals_list = [{**vals, "smartcash_uuid": source.uuid} for vals in vals_list]
        payments = super().create(vals_list)
        if not self._is_till_sync():
            payments._check_money_moved()
            self.env["smartcash.operation"]._match_uuids(payments.mapped("smartcash_uuid"))
        return payments

    def write(self, vals):
        result = super().write(vals)
        if not {"amount", "payment_method_id"}.isdisjoint(vals) and not self._is_till_sync():
            self._check_money_moved()
        return result

    def _check_money_moved(self):
        """:raise UserError: a payment is made through a device, and no operation stands behind it"""
        ours = self.filtered(lambda payment: payment.payment_method_id.sudo()._is_smartcash())
        if not ours:
            return
        operations = self.env["smartcash.operation"].sudo()
        known = operations.search(
            [("uuid", "in", ours.filtered("smartcash_uuid").mapped("smartcash_uuid"))]
        )
        for payment in ours:
            if payment.smartcash_uuid not in known.mapped("uuid"):
                raise UserError(payment._explain_no_money_moved())

    def _explain_no_money_moved(self):
        method = self.payment_method_id.sudo()
        if method._is_smartcash_machine():
            return _(
                "%s is paid through a cash machine, and a payment made here moves no money. Nothing was "
                "booked. Take or refund it at the till (Orders > Refund), or use another payment method. "
                "Was the cash given or taken by hand? Then a manager ticks “Done by hand” under Payment.",
                method.name,
            )
        return _(
            "%s is paid through a terminal, and a payment made here moves no money. Nothing was booked. "
            "Take or refund it at the till (Orders > Refund), or use another payment method.",
            method.name,
        )
