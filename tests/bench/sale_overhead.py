"""What a sale costs beside the machine: ours through gateway and browser, and the polling clients'.

The overhead of a sale is its wall time minus the machine's own time: minus the customer's part (from the answer to
``B``, when the machine is open for money, to the last piece being counted) and minus the machine's giving (the
simulator's stopwatch). All clocks are the one of this machine.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from tests.bench import polling_client
from tests.bench.browser_sale import BrowserSale
from tests.bench.connector_client import ConnectorClient
from tests.bench.customer import Customer, Purchase
from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, median, milliseconds
from tests.bench.wiretap import Wiretap
from tests.machine import Machine
from tests.waiting import until

#: How many times below each polling client's overhead ours should lie; keys: seconds between two polls.
WANTED = {3.0: 10.0, 1.0: 10.0, 0.2: 2.0}


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


@contextmanager
def tapped(machine: Machine) -> Iterator[Bench]:
    """Have a relay in front of the machine while the block runs."""
    host, _, port = machine.connector.partition(":")
    with Wiretap(host, int(port)) as wiretap:
        yield Bench(machine, wiretap)


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


def measure_polling(speed: float, purchases: Sequence[Purchase]) -> dict[float, list[Overhead]]:
    """Sell every purchase with each of the polling clients, at the same time, each at a machine of its own.

    Returns their sales; keys: seconds between two polls.
    """
    with ThreadPoolExecutor(len(WANTED)) as threads:
        series = threads.map(partial(_poll_all, speed, purchases), WANTED)
        return dict(zip(WANTED, series, strict=True))


def _poll_all(speed: float, purchases: Sequence[Purchase], interval: float) -> list[Overhead]:
    with Machine(speed=speed) as machine, tapped(machine) as bench:
        return [_poll(bench, purchase, interval) for purchase in purchases]


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
    bench.machine.take()
    return bench.overhead(sale.started, sale.ended, counted, giving)


async def _sell(
    address: tuple[str, int], amount: int, interval: float
) -> polling_client.ReferenceSale:
    async with ConnectorClient(*address) as client:
        await client.initialise()
        return await polling_client.sell(client, amount, interval)


def section(ours: Sequence[Overhead], polling: Mapping[float, Sequence[Overhead]]) -> Section:
    """Turn the figures into the page's section."""
    mine = Summary.of([sale.total for sale in ours])
    rows = [_sale_row("SmartCash: POS in a browser, gateway", ours)]
    verdicts = []
    for interval, sales in polling.items():
        rows.append(_sale_row(f"polling every {_name(interval)}", sales))
        theirs = Summary.of([sale.total for sale in sales])
        for word, ratio in (
            ("median", theirs.median / mine.median),
            ("p95", theirs.p95 / mine.p95),
        ):
            verdicts.append(
                Verdict(
                    f"{word}, below the {_name(interval)} client",
                    f"≥ {WANTED[interval]:g}×",
                    f"{ratio:.1f}×",
                    ratio >= WANTED[interval],
                )
            )
    return Section(
        "Overhead of a sale",
        "Wall time of a sale minus the machine's own time: minus the customer's part (from the machine being open for "
        "money to the last piece being counted) and minus the machine's giving. *Start*: from asking to the machine "
        "being open. *End*: from the last piece to the result, without the giving.\n\n"
        "Ours is the whole way, from the click on Send in Odoo's POS (Chromium) to the payment line being done: "
        "ledger row in Odoo, token, gateway, journal on disk, machine, signed result. The polling clients talk to "
        "the same kind of simulated Connector directly and do nothing else: open for money (`B`), ask for the total (`Q`) at "
        "once and then on a fixed beat, stop (`J`), pay the change (`P`, whose answer comes when the last piece "
        "fell, so that no poll delays the end of the giving). They have no browser, ledger, journal or token, and work "
        "at the same time, each at a machine of its own. All "
        f"serve the same {mine.count} customers, half of whom pay exactly and half too much; a customer thinks for a "
        "random 0.3 to 3.5 s. Everything passes a relay, which notes the time of each answer.",
        [Table(("client", "sales", "median", "p95", "start, median", "end, median"), rows)],
        verdicts,
    )


def _sale_row(name: str, sales: Sequence[Overhead]) -> tuple[str, ...]:
    total = Summary.of([sale.total for sale in sales])
    return (
        name,
        str(total.count),
        milliseconds(total.median),
        milliseconds(total.p95),
        milliseconds(median([sale.start for sale in sales])),
        milliseconds(median([sale.end for sale in sales])),
    )


def _name(interval: float) -> str:
    return f"{interval:g} s" if interval >= 1 else f"{1000 * interval:g} ms"


def last_answer_section(ours: Sequence[Overhead]) -> Section:
    """Turn the figures into the page's section about the end alone."""
    summary = Summary.of([sale.after_last_frame for sale in ours])
    return Section(
        "From the machine's final answer to the paid line",
        "From the Connector's answer that ends the sale (to `P`, or to `J` when no change is due) passing the relay, "
        "to the payment line being done in the browser. Same sales as above, same clock.",
        [
            Table(
                ("sales", "median", "p95"),
                [(str(summary.count), milliseconds(summary.median), milliseconds(summary.p95))],
            )
        ],
        [],
    )
