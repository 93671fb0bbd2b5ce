"""The words of the machine and what it answers. Amounts are integers in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class OperationType(IntEnum):
    FILL = 1  # put change in; what goes in stays
    WITHDRAW = 2
    PAYOUT = 3
    SALE = 4
    TRANSFER = 8  # recycler → cassette
    REMOVE_NOTE_CASSETTE = 10
    REMOVE_COIN_CASSETTE = 11
    DEPOSIT = 16  # any amount, until it is finished
    DEPOSIT_AMOUNT = 17  # an exact amount, with change
    EXCHANGE = 18


class FinishMode(IntEnum):
    ACCEPT = 1  # keep what is inserted
    CANCEL = 2  # give it back
    CANCEL_OLD = 3  # the cancel of older software; of types 2 and 8 without the web view always
    EXECUTE = 4  # types 2 and 8 without the web view: give out these pieces


class OperationState(str, Enum):
    WAITING = "I"  # for the acknowledgement: no money can move yet
    QUEUED = "Q"
    EXECUTING = "E"
    FINISHED = "F"
    CANCELLED = "C"  # undocumented; clients in the field take it for an end
    OTHER = "?"  # undocumented letters are seen in the field; the operation still runs


class Destination(IntEnum):
    REFUSED = 0
    RECYCLER = 1
    CASSETTE = 2


class AlertType(IntEnum):
    """Of an alert, and of a denomination's state."""

    NONE = -1
    CRITICAL = 0
    INHIBITED = 1
    BELOW_MINIMUM = 2
    ABOVE_MAXIMUM = 3
    EMPTY = 5


@dataclass(frozen=True)
class CashdroStatus:
    """What the machine says about one operation."""

    id: str
    state: OperationState
    total: int
    total_in: int
    total_out: int  # ≥ 0, although the machine counts it negative
    change_not_available: int = 0  # owed to the customer, not given
    messages: tuple[int, ...] = ()  # 0…8, about pieces that were not accepted
    with_error: bool = False
    failed: bool = False  # the operation itself is marked: it may go on once a jam is mended
    # Undocumented, but sent by every machine that was seen: None when it is missing.
    cancelled: bool | None = None
    type: int | None = None
    terminal: str | None = None
    cashier: str | None = None
    alias: str | None = None

    @property
    def finished(self) -> bool:
        return self.state is OperationState.FINISHED

    @property
    def may_have_ended(self) -> bool:
        """Not finished in the documented way, and marked as clients in the field know it from an end.
        The same marks stand on an operation that goes on giving the money back."""
        has_begun = self.state not in (OperationState.WAITING, OperationState.QUEUED)
        return not self.finished and (
            self.state is OperationState.CANCELLED
            or bool(self.cancelled)
            or (self.failed and has_begun)
        )

    @property
    def net(self) -> int:
        return self.total_in - self.total_out


@dataclass(frozen=True)
class Level:
    currency: str
    value: int
    kind: str  # "coin" or "note"
    destination: int  # see Destination
    recycler: int  # pieces
    cassette: int  # pieces
    maximum: int | None = None  # pieces in the recycler
    state: int | None = None  # see AlertType


@dataclass(frozen=True)
class Pieces:
    """So many pieces of one denomination, to be given out."""

    value: int
    count: int
    is_note: bool


@dataclass(frozen=True)
class Movement:
    """What moved, as far as it takes to find an operation again."""

    id: str
    alias: str | None = None


@dataclass(frozen=True)
class Alert:
    source: int  # 1 coins, 2 notes, 3 coin cassette, 4 note cassette, 5 coin recycler
    value: int | None
    type: int  # see AlertType
    currency: str


@dataclass(frozen=True)
class Diagnosis:
    with_error: bool
    troubles: tuple[str, ...] = ()  # in the machine's words
