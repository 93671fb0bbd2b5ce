from datetime import timedelta

from odoo import _, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused, DeviceUnreachable
from odoo.addons.pos_smartcash_terminal.core.progress import Message, Progress

from ..hesabe_client import HesabeError, HesabeRefused, HesabeUnreachable
from .hesabe_refund import HOURLY
from .smartcash_device_driver import GIVE_UP_SECONDS, LOST_SECONDS


class SmartcashDevice(models.Model):
    """The driver's refunds: a request at Hesabe, the terminal is not asked.

    ``done`` means that Hesabe has the request, and no more: see :class:`HesabeRefund`.
    """

    _inherit = "smartcash.device"

    def _hesabe_capabilities(self):
        capabilities = super()._hesabe_capabilities()
        if self.sudo().hesabe_account_id.refunds_allowed:
            capabilities["kinds"] = [*capabilities["kinds"], "refund"]
        return capabilities

    def _hesabe_start(self, operation):
        if operation.kind == "refund":
            return self._hesabe_request_refund(operation)
        return super()._hesabe_start(operation)

    def _hesabe_poll(self, operation):
        if operation.kind == "refund":
            return self._hesabe_look_up_refund(operation)
        return super()._hesabe_poll(operation)

    def _hesabe_cancel(self, operation):
        # The request is at Hesabe or on its way: a manager can withdraw it there.
        if operation.kind == "refund":
            return self._hesabe_look_up_refund(operation)
        return super()._hesabe_cancel(operation)

    def _hesabe_resend(self, operation):
        if operation.kind == "refund":
            return self._hesabe_look_up_refund(operation)
        return super()._hesabe_resend(operation)

    def _hesabe_request_refund(self, operation):
        account = self.sudo().hesabe_account_id
        if not account.refunds_allowed:
            raise DeviceRefused(account._refunds_are_off())
        with self._hesabe_client() as client:
            try:
                refunds, complete = client.refunds_since(self._hesabe_refunds_since(operation))
            except HesabeError as error:
                raise self._nothing_refunded(error) from error
            if not complete:
                raise DeviceRefused(
                    _(
                        "Hesabe lists too many refunds to be sure. Nothing was refunded. Ask a manager."
                    )
                )
            by_token = {}
            for one in refunds:
                by_token.setdefault(one.token, []).append(one)
            refund, paid = operation._hesabe_begin_refund(by_token)
            asked = operation._minor("amount")
            try:
                said = client.refund(
                    token=paid.hesabe_token, amount=asked, full=asked == paid._minor("net")
                )
            except HesabeError as error:
                never_left = isinstance(error, HesabeUnreachable) and not error.sent
                if never_left or isinstance(error, HesabeRefused):
                    operation._hesabe_keep_refund(refund, state="failed", next_look=False)
                    raise self._nothing_refunded(error) from error
                raise DeviceUnreachable(self._error_text(error)) from error
        return self._hesabe_registered(operation, refund, paid, said)

    def _hesabe_look_up_refund(self, operation):
        refund = operation.env["hesabe.refund"].search([("operation_id", "=", operation.id)])
        if refund.hesabe_id:
            return self._hesabe_refunded(operation, refund.sale_id, refund.hesabe_id)
        waited = fields.Datetime.now() - (operation.started_at or operation.create_date)
        complete, found = True, []
        if refund:
            since = self._hesabe_refunds_since(operation)
            with self._hesabe_client() as client, self._looking():
                listed, complete = client.refunds_since(since)
            known = operation.env["hesabe.refund"].search(
                [("account_id", "=", refund.account_id.id), ("hesabe_id", "!=", False)]
            )
            taken = {*known.mapped("hesabe_id"), *map(str, refund.known_before or [])}
            found = [
                one
                for one in listed
                if one.token == refund.sale_id.hesabe_token
                and one.amount == operation._minor("amount")
                and str(one.id) not in taken
            ]
        if len(found) == 1:
            return self._hesabe_registered(operation, refund, refund.sale_id, found[0])
        if not found and complete and waited > timedelta(seconds=LOST_SECONDS):
            # It may still appear: the scheduled job goes on looking for a while.
            if refund.state == "asking":
                operation._hesabe_keep_refund(refund, state="failed")
            return Progress(
                "failed",
                "ended",
                messages=(
                    Message("not_started", _("Hesabe has no such refund. Press Retry."), "warning"),
                ),
            )
        if waited > timedelta(seconds=GIVE_UP_SECONDS):
            text = _("Hesabe does not show clearly whether the refund was requested.")
            return Progress(
                "unknown", "ended", messages=(Message("outcome_unknown", text, "warning"),)
            )
        text = _("Looking for the refund at Hesabe…")
        return Progress("running", "starting", messages=(Message("looking", text),))

    def _hesabe_registered(self, operation, refund, paid, said):
        """Hesabe has the request: its number is committed before anything else is done with it."""
        operation._hesabe_keep_refund(
            refund,
            hesabe_id=str(said.id),
            state="pending",
            status_text=said.status_text,
            next_look=fields.Datetime.now() + HOURLY,
        )
        return self._hesabe_refunded(operation, paid, str(said.id))

    def _hesabe_refunded(self, operation, paid, number):
        text = _("Refund requested. Hesabe pays it back to the card after its approval.")
        return Progress(
            "done",
            "ended",
            amount_out=operation._minor("amount"),
            device_ref=number,
            messages=(Message("refund_requested", text),),
            card=paid.card or None,
        )

    def _hesabe_refunds_since(self, operation):
        """The day of the oldest payment that may be meant, and a day for the difference of clocks."""
        payments = operation._hesabe_payments()
        days = [(paid.started_at or paid.create_date).date() for paid in payments]
        return min(days, default=fields.Date.today()) - timedelta(days=1)

    def _nothing_refunded(self, error):
        return DeviceRefused(_("%s. Nothing was refunded.", self._error_text(error).rstrip(".")))
