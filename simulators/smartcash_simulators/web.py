"""The customer's web page and the control API of a simulated machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Protocol

from aiohttp import WSMsgType, web

from .cash import FLOATS, Holdings, as_count, starting_float, worth
from .machine import CashMachine

MAX_PIECES = 1000  # of one insertion
PUSH_PAUSE = 0.05  # seconds between two states pushed to a page
PAGE_FILES = {"page.css": "text/css", "page.js": "text/javascript"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Face(Protocol):
    """What the page needs to know of the protocol in front of the machine."""

    last_frame_at: float | None

    def disconnect(self) -> None: ...

    def screen_json(self) -> dict | None: ...

    def press(self, button: str) -> None: ...


class BadRequestError(ValueError):
    """Answered 400 with the reason."""


class ControlApi:
    """HTTP in front of one machine and its face."""

    def __init__(self, machine: CashMachine, face: Face) -> None:
        self._machine = machine
        self._face = face
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[open_to_all, readable_errors])
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._page_file)
        app.router.add_get("/api/state", self._get_state)
        app.router.add_get("/api/events", self._events)
        app.router.add_post("/api/insert", self._insert)
        app.router.add_post("/api/take", self._take)
        app.router.add_post("/api/reset", self._reset)
        app.router.add_post("/api/faults", self._set_faults)
        app.router.add_delete("/api/faults", self._clear_faults)
        app.router.add_post("/api/power", self._power)
        app.router.add_post("/api/stacker", self._stacker)
        app.router.add_post("/api/screen", self._screen)
        app.on_shutdown.append(self._close_sockets)
        return app

    # -- Looking ------------------------------------------------------------------------------

    def state(self) -> dict:
        """Everything that can be seen; amounts in minor units, times in seconds."""
        machine = self._machine
        return {
            "accepting": machine.accepting,
            "inserted": machine.inserted,
            "dispensing": machine.dispensing,
            "powered": machine.powered,
            "currency": machine.cash_set.currency,
            "screen": self._face.screen_json(),
            "pieces": machine.booked.to_json(machine.cash_set),
            "cassette": {
                "pieces": machine.booked.cassette.total(),
                "capacity": machine.cash_set.cassette_capacity,
                "in": machine.cassette_in,
                "unlocked": machine.cassette_unlocked,
            },
            "inlet": _rows(machine.inlet),
            "tray": _rows(machine.tray),
            "tray_total": worth(machine.tray),
            "total": machine.booked.total,
            "physical_total": machine.physical_total,
            "customer_net": machine.customer_net,
            "collected": machine.collected,
            "level_warning": machine.level_warning,
            "alarms": sorted(machine.alarms),
            "movements": list(machine.movements),
            "last_frame_at": self._face.last_frame_at,
            "machine_seconds": machine.busy_time.seconds,
            "machine_seconds_inserting": machine.inserting.seconds,
            "machine_seconds_dispensing": machine.dispensing_time.seconds,
            "faults": machine.faults.to_json(),
        }

    async def _get_state(self, _request: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        """Pushes the state at each change, at most twenty times a second."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        pusher = asyncio.create_task(self._push(socket))
        try:
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            pusher.cancel()
            self._sockets.discard(socket)
        return socket

    async def _push(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            changed = asyncio.ensure_future(self._machine.changed())
            try:
                await socket.send_json({**self.state(), "movements": []})
                await changed
            except ConnectionError:
                return
            finally:
                changed.cancel()
            await asyncio.sleep(PUSH_PAUSE)

    async def _close_sockets(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def _page(self, _request: web.Request) -> web.Response:
        return _file("page.html", "text/html")

    async def _page_file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PAGE_FILES:
            raise web.HTTPNotFound
        return _file(name, PAGE_FILES[name])

    # -- Playing the customer -----------------------------------------------------------------

    async def _insert(self, request: web.Request) -> web.Response:
        """Answers when each piece is counted or handed back; at once with `wait: false`."""
        body = await json_body(request, {"value", "count", "kind", "wait"})
        if "value" not in body:
            raise BadRequestError('say which piece: {"value": 500, "count": 1}')
        piece = self._machine.cash_set.find(as_count(body["value"], "value"), body.get("kind"))
        count = as_count(body.get("count", 1), "count")
        if not 0 < count <= MAX_PIECES:
            raise BadRequestError(f"count is a number from 1 to {MAX_PIECES}")
        insertion = asyncio.ensure_future(self._machine.insert(piece, count))
        if not flag(body, "wait", True):
            return web.json_response({"queued": count}, status=202)
        # The pieces are in, whether or not the caller waits for the answer.
        done = await asyncio.shield(insertion)
        return web.json_response(
            {
                "accepted": done.accepted,
                "rejected": done.rejected,
                "held": done.held,
                "reason": done.reason,
            }
        )

    async def _take(self, request: web.Request) -> web.Response:
        await json_body(request, set())
        taken = self._machine.take()
        return web.json_response({"taken": _rows(taken), "total": worth(taken)})

    async def _screen(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"press"})
        self._face.press(body.get("press", ""))
        return web.json_response({"screen": self._face.screen_json()})

    # -- Playing the staff and fate -----------------------------------------------------------

    async def _reset(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"float", "pieces", "faults"})
        faults = body.get("faults", {})
        if not isinstance(faults, dict):
            raise BadRequestError("faults is an object")
        cash_set = self._machine.cash_set
        holdings = starting_float(cash_set, body.get("float", FLOATS[0]))
        if "pieces" in body:
            holdings = Holdings.from_json(body["pieces"], cash_set)
        self._machine.restore(holdings)
        self._machine.faults.update(faults)
        return web.json_response(self.state())

    async def _set_faults(self, request: web.Request) -> web.Response:
        body = await json_body(request, None)
        power = body.pop("power", None)
        if power not in (None, "on", "off"):
            raise BadRequestError('power is "on" or "off"')
        disconnect = flag(body, "disconnect", False)
        body.pop("disconnect", None)
        self._machine.faults.update(body)
        if power:
            (self._machine.power_on if power == "on" else self._machine.power_off)()
        if disconnect:
            self._face.disconnect()
        self._machine.touch()
        return web.json_response(self._machine.faults.to_json())

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._machine.faults.clear()
        self._machine.clear_alarms()
        return web.json_response(self._machine.faults.to_json())

    async def _power(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"on", "keep_memory"})
        if "on" not in body:
            raise BadRequestError('say {"on": true} or {"on": false}')
        switch = self._machine.power_on if flag(body, "on", True) else self._machine.power_off
        switch(keep_memory=flag(body, "keep_memory", True))
        return web.json_response({"powered": self._machine.powered})

    async def _stacker(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"action"})
        if body.get("action") == "remove":
            return web.json_response({"taken": self._machine.remove_cassette()})
        if body.get("action") == "replace":
            self._machine.replace_cassette()
            return web.json_response({"taken": 0})
        raise BadRequestError('action is "remove" or "replace"')


def _rows(pieces: dict) -> list[dict]:
    return [
        {"value": piece.value, "kind": piece.kind, "count": count}
        for piece, count in sorted(pieces.items())
        if count
    ]


def _file(name: str, content_type: str) -> web.Response:
    text = resources.files(__package__).joinpath("static").joinpath(name).read_text("utf-8")
    return web.Response(text=text, content_type=content_type)


def flag(body: dict, name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadRequestError(f"{name} is true or false; got {value!r}")
    return value


async def json_body(request: web.Request, known: set[str] | None) -> dict:
    """The JSON object of the body, empty when there is none; `known` None = any name."""
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise BadRequestError(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise BadRequestError("the body is nested too deeply") from error
    if not isinstance(body, dict):
        raise BadRequestError("the body must be a JSON object")
    unknown = sorted(set(body) - known) if known is not None else []
    if known is not None and unknown:
        names = ", ".join(sorted(known)) or "none"
        raise BadRequestError(f"unknown: {', '.join(unknown)}; this call knows {names}")
    return body


@web.middleware
async def readable_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)


@web.middleware
async def open_to_all(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response
