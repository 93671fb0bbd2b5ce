"""The journal in threads of its own: a slow disk keeps nobody waiting but who needs it written.

One thread writes, in the order asked for; another one reads, and what is not written yet is read
from memory. A journal that cannot be written for a while (another program's lock, a full disk) is
tried again, so that a sale goes on as soon as it can; and no operation is registered before all that
earlier ones have told is on the disk.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
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
        self._unwritten: dict[str, Operation] = {}  # how they stand, until that is durable
        self._unwritten_lock = threading.Lock()
        self._saves: set[asyncio.Task[None]] = set()
        self._probe: asyncio.Task[None] | None = None

    # -- writing ---------------------------------------------------------------------------

    async def register(self, request: OperationRequest, *, on_screen: bool) -> Operation:
        """Durable on return; raises sqlite3.Error, then nothing was registered."""
        try:
            operation = await self._write(lambda: self._register(request, on_screen=on_screen))
        except sqlite3.Error as error:
            self._on_trouble(str(error))
            raise
        self._on_trouble(None)
        return operation

    def _register(self, request: OperationRequest, *, on_screen: bool) -> Operation:
        """In the writer's thread. An end that only memory knows would be looked up after a restart, in
        a machine that the new operation has changed: it is written first.
        """
        self._write_unwritten()
        return self._journal.register(request, on_screen=on_screen)

    def save(self, operation: Operation) -> asyncio.Task[None]:
        """Writes how it stands; the task ends when that is durable, or raises sqlite3.Error."""
        with self._unwritten_lock:
            self._unwritten[operation.uuid] = operation
        task = asyncio.ensure_future(self._save(operation.uuid))
        self._saves.add(task)
        task.add_done_callback(self._saved)
        return task

    def _saved(self, task: asyncio.Task[None]) -> None:
        self._saves.discard(task)
        if not task.cancelled() and task.exception():
            _logger.critical("the journal has not taken a state: %s", task.exception())

    async def _save(self, uuid: str) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.recovery
        delay = 0.1
        troubled = False
        while True:
            try:
                await self._write(lambda: self._save_newest(uuid))
                break
            except sqlite3.OperationalError as error:  # locked, full, read-only: may pass
                troubled = True
                self._on_trouble(str(error))
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(2 * delay, 2.0)
        if troubled:
            self._on_trouble(None)

    def _save_newest(self, uuid: str) -> None:
        """In the writer's thread. What was overtaken is never written over what is newer."""
        newest = self._unwritten.get(uuid)
        if newest is None:
            return
        self._journal.save(newest)
        with self._unwritten_lock:
            if self._unwritten.get(uuid) is newest:
                del self._unwritten[uuid]

    def _write_unwritten(self) -> None:
        """In the writer's thread: also what was given up while the journal could not be written."""
        for uuid in tuple(self._unwritten):
            self._save_newest(uuid)

    def probe(self) -> None:
        """Proves that it can be written, and tells whoever wants to know; nobody waits for it."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.ensure_future(self._try_to_write())

    async def _try_to_write(self) -> None:
        try:
            await self._write(self._prove)
        except sqlite3.Error as error:
            self._on_trouble(str(error))
        else:
            self._on_trouble(None)

    def _prove(self) -> None:
        self._journal.probe()
        self._write_unwritten()

    async def _write(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    # -- reading ---------------------------------------------------------------------------

    async def get(self, uuid: str) -> Operation | None:
        """The operation with this uuid."""
        unwritten = self._unwritten.get(uuid)
        return unwritten or await self._read(lambda journal: journal.get(uuid))

    async def find(
        self, *, state: State | None = None, limit: int = 500, **filters: Any
    ) -> list[Operation]:
        """See Journal.find."""
        # What has a newer state, and falls out for it, must not make the answer shorter.
        enough = limit + len(self._unwritten)
        found = await self._overlaid(
            lambda journal: journal.find(state=state, limit=enough, **filters)
        )
        return [one for one in found if state in (None, one.state)][:limit]

    async def unsettled(self) -> list[Operation]:
        """See Journal.unsettled."""
        found = await self._overlaid(Journal.unsettled)
        return [operation for operation in found if not operation.settled]

    async def _overlaid(self, work: Callable[[Journal], list[Operation]]) -> list[Operation]:
        newer = dict(self._unwritten)  # some may be written while the disk is read
        found = await self._read(work)
        newer.update(self._unwritten)
        return [newer.get(one.uuid, one) for one in found]

    async def _read(self, work: Callable[[Journal], T]) -> T:
        def read() -> T:
            if self._reading is None:
                self._reading = Journal(self._journal.path, read_only=True)
            return work(self._reading)

        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    # -- the end of the process ----------------------------------------------------------

    async def close(self) -> None:
        """Waits for what is still to be written, as long as a stop of the gateway may take; an end that
        was given up is tried once more.
        """
        for operation in tuple(self._unwritten.values()):
            if operation.state.ended:  # a step that was cut off is none: its frame was not sent
                self.save(operation)
        if self._saves:
            await asyncio.wait(self._saves, timeout=self._timing.stopping)
        for task in (*self._saves, *filter(None, [self._probe])):
            task.cancel()
        if self._reading is not None:
            await asyncio.get_running_loop().run_in_executor(self._reader, self._reading.close)
        self._reader.shutdown(wait=False)
        self._writer.shutdown(wait=False, cancel_futures=True)
