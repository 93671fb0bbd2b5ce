"""The reference clients: one sale, decided by a poll at a fixed interval.

Model. Start accepting (``B``). Ask for the total (``Q``), at once and then every ``interval`` seconds on a fixed
beat (a beat that the previous question overran is skipped, as ``setInterval`` with an in-flight guard does it).
When a total covers the due: stop (``J``), pay out the change (``P``) if there is any, return. The Connector answers
``P`` when the last piece fell, so no poll delays the end of dispensing. Nothing else is done: no browser, no ledger,
no journal, no token; whatever such a client would need in a till comes on top of its figures.
"""

import asyncio
import math
import time
from dataclasses import dataclass

from tests.bench.connector_client import ConnectorClient


@dataclass(frozen=True)
class ReferenceSale:
    """How one sale of a reference client went; times are epoch seconds, amounts minor units."""

    started: float
    ended: float
    amount_in: int
    amount_out: int


async def sell(client: ConnectorClient, amount: int, interval: float) -> ReferenceSale:
    """Run one sale of ``amount`` minor units and return how it went."""
    started = time.time()
    await client.start_accepting()
    first_beat = time.monotonic()
    while await client.inserted() < amount:
        passed = time.monotonic() - first_beat
        await asyncio.sleep((math.floor(passed / interval) + 1) * interval - passed)
    amount_in = await client.stop_accepting()
    change = amount_in - amount
    amount_out = await client.pay_out(change) if change else 0
    return ReferenceSale(started, time.time(), amount_in, amount_out)
