"""The border between Odoo's amounts (floats in major units) and ours (integers, minor units)."""

from decimal import ROUND_HALF_UP, Decimal

#: The largest amount that one operation may carry, in minor units. A guard against nonsense, not a limit.
MAX_MINOR = 10**12


def to_minor(amount: float, decimals: int) -> int:
    """``5.1000000000000005, 2 -> 510``; ``1.234, 3 -> 1234`` (KWD fils)."""
    return int(Decimal(repr(float(amount))).scaleb(decimals).to_integral_value(ROUND_HALF_UP))


def from_minor(minor: int, decimals: int) -> float:
    """``510, 2 -> 5.1``."""
    return float(Decimal(minor).scaleb(-decimals))
