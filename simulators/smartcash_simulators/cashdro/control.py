"""The control API of a CashDro: that of every machine, plus its operations, users and settings."""

from __future__ import annotations

from aiohttp import web

from ..cash import as_count, worth
from ..machine import CashMachine
from ..web import BadRequestError, ControlApi, json_body
from .controller import Controller
from .operations import TITLES, WITH_AMOUNT, Kind, Operation
from .server import CashdroServer
from .users import Users


class CashdroControlApi(ControlApi):
    """HTTP for whoever plays the customer, the staff, the technician, or fate."""

    def __init__(
        self, machine: CashMachine, face: CashdroServer, controller: Controller, users: Users
    ) -> None:
        super().__init__(machine, face)
        self._server = face
        self._controller = controller
        self._users = users
        self._set_up = controller.settings.to_json()

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_get("/api/operations", self._operations)
        app.router.add_post("/api/operations", self._operate_by_hand)
        app.router.add_get("/api/requests", self._requests)
        app.router.add_post("/api/settings", self._settings)
        app.router.add_post("/api/users", self._user)
        app.router.add_post("/api/messages", self._messages)
        return app

    def state(self) -> dict:
        running = self._controller.running
        return {
            **super().state(),
            "operation": _row(running) if running else None,
            "settings": self._controller.settings.to_json(),
        }

    async def _operations(self, _request: web.Request) -> web.Response:
        """Every operation that the machine remembers, oldest first; amounts in minor units."""
        return web.json_response([_row(operation) for operation in self._controller.operations])

    async def _operate_by_hand(self, request: web.Request) -> web.Response:
        """Somebody starts an operation on the machine's own screen."""
        body = await json_body(request, {"type", "amount", "user"})
        kind = as_count(body.get("type"), "type")
        if kind not in TITLES:
            raise BadRequestError(f"type is one of {', '.join(str(int(k)) for k in TITLES)}")
        user = self._users.find(body.get("user", "admin"))
        if user is None:
            raise BadRequestError(f"the machine has no user {body['user']!r}")
        total = as_count(body.get("amount", 0), "amount")
        if kind in WITH_AMOUNT and not total:
            raise BadRequestError("this type needs an amount, in minor units")
        if self._controller.busy:
            raise BadRequestError("an operation is running")
        operation = self._controller.create(
            Kind(kind), total=total, manual=True, user_id=user.id, user_name=user.name
        )
        self._controller.acknowledge(operation)
        return web.json_response(_row(operation), status=201)

    async def _requests(self, request: web.Request) -> web.Response:
        """The calls of the web service after `since`, oldest first; times in epoch seconds."""
        try:
            since = float(request.query.get("since", 0))
        except ValueError as error:
            raise BadRequestError("since is a time in epoch seconds") from error
        rows = [{"at": at, "call": call} for at, call in self._server.requests if at > since]
        return web.json_response(rows)

    async def _settings(self, request: web.Request) -> web.Response:
        self._controller.settings.update(await json_body(request, None))
        self._machine.touch()
        return web.json_response(self._controller.settings.to_json())

    async def _user(self, request: web.Request) -> web.Response:
        """Adds or replaces a user of the machine; `types` absent = may start everything."""
        body = await json_body(request, {"name", "password", "types"})
        types = body.get("types")
        if types is not None:
            if not isinstance(types, list):
                raise BadRequestError("types is a list of numbers")
            types = [as_count(kind, "types") for kind in types]
        user = self._users.put(str(body.get("name", "")), str(body.get("password", "")), types)
        return web.json_response({"id": user.id, "name": user.name}, status=201)

    async def _messages(self, request: web.Request) -> web.Response:
        """Shows messages on the running operation, as if pieces had been refused."""
        body = await json_body(request, {"codes"})
        shown = [as_count(code, "codes") for code in body.get("codes", [])]
        self._controller.show_messages(shown)
        return web.json_response({"messages": shown})

    async def _reset(self, request: web.Request) -> web.Response:
        await super()._reset(request)
        self._controller.forget_all()
        self._controller.settings.restore(self._set_up)
        return web.json_response(self.state())


def _row(operation: Operation) -> dict:
    return {
        "id": operation.id,
        "type": int(operation.kind),
        "state": operation.state,
        "total": operation.total,
        "rounded": operation.rounded,
        "total_in": operation.total_in,
        "total_out": operation.total_out,
        "moved": worth(operation.moved),
        "change_missing": operation.change_missing,
        "rounding": operation.rounding,
        "cancelled": operation.cancelled,
        "failed": operation.failed,
        "imported": operation.imported,
        "finished": operation.finished,
        "manual": operation.manual,
        "posid": operation.pos_id,
        "posuser": operation.pos_user,
        "aliasid": operation.alias,
        "user": operation.user_name,
        "messages": operation.messages,
    }
