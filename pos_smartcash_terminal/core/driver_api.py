"""What a driver answers and raises (the Python half of the driver contract). Nothing of Odoo in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEVICE_STATES = ("online", "busy", "attention", "offline", "error", "unknown")
PIECE_LEVELS = ("ok", "near_empty", "empty", "near_full", "full")
MAX_DENOMINATIONS = 100
MAX_PIECES = 10**7
#: Minor units; the largest note in use is 50,000 dinars of 1,000 fils.
MAX_VALUE = 10**9


class DeviceError(Exception):
    """Base of what a driver may raise. ``code`` is for programs, the text for people."""

    code = "error"


class DeviceBusy(DeviceError):
    """The device works on something else; nothing happened."""

    code = "busy"


class DeviceUnreachable(DeviceError):
    """No answer: the outcome of the call is unknown."""

    code = "unreachable"


class DeviceRefused(DeviceError):
    """The device said no; nothing happened."""

    code = "refused"


class DeviceProtocolError(DeviceError):
    """The device answered something that the driver cannot read: the outcome is unknown."""

    code = "protocol"


class DeviceFault(DeviceError):
    """Something broke on our own side: the outcome is unknown."""

    code = "fault"


class InvalidInventory(ValueError):
    """An inventory that does not have the agreed shape; the text names the field."""


@dataclass(frozen=True)
class Health:
    """``state`` is one of DEVICE_STATES; ``text`` says what to do next."""

    state: str
    text: str = ""
    version: str | None = None


@dataclass(frozen=True)
class Capacities:
    """What fits into a machine of one model and currency, in pieces; where it does not tell by itself."""

    recyclers: Mapping[tuple[int, str], int] = field(default_factory=dict)  # by value and kind
    cassette: int = 0


@dataclass(frozen=True)
class Denomination:
    value: int  # minor units
    kind: str  # "coin" or "note"
    recycler: int  # pieces that can be given out
    cassette: int  # pieces that can only be collected
    capacity: int | None = None  # pieces in the recycler
    level: str | None = None

    @property
    def is_given_out(self) -> bool:
        """Whether the machine has a recycler for it, though it may be empty now."""
        return bool(self.recycler or self.capacity or self.level)

    def to_wire(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "kind": self.kind,
            "recycler": self.recycler,
            "cassette": self.cassette,
            "capacity": self.capacity,
            "level": self.level,
        }


@dataclass(frozen=True)
class Inventory:
    """Pieces per denomination and place."""

    currency: str
    denominations: tuple[Denomination, ...]

    @property
    def total(self) -> int:
        """Minor units, recycler and cassette together."""
        return sum(piece.value * (piece.recycler + piece.cassette) for piece in self.denominations)

    def to_wire(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "total": self.total,
            "denominations": [piece.to_wire() for piece in self.denominations],
        }

    @classmethod
    def from_wire(cls, wire: Any) -> Inventory:
        if not isinstance(wire, Mapping):
            raise InvalidInventory("inventory must be an object")
        currency = wire.get("currency")
        if not isinstance(currency, str) or len(currency) != 3:
            raise InvalidInventory("inventory.currency must be a currency code")
        pieces = wire.get("denominations")
        if not isinstance(pieces, (list, tuple)) or len(pieces) > MAX_DENOMINATIONS:
            raise InvalidInventory(
                f"inventory.denominations must be a list of at most {MAX_DENOMINATIONS}"
            )
        return cls(currency=currency, denominations=tuple(_denomination(piece) for piece in pieces))


def _denomination(wire: Any) -> Denomination:
    if not isinstance(wire, Mapping):
        raise InvalidInventory("inventory.denominations must hold objects")
    if wire.get("kind") not in ("coin", "note"):
        raise InvalidInventory("inventory.denominations: kind must be 'coin' or 'note'")
    if wire.get("level") is not None and wire["level"] not in PIECE_LEVELS:
        raise InvalidInventory(
            f"inventory.denominations: level must be one of {', '.join(PIECE_LEVELS)}"
        )
    return Denomination(
        value=_count(wire, "value", least=1, most=MAX_VALUE),
        kind=wire["kind"],
        recycler=_count(wire, "recycler"),
        cassette=_count(wire, "cassette"),
        capacity=None if wire.get("capacity") is None else _count(wire, "capacity"),
        level=wire.get("level"),
    )


def _count(wire: Mapping, key: str, *, least: int = 0, most: int = MAX_PIECES) -> int:
    value = wire.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInventory(
            f"inventory.denominations: {key} must be an integer from {least} to {most}"
        )
    return value
