"""One operation of a CashDro, as it is kept. Amounts in minor units."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, fields
from enum import IntEnum

from ..cash import CashSet, Pieces, worth

WAITING, QUEUED, EXECUTING, FINISHED = "I", "Q", "E", "F"


class Kind(IntEnum):
    """The `type` of startOperation."""

    LOAD = 1
    WITHDRAWAL = 2
    PAYOUT = 3
    SALE = 4
    TRANSFER = 8
    NOTE_CASSETTE = 10  # only at the machine itself: somebody took the note cassette out
    DEPOSIT = 16
    DEPOSIT_AMOUNT = 17
    EXCHANGE = 18


TITLES = {
    Kind.LOAD: "Load",
    Kind.WITHDRAWAL: "Withdraw",
    Kind.PAYOUT: "Payment",
    Kind.SALE: "Sale",
    Kind.TRANSFER: "Transfer",
    Kind.NOTE_CASSETTE: "Note cassette removed",
    Kind.DEPOSIT: "Deposit",
    Kind.DEPOSIT_AMOUNT: "Deposit of an amount",
    Kind.EXCHANGE: "Change",
}
STARTABLE = frozenset(Kind) - {Kind.NOTE_CASSETTE}
WITH_AMOUNT = frozenset({Kind.PAYOUT, Kind.SALE, Kind.DEPOSIT_AMOUNT})
GIVES_CHANGE = frozenset({Kind.SALE, Kind.DEPOSIT_AMOUNT})
TAKES_MONEY = GIVES_CHANGE | {Kind.LOAD, Kind.DEPOSIT, Kind.EXCHANGE}
CHOSEN_PIECES = frozenset({Kind.WITHDRAWAL, Kind.TRANSFER})

PIECE_FIELDS = (
    "in_recycler", "in_cassette", "out_recycler", "out_cassette", "moved", "wanted",
)  # fmt: skip


@dataclass(eq=False)
class Operation:
    """`total` is what was asked for, `rounded` what the machine makes of it."""

    id: int
    kind: Kind
    total: int = 0
    rounded: int = 0
    pos_id: str = ""
    pos_user: str = ""
    alias: str = ""
    user_id: int = 0
    user_name: str = ""
    manual: bool = False  # started at the machine itself
    state: str = WAITING
    created: float = field(default_factory=time.time)
    finished: float | None = None
    ending: str | None = None  # "paid", or "accept", "cancel", "execute" as somebody asked
    change_missing: int = 0  # owed, and not given
    failed: bool = False  # a jam or a power cut ended it
    imported: bool = False
    messages: list[int] = field(default_factory=list)
    start_levels: list[dict] = field(default_factory=list)  # as Holdings.to_json
    finish_levels: list[dict] = field(default_factory=list)
    wanted: Pieces = field(default_factory=Counter)  # pieces that somebody asked for
    in_recycler: Pieces = field(default_factory=Counter)
    in_cassette: Pieces = field(default_factory=Counter)
    out_recycler: Pieces = field(default_factory=Counter)
    out_cassette: Pieces = field(default_factory=Counter)
    moved: Pieces = field(default_factory=Counter)

    @property
    def total_in(self) -> int:
        return worth(self.in_recycler) + worth(self.in_cassette)

    @property
    def total_out(self) -> int:
        return worth(self.out_recycler) + worth(self.out_cassette)

    @property
    def cancelled(self) -> bool:
        return self.ending == "cancel"

    @property
    def rounding(self) -> int:
        """What the machine's rounding left with the customer (< 0), or gave on top (> 0)."""
        if self.state != FINISHED or self.cancelled or self.change_missing:
            return 0
        if self.kind == Kind.PAYOUT:
            return self.total_out - self.total
        if self.kind in GIVES_CHANGE and self.total_in >= self.rounded:
            return self.total_in - self.total_out - self.total
        return 0

    def to_json(self) -> dict:
        row = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in PIECE_FIELDS:
            row[name] = [[piece.kind, piece.value, n] for piece, n in row[name].items() if n]
        return row

    @classmethod
    def from_json(cls, row: dict, cash_set: CashSet) -> Operation:
        values = dict(row)
        for name in PIECE_FIELDS:
            counted = ((cash_set.find(value, kind), n) for kind, value, n in row[name])
            values[name] = Counter(dict(counted))
        values["kind"] = Kind(row["kind"])
        return cls(**values)
