"""The words in which a machine tells what happened: reasons, alarms, outcomes."""

from __future__ import annotations

from dataclasses import dataclass

# Why a piece is handed back.
NOT_ACCEPTING = "not_accepting"
POWER_OFF = "power_off"
UNPLUGGED = "unplugged"
REFUSED = "refused"
RECYCLER_FULL = "recycler_full"
CASSETTE_FULL = "cassette_full"
CASSETTE_OUT = "cassette_out"
INLET_FULL = "inlet_full"
INTERRUPTED = "interrupted"
NO_CHANGE_FOR_IT = "no_change_for_it"
NOT_RECYCLABLE = "not_recyclable"
NOT_ACCEPTED = "not_accepted"

# Alarms, named by what happened; each protocol face has its own codes for them.
ALARM_NO_CHANGE = "no_change"
ALARM_JAM = "jam"
ALARM_COIN_FULL = "coin_full"
ALARM_REMOVE_CASSETTE = "remove_cassette"
ALARM_MISMATCH = "mismatch"
ALARM_UNPLUGGED = "unplugged"


class StoppedError(Exception):
    """The machine lost its power (or was reset) while something was under way."""


@dataclass(frozen=True)
class Insertion:
    """How many of the customer's pieces were kept, handed back, or are stuck in the inlet."""

    accepted: int
    rejected: int
    held: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Payout:
    """What came out of a payout, in minor units; `reason` is None when it was all."""

    requested: int
    dispensed: int
    reason: str | None = None  # ALARM_NO_CHANGE or ALARM_JAM
