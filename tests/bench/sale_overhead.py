"""What a sale costs beside the machine: ours through gateway and browser, and the polling clients'.

The overhead of a sale is its wall time minus the machine's own time: minus the customer's part (from the answer to
``B``, when the machine is open for money, to the last piece being counted) and minus the machine's giving (the
simulator's stopwatch). All clocks are the one of this machine.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench import polling_client
from tests.bench.browser_sale import BrowserSale
from tests.bench.connector_client import ConnectorClient
from tests.bench.customer import Customer, Purchase
from tests.bench.wiretap import Wiretap
from tests.machine import Machine
from tests.waiting import until


@dataclass(frozen=True)
class Overhead:
    """One sale; seconds."""

    start: float  # from asking to the machine being open for money
    end: float  # from the last piece being counted to the result, without the machine's giving
    after_last_frame: float  # from the machine's final answer to the result

    @property
    def total(self) -> float:
        return self.start + self.end


@dataclass(frozen=True)
class Bench:
    """Where a measurement takes place."""

    machine: Machine
    wiretap: Wiretap

    def giving_seconds(self) -> float:
        return self.machine.state()["machine_seconds_dispensing"]

    def overhead(self, began: float, ended: float, counted: float, giving: float) -> Overhead:
        """Put the moments of one sale (epoch seconds) together."""
        opened = self.wiretap.last("B", since=began)
        final = self.wiretap.last("JP", since=opened)
        return Overhead(
            start=opened - began, end=ended - counted - giving, after_last_frame=ended - final
        )


def measure_browser(
    bench: Bench, till: BrowserSale, purchases: Sequence[Purchase]
) -> list[Overhead]:
    """Sell every purchase in the POS."""
    measured = []
    for purchase in purchases:
        bench.machine.wait_idle()
        till.prepare(purchase.amount)
        giving_before = bench.giving_seconds()
        customer = Customer(bench.machine, purchase)
        began, ended = till.sell()
        counted = customer.served()
        giving = bench.giving_seconds() - giving_before
        measured.append(bench.overhead(began, ended, counted, giving))
        till.finish()
        bench.machine.take()
    return measured


def measure_polling(
    bench: Bench, purchases: Sequence[Purchase], intervals: Sequence[float]
) -> dict[float, list[Overhead]]:
    """Sell every purchase with each of the polling clients, in turns; keys: their intervals, seconds."""
    measured: dict[float, list[Overhead]] = {interval: [] for interval in intervals}
    for purchase in purchases:
        for interval in intervals:
            measured[interval].append(_poll(bench, purchase, interval))
            bench.machine.take()
    return measured


def _poll(bench: Bench, purchase: Purchase, interval: float) -> Overhead:
    giving_before = bench.giving_seconds()
    customer = Customer(bench.machine, purchase)
    sale = asyncio.run(_sell(bench.wiretap.address, purchase.amount, interval))
    counted = customer.served()
    until("the machine to be at rest", lambda: not bench.machine.state()["dispensing"])
    giving = bench.giving_seconds() - giving_before
    kept = sale.amount_in - sale.amount_out
    if kept != purchase.amount:
        raise RuntimeError(f"the polling client kept {kept} for a purchase of {purchase.amount}")
    return bench.overhead(sale.started, sale.ended, counted, giving)


async def _sell(
    address: tuple[str, int], amount: int, interval: float
) -> polling_client.ReferenceSale:
    async with ConnectorClient(*address) as client:
        await client.initialise()
        return await polling_client.sell(client, amount, interval)
