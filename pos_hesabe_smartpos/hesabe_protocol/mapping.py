"""What Hesabe does not publish, as data: where a value stands in an answer, and what a status means.

A status that nobody explained is pending: never paid, never failed. So are two that contradict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

PENDING, PAID, DECLINED = "pending", "paid", "declined"
CANCELLED, EXPIRED, REFUNDED = "cancelled", "expired", "refunded"
STATUSES = (PENDING, PAID, DECLINED, CANCELLED, EXPIRED, REFUNDED)
PATH = re.compile(r"\w+(\.\w+)*")
MAX_WORD = 64

#: The first path that is there and not empty counts; "card.brand" = "brand" within "card". Of a status
#: all paths count: they have to agree.
INVOICE_FIELDS = {
    "id": ("id",),
    "transaction_id": ("transaction_id",),
    "invoice_number": ("invoice_number", "reference_number"),
    "merchant_code": ("merchantCode", "MerchantCode"),
    "terminal_id": ("terminal_id", "TerminalID"),
    "amount": ("amount",),
    "status": ("status", "payment_status"),
    "reason": ("response_message", "reason"),
    "token": ("token",),
    "card_brand": ("payment_type",),
    "card_number": ("card_number", "customerCard"),
    "authorisation_code": ("auth_code",),
    "rrn": ("rrn",),
    "customer_name": ("customer_name", "customerName"),
    "created_at": ("created_at", "datetime"),
}
TRANSACTION_FIELDS = {
    **INVOICE_FIELDS,
    "transaction_id": ("transaction_id", "TransactionID"),
    "terminal_id": ("Terminal", "terminal_id"),
    "status": ("payment_status", "status"),
    "created_at": ("datetime", "created_at"),
}
#: The words of transaction enquiry and of checkout's result (documented), and plain English.
INVOICE_STATUSES = {
    "SUCCESSFUL": PAID,
    "SUCCESS": PAID,
    "CAPTURED": PAID,
    "ACCEPT": PAID,
    "PAID": PAID,
    "PENDING": PENDING,
    "AUTHORIZED": PENDING,
    "FAILED": DECLINED,
    "DECLINED": DECLINED,
    "CANCELLED": CANCELLED,
    "CANCELED": CANCELLED,
    "EXPIRED": EXPIRED,
    "REFUNDED": REFUNDED,
}
#: The report has documented numbers, which mean something else in other answers.
TRANSACTION_STATUSES = {**INVOICE_STATUSES, "0": DECLINED, "1": PAID, "2": REFUNDED}
#: Kind of a terminal by its name, the first that fits: the published type numbers have no meaning.
TERMINAL_KINDS = (
    ("softpos", r"soft\s*pos"),
    ("pax_a920pro", r"\bA\s*920\s*pro\b"),
    ("pax_a930pro", r"\bA\s*930\s*pro\b"),
    ("pax_a50", r"\bA\s*50\b"),
    ("pax_a77", r"\bA\s*77\b"),
    ("pax_a8", r"\bA\s*8\b"),
    ("pax_a99", r"\bA\s*99\b"),
    ("pax_a910", r"\bA\s*910\b"),
    ("pax_a920", r"\bA\s*920\b"),
    ("pax_other", r"\bpax\b"),
)


@dataclass(frozen=True)
class Status:
    meaning: str  # one of STATUSES
    words: tuple[Any, ...]  # Hesabe's own
    contradicts_itself: bool = False


@dataclass(frozen=True)
class Mapping:
    """How to read an answer. Made by :func:`read_mapping`."""

    invoice: AnyMapping[str, tuple[str, ...]]
    transaction: AnyMapping[str, tuple[str, ...]]
    invoice_statuses: AnyMapping[str, str]
    transaction_statuses: AnyMapping[str, str]

    def invoice_value(self, row: Any, name: str) -> Any:
        return _find(row, self.invoice[name])

    def transaction_value(self, row: Any, name: str) -> Any:
        return _find(row, self.transaction[name])

    def invoice_status(self, row: Any) -> Status:
        return _status(row, self.invoice["status"], self.invoice_statuses)

    def enquiry_status(self, row: Any) -> Status:
        return _status(row, INVOICE_FIELDS["status"], self.invoice_statuses)

    def transaction_status(self, row: Any) -> Status:
        return _status(row, self.transaction["status"], self.transaction_statuses)


def read_mapping(
    *,
    invoice: AnyMapping | None = None,
    transaction: AnyMapping | None = None,
    invoice_statuses: AnyMapping | None = None,
    transaction_statuses: AnyMapping | None = None,
) -> Mapping:
    """The defaults with what is given in their place.

    :param invoice: our name of a field -> path, or list of paths, in an invoice of Hesabe
    :param invoice_statuses: Hesabe's word or number -> one of STATUSES
    :raise ValueError: the text says which entry cannot be
    """
    return Mapping(
        {**INVOICE_FIELDS, **_paths(invoice, INVOICE_FIELDS)},
        {**TRANSACTION_FIELDS, **_paths(transaction, TRANSACTION_FIELDS)},
        _words({**INVOICE_STATUSES, **(invoice_statuses or {})}),
        _words({**TRANSACTION_STATUSES, **(transaction_statuses or {})}),
    )


def kind_of_terminal(name: str) -> str:
    """A key of TERMINAL_KINDS, or "" when the name does not tell."""
    found = (kind for kind, pattern in TERMINAL_KINDS if re.search(pattern, name, re.IGNORECASE))
    return next(found, "")


def _paths(given: AnyMapping | None, known: AnyMapping) -> dict[str, tuple[str, ...]]:
    paths = {}
    for name, value in (given or {}).items():
        if name not in known:
            raise ValueError(f"unknown field {name!r}; known: {', '.join(known)}")
        candidates = (value,) if isinstance(value, str) else tuple(value)
        for path in candidates:
            if not isinstance(path, str) or not PATH.fullmatch(path):
                raise ValueError(f"{path!r} is no path to a field: write name or group.name")
        paths[name] = candidates
    return paths


def _words(given: AnyMapping) -> dict[str, str]:
    words = {}
    for word, status in given.items():
        if status not in STATUSES:
            raise ValueError(f"{status!r} is no status; known: {', '.join(STATUSES)}")
        words[_normal(word)] = status
    return words


def _status(row: Any, paths: tuple[str, ...], known: AnyMapping[str, str]) -> Status:
    words = tuple(_values(row, paths))
    meanings = {_meaning(word, known) for word in words}
    if len(meanings) == 1:
        return Status(meanings.pop(), words)
    return Status(PENDING, words, contradicts_itself=bool(meanings))


def _meaning(word: Any, words: AnyMapping[str, str]) -> str:
    if isinstance(word, bool) or not isinstance(word, (str, int)):
        return PENDING
    return words.get(_normal(word), PENDING)


def _normal(word: Any) -> str:
    return str(word).strip().upper()[:MAX_WORD]


def _find(row: Any, paths: tuple[str, ...]) -> Any:
    return next(_values(row, paths), None)


def _values(row: Any, paths: tuple[str, ...]) -> Iterator[Any]:
    for path in paths:
        value = row
        for name in path.split("."):
            value = value.get(name) if isinstance(value, AnyMapping) else None
        if value is not None and value != "":
            yield value
