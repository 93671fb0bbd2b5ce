"""The TCP server of the Connector (port 8092), with what can go wrong on the wire."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import deque

from ..machine import CashMachine
from .connector import Connector
from .faults import CashlogyFaults
from .frames import Reply, Request, RequestReader

_logger = logging.getLogger(__name__)

SILENCE = 0.02  # seconds after which a request that could go on is taken as it stands
BROKEN_SILENCE = 0.5  # seconds after which an unfinished request is answered as malformed
READ_SIZE = 4096
FRAMES_KEPT = 20_000
NOISE = b"\x00\xffgarbage\xfe"


class ConnectorServer:
    """Any number of clients in front of one Connector."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._machine: CashMachine = connector.machine
        self._faults = CashlogyFaults.of(connector.machine.faults)
        self._clients: set[_Client] = set()
        # Kept here and not with the client: what it started goes on when it goes away.
        self._answers: set[asyncio.Task] = set()
        self._newest: _Client | None = None
        self._in_order = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._address = ("", 0)
        self._away: asyncio.Task | None = None
        self.frames: deque[tuple[float, str]] = deque(maxlen=FRAMES_KEPT)  # epoch seconds, name
        self.last_frame_at: float | None = None  # epoch seconds of the last reply sent
        self._machine.on_power.append(lambda _powered: self.disconnect())
        self._machine.on_change.append(self._restart_socket)

    async def start(self, host: str, port: int) -> str:
        """Listens; returns `host:port` as it came out (port 0 = a free one)."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self._address = self._server.sockets[0].getsockname()[:2]
        return f"{self._address[0]}:{self._address[1]}"

    def _restart_socket(self) -> None:
        milliseconds = self._faults.take_all("refuse_ms")
        if milliseconds and self._server and self._away is None:
            # Now: whoever switched the fault on may connect as soon as he has the answer.
            holder = self._release(self._server)
            self.disconnect()
            self._away = asyncio.create_task(self._be_away(holder, milliseconds / 1000))

    def _release(self, server: asyncio.Server) -> socket.socket:
        """Stop listening; return a socket that keeps the port from other programs, and refuses clients."""
        family = server.sockets[0].family
        server.close()
        holder = socket.socket(family)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(self._address)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        return holder

    async def _be_away(self, holder: socket.socket, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            # As at the bind: connections of before may still be closing.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server = await asyncio.start_server(self._serve, sock=holder)
        except BaseException:
            holder.close()
            raise
        finally:
            self._away = None

    async def stop(self) -> None:
        if not self._server:
            return
        if self._away:
            self._away.cancel()
        self._server.close()
        self.disconnect()
        # Python 3.12 waits for the handlers of the dropped clients, too.
        await self._server.wait_closed()

    def screen_json(self) -> dict | None:
        """The Connector's sale window, if one is open."""
        window = self._connector.screen
        return window.to_json(self._machine.inserted) if window else None

    def press(self, button: str) -> None:
        """Somebody touches the sale window; ValueError when that is not possible."""
        window = self._connector.screen
        if not window:
            raise ValueError("no sale window is open on the Connector's screen")
        window.press(button, self._machine.inserted)
        self._machine.touch()

    def disconnect(self) -> None:
        """Drops every client; what runs goes on inside the machine."""
        for client in list(self._clients):
            client.drop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(self, reader, writer)
        self._clients.add(client)
        self._newest = client
        try:
            await client.serve()
        except ConnectionError:
            _logger.debug("A client went away")
        finally:
            self._clients.discard(client)
            client.drop()

    def take(self, request: Request, client: _Client) -> None:
        """Each in a task of its own, so that `#!#` is heard while another one runs."""
        self.frames.append((time.time(), request.name))
        task = asyncio.create_task(self._answer(request, client))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, request: Request, client: _Client) -> None:
        if not self._machine.powered or self._faults.no_answer:
            return
        reply = await self._connector.answer(request)
        _logger.debug("%s -> %s", request, reply)
        if reply is None:
            return
        async with self._in_order if self._faults.single_client else client.sending:
            delay = self._faults.latency_ms + self._faults.take_all("late_reply_ms")
            if delay:
                await asyncio.sleep(delay / 1000)
            if self._faults.single_client:
                client = self._newest or client  # an answer outlives the socket of its command
            if self._machine.powered:
                await self._send(reply, client)

    async def _send(self, reply: Reply, client: _Client) -> None:
        faults = self._faults
        if faults.take_one("drop_replies"):
            return
        if faults.take_one("wrong_code"):
            reply = Reply("WR:UNHEARD", reply.fields)
        if faults.take_one("nonsense"):
            reply = Reply(reply.code, faults.nonsense_for(reply.fields))
        frame = reply.encode(("extra", "1") if faults.extra_fields else ())
        if faults.take_one("garbage"):
            frame = NOISE
        if faults.take_one("half_frame"):
            frame = frame[: len(frame) // 2]
        segments = [frame]
        if faults.split_replies:
            segments = [frame[at : at + 3] for at in range(0, len(frame), 3)]
        if faults.drip_ms:
            segments = [frame[at : at + 1] for at in range(len(frame))]
        for segment in segments:
            if not await client.send(segment):
                return
            await asyncio.sleep(faults.drip_ms / 1000)
        self.last_frame_at = time.time()


class _Client:
    """One TCP connection."""

    def __init__(
        self,
        server: ConnectorServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.sending = asyncio.Lock()
        self._server = server
        self._reader = reader
        self._writer = writer

    async def serve(self) -> None:
        requests = RequestReader()
        silence = SILENCE
        while True:
            try:
                timeout = silence if requests.pending else None
                data = await asyncio.wait_for(self._reader.read(READ_SIZE), timeout)
            except asyncio.TimeoutError:
                ready = requests.flush() if silence == BROKEN_SILENCE else requests.settle()
                silence = BROKEN_SILENCE
            else:
                if not data:
                    return
                silence = SILENCE
                ready = requests.feed(data)
            for request in ready:
                self._server.take(request, self)

    async def send(self, data: bytes) -> bool:
        """False when the client is no longer there."""
        if self._writer.is_closing():
            return False
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            return False
        return True

    def drop(self) -> None:
        self._writer.transport.abort()
