"""What may be believed of a till's word about an operation. Nothing of Odoo in here."""

from __future__ import annotations

from .progress import FINAL, KINDS_WITHOUT_AMOUNT, MONEY_OUT, Progress


def exceeds_request(kind: str, amount: int, said: Progress, tolerance: int | None = None) -> bool:
    """Whether ``said`` claims more than was asked for: kept, given out, owed or rounded. Minor units.

    For results that nobody stands for but the till. A device whose word is proven (signed, or heard
    by the server) is believed, and what does not fit becomes an open question.

    :param amount: what was requested; 0 for an open deposit
    :param tolerance: the most by which the device rounds; None where that is not known
    """
    if tolerance is not None and abs(said.rounding) > tolerance:
        return True
    if (
        kind in MONEY_OUT & KINDS_WITHOUT_AMOUNT
    ):  # without an amount; nothing is put in, and nothing is owed
        return bool(said.amount_in or said.undispensed)
    if kind in MONEY_OUT:
        # A payout is rounded up. A refund says by how much; of cash that is taken out all is booked.
        rounded = (tolerance or 0) if kind == "cash_out" and not said.undispensed else 0
        return said.amount_out + said.undispensed - said.rounding > amount + rounded
    if said.amount_out > said.amount_in or said.undispensed > said.net:
        return True
    # While money falls, more than the amount may be inside; at the end the rest was given or is owed.
    kept = said.net + said.rounding - said.undispensed
    return bool(amount) and said.state in FINAL and kept > amount
