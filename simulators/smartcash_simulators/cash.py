"""Pieces of cash, the sets a machine is built for, and the float it starts with.

Values are integers in minor units. Capacities: `reference` of the maker's definition file for
the POS1500 series (EUR and USD). KWD is ours, for a currency with three decimals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COIN = "coin"
NOTE = "note"
FLOATS = ("standard", "empty", "full", "homologation")
STANDARD_FILL = 0.4
HOMOLOGATION_NOTES = 2  # of each that is recycled, as CashDro's own tests begin
HOMOLOGATION_COINS = 20
MAX_COUNT = 1_000_000_000


class UnknownPieceError(ValueError):
    """A piece that the machine's set does not know, or that is ambiguous in it."""


@dataclass(frozen=True, order=True)
class Denomination:
    """One kind of coin or note; `capacity` None = never recycled (goes to the cassette)."""

    kind: str
    value: int  # minor units
    capacity: int | None = field(default=None, compare=False)

    @property
    def recycled(self) -> bool:
        return self.capacity is not None

    @property
    def recycler_size(self) -> int:
        """Pieces that its recycler takes; 0 where it has none."""
        return self.capacity or 0


Pieces = Counter  # Counter[Denomination]


def worth(pieces: Mapping[Denomination, int]) -> int:
    """Value of the pieces in minor units."""
    return sum(piece.value * count for piece, count in pieces.items())


def notes_in(pieces: Mapping[Denomination, int]) -> int:
    """How many of the pieces are notes: a cassette is full of notes; coins have a box of their own."""
    return sum(count for piece, count in pieces.items() if piece.kind == NOTE)


@dataclass(frozen=True)
class CashSet:
    """What a machine of one currency takes and gives."""

    currency: str
    denominations: tuple[Denomination, ...]
    cassette_capacity: int = 500
    coin_cassette: bool = False  # coins can be moved out of their recyclers, too

    def of_kind(self, kind: str) -> list[Denomination]:
        return [piece for piece in self.denominations if piece.kind == kind]

    def find(self, value: int, kind: str | None = None) -> Denomination:
        """The denomination of that value; raises UnknownPieceError with a text that tells what fits."""
        found = [
            piece
            for piece in self.denominations
            if piece.value == value and kind in (None, piece.kind)
        ]
        if not found:
            known = ", ".join(f"{piece.value} ({piece.kind})" for piece in self.denominations)
            raise UnknownPieceError(
                f"{self.currency} has no {kind or 'piece'} of {value}; known values: {known}"
            )
        if len(found) > 1:
            raise UnknownPieceError(
                f"{self.currency} has a coin and a note of {value}: say which with"
                ' "kind": "coin" or "kind": "note"'
            )
        return found[0]


def _cash_set(currency: str, coins: Mapping[int, int], notes: Mapping[int, int | None]) -> CashSet:
    pieces = [Denomination(COIN, value, capacity) for value, capacity in coins.items()]
    pieces += [Denomination(NOTE, value, capacity) for value, capacity in notes.items()]
    return CashSet(currency, tuple(pieces))


CASH_SETS = {
    "EUR": _cash_set(
        "EUR",
        {1: 390, 2: 310, 5: 245, 10: 245, 20: 190, 50: 135, 100: 150, 200: 120},
        {500: 50, 1000: 49, 2000: 47, 5000: None, 10000: None, 20000: None, 50000: None},
    ),
    "USD": _cash_set(
        "USD",
        {1: 300, 5: 210, 10: 450, 25: 185, 100: 125},
        {100: 43, 200: 43, 500: 43, 1000: None, 2000: None, 5000: None, 10000: None},
    ),
    "KWD": _cash_set(
        "KWD",
        {5: 245, 10: 245, 20: 190, 50: 190, 100: 150},
        {250: 50, 500: 49, 1000: 47, 5000: None, 10000: None, 20000: None},
    ),
}


@dataclass
class Holdings:
    """Pieces per place inside a machine."""

    recyclers: Pieces = field(default_factory=Counter)
    cassette: Pieces = field(default_factory=Counter)

    def copy(self) -> Holdings:
        return Holdings(Counter(self.recyclers), Counter(self.cassette))

    @property
    def total(self) -> int:
        """Minor units."""
        return worth(self.recyclers) + worth(self.cassette)

    def same_as(self, other: Holdings) -> bool:
        # Counter equality treats a missing piece as zero of it.
        return self.recyclers == other.recyclers and self.cassette == other.cassette

    def to_json(self, cash_set: CashSet) -> list[dict]:
        return [
            {
                "value": piece.value,
                "kind": piece.kind,
                "recycler": self.recyclers[piece],
                "cassette": self.cassette[piece],
                "capacity": piece.capacity,
            }
            for piece in cash_set.denominations
        ]

    @classmethod
    def from_json(cls, rows: Iterable[Mapping], cash_set: CashSet) -> Holdings:
        """Rows as in `to_json`; what is not named is zero. Raises ValueError with a reason."""
        if not isinstance(rows, list):
            raise ValueError('"pieces" is a list of {value, kind, recycler, cassette}')
        holdings = cls()
        for row in rows:
            if not isinstance(row, Mapping):
                raise ValueError("each of pieces is an object {value, kind, recycler, cassette}")
            piece = cash_set.find(as_count(row.get("value"), "value"), row.get("kind"))
            recycler = as_count(row.get("recycler", 0), "recycler")
            if recycler > piece.recycler_size:
                raise ValueError(
                    f"the recycler of {piece.value} ({piece.kind}) holds at most"
                    f" {piece.recycler_size} pieces, not {recycler}"
                )
            cassette = as_count(row.get("cassette", 0), "cassette")
            if cassette and piece.kind == COIN and not cash_set.coin_cassette:
                raise ValueError(f"coins ({piece.value}) do not go to the cassette")
            holdings.recyclers[piece] = recycler
            holdings.cassette[piece] = cassette
        if notes_in(holdings.cassette) > cash_set.cassette_capacity:
            raise ValueError(f"the cassette holds at most {cash_set.cassette_capacity} notes")
        return holdings


def as_count(value: object, name: str) -> int:
    """A non-negative integer of a JSON body, or ValueError saying which one is wrong."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number, zero or more; got {value!r}")
    if value > MAX_COUNT:
        raise ValueError(f"{name} is at most {MAX_COUNT}")
    return value


def starting_float(cash_set: CashSet, name: str) -> Holdings:
    """What the recyclers start with.

    `standard`: 40 %, no warnings; `empty`; `full`: nothing more fits anywhere;
    `homologation`: 2 of each recycled note and 20 of each recycled coin.
    """
    if name not in FLOATS:
        raise ValueError(f"float is one of {', '.join(FLOATS)}; got {name!r}")
    share = {"standard": STANDARD_FILL, "empty": 0, "full": 1}.get(name)
    fixed = {COIN: HOMOLOGATION_COINS, NOTE: HOMOLOGATION_NOTES}
    holdings = Holdings()
    for piece in cash_set.denominations:
        if piece.recycled:
            count = fixed[piece.kind] if share is None else int(piece.recycler_size * share)
            holdings.recyclers[piece] = count
    if name == "full":
        note = next(note for note in cash_set.of_kind(NOTE) if not note.recycled)
        holdings.cassette[note] = cash_set.cassette_capacity
    return holdings


def greedy_change(amount: int, stock: Mapping[Denomination, int]) -> Pieces | None:
    """The pieces for `amount` (minor units), largest first; None when that is not exact.

    Greedy as the maker's own simulator does it: 60 from one 50 and three 20 is *not* found.
    """
    change: Pieces = Counter()
    for piece in sorted(stock, key=lambda piece: (piece.value, piece.kind), reverse=True):
        count = min(amount // piece.value, stock[piece])
        if count:
            change[piece] = count
            amount -= count * piece.value
    return None if amount else change
