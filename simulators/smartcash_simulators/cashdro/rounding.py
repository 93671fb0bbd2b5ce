"""The machine's rounding, in minor units.

One rule reproduces every row of the maker's homologation tables: a sale asks for the amount
rounded down, a payout gives it rounded up, and change is rounded up from what exceeds the
original amount. `step` 1 = the original amount.
"""


def due(amount: int, step: int) -> int:
    """What a sale of `amount` asks the customer for."""
    return amount - amount % step


def payable(amount: int, step: int) -> int:
    """What comes out for a payout, or for change, of `amount`."""
    return amount + -amount % step


def change(total: int, inserted: int, step: int) -> int:
    """What the customer gets back; zero when nothing exceeds the original amount."""
    return payable(max(0, inserted - total), step)
