"""The HTTP API: reads requests, asks the controller, writes answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .. import __version__
from ..config import Config
from ..errors import (
    BadJson,
    BadRequest,
    NotPaired,
    OperationUnknown,
    TokenInvalid,
    TokenMissing,
)
from ..models import Operation, OperationRequest, State, from_rfc3339, now, parse_uuid, to_rfc3339
from ..operations.arrivals import Arrivals
from ..operations.controller import Controller
from ..operations.events import Hub
from ..operations.journal import Journal
from . import openapi
from .auth import Keeper, Token
from .guard import Guard, Handler
from .limits import Door, in_time
from .stream import serve_events

MAX_BODY = 16 * 1024
MAX_PAGE = 500  # operations in one answer


class Api:
    """Handlers of the `/v1` resources."""

    def __init__(self, config: Config, journal: Journal) -> None:
        self.keeper = Keeper(config.pairing_key, config.device)
        self.hub = Hub()
        self.controller = Controller(
            config,
            journal,
            on_operation=self._on_operation,
            on_device=self._on_device,
        )
        self._currency = config.currency
        self._born = journal.born
        self._arrivals = Arrivals()
        self.door = Door()
        self._guard = Guard(config, self.door)

    def application(self) -> web.Application:
        """The aiohttp application; the caller runs the controller beside it."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app = web.Application(middlewares=[guard], client_max_size=MAX_BODY)
        app.router.add_get("/v1/health", self.health, allow_head=False)
        app.router.add_get("/v1/openapi.json", self.openapi, allow_head=False)
        app.router.add_get("/v1/device", self.device, allow_head=False)
        app.router.add_get("/v1/operations", self.operations, allow_head=False)
        app.router.add_get("/v1/operations/{uuid}", self.operation, allow_head=False)
        app.router.add_put("/v1/operations/{uuid}", self.start)
        app.router.add_post("/v1/operations/{uuid}/cancel", self.cancel)
        app.router.add_post("/v1/operations/{uuid}/accept", self.accept)
        app.router.add_get("/v1/events", self.events, allow_head=False)
        return app

    # -- what everybody may ask --------------------------------------------------------

    async def health(self, request: web.Request) -> web.Response:
        device = self.controller.device_json()
        return web.json_response(
            {
                "status": "ok",
                "version": __version__,
                # A page that is not the shop's would know the till again by it.
                "device": device["device"] if self._guard.origin_allowed(request) else None,
                "device_state": device["state"],
                "origin_allowed": self._guard.origin_allowed(request),
                "paired": self.keeper.paired,
                "journal_writable": self.controller.device.journal_trouble is None,
                "time": to_rfc3339(now()),
            }
        )

    async def openapi(self, request: web.Request) -> web.Response:
        return web.json_response(text=openapi.text(self._currency))

    # -- what needs a token ------------------------------------------------------------

    def _token(self, request: web.Request) -> Token:
        self._require_pairing()
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise TokenMissing("Send Authorization: Bearer <token from Odoo>.")
        if scheme.lower() != "bearer" or not text.strip():
            raise TokenInvalid("Send Authorization: Bearer <token from Odoo>.")
        token = self.keeper.read(text.strip())
        self.door.prove(request)
        return token

    def _require_pairing(self) -> None:
        if not self.keeper.paired:
            raise NotPaired(
                "Make a pairing key on the device's form in Odoo, then run smartcash-gateway pair."
            )

    def to_json(self, operation: Operation) -> dict[str, Any]:
        """The operation with its signature."""
        return operation.to_json(self.keeper.sign(operation))

    async def device(self, request: web.Request) -> web.Response:
        self._token(request).may_see()
        return web.json_response(await self.controller.fresh_device_json())

    async def operations(self, request: web.Request) -> web.Response:
        self._token(request).may_see()
        unknown = set(request.query) - {"state", "since", "before", "limit"}
        if unknown:
            raise BadRequest(
                f"Filter by state, since, before and limit only, not by {min(unknown)[:50]!r}."
            )
        limit = _limit(request.query.get("limit"))
        before = _before(request.query.get("before"))
        if before:
            await self.controller.look(before)
        found = await self.controller.find(
            state=_state(request.query.get("state")),
            since=_since(request.query.get("since")),
            before=before,
            limit=limit + 1,
        )
        shown = found[:limit]
        return web.json_response(
            {
                "operations": [self.to_json(item) for item in shown],
                "next": shown[-1].uuid if len(found) > limit else None,
            }
        )

    async def operation(self, request: web.Request) -> web.Response:
        token = self._token(request)
        uuid = _known_uuid(request)
        token.may_touch(uuid)
        await self._arrivals.settled(uuid)
        return web.json_response(self.to_json(await self.controller.look(uuid)))

    async def start(self, request: web.Request) -> web.Response:
        token = self._token(request)
        # Its body may still be on its way: until then nobody says that it was not started.
        with self._arrivals.of(request.match_info["uuid"].lower()):
            body = await _json(request)
            wanted = OperationRequest.from_json(request.match_info["uuid"], body, self._currency)
            token.may_start(wanted)
            token.may_be_new(self._born)
            operation, new = await self.controller.start(wanted)
        return web.json_response(self.to_json(operation), status=201 if new else 200)

    async def cancel(self, request: web.Request) -> web.Response:
        return await self._asked(request, self.controller.cancel)

    async def accept(self, request: web.Request) -> web.Response:
        return await self._asked(request, self.controller.accept)

    async def _asked(
        self, request: web.Request, ask: Callable[[str], Awaitable[Operation]]
    ) -> web.Response:
        token = self._token(request)
        uuid = _known_uuid(request)
        token.may_touch(uuid)
        await self._arrivals.settled(uuid)
        await self.controller.look(uuid)
        operation = await ask(uuid)
        status = 200 if operation.state.ended else 202
        return web.json_response(self.to_json(operation), status=status)

    # -- push ---------------------------------------------------------------------------

    async def events(self, request: web.Request) -> web.StreamResponse:
        self._require_pairing()
        return await serve_events(
            request,
            self.hub,
            self.keeper,
            self._ready,
            lambda: self.door.prove(request),
            self.controller.timing,
        )

    def _ready(self) -> dict[str, Any]:
        current = self.controller.current
        return {
            "type": "ready",
            "device": self.controller.device_json(),
            "operation": self.to_json(current) if current else None,
        }

    def _on_operation(self, operation: Operation) -> None:
        self.hub.publish({"type": "operation", "operation": self.to_json(operation)})

    def _on_device(self, device: dict[str, Any]) -> None:
        self.hub.publish({"type": "device", "device": device})


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def _json(request: web.Request) -> object:
    try:
        return json.loads(await in_time(request.read()), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadJson("Send one JSON object, encoded as UTF-8.") from None


def _known_uuid(request: web.Request) -> str:
    """The uuid of the path; what is not a uuid can only be unknown."""
    text = request.match_info["uuid"]
    try:
        return parse_uuid(text)
    except BadRequest:
        raise OperationUnknown("An operation's name is a UUID.") from None


def _state(text: str | None) -> State | None:
    if text is None:
        return None
    try:
        return State(text)
    except ValueError:
        known = ", ".join(state.value for state in State)
        raise BadRequest(f"state must be one of: {known}.") from None


def _before(text: str | None) -> str | None:
    return None if text is None else parse_uuid(text)


def _limit(text: str | None) -> int:
    if text is None:
        return MAX_PAGE
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MAX_PAGE):
        raise BadRequest(f"limit must be a number from 1 to {MAX_PAGE}.")
    return int(text)


def _since(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return to_rfc3339(from_rfc3339(text.replace(" ", "+")))
    except (ValueError, OverflowError):
        raise BadRequest("since must be a time such as 2026-01-31T08:00:00Z.") from None
