"""The words of an operation, and what a device says about one. Nothing of Odoo in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .money import MAX_MINOR

KINDS = (
    "sale",
    "refund",
    "cash_in",
    "cash_out",
    "fill",
    "collect",
    "transfer",
    "exchange",
    "empty",
)
#: Filling, emptying and changing notes: for managers, whatever their rule says.
SERVICES = frozenset({"fill", "collect", "transfer", "exchange", "empty"})
#: Kinds that belong to an order; no order pays the others.
PAID_BY_ORDER = ("sale", "refund")
CASH_MOVES = frozenset(KINDS) - {*PAID_BY_ORDER}
#: Kinds in which somebody puts money in.
MONEY_IN = frozenset({"sale", "cash_in", "fill", "exchange"})
#: Kinds that let money out of the machine on purpose. A transfer moves it inside the machine.
MONEY_OUT = frozenset({"refund", "cash_out", "collect", "empty"})
#: Kinds without an amount: whatever there is.
KINDS_WITHOUT_AMOUNT = frozenset({"collect", "transfer", "exchange", "empty"})

PHASES = ("registered", "starting", "accepting", "collecting", "cancelling", "dispensing", "ended")
EVIDENCE = ("server", "signed", "client", "manual")
LEVELS = ("info", "warning", "error")

#: The life of an operation: from each state, the states that may follow. Nothing else moves a state.
TRANSITIONS = {
    "draft": frozenset({"running", "failed"}),
    "running": frozenset({"done", "cancelled", "failed", "unknown"}),
    "unknown": frozenset({"done", "cancelled", "failed"}),
    "done": frozenset(),
    "cancelled": frozenset(),
    "failed": frozenset(),
}
STATES = tuple(TRANSITIONS)
ENDED = frozenset({"done", "cancelled", "failed", "unknown"})
#: Ended for good: a later fact can only be noted.
FINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)

MAX_MESSAGES = 50
MAX_TEXT = 500
MAX_SIGNATURE = 4096
MAX_CARD_KEYS = 20


class InvalidProgress(ValueError):
    """A progress that does not have the agreed shape; the text names the field."""


@dataclass(frozen=True)
class Message:
    code: str
    text: str
    level: str = "info"

    def to_wire(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text, "level": self.level}


@dataclass(frozen=True)
class Progress:
    """One answer of a device about one operation. Amounts in minor units, running totals."""

    state: str
    phase: str
    amount_in: int = 0  # inserted or charged so far
    amount_out: int = 0  # given out so far
    undispensed: int = 0  # owed to the customer, could not be given out
    rounding: int = 0  # signed: payment line amount = net + rounding
    device_ref: str | None = None
    cancellable: bool = False
    acceptable: bool = False  # "keep what is in, pay the rest otherwise" is possible now
    messages: tuple[Message, ...] = ()
    #: Of card terminals, as far as they tell: brand, number (masked), authorisation, rrn, terminal, invoice.
    card: Mapping[str, str] | None = field(default=None, hash=False)
    signature: str | None = field(default=None, repr=False)

    @property
    def net(self) -> int:
        return self.amount_in - self.amount_out

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def to_wire(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "phase": self.phase,
            "amountIn": self.amount_in,
            "amountOut": self.amount_out,
            "undispensed": self.undispensed,
            "rounding": self.rounding,
            "deviceRef": self.device_ref,
            "cancellable": self.cancellable,
            "acceptable": self.acceptable,
            "messages": [message.to_wire() for message in self.messages],
            "card": dict(self.card) if self.card is not None else None,
            "signature": self.signature,
        }

    @classmethod
    def from_wire(cls, wire: Any) -> Progress:
        """Read what a browser sent; raise :class:`InvalidProgress` rather than guess. Unknown keys are ignored."""
        if not isinstance(wire, Mapping):
            raise InvalidProgress("progress must be an object")
        progress = cls(
            state=_word(wire, "state", STATES),
            phase=_word(wire, "phase", PHASES),
            amount_in=_amount(wire, "amountIn"),
            amount_out=_amount(wire, "amountOut"),
            undispensed=_amount(wire, "undispensed"),
            rounding=_amount(wire, "rounding", signed=True),
            device_ref=_text(wire, "deviceRef", 128),
            cancellable=_flag(wire, "cancellable"),
            acceptable=_flag(wire, "acceptable"),
            messages=_messages(wire.get("messages")),
            card=_card(wire.get("card")),
            signature=_text(wire, "signature", MAX_SIGNATURE),
        )
        if progress.state == "failed" and progress.net:
            raise InvalidProgress(
                "state: 'failed' means that no money moved; report 'cancelled' or 'unknown'"
            )
        return progress


def _word(wire: Mapping, key: str, words: tuple[str, ...]) -> str:
    value = wire.get(key)
    if not isinstance(value, str) or value not in words:
        raise InvalidProgress(f"{key} must be one of {', '.join(words)}")
    return value


def _amount(wire: Mapping, key: str, *, signed: bool = False) -> int:
    value = wire.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidProgress(f"{key} must be an integer (minor units)")
    if abs(value) > MAX_MINOR or (value < 0 and not signed):
        raise InvalidProgress(f"{key} is out of range")
    return value


def _flag(wire: Mapping, key: str) -> bool:
    value = wire.get(key, False)
    if not isinstance(value, bool):
        raise InvalidProgress(f"{key} must be true or false")
    return value


def _text(wire: Mapping, key: str, limit: int) -> str | None:
    value = wire.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > limit or "\x00" in value:
        raise InvalidProgress(f"{key} must be a text of at most {limit} characters, or null")
    return value


def _messages(value: Any) -> tuple[Message, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or len(value) > MAX_MESSAGES:
        raise InvalidProgress(f"messages must be a list of at most {MAX_MESSAGES}")
    messages = []
    for item in value:
        if not isinstance(item, Mapping):
            raise InvalidProgress("messages must hold objects")
        messages.append(
            Message(
                code=_text(item, "code", 64) or "",
                text=_text(item, "text", MAX_TEXT) or "",
                level=_word(item, "level", LEVELS),
            )
        )
    return tuple(messages)


def _card(value: Any) -> Mapping[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or len(value) > MAX_CARD_KEYS:
        raise InvalidProgress(f"card must be an object of at most {MAX_CARD_KEYS} texts, or null")
    card = {}
    for key in value:
        if not isinstance(key, str) or len(key) > 64 or "\x00" in key:
            raise InvalidProgress("card has an unusable key")
        text = _text(value, key, 128)
        if text is not None:
            card[key] = text
    return card
