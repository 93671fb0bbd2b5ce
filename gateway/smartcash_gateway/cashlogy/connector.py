"""The TCP wire to CashlogyConnector: one command in flight, every answer awaited or disowned.

The protocol has no request id, replies are matched by order alone. So whenever an answer is
missing or broken the socket is dropped, and before the next command the wire is brought back
into step: a late answer outlives its socket and meets the next one (field logs of Connector
2.5 show it), and from then on each answer would be that of the command before. `#GI#` is asked
until its own answer comes, which cannot be mistaken; whatever stands before it is stale.
Connecting anew between commands is common practice in the field, the Connector's session does
not hang on the socket.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from ..errors import DeviceBusy, DeviceIllegal, DeviceLost, DeviceOffline, DeviceRefused
from ..timing import Timing
from .frames import (
    IDENTITY,
    INTERRUPT,
    RESET,
    Command,
    FrameError,
    Reply,
    identity_end,
    last_refusal,
    scan,
    scan_short,
)

_logger = logging.getLogger(__name__)

ALIKE = 3  # answers to probes that prove the machine answers them so
_BUFFER_LIMIT = 256 * 1024
_WITH_FIELDS = frozenset({"0", "WR:LEVEL", "WR:CANCEL", "ER:GENERIC"})


class _Wire(asyncio.Protocol):
    """Collects bytes; wakes whoever waits for more."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None
        self.closed = False
        self._on_lost = on_lost
        self._more: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def write(self, frame: bytes) -> None:
        if self.transport is None:
            raise DeviceOffline("The wire is not connected; nothing was sent.")
        self.transport.write(frame)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > _BUFFER_LIMIT:
            self.close()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._wake()
        self._on_lost()

    def close(self) -> None:
        self.closed = True
        if self.transport is not None:
            self.transport.abort()

    def _wake(self, more: bool = True) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(more)

    async def more(self, timeout: float) -> bool:
        """Waits for bytes or the end of the wire; False after `timeout` seconds of silence."""
        loop = asyncio.get_running_loop()
        self._more = loop.create_future()
        timer = loop.call_later(timeout, self._wake, False)
        try:
            return await self._more
        finally:
            timer.cancel()
            self._more = None


class Connector:
    """Client of one CashlogyConnector.

    `call` raises DeviceOffline (nothing was sent), DeviceLost (perhaps executed, no usable
    answer), DeviceBusy, DeviceIllegal or DeviceRefused (all three: not executed).
    """

    def __init__(self, host: str, port: int, timing: Timing | None = None) -> None:
        self.host = host
        self.port = port
        self._timing = timing or Timing()
        self._sent: deque[float] = deque(maxlen=self._timing.questions)  # when, the newest frames
        self._wire: _Wire | None = None
        self._lock = asyncio.Lock()
        self._stray_until = 0.0
        # An answer is owed that may still come; and whether it may be that of a probe.
        self._out_of_step = False
        self._probe_owed = False
        self._odd_answers: list[bytes] = []  # to the last probes: of a machine without a list
        self.serial: str | None = None  # of the machine, once it is known
        self.on_lost: Callable[[], None] = lambda: None

    @property
    def connected(self) -> bool:
        return self._wire is not None and not self._wire.closed

    def close(self) -> None:
        """Drops the socket; the next call connects anew."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def distrust(self) -> None:
        """Drops the socket after an answer that makes no sense: it may belong to another command."""
        self._out_of_step = True
        self.close()

    async def _connect(self) -> _Wire:
        if self._wire is not None and not self._wire.closed:
            return self._wire
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.refused
        while True:
            try:
                _, wire = await asyncio.wait_for(
                    loop.create_connection(lambda: _Wire(self._lost), self.host, self.port),
                    self._timing.connect,
                )
                break
            except (OSError, asyncio.TimeoutError) as error:
                # It restarts its socket after a pause, and refuses meanwhile.
                if not _is_refusal(error) or loop.time() > deadline:
                    raise DeviceOffline(
                        f"No CashlogyConnector at {self.host}:{self.port} ({error or 'no answer'})."
                    ) from error
            await asyncio.sleep(0.1)
        self._wire = wire
        _logger.info("connected to CashlogyConnector at %s:%s", self.host, self.port)
        return wire

    def _lost(self) -> None:
        self.on_lost()

    async def call(self, command: Command, *params: object, timeout: float) -> Reply:
        """Sends `command`, waits at most `timeout` seconds for its reply."""
        frame = command.encode(*params)
        async with self._lock:
            wire = await self._connect()
            await self._let_strays_pass()
            if self._out_of_step and command is not RESET:  # what hangs answers no probe
                await self._resynchronise(wire, min(timeout, self._timing.probe))
            if command.asks:
                await self._keep_pace()
            wire.buffer.clear()
            self._send(wire, frame)
            try:
                reply = await self._reply(wire, command, timeout)
            except BaseException:
                # Also when the caller is cancelled: its answer must not reach the next one.
                self.distrust()
                self._probe_owed = self._probe_owed or command is IDENTITY
                raise
        _logger.debug("< %s", reply)
        if reply.code == "ER:BUSY":
            raise DeviceBusy(f"The machine is busy; {command.name} was not executed.")
        if reply.code == "ER:ILLEGAL":
            raise DeviceIllegal(f"The machine does not allow {command.name} now.")
        if reply.code in ("ER:BAD_DATA", "ER:CLAIM"):
            raise DeviceRefused(f"The machine refused {command.name}: {reply.code}.")
        if reply.code not in _WITH_FIELDS:
            # What an unheard-of code says about money must not be guessed: look it up.
            self.distrust()
            raise DeviceLost(f"The machine answered {command.name} with {reply.code}.")
        return reply

    async def _keep_pace(self) -> None:
        """Holds a question back while there were too many frames within a second."""
        if len(self._sent) == self._sent.maxlen:
            rest = self._sent[0] + 1 - asyncio.get_running_loop().time()
            if rest > 0:
                await asyncio.sleep(rest)

    def _send(self, wire: _Wire, frame: bytes) -> None:
        _logger.debug("> %s", frame)
        self._sent.append(asyncio.get_running_loop().time())
        wire.write(frame)

    async def _reply(self, wire: _Wire, command: Command, timeout: float) -> Reply:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        grace = min(self._timing.grace, timeout / 2)
        quiet_since = loop.time()
        while True:
            reply = scan(wire.buffer, command)
            if reply is not None:
                return reply
            if wire.closed:
                raise DeviceLost(f"The connection broke while waiting for {command.name}.")
            now = loop.time()
            if now >= deadline:
                raise DeviceLost(f"No answer to {command.name} within {timeout:g} s.")
            patience = deadline - now
            if wire.buffer:
                patience = min(patience, max(0.0, quiet_since + grace - now))
            if await wire.more(patience):
                quiet_since = loop.time()
            elif wire.buffer and loop.time() < deadline:
                try:
                    reply = scan_short(wire.buffer, command)
                except FrameError as error:
                    raise DeviceLost(str(error)) from error
                if reply is not None:
                    return reply
                _logger.warning("noise on the wire: %r", bytes(wire.buffer[:80]))
                wire.buffer.clear()

    async def _resynchronise(self, wire: _Wire, patience: float) -> None:
        """Reads away what belongs to commands before.

        Raises DeviceOffline (the machine says nothing) or DeviceBusy (a command before still
        runs); the caller's command was not sent then.
        """
        _logger.warning("an answer is missing: bringing the wire to the Connector back into step")
        await self._keep_pace()
        wire.buffer.clear()
        try:
            self._send(wire, IDENTITY.encode())
            refusal = await self._probe_answer(wire, patience)
            # An answer to an earlier probe looks the same, and comes before or after this one.
            await self._until_quiet(wire, patience if self._probe_owed else self._timing.grace)
        except BaseException:
            self._probe_owed = True
            self.close()
            raise
        if refusal == "ER:BUSY":
            raise DeviceBusy("A command before still runs; nothing was sent.")
        self._out_of_step = self._probe_owed = False
        self._odd_answers = []

    async def _probe_answer(self, wire: _Wire, patience: float) -> str | None:
        """Waits for the answer to a probe; the code of a refusal, None when it was answered."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while True:
            if identity_end(wire.buffer, self.serial):
                return None
            rest = deadline - loop.time()
            if rest <= 0 and self._is_always_answered_so(bytes(wire.buffer)):
                return None
            if wire.closed or rest <= 0:
                raise DeviceOffline("The Connector does not answer; nothing was sent.")
            if await wire.more(min(rest, self._timing.grace)):
                continue
            refusal = last_refusal(wire.buffer)
            if refusal == "ER:BAD_DATA" and await wire.more(rest):
                continue  # of a Connector that does not know the probe, unless more comes
            if refusal:
                return refusal

    def _is_always_answered_so(self, answer: bytes) -> bool:
        """Whether several probes in turn brought the very same frame and nothing else.

        What belongs to commands before would have been read away by the first ones.
        """
        self._odd_answers = [*self._odd_answers[1 - ALIKE :], answer]
        return (
            len(self._odd_answers) == ALIKE
            and len(set(self._odd_answers)) == 1
            and answer.startswith(b"#0#")
            and answer.endswith(b"#")
        )

    async def _until_quiet(self, wire: _Wire, silence: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 2 * self._timing.probe
        while not wire.closed and await wire.more(silence):
            wire.buffer.clear()
            if loop.time() > deadline:
                raise DeviceOffline("The Connector does not stop talking; nothing was sent.")

    async def _let_strays_pass(self) -> None:
        """A stray answer to `#!#` can arrive within half a second; let it pass."""
        rest = self._stray_until - asyncio.get_running_loop().time()
        self._stray_until = 0.0
        if rest > 0:
            await asyncio.sleep(rest)

    async def interrupt(self) -> None:
        """Sends `#!#` over the running command, whose own answer then ends it.

        It is the only command that may be sent while another one is in flight.
        """
        wire = await self._connect()
        self._send(wire, INTERRUPT.encode())
        self._stray_until = asyncio.get_running_loop().time() + self._timing.grace


def _is_refusal(error: Exception) -> bool:
    # Of several addresses (localhost) asyncio makes one error, with the numbers in its text.
    return isinstance(error, ConnectionRefusedError) or str(errno.ECONNREFUSED) in str(error)
