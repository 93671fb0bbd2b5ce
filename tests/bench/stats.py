"""The three numbers that the tables show, and the verdict against an aim."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def median(values: Sequence[float]) -> float:
    """Return the median; an empty series is an error, never a zero."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile: the smallest value that ``share`` of the series does not exceed."""
    if not values:
        raise ValueError("no percentile of an empty series")
    if not 0 < share <= 1:
        raise ValueError(f"share must lie in (0, 1], not {share}")
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def milliseconds(seconds: float) -> str:
    """As the tables show it."""
    return f"{1000 * seconds:.0f} ms"


@dataclass(frozen=True)
class Summary:
    """A series in short; same unit as the series."""

    count: int
    median: float
    p95: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Summary":
        return cls(len(values), median(values), percentile(values, 0.95))


@dataclass(frozen=True)
class Verdict:
    """An aim and what was measured; ``met`` decides the word in the table."""

    what: str
    aim: str
    measured: str
    met: bool

    @property
    def word(self) -> str:
        return "met" if self.met else "**missed**"
