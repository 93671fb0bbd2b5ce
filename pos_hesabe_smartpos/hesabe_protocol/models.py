"""What Hesabe answered, in our words. Amounts in fils; None or "" where it did not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from .errors import HesabeProtocolError
from .mapping import Mapping as FieldMapping
from .mapping import Status, kind_of_terminal
from .money import from_wire

MAX_TEXT = 256
PAN = re.compile(r"\d{12,19}")

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: tuple[Row, ...]
    number: int
    last: int | None  # None: Hesabe did not say


@dataclass(frozen=True)
class Profile:
    """Without the bank account, which Hesabe answers too."""

    merchant_code: str
    name: str
    active: bool


@dataclass(frozen=True)
class Terminal:
    terminal_id: str  # "TerminalID", which invoices are sent to; never "Terminal_ID"
    name: str
    merchant_code: str
    kind: str  # a key of mapping.TERMINAL_KINDS, or ""


@dataclass(frozen=True)
class Card:
    brand: str
    number: str  # masked
    authorisation_code: str
    rrn: str


@dataclass(frozen=True)
class Invoice:
    """An invoice on a terminal, or a line of the transaction report."""

    id: int | None
    transaction_id: str
    invoice_number: str
    terminal_id: str
    merchant_code: str
    amount: int | None  # fils
    status: str  # one of mapping.STATUSES
    status_text: str  # Hesabe's own
    contradicts_itself: bool  # two statuses in one answer, of different meanings
    reason: str
    token: str
    card: Card
    customer_name: str
    created_at: datetime | None  # as Hesabe writes it: Kuwait's time, without a zone


@dataclass(frozen=True)
class Search:
    invoice: Invoice | None
    complete: bool  # all invoices of the merchant were looked at


@dataclass(frozen=True)
class Refund:
    id: int
    token: str
    amount: int | None  # fils
    status: str  # pending, approved, unknown
    status_text: str = ""  # Hesabe's own
    created_at: datetime | None = None  # Kuwait's time, without a zone


@dataclass(frozen=True)
class Enquiry:
    token: str
    reference: str
    amount: int | None  # fils
    status: str
    status_text: str


def read_profile(row: Any) -> Profile:
    row = as_object(row)
    name = row.get("merchant_name") or row.get("business_name") or row.get("username")
    return Profile(text(row.get("merchant_code")), text(name), _is_yes(row.get("is_active", 1)))


def read_terminals(rows: Any) -> tuple[Terminal, ...]:
    if not isinstance(rows, list):
        raise HesabeProtocolError("Hesabe's list of terminals is no list")
    terminals = []
    for row in rows:
        row = as_object(row)
        number, name = text(row.get("TerminalID")), text(row.get("TerminalName"))
        if not number:
            raise HesabeProtocolError("Hesabe lists a terminal without its TerminalID")
        terminals.append(
            Terminal(number, name, text(row.get("MerchantCode")), kind_of_terminal(name))
        )
    return tuple(terminals)


def read_invoice(row: Any, mapping: FieldMapping) -> Invoice:
    return _read(as_object(row), mapping.invoice_value, mapping.invoice_status)


def read_transaction(row: Any, mapping: FieldMapping) -> Invoice:
    return _read(as_object(row), mapping.transaction_value, mapping.transaction_status)


def _read(
    row: Mapping, find: Callable[[Mapping, str], Any], status_of: Callable[[Mapping], Status]
) -> Invoice:
    def texted(name: str) -> str:
        return text(find(row, name))

    status = status_of(row)
    return Invoice(
        id=_number(find(row, "id")),
        transaction_id=texted("transaction_id"),
        invoice_number=texted("invoice_number"),
        terminal_id=texted("terminal_id"),
        merchant_code=texted("merchant_code"),
        amount=from_wire(find(row, "amount")),
        status=status.meaning,
        status_text=" / ".join(dict.fromkeys(map(text, status.words))),
        contradicts_itself=status.contradicts_itself,
        reason=texted("reason"),
        token=texted("token"),
        card=Card(
            texted("card_brand"),
            masked(texted("card_number")),
            texted("authorisation_code"),
            texted("rrn"),
        ),
        customer_name=texted("customer_name"),
        created_at=_moment(find(row, "created_at")),
    )


def read_refund(row: Any) -> Refund:
    row = as_object(row)
    number = _number(row.get("id"))
    if number is None:
        raise HesabeProtocolError("Hesabe's refund has no id")
    # Documented: 0 = pending, 1 = approved. Nobody published what a rejected one looks like.
    word = text(row.get("status"))
    status = {"0": "pending", "1": "approved"}.get(word, "unknown")
    return Refund(
        number,
        text(row.get("token")),
        from_wire(row.get("amount")),
        status,
        word,
        _moment(row.get("created_at")),
    )


def read_enquiry(row: Any, mapping: FieldMapping) -> Enquiry:
    row = as_object(row)
    status = mapping.enquiry_status(row)
    return Enquiry(
        text(row.get("token")),
        text(row.get("reference_number")),
        from_wire(row.get("amount")),
        status.meaning,
        " / ".join(dict.fromkeys(map(text, status.words))),
    )


def read_page(content: Any, number: int, read: Callable[[Any], Row]) -> Page[Row]:
    """``{"data": [...], "pagination": {...}}``, or a bare list."""
    rows = content.get("data") if isinstance(content, Mapping) else content
    if not isinstance(rows, list):
        raise HesabeProtocolError("Hesabe's list is no list")
    pagination = content.get("pagination") if isinstance(content, Mapping) else None
    last = _number(pagination.get("last_page")) if isinstance(pagination, Mapping) else None
    return Page(tuple(read(row) for row in rows), number, last)


def as_object(row: Any) -> Mapping:
    if not isinstance(row, Mapping):
        raise HesabeProtocolError("Hesabe's answer holds no object where one belongs")
    return row


def text(value: Any) -> str:
    """Texts and whole numbers as text; anything else is nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).replace("\x00", "").strip()[:MAX_TEXT]


def masked(number: str) -> str:
    """A card number with at most its first six and last four digits."""
    return PAN.sub(lambda found: f"{found[0][:6]}******{found[0][-4:]}", number.replace(" ", ""))


def _number(value: Any) -> int | None:
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def _is_yes(value: Any) -> bool:
    return value is True or text(value) == "1"


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value[:19]) if isinstance(value, str) else None
    except ValueError:
        return None
