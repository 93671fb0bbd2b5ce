"""The unit that a machine counts in, and how to tell that it is another one.

Most machines count in a currency's own smallest unit. Some count in hundredths whatever the currency:
1,000 pesos of Chile, which have no decimals, are 100000 to them. A wrong unit moves a hundred times too
much or too little, so it is set up, never guessed, and compared with the pieces that the machine has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .errors import CashdroProtocolError, CashdroRefused, CashdroUnitError
from .models import Alert, CashdroStatus, Level

HUNDREDTHS = 2  # decimals
BAD_AMOUNT = -3  # the machine's own code for an amount that it does not take

#: Coins and notes by currency, with the decimals that they are written in here. Only of currencies
#: where the two units differ; of the others there is nothing to mistake.
PIECES: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {
    "BHD": (3, (5, 10, 25, 50, 100, 500), (500, 1000, 5000, 10000, 20000)),
    "CLP": (0, (1, 5, 10, 50, 100, 500), (1000, 2000, 5000, 10000, 20000)),
    "COP": (0, (50, 100, 200, 500, 1000), (1000, 2000, 5000, 10000, 20000, 50000, 100000)),
    "CRC": (0, (5, 10, 25, 50, 100, 500), (1000, 2000, 5000, 10000, 20000)),
    "HUF": (0, (5, 10, 20, 50, 100, 200), (500, 1000, 2000, 5000, 10000, 20000)),
    "ISK": (0, (1, 5, 10, 50, 100), (500, 1000, 2000, 5000, 10000)),
    "JOD": (3, (5, 10, 25, 50, 100, 250, 500), (1000, 5000, 10000, 20000, 50000)),
    "JPY": (0, (1, 5, 10, 50, 100, 500), (1000, 2000, 5000, 10000)),
    "KRW": (0, (1, 5, 10, 50, 100, 500), (1000, 5000, 10000, 50000)),
    "KWD": (3, (5, 10, 20, 50, 100), (250, 500, 1000, 5000, 10000, 20000)),
    "OMR": (3, (5, 10, 25, 50, 100), (100, 500, 1000, 5000, 10000, 20000, 50000)),
    "PYG": (0, (50, 100, 500, 1000), (2000, 5000, 10000, 20000, 50000, 100000)),
    "TND": (3, (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), (5000, 10000, 20000, 50000)),
    "XAF": (0, (1, 2, 5, 10, 25, 50, 100, 500), (500, 1000, 2000, 5000, 10000)),
    "XOF": (0, (1, 5, 10, 25, 50, 100, 200, 250, 500), (500, 1000, 2000, 5000, 10000)),
}


def known_pieces(currency: str, decimals: int) -> frozenset[tuple[str, int]] | None:
    """``(kind, minor units)`` of each coin and note; None: not known here.

    :param currency: ISO code
    :param decimals: of a minor unit
    """
    if currency not in PIECES:
        return None
    written, coins, notes = PIECES[currency]
    pieces = [("coin", value) for value in coins] + [("note", value) for value in notes]
    return frozenset(
        (kind, value * 10**decimals // 10**written)
        for kind, value in pieces
        if value * 10**decimals % 10**written == 0
    )


@dataclass(frozen=True)
class Unit:
    """Amounts between the currency's minor unit and what the machine counts in."""

    ours: int = HUNDREDTHS  # decimals of the currency's minor unit
    machine: int = HUNDREDTHS  # decimals that the machine counts with
    pieces: frozenset[tuple[str, int]] | None = None  # see known_pieces

    @property
    def needs_proof(self) -> bool:
        """The machine may count in another unit than the one that is set up."""
        return self.ours != HUNDREDTHS

    def to_machine(self, amount: int) -> int:
        """:raise CashdroRefused: the machine cannot count it"""
        scaled: int
        scaled, rest = divmod(amount * 10**self.machine, 10**self.ours)
        if rest:
            raise CashdroRefused("The machine counts in larger steps.", BAD_AMOUNT)
        return scaled

    def to_ours(self, value: int) -> int:
        """:raise CashdroProtocolError: no amount of the currency"""
        amount: int
        amount, rest = divmod(value * 10**self.ours, 10**self.machine)
        if rest:
            raise CashdroProtocolError("The machine names an amount that its unit does not have.")
        return amount

    def status(self, status: CashdroStatus) -> CashdroStatus:
        return replace(
            status,
            total=self.to_ours(status.total),
            total_in=self.to_ours(status.total_in),
            total_out=self.to_ours(status.total_out),
            change_not_available=self.to_ours(status.change_not_available),
        )

    def alert(self, alert: Alert) -> Alert:
        return replace(alert, value=self.to_ours(alert.value)) if alert.value else alert

    def levels(self, levels: Iterable[Level]) -> list[Level]:
        """:raise CashdroUnitError: these pieces exist in another unit, not in the one that is set up"""
        levels = list(levels)
        if self.needs_proof:
            self._prove(levels)
        try:
            return [replace(level, value=self.to_ours(level.value)) for level in levels]
        except CashdroProtocolError as error:
            raise CashdroUnitError(self._odd(levels, self.machine)) from error

    def _prove(self, levels: list[Level]) -> None:
        odd = self._odd(levels, self.machine)
        if self.pieces is None:
            if any(value * 10**self.ours % 10**self.machine for _kind, value in _values(levels)):
                raise CashdroUnitError(odd)
            return
        other = self.ours if self.machine != self.ours else HUNDREDTHS
        fitting = len(_values(levels)) - len(odd)
        if odd and (not fitting or fitting < len(_values(levels)) - len(self._odd(levels, other))):
            raise CashdroUnitError(odd)

    def _odd(self, levels: list[Level], machine: int) -> list[tuple[str, int]]:
        """The pieces, as the machine names them, that the currency does not have in that unit."""
        return [
            (kind, value)
            for kind, value in _values(levels)
            if value * 10**self.ours % 10**machine
            or (self.pieces and (kind, value * 10**self.ours // 10**machine) not in self.pieces)
        ]


def _values(levels: list[Level]) -> list[tuple[str, int]]:
    return [(level.kind, level.value) for level in levels]
