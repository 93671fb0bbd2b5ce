"""Starts whose requests are still on their way in: of these nobody is told that they did not happen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Arrivals:
    """From a request's first line to the moment at which its operation is in the journal, or is not."""

    def __init__(self) -> None:
        self._open: dict[str, list[asyncio.Event]] = {}

    @contextmanager
    def of(self, uuid: str) -> Iterator[None]:
        """While a start of `uuid` is read and decided upon."""
        decided = asyncio.Event()
        waiting = self._open.setdefault(uuid, [])
        waiting.append(decided)
        try:
            yield
        finally:
            decided.set()
            waiting.remove(decided)
            if not waiting:
                self._open.pop(uuid, None)

    async def settled(self, uuid: str) -> None:
        """Until no start of `uuid` is on its way."""
        while waiting := self._open.get(uuid):
            await waiting[0].wait()
