"""The journal in threads of its own: a slow disk keeps nobody waiting but who needs it written.

One thread writes, in the order asked for; another one reads, and what is not written yet is read
from memory. A journal that cannot be written for a while (another program's lock, a full disk) is
tried again, so that a sale goes on as soon as it can.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..models import Operation, OperationRequest, State
from ..timing import Timing
from .journal import Journal

_logger = logging.getLogger(__name__)

T = TypeVar("T")


class JournalThread:
    """What `Journal` does, without holding up the event loop."""

    def __init__(
        self,
        journal: Journal,
        timing: Timing,
        on_trouble: Callable[[str | None], None] = lambda trouble: None,
    ) -> None:
        self._journal = journal
        self._timing = timing
        self._on_trouble = on_trouble  # why it cannot be written, None: it can
        self._writer = ThreadPoolExecutor(1, "journal-writer")
        self._reader = ThreadPoolExecutor(1, "journal-reader")
        self._reading: Journal | None = None
        self._numbers = itertools.count(1)
        self._unwritten: dict[str, tuple[int, Operation]] = {}
        self._saves: set[asyncio.Task[None]] = set()
        self._probe: asyncio.Task[None] | None = None

    # -- writing ---------------------------------------------------------------------------

    async def register(self, request: OperationRequest, *, on_screen: bool) -> Operation:
        """Durable on return; raises sqlite3.Error, then nothing was registered."""
        try:
            operation = await self._write(
                lambda: self._journal.register(request, on_screen=on_screen)
            )
        except sqlite3.Error as error:
            self._on_trouble(str(error))
            raise
        self._on_trouble(None)
        return operation

    def save(self, operation: Operation) -> asyncio.Task[None]:
        """Writes how it stands; the task ends when that is durable, or raises sqlite3.Error."""
        number = next(self._numbers)
        self._unwritten[operation.uuid] = (number, operation)
        task = asyncio.ensure_future(self._save(number, operation))
        self._saves.add(task)
        task.add_done_callback(self._saved)
        return task

    def _saved(self, task: asyncio.Task[None]) -> None:
        self._saves.discard(task)
        if not task.cancelled() and task.exception():
            _logger.critical("the journal lost a state: %s", task.exception())

    async def _save(self, number: int, operation: Operation) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.recovery
        delay = 0.1
        troubled = False
        while True:
            try:
                await self._write(lambda: self._save_newest(number, operation))
                break
            except sqlite3.OperationalError as error:  # locked, full, read-only: may pass
                troubled = True
                self._on_trouble(str(error))
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(2 * delay, 2.0)
        if self._unwritten.get(operation.uuid, (0,))[0] == number:
            del self._unwritten[operation.uuid]
        if troubled:
            self._on_trouble(None)

    def _save_newest(self, number: int, operation: Operation) -> None:
        """In the writer's thread. What is overtaken already is not written over what is newer."""
        if self._unwritten.get(operation.uuid, (number,))[0] <= number:
            self._journal.save(operation)

    def probe(self) -> None:
        """Proves that it can be written, and tells whoever wants to know; nobody waits for it."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.ensure_future(self._try_to_write())

    async def _try_to_write(self) -> None:
        try:
            await self._write(self._journal.probe)
        except sqlite3.Error as error:
            self._on_trouble(str(error))
        else:
            self._on_trouble(None)

    async def _write(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    # -- reading ---------------------------------------------------------------------------

    async def get(self, uuid: str) -> Operation | None:
        """The operation with this uuid."""
        if uuid in self._unwritten:
            return self._unwritten[uuid][1]
        return await self._read(lambda journal: journal.get(uuid))

    async def find(self, **filters: Any) -> list[Operation]:
        """See Journal.find."""
        state: State | None = filters.get("state")
        found = self._overlaid(await self._read(lambda journal: journal.find(**filters)))
        return [operation for operation in found if state in (None, operation.state)]

    async def unsettled(self) -> list[Operation]:
        """See Journal.unsettled."""
        found = self._overlaid(await self._read(Journal.unsettled))
        return [operation for operation in found if not operation.settled]

    def _overlaid(self, found: list[Operation]) -> list[Operation]:
        return [self._unwritten.get(one.uuid, (0, one))[1] for one in found]

    async def _read(self, work: Callable[[Journal], T]) -> T:
        def read() -> T:
            if self._reading is None:
                self._reading = Journal(self._journal.path, read_only=True)
            return work(self._reading)

        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    # -- the end of the process ----------------------------------------------------------

    async def close(self) -> None:
        """Waits for what is still to be written, as long as a stop of the gateway may take."""
        if self._saves:
            await asyncio.wait(self._saves, timeout=self._timing.stopping)
        for task in (*self._saves, *filter(None, [self._probe])):
            task.cancel()
        if self._reading is not None:
            await asyncio.get_running_loop().run_in_executor(self._reader, self._reading.close)
        self._reader.shutdown(wait=False)
        self._writer.shutdown(wait=False, cancel_futures=True)
