"""A clock that jumps to the next thing to happen, so that machine time costs nothing."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable

SETTLE_TURNS = 30  # turns of the loop in which everything that can go on has gone on


class VirtualTime:
    """`sleep` for a machine under test; `now` in machine seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future]] = []
        self._order = itertools.count()

    async def sleep(self, seconds: float) -> None:
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), waking))
        await waking

    async def settle(self) -> None:
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)

    async def step(self) -> bool:
        """Lets the next sleeper wake up; False when nobody sleeps."""
        await self.settle()
        if not self._sleepers:
            return False
        self.now, _, waking = heapq.heappop(self._sleepers)
        if not waking.done():
            waking.set_result(None)
        await self.settle()
        return True

    async def finish(self, work: Awaitable) -> object:
        """The result of the work, whatever machine time it takes."""
        task = asyncio.ensure_future(work)
        while not task.done():
            if not await self.step() and not task.done():
                task.cancel()
                raise AssertionError("nothing will ever finish this")
        return task.result()
