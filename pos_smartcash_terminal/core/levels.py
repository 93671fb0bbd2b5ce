"""How full a machine is, and what to bring. Nothing of Odoo in here; values in minor units, the rest in pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .driver_api import Denomination, Inventory

#: Coins of one roll, as banks hand them out.
ROLLS = {
    "EUR": {1: 50, 2: 50, 5: 50, 10: 40, 20: 40, 50: 40, 100: 25, 200: 25},
    "USD": {1: 50, 5: 40, 10: 50, 25: 40, 50: 20, 100: 25},
}
#: Where nobody knows how much fits, a recycler is low at so many pieces.
LOW = {"coin": 10, "note": 5}
#: More than the busiest session used, in per cent of it.
RESERVE = 120

Key = tuple[int, str]  # value, kind


@dataclass(frozen=True)
class Limits:
    """What to watch on one recycler."""

    capacity: int = 0  # 0: unknown
    low: int = 0  # near empty at so many or fewer
    high: int = 0  # near full at so many or more; 0: never
    target: int = 0  # to open with
    roll: int = 1  # pieces that come together


@dataclass(frozen=True)
class Level:
    """One denomination in the machine, and what is to be said about it."""

    value: int
    kind: str
    recycler: int
    cassette: int
    limits: Limits
    state: str  # ok | near_empty | empty | near_full | full
    bring: int

    def to_wire(self) -> dict[str, Any]:
        limits = self.limits
        return {
            "value": self.value,
            "kind": self.kind,
            "recycler": self.recycler,
            "cassette": self.cassette,
            "capacity": limits.capacity,
            "low": limits.low,
            "high": limits.high,
            "target": limits.target,
            "state": self.state,
            "bring": self.bring,
            "rolls": self.bring // limits.roll if limits.roll > 1 else 0,
        }


def is_recycled(piece: Denomination) -> bool:
    """Whether the machine can give such pieces out; large notes go to the cassette for good."""
    return bool(piece.capacity or piece.recycler or piece.level)


def pieces_by_key(inventory: Inventory) -> dict[Key, Denomination]:
    """One entry per denomination: a machine may hold the same one in several recyclers."""
    found: dict[Key, Denomination] = {}
    for piece in inventory.denominations:
        key = (piece.value, piece.kind)
        found[key] = _together(found[key], piece) if key in found else piece
    return found


def _together(one: Denomination, other: Denomination) -> Denomination:
    return replace(
        one,
        recycler=one.recycler + other.recycler,
        cassette=one.cassette + other.cassette,
        capacity=(one.capacity or 0) + (other.capacity or 0) or None,
        # Of several recyclers one that can give is enough.
        level=one.level if one.level == other.level else one.level and other.level and "ok",
    )


def roll_of(currency: str, key: Key) -> int:
    """How many pieces come together."""
    value, kind = key
    return ROLLS.get(currency, {}).get(value, 1) if kind == "coin" else 1


def default_limits(key: Key, capacity: int = 0, used: int = 0) -> dict[str, int]:
    """What to watch where nobody has said so: ``low``, ``high`` and ``target`` of :class:`Limits`.

    :param used: pieces that the busiest session of the last weeks gave out net; 0: unknown
    """
    _value, kind = key
    low = max(1, capacity // 10) if capacity else LOW[kind]
    high = capacity - capacity // 10 if capacity else 0
    target = max(-(-used * RESERVE // 100) or capacity * 2 // 5, 2 * low)
    return {"low": low, "high": high, "target": min(target, high) if high else target}


def levels_of(inventory: Inventory | None, limits: Mapping[Key, Limits]) -> list[Level]:
    """:returns: what is inside or watched, coins first, small ones first"""
    pieces = pieces_by_key(inventory) if inventory else {}
    found = []
    for key in sorted({*pieces, *limits}, key=lambda key: (key[1], key[0])):
        piece = pieces.get(key) or Denomination(*key, recycler=0, cassette=0)
        found.append(_level(piece, limits.get(key)))
    return found


def _level(piece: Denomination, limits: Limits | None) -> Level:
    state, bring = "ok", 0
    if limits:
        state = _state(piece.recycler, limits, piece.level)
        bring = _bring(piece.recycler, limits)
    return Level(
        piece.value, piece.kind, piece.recycler, piece.cassette, limits or Limits(), state, bring
    )


def _state(recycler: int, limits: Limits, told: str | None) -> str:
    """What the machine says, unless what a manager watches says more."""
    if told and told != "ok":
        return told
    if limits.low and recycler <= limits.low:
        return "near_empty" if recycler else "empty"
    if limits.capacity and recycler >= limits.capacity:
        return "full"
    return "near_full" if limits.high and recycler >= limits.high else "ok"


def _bring(recycler: int, limits: Limits) -> int:
    """Up to the target once less than half of it is there: nobody goes to the bank for three coins."""
    missing = limits.target - recycler
    if missing <= 0 or (recycler > limits.low and 2 * recycler >= limits.target):
        return 0
    pieces = -(-missing // limits.roll) * limits.roll
    room = limits.capacity - recycler if limits.capacity else pieces
    if pieces <= room:
        return pieces
    return room // limits.roll * limits.roll or missing
