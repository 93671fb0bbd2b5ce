"""Kuwaiti dinars: fils in our hands, text with three decimals on the wire."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

FILS = 3  # decimals of the dinar
MAX_FILS = 10**12


def to_wire(fils: int, form: str = "text") -> str | float:
    """``100 -> "0.100"``, or the number 0.1 where ``form`` is "number".

    Hesabe's documentation shows numbers; amounts that are not fixed to three decimals tend to be
    rejected with 506, so text is the default.
    """
    if type(fils) is not int or not 0 < fils <= MAX_FILS:
        raise ValueError("an amount is a whole number of fils, more than zero")
    text = f"{fils // 1000}.{fils % 1000:03}"
    # A decimal of at most 15 digits is the same number again when JSON writes the float.
    return float(text) if form == "number" else text


def from_wire(value: Any) -> int | None:
    """Fils of a text or a number of Hesabe; None when it is no amount in whole fils."""
    if type(value) not in (str, int, float):
        return None
    try:
        scaled = Decimal(str(value).strip()).scaleb(FILS)
    except InvalidOperation:
        return None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        return None
    return int(scaled) if 0 <= scaled <= MAX_FILS else None
