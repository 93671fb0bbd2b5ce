"""Making an amount out of the pieces that are there: pure, no machine."""

from __future__ import annotations

from .machine import Pieces


def compose(amount: int, stock: Pieces) -> Pieces | None:
    """The pieces for exactly `amount` (minor units), large ones first; None when there are none.

    Exact where "largest first" alone is not: 60 is three 20, though a 50 is there.
    """
    pieces = sorted(stock, key=lambda piece: piece[1])
    # Bit n of reach[i]: n can be made of the first i kinds of pieces.
    reach = [1]
    up_to_amount = (1 << (amount + 1)) - 1
    for piece in pieces:
        sums, left, batch = reach[-1], min(stock[piece], amount // piece[1]), 1
        while left:
            taken = min(batch, left)
            sums |= sums << (taken * piece[1]) & up_to_amount
            left -= taken
            batch *= 2
        reach.append(sums)
    if not reach[-1] >> amount & 1:
        return None
    chosen = {}
    for index in reversed(range(len(pieces))):
        value = pieces[index][1]
        for count in range(min(stock[pieces[index]], amount // value), -1, -1):
            if reach[index] >> (amount - count * value) & 1:
                break
        if count:
            chosen[pieces[index]] = count
            amount -= count * value
    return chosen
