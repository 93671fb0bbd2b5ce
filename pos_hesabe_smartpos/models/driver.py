import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import _, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    DeviceError,
    DeviceProtocolError,
    DeviceRefused,
    DeviceUnreachable,
    Health,
)
from odoo.addons.pos_smartcash_terminal.core.progress import Message, Progress

from ..hesabe_client import (
    HesabeAuthError,
    HesabeError,
    HesabeProtocolError,
    HesabeRateLimited,
    HesabeRefused,
    HesabeUnreachable,
)
from ..outcome import read_outcome
from .smartcash_device import MODELS

#: After a lost answer: seconds until an invoice that Hesabe does not list was never created, and
#: until nobody can tell.
LOST_SECONDS, GIVE_UP_SECONDS = 30, 120
MAX_TEXT = 100

_logger = logging.getLogger(__name__)


class HesabeDriver(models.AbstractModel):
    """Hesabe: an invoice is pushed to the terminal, and read until it has ended.

    Hesabe has no idempotency key and no cancel. An invoice is created once; its number, made from
    the operation's uuid, finds it again. To cancel is to stop waiting: the ledger looks on.
    """

    _name = "smartcash.driver.hesabe"
    _inherit = "smartcash.driver"
    _description = "Driver of Hesabe"

    _models = [key for key, _label in MODELS]
    _transports = ("server",)
    _is_fetched = True
    _tells_health = True
    _pacing = {"fast": 1500, "idle": 1500}

    def _capabilities(self, device):
        return {
            "kinds": ["sale"],
            "partial": False,
            "inventory": False,
            "card": True,
            "cancel": False,
            "resend": True,
            "refund_by_request": True,
        }

    # ---- the contract ---------------------------------------------------------------------------

    def _start(self, operation):
        device = operation.device_id
        with self._client(device) as client:
            try:
                client.authenticate()
            except HesabeError as error:
                raise self._nothing_happened(device, error) from error
            operation._hesabe_begin_watch()
            try:
                invoice = client.create_invoice(**self._invoice_values(operation))
            except HesabeError as error:
                failure = self._after_create(device, error)
                if isinstance(failure, DeviceRefused):
                    operation._hesabe_end_watch()
                raise failure from error
        return self._progress_of(operation, invoice)

    def _poll(self, operation):
        device = operation.device_id
        with self._client(device) as client, self._looking(device):
            if operation.hesabe_invoice_id:
                return self._progress_of(
                    operation, client.invoice(int(operation.hesabe_invoice_id))
                )
            search = self._find_invoice(client, operation)
        if search.invoice:
            return self._progress_of(operation, search.invoice)
        return self._missing(operation, search.complete)

    def _cancel(self, operation):
        """Hesabe cannot be told. Whatever happens on the terminal from now on is looked for."""
        try:
            said = self._poll(operation)
        except DeviceError as error:
            _logger.warning(
                "operation %s: stopped waiting without an answer: %s", operation.id, error
            )
            return _unclear(_("Hesabe does not answer: look at the terminal whether it was paid."))
        if said.ended:
            return said
        if said.phase == "starting":
            return _unclear(_("Hesabe has not confirmed the payment: look at the terminal."))
        text = _("Stopped waiting. Nothing was paid until then.")
        return Progress(
            "cancelled",
            "ended",
            device_ref=said.device_ref,
            messages=(Message("stopped_waiting", text),),
        )

    def _resend(self, operation):
        device = operation.device_id
        said = self._poll(operation)
        if said.ended or not operation.device_ref:
            return said
        with self._client(device) as client, self._looking(device):
            wish = self._invoice_values(operation)
            invoice = client.resend_invoice(transaction_id=operation.device_ref, **wish)
        return self._progress_of(operation, invoice)

    def _ended(self, operation):
        """Without money: from now on is when a card may be charged although nobody waits."""
        if operation.hesabe_next_look:
            if operation.state == "done" or operation.disputed:
                operation._hesabe_end_watch()
            else:
                operation._hesabe_begin_watch()

    def _check(self, device):
        try:
            with self._client(device) as client:
                terminals = client.terminals()
        except HesabeUnreachable as error:
            return Health("offline", self._error_text(device, error))
        except HesabeError as error:
            return Health("error", self._error_text(device, error))
        if any(terminal.terminal_id == device.hesabe_terminal_id for terminal in terminals):
            return Health("online", _("Hesabe answers and lists this terminal."))
        return Health("error", _("Hesabe does not list this terminal. Ask Hesabe to assign it."))

    # ---- asking ---------------------------------------------------------------------------------

    @contextmanager
    def _client(self, device):
        account = device.sudo().hesabe_account_id
        if not account.active:
            raise DeviceRefused(_("The Hesabe account of %s is archived.", device.display_name))
        client = account._client()
        try:
            yield client
        finally:
            client.close()

    def _invoice_values(self, operation):
        """What the terminal is asked for."""
        device = operation.device_id
        account = device.sudo().hesabe_account_id
        where = (operation.session_id.config_id.name, operation.order_name)
        customer = operation.partner_id
        return {
            "customer_name": (customer.name or account.customer_name)[:MAX_TEXT],
            "customer_phone": (customer.mobile or customer.phone or "")[:MAX_TEXT],
            "customer_email": (customer.email or "")[:MAX_TEXT],
            "amount": operation._minor("amount"),
            "terminal_id": device.hesabe_terminal_id,
            "invoice_number": operation._hesabe_number(),
            "description": " ".join(part for part in where if part)[:MAX_TEXT],
        }

    def _find_invoice(self, client, operation):
        # A day on each side: the report's days are Kuwait's.
        day, margin = (operation.started_at or operation.create_date).date(), timedelta(days=1)
        return client.find_invoice(operation._hesabe_number(), day - margin, day + margin)

    def _progress_of(self, operation, invoice):
        operation._hesabe_keep(invoice)
        return read_outcome(invoice, operation._hesabe_number(), operation._minor("amount"))

    def _missing(self, operation, complete):
        """The answer to the create was lost, and Hesabe does not list the invoice (yet)."""
        waited = fields.Datetime.now() - (operation.started_at or operation.create_date)
        if complete and waited > timedelta(seconds=LOST_SECONDS):
            text = _("The terminal was never asked: Hesabe has no such payment. Press Retry.")
            return Progress("failed", "ended", messages=(Message("not_started", text, "warning"),))
        if waited > timedelta(seconds=GIVE_UP_SECONDS):
            return _unclear(_("Hesabe does not show the payment: look at the terminal."))
        text = _("Looking for the payment at Hesabe…")
        return Progress(
            "running", "starting", cancellable=True, messages=(Message("looking", text),)
        )

    # ---- what went wrong ------------------------------------------------------------------------

    def _error_text(self, device, error):
        return device.sudo().hesabe_account_id._error_text(error)

    def _nothing_happened(self, device, error):
        return DeviceRefused(
            _("%s. Nothing was charged.", self._error_text(device, error).rstrip("."))
        )

    def _after_create(self, device, error):
        """Only a clear no, or a request that never left, says that the terminal shows nothing."""
        if isinstance(error, HesabeRateLimited):
            return DeviceRefused(
                _("Hesabe is busy. Nothing was charged. Wait a moment, then press Retry.")
            )
        never_left = isinstance(error, HesabeUnreachable) and not error.sent
        if never_left or isinstance(error, HesabeRefused):
            return self._nothing_happened(device, error)
        return DeviceUnreachable(self._error_text(device, error))

    @contextmanager
    def _looking(self, device):
        """Errors of calls that only look (or show an invoice once more)."""
        try:
            yield
        except HesabeProtocolError as error:
            raise DeviceProtocolError(self._error_text(device, error)) from error
        except (HesabeAuthError, HesabeUnreachable, HesabeRateLimited) as error:
            raise DeviceUnreachable(self._error_text(device, error)) from error
        except HesabeRefused as error:
            raise DeviceRefused(self._error_text(device, error)) from error


def _unclear(text):
    return Progress("unknown", "ended", messages=(Message("outcome_unknown", text, "warning"),))
