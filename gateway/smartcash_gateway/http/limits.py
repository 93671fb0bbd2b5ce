"""How many may stand at the door, and for how long: a program that opens a thousand connections, or
sends a byte a minute, must not keep a till from selling.

A connection is *proven* while it carries a request with a good token. When the house is full, the
one goes that stands there longest without having proven anything.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from aiohttp import web

from ..errors import TooSlow

_logger = logging.getLogger(__name__)

Read = TypeVar("Read")

MAX_CONNECTIONS = 128
REQUEST_PATIENCE = 10.0  # seconds for a whole request, until it has proven anything
KEEPALIVE_PATIENCE = 60.0  # seconds between two requests of one connection
HANDSHAKE_PATIENCE = 5.0  # seconds for TLS
SWEEP_INTERVAL = 1.0
OPEN_FILES = 4096


@dataclass
class Visitor:
    """One connection: since when it does what it does now (or does nothing)."""

    since: float
    asking: bool = False
    proven: bool = False
    served: bool = False

    def overdue(self, now: float) -> bool:
        idle = self.served and not self.asking
        patience = KEEPALIVE_PATIENCE if idle else REQUEST_PATIENCE
        return not self.proven and now - self.since > patience


class Door:
    """Lets connections in; the protocol factory of the listening socket."""

    def __init__(self) -> None:
        self._server: web.Server | None = None
        self._visitors: dict[asyncio.Protocol, Visitor] = {}

    def open(self, server: web.Server | None) -> None:
        """`server`: what makes the protocol of a connection."""
        self._server = server

    def __call__(self) -> asyncio.Protocol:
        self._forget()
        if len(self._visitors) >= MAX_CONNECTIONS and not self._make_room():
            _logger.warning("a connection was refused: %d are open", len(self._visitors))
            return _Refusal()
        if self._server is None:
            return _Refusal()
        protocol = self._server()
        self._visitors[protocol] = Visitor(time.monotonic())
        return protocol

    def enter(self, request: web.BaseRequest) -> None:
        visitor = self._visitors.get(request.protocol)
        if visitor:
            visitor.asking, visitor.since = True, time.monotonic()

    def prove(self, request: web.BaseRequest) -> None:
        """The request has a good token."""
        visitor = self._visitors.get(request.protocol)
        if visitor:
            visitor.proven = True

    def leave(self, request: web.BaseRequest) -> None:
        visitor = self._visitors.get(request.protocol)
        if visitor:
            visitor.asking = visitor.proven = False
            visitor.served, visitor.since = True, time.monotonic()

    async def sweep(self) -> None:
        """Sends those away who stay too long; until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            self._forget()
            now = time.monotonic()
            overdue = [p for p, visitor in self._visitors.items() if visitor.overdue(now)]
            if overdue:
                _logger.info("%d connection(s) without a request were closed", len(overdue))
            for protocol in overdue:
                self._send_away(protocol)

    def _forget(self) -> None:
        """Those that are gone; a TLS connection counts once its handshake is done."""
        now = time.monotonic()
        connected = set(self._server.connections) if self._server else set()
        self._visitors = {
            protocol: visitor
            for protocol, visitor in self._visitors.items()
            if protocol in connected or now - visitor.since < HANDSHAKE_PATIENCE
        }

    def _make_room(self) -> bool:
        idle = [
            (visitor.since, protocol)
            for protocol, visitor in self._visitors.items()
            if not visitor.proven
        ]
        if not idle:
            return False
        _logger.warning("%d connections are open: the oldest idle one was closed", len(idle))
        self._send_away(min(idle, key=lambda one: one[0])[1])
        return True

    def _send_away(self, protocol: asyncio.Protocol) -> None:
        self._visitors.pop(protocol, None)
        transport = getattr(protocol, "transport", None)
        if transport is not None:
            transport.abort()


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).abort()


async def in_time(read: Awaitable[Read]) -> Read:
    """A body that comes in time; raises TooSlow."""
    try:
        return await asyncio.wait_for(read, REQUEST_PATIENCE)
    except asyncio.TimeoutError:
        raise TooSlow("Send the whole request at once.") from None


async def listen(
    door: Callable[[], asyncio.Protocol], host: str, port: int, tls: ssl.SSLContext | None
) -> asyncio.Server:
    """The listening socket; raises OSError."""
    patience = HANDSHAKE_PATIENCE if tls else None
    return await asyncio.get_running_loop().create_server(
        door, host, port, ssl=tls, backlog=128, ssl_handshake_timeout=patience
    )


def raise_file_limit() -> None:
    """As many open files as a service manager would allow: a shell's limit is soon used up."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
