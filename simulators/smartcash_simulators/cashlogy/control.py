"""The control API of a Cashlogy: that of every machine, plus the frames that its Connector got."""

from __future__ import annotations

from aiohttp import web

from ..machine import CashMachine
from ..web import BadRequestError, ControlApi
from .server import ConnectorServer


class CashlogyControlApi(ControlApi):
    """HTTP for whoever plays the customer, the staff, the technician, or fate."""

    def __init__(self, machine: CashMachine, face: ConnectorServer) -> None:
        super().__init__(machine, face)
        self._server = face

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_get("/api/frames", self._frames)
        return app

    async def _frames(self, request: web.Request) -> web.Response:
        """The frames that came in after `since`, oldest first; times in epoch seconds."""
        try:
            since = float(request.query.get("since", 0))
        except ValueError as error:
            raise BadRequestError("since is a time in epoch seconds") from error
        rows = [{"at": at, "name": name} for at, name in self._server.frames if at > since]
        return web.json_response(rows)
