"""Tells a merchant's server that an invoice has ended: unsigned, unencrypted, sometimes twice."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, dataclass

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10)

_logger = logging.getLogger(__name__)


@dataclass
class Webhook:
    """Nothing is known of Hesabe's retries: here one attempt, `copies` times."""

    url: str | None = None
    copies: int = 1
    delay_ms: int = 0
    delivered: int = 0  # answered below 300
    failed: int = 0

    def to_json(self) -> dict:
        return asdict(self)

    async def tell(self, payload: dict) -> None:
        if not self.url:
            return
        if self.delay_ms:
            await asyncio.sleep(self.delay_ms / 1000)
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            for _copy in range(self.copies):
                try:
                    async with session.post(self.url, json=payload) as answer:
                        fine = answer.status < 300
                except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                    _logger.warning("The webhook was not delivered: %s", error)
                    fine = False
                self.delivered += fine
                self.failed += not fine
