"""What a reverse proxy is to an Odoo with workers: websockets go to its evented port, all else to the workers."""

import asyncio

from tests.bench.relay import Address, Relay
from tests.deployment import Deployment

WEBSOCKET = b"GET /websocket"


class FrontDoor(Relay):
    """Context manager: Odoo, its bus included, is at ``url`` while the block runs.

    A connection goes where its first request wants to; a browser opens a new one for each websocket.
    """

    def __init__(self, stack: Deployment) -> None:
        super().__init__()
        self._workers = ("127.0.0.1", stack.port)
        self._evented = ("127.0.0.1", stack.evented_port)

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"

    async def _route(self, reader: asyncio.StreamReader) -> tuple[Address, bytes]:
        opening = await reader.read(65536)
        return self._evented if opening.startswith(WEBSOCKET) else self._workers, opening
