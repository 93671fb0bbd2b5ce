"""One WebSocket: token first, then everything that happens, until the token runs out."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from ..errors import Busy, Problem, TokenInvalid
from ..operations.events import Client, Hub
from ..timing import Timing
from .auth import LEEWAY, Keeper, Token

_logger = logging.getLogger(__name__)

CLOSE_BAD_TOKEN = 4401
CLOSE_NO_TOKEN = 4408
MAX_MESSAGE = 8 * 1024


async def serve_events(
    request: web.Request,
    hub: Hub,
    keeper: Keeper,
    ready: Callable[[], dict[str, Any]],
    prove: Callable[[], None],
    timing: Timing,
) -> web.WebSocketResponse:
    """Speaks `GET /v1/events` with one client; `prove` is called when its token is good."""
    if hub.full:
        raise Busy("Too many pages are connected to the gateway: close some of them.")
    socket = web.WebSocketResponse(heartbeat=timing.heartbeat, max_msg_size=MAX_MESSAGE)
    await socket.prepare(request)
    try:
        token = await asyncio.wait_for(_token(socket, keeper), timing.token)
    except asyncio.TimeoutError:
        await socket.close(code=CLOSE_NO_TOKEN, message=b"no token in time")
        return socket
    except Problem as problem:
        _logger.warning("a page's token was refused: %s", problem.code)
        await socket.close(code=CLOSE_BAD_TOKEN, message=problem.code.encode())
        return socket
    if token is None:
        return socket
    prove()
    client = hub.join(ready())
    writer = asyncio.ensure_future(_write(socket, client, timing.send))
    try:
        await _read(socket, keeper, token)
    finally:
        hub.leave(client)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
    return socket


async def _token(socket: web.WebSocketResponse, keeper: Keeper) -> Token | None:
    """The first message's token; None when the client left. Raises a Problem."""
    message = await socket.receive()
    if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
        return None
    if message.type is not WSMsgType.TEXT:
        raise TokenInvalid('Send {"token": …} first.')
    return _parse(message.data, keeper)


def _parse(text: str, keeper: Keeper) -> Token:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    token = content.get("token") if isinstance(content, dict) else None
    if not isinstance(token, str):
        raise TokenInvalid('Send {"token": …} first.')
    parsed = keeper.read(token)
    parsed.may_see()
    return parsed


async def _read(socket: web.WebSocketResponse, keeper: Keeper, token: Token) -> None:
    """Takes new tokens before the old one runs out; returns when the client is done."""
    while True:
        rest = token.expires + LEEWAY - time.time()
        try:
            message = await socket.receive(timeout=max(rest, 0.001))
        except asyncio.TimeoutError:
            await socket.close(code=CLOSE_BAD_TOKEN, message=b"token_expired")
            return
        if message.type is not WSMsgType.TEXT:
            return
        try:
            token = _parse(message.data, keeper)
        except Problem as problem:
            _logger.warning("a page's new token was refused: %s", problem.code)
            await socket.close(code=CLOSE_BAD_TOKEN, message=problem.code.encode())
            return


async def _write(socket: web.WebSocketResponse, client: Client, patience: float) -> None:
    """Sends what is queued; a client that does not take it in time is cut off."""
    try:
        while (text := await client.queue.get()) is not None:
            await asyncio.wait_for(socket.send_str(text), patience)
    except (ConnectionError, asyncio.TimeoutError, RuntimeError) as error:
        _logger.info("a client went away: %r", error)
    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
