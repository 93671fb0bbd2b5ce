"""What the CashDro models of each currency take, recycle and keep in the cassette."""

from __future__ import annotations

from dataclasses import dataclass

from ..cash import COIN, NOTE, CashSet, Denomination
from ..machine import SECONDS_IN

COIN_CAPACITY = 250  # of each recycler; the maker does not publish it


@dataclass(frozen=True)
class Model:
    """Note recyclers (the smallest notes are recycled), cassette and speed of one model."""

    recyclers: int
    recycler_capacity: int
    cassette_capacity: int
    notes_per_second: float

    @property
    def seconds_in(self) -> dict[str, float]:
        return {**SECONDS_IN, NOTE: 1 / self.notes_per_second}


MODELS = {
    "3": Model(2, 100, 1000, 2),
    "4+": Model(4, 30, 400, 1.3),
    "5": Model(3, 100, 1000, 2),
    "7": Model(4, 60, 2000, 3),
}

COINS = {
    "CLP": (10, 50, 100, 500),
    "EUR": (1, 2, 5, 10, 20, 50, 100, 200),
    "KWD": (10, 20, 50, 100),
    "MXN": (50, 100, 200, 500, 1000),
}
NOTES = {
    "CLP": (1000, 2000, 5000, 10000, 20000),
    "EUR": (500, 1000, 2000, 5000, 10000, 20000, 50000),
    "KWD": (250, 500, 1000, 5000, 10000, 20000),
    "MXN": (2000, 5000, 10000, 20000, 50000),
}
ROUNDING = {"CLP": 10, "EUR": 2, "KWD": 10, "MXN": 50}  # minor units; the smallest coin in use
DECIMALS = {"CLP": 0, "KWD": 3}  # of a minor unit; 2 for the others


def cash_set(currency: str, model: str = "3", *, rounding: int | None = None) -> CashSet:
    """The set of one model; coins under the rounding step (minor units) are not used at all."""
    if currency not in COINS:
        raise ValueError(f"currency is one of {', '.join(COINS)}; got {currency!r}")
    if model not in MODELS:
        raise ValueError(f"model is one of {', '.join(MODELS)}; got {model!r}")
    build = MODELS[model]
    step = ROUNDING[currency] if rounding is None else rounding
    pieces = [
        Denomination(COIN, value, COIN_CAPACITY if value >= step else None)
        for value in COINS[currency]
    ]
    pieces += [
        Denomination(NOTE, value, build.recycler_capacity if index < build.recyclers else None)
        for index, value in enumerate(NOTES[currency])
    ]
    return CashSet(currency, tuple(pieces), build.cassette_capacity, coin_cassette=True)
