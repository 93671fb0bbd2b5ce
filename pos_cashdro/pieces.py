"""What is inside a machine, in the ledger's words, and what it is to give out when it is emptied."""

from __future__ import annotations

from collections.abc import Iterable

from odoo.addons.pos_smartcash_terminal.core.driver_api import Denomination

from .cashdro_client import AlertType, Destination, Level, Pieces


def to_denominations(levels: Iterable[Level], currency: str) -> tuple[Denomination, ...]:
    """Pieces per denomination and place, the smallest first.

    :param currency: ISO code
    """
    return tuple(
        Denomination(
            value=level.value,
            kind=level.kind,
            recycler=level.recycler,
            cassette=level.cassette,
            capacity=(level.maximum or None) if _is_recycled(level) else None,
            level=_level_word(level) if _is_recycled(level) else None,
        )
        for level in sorted(levels, key=lambda level: (level.value, level.kind))
        if level.currency in ("", currency)
        and (level.destination != Destination.REFUSED or level.recycler or level.cassette)
    )


def all_pieces(levels: Iterable[Level], kind: str, currency: str) -> list[Pieces]:
    """All pieces of the recyclers, or for a transfer all notes."""
    return [
        Pieces(level.value, level.recycler, level.kind == "note")
        for level in levels
        if level.recycler
        and level.currency in ("", currency)
        and (level.kind == "note" or kind != "transfer")
    ]


def _is_recycled(level: Level) -> bool:
    """Of what goes to the cassette for good no recycler can run empty."""
    return bool(level.recycler) or level.destination == Destination.RECYCLER


def _level_word(level: Level) -> str:
    if level.state == AlertType.EMPTY:
        return "empty"
    if level.maximum and level.recycler >= level.maximum:
        return "full"
    return {AlertType.BELOW_MINIMUM: "near_empty", AlertType.ABOVE_MAXIMUM: "near_full"}.get(
        level.state, "ok"
    )
