from datetime import timedelta

from odoo import _, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused, DeviceUnreachable
from odoo.addons.pos_smartcash_terminal.core.progress import Message, Progress

from ..hesabe_client import HesabeError, HesabeRefused, HesabeUnreachable
from .driver import GIVE_UP_SECONDS, LOST_SECONDS
from .hesabe_refund import HOURLY


class HesabeDriver(models.AbstractModel):
    """The driver's refunds: a request at Hesabe, the terminal is not asked.

    ``done`` means that Hesabe has the request, and no more: see :class:`HesabeRefund`.
    """

    _inherit = "smartcash.driver.hesabe"

    def _capabilities(self, device):
        capabilities = super()._capabilities(device)
        if device.sudo().hesabe_account_id.refunds_allowed:
            capabilities["kinds"] = [*capabilities["kinds"], "refund"]
        return capabilities

    def _start(self, operation):
        if operation.kind == "refund":
            return self._request_refund(operation)
        return super()._start(operation)

    def _poll(self, operation):
        if operation.kind == "refund":
            return self._look_up_refund(operation)
        return super()._poll(operation)

    def _cancel(self, operation):
        # The request is at Hesabe or on its way: a manager can withdraw it there.
        if operation.kind == "refund":
            return self._look_up_refund(operation)
        return super()._cancel(operation)

    def _resend(self, operation):
        if operation.kind == "refund":
            return self._look_up_refund(operation)
        return super()._resend(operation)

    def _request_refund(self, operation):
        device = operation.device_id
        account = device.sudo().hesabe_account_id
        if not account.refunds_allowed:
            raise DeviceRefused(account._refunds_are_off())
        with self._client(device) as client:
            try:
                refunds, complete = client.refunds_since(self._refunds_since(operation))
            except HesabeError as error:
                raise self._nothing_refunded(device, error) from error
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
                    raise self._nothing_refunded(device, error) from error
                raise DeviceUnreachable(self._error_text(device, error)) from error
        return self._registered(operation, refund, paid, said)

    def _look_up_refund(self, operation):
        device = operation.device_id
        refund = operation.env["hesabe.refund"].search([("operation_id", "=", operation.id)])
        if refund.hesabe_id:
            return self._refunded(operation, refund.sale_id, refund.hesabe_id)
        waited = fields.Datetime.now() - (operation.started_at or operation.create_date)
        complete, found = True, []
        if refund:
            since = self._refunds_since(operation)
            with self._client(device) as client, self._looking(device):
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
            return self._registered(operation, refund, refund.sale_id, found[0])
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

    def _registered(self, operation, refund, paid, said):
        """Hesabe has the request: its number is committed before anything else is done with it."""
        operation._hesabe_keep_refund(
            refund,
            hesabe_id=str(said.id),
            state="pending",
            status_text=said.status_text,
            next_look=fields.Datetime.now() + HOURLY,
        )
        return self._refunded(operation, paid, str(said.id))

    def _refunded(self, operation, paid, number):
        text = _("Refund requested. Hesabe pays it back to the card after its approval.")
        return Progress(
            "done",
            "ended",
            amount_out=operation._minor("amount"),
            device_ref=number,
            messages=(Message("refund_requested", text),),
            card=paid.card or None,
        )

    def _refunds_since(self, operation):
        """The day of the oldest payment that may be meant, and a day for the difference of clocks."""
        payments = operation._hesabe_payments()
        days = [(paid.started_at or paid.create_date).date() for paid in payments]
        return min(days, default=fields.Date.today()) - timedelta(days=1)

    def _nothing_refunded(self, device, error):
        return DeviceRefused(
            _("%s. Nothing was refunded.", self._error_text(device, error).rstrip("."))
        )
