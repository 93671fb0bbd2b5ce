"""From the end at a CashDro to the paid line, and what the machine is asked for it: ours and fixed polls."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import Browser

from tests.bench.browser_sale import BrowserSale
from tests.bench.cashdro_polling_client import PollingClient
from tests.bench.cashdro_shop import METHOD, CashdroMachine, busiest_second, make_cashdro_till
from tests.bench.customer import Customer, Purchase
from tests.bench.front_door import FrontDoor
from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, median, milliseconds
from tests.bench.tills import open_page
from tests.deployment import WORKERS, Deployment
from tests.world import PRODUCTS

#: Who waits for the same customers. Numbers: seconds between two polls; 0: no pause.
TRANSPORTS = {"server": "SmartCash through Odoo", "browser": "SmartCash, browser to machine"}
INTERVALS = {3.0: "poll every 3 s", 1.0: "poll every 1 s", 0.0: "loop without pause"}
FIRST_TILL = 11  # numbers of the tills: ours are apart from the other benchmarks'
WAIT_LIMIT = 0.5  # seconds
RATE_LIMIT = 4  # requests in any second


@dataclass(frozen=True)
class CashdroSale:
    """One sale: seconds from F at the machine to its result, and the requests that the machine saw."""

    wait: float
    requests: int
    busiest_second: int  # most requests in one second, from the machine being open to F


def measure(
    stack: Deployment,
    chromium: Browser,
    speed: float,
    plan: Sequence[Purchase],
    warm_ups: Sequence[Purchase],
) -> dict[str, list[CashdroSale]]:
    """Sell the same purchases in both ways of ours; keys: their names."""
    measured = {}
    for number, (transport, name) in enumerate(TRANSPORTS.items(), FIRST_TILL):
        with CashdroMachine(speed) as machine, FrontDoor(stack) as door:
            staffed = make_cashdro_till(stack, number, machine, transport)
            till = open_page(stack, chromium, staffed, door.url)
            sale = BrowserSale(till, METHOD, next(iter(PRODUCTS)))
            for purchase in warm_ups:
                _sell(machine, sale, purchase)
            measured[name] = [_sell(machine, sale, purchase) for purchase in plan]
            till.page.context.close()
    return measured


def measure_polling(speed: float, plan: Sequence[Purchase]) -> dict[str, list[CashdroSale]]:
    """Sell the same purchases with each polling client, at the same time, each at a machine of its own.

    Returns their sales; keys: their names.
    """
    with ThreadPoolExecutor(len(INTERVALS)) as threads:
        series = threads.map(partial(_poll_all, speed, plan), INTERVALS)
        return dict(zip(INTERVALS.values(), series, strict=True))


def _poll_all(speed: float, plan: Sequence[Purchase], interval: float) -> list[CashdroSale]:
    with CashdroMachine(speed) as machine:
        return [_poll(machine, purchase, interval) for purchase in plan]


def _sell(machine: CashdroMachine, sale: BrowserSale, purchase: Purchase) -> CashdroSale:
    sale.prepare(purchase.amount)
    customer = Customer(machine, purchase)
    began, ended = sale.sell()
    customer.served()
    sale.finish()
    return _sale(machine, began, ended, purchase)


def _poll(machine: CashdroMachine, purchase: Purchase, interval: float) -> CashdroSale:
    customer = Customer(machine, purchase)
    client = PollingClient(machine.http_url, machine.user, machine.password)
    sold = client.sell(purchase.amount, interval)
    customer.served()
    return _sale(machine, sold.started, sold.ended, purchase)


def _sale(machine: CashdroMachine, began: float, ended: float, purchase: Purchase) -> CashdroSale:
    operation = machine.wait_imported()
    kept = operation["total_in"] - operation["total_out"]
    if kept != purchase.amount:
        raise RuntimeError(f"the machine kept {kept} for a purchase of {purchase.amount}")
    machine.take()
    asked = machine.requests(began)
    opened = next(one["at"] for one in asked if one["call"] == "acknowledgeOperationId")
    finished = operation["finished"]
    return CashdroSale(
        wait=ended - finished,
        requests=len(asked),
        busiest_second=busiest_second(
            [one["at"] for one in asked if opened < one["at"] <= finished]
        ),
    )


def section(measured: Mapping[str, Sequence[CashdroSale]]) -> Section:
    """Turn the figures into the page's section."""
    rows = []
    verdicts = []
    for name, sales in measured.items():
        wait = Summary.of([sale.wait for sale in sales])
        busiest = max(sale.busiest_second for sale in sales)
        rows.append(
            (
                name,
                str(wait.count),
                milliseconds(wait.median),
                milliseconds(wait.p95),
                f"{median([sale.requests for sale in sales]):.0f}",
                str(busiest),
            )
        )
        if name in TRANSPORTS.values():
            verdicts += [
                Verdict(
                    f"p95, {name}",
                    f"≤ {milliseconds(WAIT_LIMIT)}",
                    milliseconds(wait.p95),
                    wait.p95 <= WAIT_LIMIT,
                ),
                Verdict(
                    f"most requests in a second, {name}",
                    f"≤ {RATE_LIMIT}",
                    str(busiest),
                    busiest <= RATE_LIMIT,
                ),
            ]
    return Section(
        "CashDro: from the end at the machine to the paid line",
        "From the moment when the simulated machine sets its operation to F to the payment line being done in Odoo's POS "
        f"(Chromium), through Odoo ({WORKERS} workers) and with the browser talking to the machine itself, both over https "
        "with its own certificate. The polling clients talk to the same kind of machine directly, each to one of its "
        "own, at the same time, over one kept connection in plain http, and stop the clock when they read the F: no "
        "browser, no ledger. All serve the same customers; they think for a random 0.3 to 3.5 s, and half of them get "
        "change. *Requests*: all that the machine saw for a sale, the start and the note that it is imported included. "
        "*Most in a second*: in any second between the machine being open for money and F, over all sales.",
        [
            Table(
                ("client", "sales", "median", "p95", "requests, median", "most in a second"),
                rows,
            )
        ],
        verdicts,
    )
