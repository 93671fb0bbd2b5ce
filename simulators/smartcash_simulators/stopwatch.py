"""Measures how long the machine itself was busy, for benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Wall seconds during which at least one thing ran; overlapping runs count once."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._seconds = 0.0
        self._depth = 0
        self._since = 0.0

    @property
    def seconds(self) -> float:
        running = time.monotonic() - self._since if self._depth else 0.0
        return self._seconds + running

    @contextmanager
    def running(self) -> Iterator[None]:
        if not self._depth:
            self._since = time.monotonic()
        self._depth += 1
        try:
            yield
        finally:
            # A reset in between has already dropped this run.
            if self._depth:
                self._depth -= 1
                if not self._depth:
                    self._seconds += time.monotonic() - self._since
