"""The machine's web server: HTTPS (and plain HTTP when asked for), and what goes wrong on the way.

As Apache with PHP has it: everything in the query string of a GET; a POST is read the same way,
its body ignored. Answers may be read from any origin; a preflight is not answered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections import deque
from collections.abc import Callable

from aiohttp import web

from ..machine import CashMachine
from .calls import WebService
from .controller import Controller
from .operations import CHOSEN_PIECES, GIVES_CHANGE, TAKES_MONEY

_logger = logging.getLogger(__name__)

PATH = "/Cashdro3WS"
HEADERS = {"Access-Control-Allow-Origin": "*", "Server": "Apache", "Cache-Control": "no-cache"}
UNHEARD_CODE = -77
NOISE = b"\x00\xffgarbage\xfe"
PAGE = "<!doctype html><title>CashDro</title><h1>CashDro simulator</h1><p>{}</p>"
ELSEWHERE = "/Cashdro3Web/index.html"
HUGE = 10_000_000  # bytes
REQUESTS_KEPT = 20_000
SILENCE_STEP = 0.05  # seconds between two looks whether a silent machine speaks again


class CashdroServer:
    """Any number of clients in front of one machine; also what the control API needs of it."""

    def __init__(self, service: WebService, controller: Controller) -> None:
        self._service = service
        self._controller = controller
        self._machine: CashMachine = controller.machine
        self._faults = controller.faults
        self._open: set[asyncio.Transport] = set()
        self._runner: web.AppRunner | None = None
        self._turn = asyncio.Lock()
        self.last_frame_at: float | None = None  # epoch seconds of the last answer sent
        #: The newest calls of the web service: when (epoch seconds), and which.
        self.requests: deque[tuple[float, str]] = deque(maxlen=REQUESTS_KEPT)
        self._machine.on_power.append(lambda _powered: self.disconnect())

    async def start(
        self, host: str, port: int, context: ssl.SSLContext, http_port: int | None = None
    ) -> list[str]:
        """Listens; the addresses `host:port` as they came out: HTTPS, then plain HTTP if any."""
        app = web.Application()
        for name, answer in (("index3", self._service.index3), ("index", self._service.index)):
            for method in ("GET", "POST"):
                app.router.add_route(method, f"{PATH}/{name}.php", self._handler(answer))
        app.router.add_get("/", self._page)
        app.router.add_get("/Cashdro3Web/{rest:.*}", self._page)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=context).start()
        if http_port is not None:
            await web.TCPSite(self._runner, host, http_port).start()
        return [f"{address[0]}:{address[1]}" for address in self._runner.addresses]

    async def stop(self) -> None:
        if self._runner:
            self.disconnect()
            await self._runner.cleanup()

    # -- For the control API ------------------------------------------------------------------

    def disconnect(self) -> None:
        """Drops every client; what runs goes on inside the machine."""
        for transport in list(self._open):
            transport.abort()

    def screen_json(self) -> dict | None:
        """What the machine's own screen asks for, and its buttons."""
        operation = self._controller.running
        if not operation or operation.ending or operation.kind not in TAKES_MONEY:
            return None
        return {
            "to_pay": operation.rounded,
            "has_accept": True,
            "can_accept": operation.total_in > 0 or operation.kind not in GIVES_CHANGE,
        }

    def press(self, button: str) -> None:
        """*Cancel* gives the money back, *Accept* (Finalise) keeps it; ValueError otherwise."""
        operation = self._controller.running
        if not operation or operation.kind not in TAKES_MONEY | CHOSEN_PIECES:
            raise ValueError("the machine's screen shows no buttons now")
        if button not in ("cancel", "accept"):
            raise ValueError(f"the screen has the buttons cancel and accept, not {button!r}")
        self._controller.end(operation, button)

    # -- Answering ----------------------------------------------------------------------------

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=PAGE.format("This machine answers."), content_type="text/html")

    def _handler(self, entry: Callable[[dict], dict]) -> Callable:
        async def handle(request: web.Request) -> web.StreamResponse:
            transport = request.transport
            if transport is None:
                return web.Response()
            self._open.add(transport)
            try:
                if self._faults.one_at_a_time:
                    async with self._turn:
                        return await self._answer(request, entry)
                return await self._answer(request, entry)
            finally:
                self._open.discard(transport)

        return handle

    async def _answer(
        self, request: web.Request, entry: Callable[[dict], dict]
    ) -> web.StreamResponse:
        params = dict(request.query)
        call = params.get("operation", "")
        self.requests.append((time.time(), call))
        faults = self._faults
        concerned = faults.concern(call)
        if not self._machine.powered:
            return _dropped(request)
        if concerned and faults.no_answer:
            return await self._ignore(request)
        if concerned and faults.take_one("drop_requests"):
            return _dropped(request)
        if concerned and faults.take_one("redirect"):
            raise web.HTTPFound(ELSEWHERE)
        answer = entry(params)
        _logger.debug("%s %s -> %s", call, params.get("operationId", ""), answer["code"])
        if concerned and faults.latency_ms:
            await asyncio.sleep(faults.latency_ms / 1000)
        if not self._machine.powered:
            return _dropped(request)
        return await self._send(request, answer, concerned)

    async def _ignore(self, request: web.Request) -> web.Response:
        """Silence until the client gives up, or the machine is repaired."""
        while self._faults.no_answer:
            if request.transport is None or request.transport.is_closing():
                break
            await asyncio.sleep(SILENCE_STEP)
        return _dropped(request)

    async def _send(
        self, request: web.Request, answer: dict, concerned: bool
    ) -> web.StreamResponse:
        faults = self._faults

        def strikes(name: str) -> bool:
            return concerned and faults.take_one(name)

        if strikes("drop_replies"):
            return _dropped(request)
        if strikes("http_error"):
            text = PAGE.format("Internal Server Error")
            return web.Response(status=500, text=text, content_type="text/html", headers=HEADERS)
        if strikes("html"):
            text = PAGE.format("Please wait")
            return web.Response(text=text, content_type="text/html", headers=HEADERS)
        if strikes("wrong_code"):
            answer = {**answer, "code": UNHEARD_CODE}
        if concerned and faults.extra_fields:
            answer = {**answer, "extra": {"1": [None]}}
        body = json.dumps(answer, separators=(",", ":")).encode()
        if strikes("garbage"):
            body = NOISE
        if strikes("huge"):
            body = body[:-1] + b',"padding":"' + b"x" * HUGE + b'"}'
        response = web.StreamResponse(headers=HEADERS)
        response.content_type = "application/json"
        response.content_length = len(body)
        await response.prepare(request)
        half = strikes("half_frame")
        try:
            for part in self._parts(body[: len(body) // 2] if half else body, concerned):
                await response.write(part)
                if concerned and faults.drip_ms:
                    await asyncio.sleep(faults.drip_ms / 1000)
        except ConnectionError:
            _logger.debug("A client went away")
            return _dropped(request)
        if half:
            return _dropped(request)
        self.last_frame_at = time.time()
        return response

    def _parts(self, body: bytes, concerned: bool) -> list[bytes]:
        if concerned and self._faults.drip_ms:
            return [body[at : at + 1] for at in range(len(body))]
        if concerned and self._faults.split_replies:
            return [body[at : at + 3] for at in range(0, len(body), 3)]
        return [body]


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
