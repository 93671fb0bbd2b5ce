"""The types that are the API. Every amount is an integer in minor units."""

from __future__ import annotations

import uuid as uuidlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from .errors import BadAmount, BadCurrency, BadRequest, UnsupportedKind

MAX_REFERENCE = 64
MAX_IDLE = 24 * 3600  # seconds
MAX_AMOUNT = 10_000_000  # 100 000.00: more than a machine holds


class State(str, Enum):
    """Where an operation stands; only moves forward."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        """The gateway does nothing more for it."""
        return self is not State.RUNNING


class Phase(str, Enum):
    """What a running operation is doing."""

    REGISTERED = "registered"
    STARTING = "starting"
    ACCEPTING = "accepting"
    COLLECTING = "collecting"  # waits for a person to take the stacker out and put it back
    CANCELLING = "cancelling"
    DISPENSING = "dispensing"
    ENDED = "ended"


class Kind(str, Enum):
    """Kinds that this gateway can carry out."""

    SALE = "sale"
    REFUND = "refund"
    CASH_IN = "cash_in"
    CASH_OUT = "cash_out"
    FILL = "fill"  # add change
    COLLECT = "collect"  # a person takes the stacker's notes
    TRANSFER = "transfer"  # the recyclers' notes go into the stacker
    EXCHANGE = "exchange"  # what is put in comes out in smaller pieces
    EMPTY = "empty"  # all that is in the recyclers comes out

    @property
    def takes_money(self) -> bool:
        """The customer or cashier inserts money (else it only leaves the machine)."""
        return self in (Kind.SALE, Kind.CASH_IN, Kind.FILL, Kind.EXCHANGE)

    @property
    def amounts(self) -> tuple[int, int]:
        """The least and the most that can be asked for, minor units; 0 = whatever there is."""
        if self in (Kind.COLLECT, Kind.TRANSFER, Kind.EXCHANGE, Kind.EMPTY):
            return 0, 0
        return int(self not in (Kind.CASH_IN, Kind.FILL)), MAX_AMOUNT


class DeviceState(str, Enum):
    """State of the machine as the gateway sees it."""

    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Message:
    """A sentence for the cashier, or a warning of the machine."""

    code: str
    text: str
    level: str = "info"  # info | warning | error

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text, "level": self.level}


@dataclass(frozen=True)
class Denomination:
    """Pieces of one value: in the recycler (can be given out) and in the cassette (cannot)."""

    value: int  # minor units
    kind: str  # coin | note
    recycler: int  # pieces
    cassette: int  # pieces
    level: str | None = None  # ok | near_empty | empty | near_full | full


@dataclass(frozen=True)
class Inventory:
    """What the machine says it holds."""

    denominations: tuple[Denomination, ...]

    @property
    def in_recyclers(self) -> int:
        """What can be given out, minor units."""
        return sum(d.value * d.recycler for d in self.denominations)

    @property
    def in_cassette(self) -> int:
        """What can only be collected, minor units."""
        return sum(d.value * d.cassette for d in self.denominations)

    @property
    def total(self) -> int:
        """Everything inside, minor units."""
        return self.in_recyclers + self.in_cassette

    def to_json(self, currency: str) -> dict[str, Any]:
        return {
            "currency": currency,
            "total": self.total,
            "denominations": [
                {
                    "value": d.value,
                    "kind": d.kind,
                    "recycler": d.recycler,
                    "cassette": d.cassette,
                    # The Connector tells levels, not capacities.
                    "capacity": None,
                    "level": d.level,
                }
                for d in self.denominations
            ],
        }


@dataclass(frozen=True)
class OperationRequest:
    """The validated body of `PUT /v1/operations/{uuid}`."""

    uuid: str
    kind: Kind
    amount: int  # minor units; 0 = whatever there is, see Kind.amounts
    currency: str
    reference: str = ""
    allow_partial: bool = False
    idle_timeout: int = 0  # seconds without a piece until it is cancelled; 0 = waits for ever

    @classmethod
    def from_json(cls, uuid: str, body: object, currency: str) -> OperationRequest:
        """Strict: unknown members, wrong types and amounts out of range are refused.

        Raises one of the 422 problems.
        """
        if not isinstance(body, dict):
            raise BadRequest("Send a JSON object with kind, amount and currency.")
        known = {"kind", "amount", "currency", "reference", "allow_partial", "idle_timeout"}
        unknown = sorted(set(body) - known)
        if unknown:
            raise BadRequest(f"Remove the unknown members: {', '.join(unknown)[:200]}.")
        kind = _kind(body.get("kind"))
        reference = body.get("reference", "")
        if not isinstance(reference, str) or len(reference) > MAX_REFERENCE:
            raise BadRequest(f"reference must be a text of at most {MAX_REFERENCE} characters.")
        allow_partial = body.get("allow_partial", False)
        if not isinstance(allow_partial, bool):
            raise BadRequest("allow_partial must be true or false.")
        idle_timeout = body.get("idle_timeout", 0)
        if type(idle_timeout) is not int or not 0 <= idle_timeout <= MAX_IDLE:
            raise BadRequest(f"idle_timeout must be from 0 to {MAX_IDLE} seconds.")
        if body.get("currency") != currency:
            raise BadCurrency(f"Send currency {currency!r}: it is what the machine holds.")
        return cls(
            uuid=parse_uuid(uuid),
            kind=kind,
            amount=_amount(body.get("amount"), *kind.amounts),
            currency=currency,
            reference=reference,
            allow_partial=allow_partial,
            idle_timeout=idle_timeout,
        )


def _kind(value: object) -> Kind:
    if not isinstance(value, str):
        raise BadRequest("kind must be one of: " + ", ".join(Kind) + ".")
    try:
        return Kind(value)
    except ValueError:
        known = ", ".join(kind.value for kind in Kind)
        raise UnsupportedKind(f"Send one of the kinds {known}.") from None


def _amount(value: object, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadAmount("amount must be an integer in minor units (9.90 EUR is 990).")
    if not lowest <= value <= highest:
        raise BadAmount(f"amount must be between {lowest} and {highest} minor units.")
    return value


def parse_uuid(value: str) -> str:
    """`value` as a canonical lower-case UUID; raises BadRequest."""
    try:
        canonical = str(uuidlib.UUID(value))
    except ValueError:
        canonical = ""
    if not canonical or canonical != value.lower():
        raise BadRequest("The operation's uuid must be a UUID such as crypto.randomUUID() makes.")
    return canonical


def now() -> datetime:
    """The current time, UTC."""
    return datetime.now(timezone.utc)


def to_rfc3339(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds: sorts as text."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def from_rfc3339(text: str) -> datetime:
    """Parses RFC 3339 with a zone; raises ValueError."""
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in "Zz" else text)
    if moment.tzinfo is None:
        raise ValueError("a time zone is needed")
    return moment


@dataclass(frozen=True)
class Operation:
    """One movement of money as the journal knows it."""

    uuid: str
    kind: Kind
    amount: int  # minor units
    currency: str
    reference: str
    allow_partial: bool
    started_at: datetime
    on_screen: bool = False  # carried out by the Connector's own screen (#C#)
    id: int = 0  # the journal's row
    state: State = State.RUNNING
    phase: Phase = Phase.REGISTERED
    amount_in: int = 0  # minor units, counted by the machine
    amount_out: int = 0  # minor units, given out by the machine
    undispensed: int = 0  # minor units that a person has to hand over
    to_dispense: int = 0  # minor units of the payout that was decided; on disk before #P#
    before: int | None = None  # inventory before the first frame that moves money, minor units
    settled: bool = False  # nothing left to look up at the machine
    messages: tuple[Message, ...] = field(default=())
    ended_at: datetime | None = None

    @property
    def covered(self) -> bool:
        """The inserted money reaches a fixed target."""
        return 0 < self.amount <= self.amount_in

    @property
    def cancellable(self) -> bool:
        """Asking to cancel can still have an effect."""
        waits_for_somebody = self.kind.takes_money or self.kind is Kind.COLLECT
        return waits_for_somebody and self.phase in (
            Phase.REGISTERED,
            Phase.STARTING,
            Phase.ACCEPTING,
            Phase.COLLECTING,
        )

    @property
    def acceptable(self) -> bool:
        """What is inserted can be kept as it is: a partial sale, or an open deposit."""
        return (
            self.phase is Phase.ACCEPTING
            and not self.on_screen
            and self.amount_in > 0
            and not self.covered
            and (self.allow_partial or self.amount == 0)
        )

    @property
    def belongs_to_customer(self) -> bool:
        """What is inside goes back to whom it came from when nobody goes on. Money of an open deposit
        is left to the person who puts it in, who may be at the safe.
        """
        return self.amount > 0 or self.kind is Kind.EXCHANGE or not self.amount_in

    def same_request(self, request: OperationRequest) -> bool:
        """Whether `request` asks for exactly this operation, however long it may wait."""
        return (self.kind, self.amount, self.currency, self.reference, self.allow_partial) == (
            request.kind,
            request.amount,
            request.currency,
            request.reference,
            request.allow_partial,
        )

    def to_json(self, signature: str | None = None) -> dict[str, Any]:
        """The API's shape."""
        return {
            "uuid": self.uuid,
            "kind": self.kind.value,
            "state": self.state.value,
            "phase": self.phase.value,
            "amount": self.amount,
            "amount_in": self.amount_in,
            "amount_out": self.amount_out,
            "undispensed": self.undispensed,
            "currency": self.currency,
            "reference": self.reference,
            "allow_partial": self.allow_partial,
            "device_ref": f"j:{self.id}",
            "cancellable": self.cancellable,
            "acceptable": self.acceptable,
            "messages": [message.to_json() for message in self.messages],
            "started_at": to_rfc3339(self.started_at),
            "ended_at": to_rfc3339(self.ended_at) if self.ended_at else None,
            "signature": signature,
        }
