"""A relay in front of the Connector that notes when each answer passed.

Gateway and reference clients both go through it, so it costs both the same. It reads nothing but the name of the
command and the moment of its answer; one command is in flight at a time (that is the protocol), so an answer belongs
to the last request.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True)
class Answer:
    """The Connector's answer to ``command`` passed at ``at`` (epoch seconds)."""

    command: str
    at: float


class Wiretap:
    """Context manager: listens on ``address`` while the block runs."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._answers: list[Answer] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wiretap", daemon=True)
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.address = ("", 0)

    def __enter__(self) -> "Wiretap":
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
        link = asyncio.current_task()
        self._links.add(link)
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        try:
            self._writers |= {writer, up_writer}
            asked = [""]

            def on_request(data: bytes) -> None:
                asked[0] = data.decode("latin-1").strip("#\r\n").split("#")[0]

            def on_answer(_data: bytes) -> None:
                self._answers.append(Answer(asked[0], time.time()))

            await asyncio.gather(
                _pump(reader, up_writer, on_request), _pump(up_reader, writer, on_answer)
            )
        finally:
            self._links.discard(link)
            self._writers -= {writer, up_writer}

    def last(self, commands: str, since: float) -> float:
        """Return when the last answer to one of the one-letter ``commands`` passed after ``since``.

        Raises LookupError when none did.
        """
        for answer in reversed(self._answers):
            if answer.at >= since and answer.command in tuple(commands):
                return answer.at
        raise LookupError(f"no answer to any of {', '.join(commands)} passed since {since}")


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]
) -> None:
    with contextlib.suppress(ConnectionError):  # either side may hang up at any moment
        while data := await reader.read(65536):
            note(data)
            writer.write(data)
            await writer.drain()
    writer.close()
