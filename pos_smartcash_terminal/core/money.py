"""The border between Odoo's amounts (floats in major units) and ours (integers, minor units)."""

import math
from decimal import ROUND_HALF_UP, Decimal

#: The largest amount that one operation may carry, in minor units. A guard against nonsense, not a limit.
MAX_MINOR = 10**12


def to_minor(amount: float, decimals: int) -> int:
    """``5.1000000000000005, 2 -> 510``; ``1.234, 3 -> 1234`` (KWD fils)."""
    return int(Decimal(repr(float(amount))).scaleb(decimals).to_integral_value(ROUND_HALF_UP))


def read_major(amount: object, decimals: int) -> int:
    """Read what core's methods are told by a browser: a float in major units, or anything at all.

    :returns: minor units
    :raise ValueError: it is no amount, or more than any operation may carry
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise ValueError(f"{amount!r:.40} is not an amount")
    if not math.isfinite(amount) or abs(amount) * 10**decimals > MAX_MINOR:
        raise ValueError(f"{amount!r:.40} is out of range")
    return to_minor(amount, decimals)


def from_minor(minor: int, decimals: int) -> float:
    """``510, 2 -> 5.1``."""
    return float(Decimal(minor).scaleb(-decimals))
