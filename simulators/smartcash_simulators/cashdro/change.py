"""Which pieces make an amount, out of what is there. Amounts in minor units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..cash import Denomination, Pieces, worth


def exact_change(amount: int, stock: Mapping[Denomination, int]) -> Pieces | None:
    """Largest pieces first, as far as the rest still works out; None when nothing makes it."""
    if amount > worth(stock):
        return None
    pieces, sums = _reachable(amount, stock)
    if not sums[-1] >> amount & 1:
        return None
    return _collect(amount, pieces, sums, stock)


def most_change(amount: int, stock: Mapping[Denomination, int]) -> Pieces:
    """The pieces for the largest sum that can be made without exceeding `amount`."""
    pieces, sums = _reachable(min(amount, worth(stock)), stock)
    return _collect(sums[-1].bit_length() - 1, pieces, sums, stock)


def _reachable(
    amount: int, stock: Mapping[Denomination, int]
) -> tuple[list[Denomination], list[int]]:
    """Bit n of `sums[i]` is set when n can be made with the first i pieces, smallest first."""
    pieces = sorted((piece for piece in stock if stock[piece] > 0), key=lambda piece: piece.value)
    within = (1 << (amount + 1)) - 1
    sums = [1]
    for piece in pieces:
        bits, left, batch = sums[-1], min(stock[piece], amount // piece.value), 1
        while left:
            batch = min(batch, left)
            bits |= (bits << (piece.value * batch)) & within
            left -= batch
            batch *= 2
        sums.append(bits)
    return pieces, sums


def _collect(
    amount: int, pieces: list[Denomination], sums: list[int], stock: Mapping[Denomination, int]
) -> Pieces:
    chosen: Pieces = Counter()
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        count = min(stock[piece], amount // piece.value)
        while not sums[index] >> (amount - count * piece.value) & 1:
            count -= 1
        if count:
            chosen[piece] = count
            amount -= count * piece.value
    return chosen
