"""Push to the browsers: one bounded queue per client, slow ones are dropped."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

_logger = logging.getLogger(__name__)

QUEUE_LENGTH = 64
MAX_CLIENTS = 32


class Client:
    """One WebSocket's queue; `None` in it: the client was too slow and is cut off."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(QUEUE_LENGTH)

    def offer(self, text: str) -> bool:
        """False when the client is too slow to take more."""
        if not self.queue.full():
            self.queue.put_nowait(text)
            return True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)
        return False


class Hub:
    """Sends every message to every client without ever waiting for one."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()

    @property
    def full(self) -> bool:
        return len(self) >= MAX_CLIENTS

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, first: dict[str, Any]) -> Client:
        """A new client, whose first message is `first`."""
        client = Client()
        client.offer(json.dumps(first))
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)

    def publish(self, message: dict[str, Any]) -> None:
        """Queues `message` for all; a client whose queue is full is out."""
        if not self._clients:
            return
        text = json.dumps(message)
        slow = [client for client in self._clients if not client.offer(text)]
        for client in slow:
            _logger.warning("a client is too slow and was dropped")
            self._clients.discard(client)
