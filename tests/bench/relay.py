"""A TCP relay on a port of its own, in a thread of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType

Address = tuple[str, int]


class Link:
    """One connection through a relay, as far as somebody wants to see it."""

    def asked(self, data: bytes) -> None:
        """What the client sent."""

    def answered(self, data: bytes) -> None:
        """What came back."""


class Relay:
    """Context manager: listens on ``address`` while the block runs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.address: Address = ("", 0)

    async def _route(self, reader: asyncio.StreamReader) -> tuple[Address, bytes]:
        """Return where a new connection leads, and what had to be read of it to know."""
        raise NotImplementedError

    def _link(self) -> Link:
        return Link()

    def __enter__(self) -> "Relay":
        self._thread.start()
        self._run(self._listen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = self._server.sockets[0].getsockname()[:2]

    async def _close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()  # each link ends at the end of its streams
        await asyncio.gather(*self._links)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task, link = asyncio.current_task(), self._link()
        self._links.add(task)
        self._writers.add(writer)
        up_writer = None
        try:
            upstream, opening = await self._route(reader)
            up_reader, up_writer = await asyncio.open_connection(*upstream)
            self._writers.add(up_writer)
            if opening:
                link.asked(opening)
                up_writer.write(opening)
            await asyncio.gather(
                _pump(reader, up_writer, link.asked), _pump(up_reader, writer, link.answered)
            )
        except ConnectionError:
            writer.close()  # nobody there; the client hears it as it would without the relay
        finally:
            self._links.discard(task)
            self._writers -= {writer, up_writer}


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]
) -> None:
    with contextlib.suppress(ConnectionError):  # either side may hang up at any moment
        while data := await reader.read(65536):
            note(data)
            writer.write(data)
            await writer.drain()
    writer.close()
