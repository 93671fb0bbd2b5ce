"""What a till asks to be written down before a device moves money. Nothing of Odoo in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, overload
from uuid import UUID

from .money import MAX_MINOR
from .progress import KINDS_WITHOUT_AMOUNT, SERVICES

#: The right of managers, which no rule gives.
SERVICE = "service"
#: The right that each kind of operation asks for; of a rule, but for ``SERVICE``.
RIGHTS = {
    "sale": "sale",
    "refund": "refund",
    "cash_in": "cash_in",
    "cash_out": "cash_out",
    **dict.fromkeys(SERVICES, SERVICE),
}
#: Order lines that one refund may take back.
MAX_LINES = 1000


class Refused(Exception):
    """A wish that is not granted: ``code`` for programs, ``message`` says what to do now."""

    def __init__(self, code: str, message: str, **details: Any):
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def to_wire(self) -> dict[str, Any]:
        return {"refused": {"code": self.code, "message": self.message, **self.details}}


@dataclass(frozen=True)
class Registration:
    uuid: str
    kind: str
    amount: int  # minor units; 0 = whatever is put in (cash_in, fill), or all there is (``KINDS_WITHOUT_AMOUNT``)
    currency: str
    session_id: int
    payment_method_id: int
    order_uid: str | None = None
    order_name: str | None = None
    cashier: str | None = None
    allow_partial: bool = False
    reference: str | None = None
    manual: bool = False
    late: bool = False  # told after the fact: money may have moved already
    withdrawn: bool = False  # given up before any device heard of it
    parent_uuid: str | None = None
    device_id: int | None = None  # the device that the till talks to
    partner_id: int | None = None  # the order's customer
    refunded_line_ids: tuple[int, ...] = ()  # the order lines that a refund takes back

    @classmethod
    def from_wire(cls, values: Any) -> Registration:
        """Read what a browser sent; raise :class:`Refused` (bad_values) rather than guess."""
        if not isinstance(values, Mapping):
            raise _bad("values must be an object")
        kind = values.get("kind")
        if not isinstance(kind, str) or kind not in RIGHTS:
            raise _bad(f"kind must be one of {', '.join(RIGHTS)}")
        manual = _flag(values, "manual")
        if manual and kind in SERVICES:
            raise _bad(f"{kind} is not done by hand")
        withdrawn = _flag(values, "withdrawn")
        if manual and withdrawn:
            raise _bad("what a person has done cannot be given up")
        is_open = kind in ("cash_in", "fill") and not manual
        least, most = (0, 0) if kind in KINDS_WITHOUT_AMOUNT else (0 if is_open else 1, MAX_MINOR)
        return cls(
            uuid=parse_uuid(values.get("uuid")),
            kind=kind,
            amount=_integer(values, "amount", least, most),
            currency=_text(values, "currency", 3, required=True),
            session_id=_integer(values, "session_id", 1, 2**31 - 1),
            payment_method_id=_integer(values, "payment_method_id", 1, 2**31 - 1),
            order_uid=_text(values, "order_uid", 64),
            order_name=_text(values, "order_name", 128),
            cashier=_text(values, "cashier", 128),
            allow_partial=_flag(values, "allow_partial"),
            reference=_text(values, "reference", 128),
            manual=manual,
            late=_flag(values, "late"),
            withdrawn=withdrawn,
            parent_uuid=parse_uuid(values["parent_uuid"], "parent_uuid")
            if values.get("parent_uuid")
            else None,
            device_id=_integer(values, "device_id", 1, 2**31 - 1)
            if values.get("device_id")
            else None,
            partner_id=_integer(values, "partner_id", 1, 2**31 - 1)
            if values.get("partner_id")
            else None,
            refunded_line_ids=_ids(values, "refunded_line_ids"),
        )


def parse_uuid(value: Any, key: str = "uuid") -> str:
    """Only the canonical spelling: the uuid is compared as text on three machines."""
    try:
        canonical = str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        canonical = None
    if canonical is None or canonical != value:
        raise _bad(f"{key} must be a UUID in its canonical lower-case form")
    return canonical


def _bad(message: str) -> Refused:
    return Refused("bad_values", message)


def _integer(values: Mapping, key: str, least: int, most: int) -> int:
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _bad(f"{key} must be an integer")
    if not least <= value <= most:
        raise _bad(f"{key} must be from {least} to {most}")
    return value


def _ids(values: Mapping, key: str) -> tuple[int, ...]:
    ids = values.get(key) or []
    if not isinstance(ids, (list, tuple)) or len(ids) > MAX_LINES:
        raise _bad(f"{key} must be a list of at most {MAX_LINES} ids")
    if any(type(one) is not int or not 0 < one < 2**31 for one in ids):
        raise _bad(f"{key} must hold ids")
    return tuple(ids)


@overload
def _text(values: Mapping, key: str, limit: int, *, required: Literal[True]) -> str: ...
@overload
def _text(values: Mapping, key: str, limit: int) -> str | None: ...
def _text(values: Mapping, key: str, limit: int, *, required: bool = False) -> str | None:
    value = values.get(key)
    if (value is None or value is False or value == "") and not required:
        return None
    if not isinstance(value, str) or not value or len(value) > limit or "\x00" in value:
        raise _bad(f"{key} must be a text of at most {limit} characters")
    return value


def _flag(values: Mapping, key: str) -> bool:
    value = values.get(key, False)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _bad(f"{key} must be true or false")
    return value
