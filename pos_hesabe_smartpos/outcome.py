"""What an invoice of Hesabe means for the operation that asked for it. Nothing of Odoo's records."""

from odoo import _
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceProtocolError
from odoo.addons.pos_smartcash_terminal.core.progress import Message, Progress

from .hesabe_client import Invoice
from .hesabe_protocol.mapping import CANCELLED, DECLINED, EXPIRED, PAID, REFUNDED


def read_outcome(invoice: Invoice, number: str, amount: int) -> Progress:
    """Paid is only what is our invoice, says so in a known word, and has exactly our amount.

    :param number: our invoice number
    :param amount: fils that were asked for
    :raise DeviceProtocolError: it is somebody else's invoice
    """
    if invoice.invoice_number not in ("", number):
        raise DeviceProtocolError(_("Hesabe answered with another invoice than was asked for."))
    known = {"device_ref": invoice.transaction_id or None, "card": read_card(invoice)}
    if invoice.status == PAID:
        if invoice.amount == amount:
            return Progress("done", "ended", amount_in=amount, **known)
        text = _("Hesabe says paid, but with another amount: %s", _in_dinars(invoice.amount))
        return _ended("unknown", "amount_differs", text, amount_in=invoice.amount or 0, **known)
    if invoice.status == REFUNDED:
        return _ended("unknown", "refunded", _("Hesabe says: refunded"), **known)
    if invoice.status == DECLINED:
        text = _("Declined: %s", invoice.reason) if invoice.reason else _("Declined")
        return _ended("failed", "declined", text, **known)
    if invoice.status == CANCELLED:
        return _ended("cancelled", "cancelled", _("Cancelled on the terminal"), **known)
    if invoice.status == EXPIRED:
        return _ended("cancelled", "expired", _("No card was presented in time"), **known)
    return Progress("running", "accepting", cancellable=True, messages=_doubts(invoice), **known)


def _doubts(invoice: Invoice) -> tuple[Message, ...]:
    if not invoice.contradicts_itself:
        return ()
    text = _(
        "Hesabe contradicts itself: %s. Look at the terminal. The payment counts once it says the same twice.",
        invoice.status_text,
    )
    return (Message("statuses_contradict", text, "warning"),)


def read_card(invoice: Invoice) -> dict[str, str] | None:
    """What a receipt may say; the card number is masked."""
    card = {
        "brand": invoice.card.brand,
        "number": invoice.card.number,
        "authorisation": invoice.card.authorisation_code,
        "rrn": invoice.card.rrn,
        "terminal": invoice.terminal_id,
        "invoice": invoice.invoice_number,
    }
    told = {name: value for name, value in card.items() if value}
    return told if invoice.status == PAID else None


def _ended(state: str, code: str, text: str, **values) -> Progress:
    return Progress(state, "ended", messages=(Message(code, text, "warning"),), **values)


def _in_dinars(fils: int | None) -> str:
    return _("not told") if fils is None else f"{fils // 1000}.{fils % 1000:03} KWD"
