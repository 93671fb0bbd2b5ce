"""From the card being charged at Hesabe to the paid line, with webhooks and without, and what Hesabe is asked for it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser

from tests.bench.browser_sale import BrowserSale
from tests.bench.customer import Purchase
from tests.bench.front_door import FrontDoor
from tests.bench.hesabe_shop import (
    METHOD,
    Cloud,
    make_account,
    make_hesabe_till,
    make_kuwaiti_shop,
    pause_jobs,
)
from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, milliseconds
from tests.bench.tills import open_page
from tests.deployment import WORKERS, Deployment
from tests.world import PRODUCTS

TILL, SHOP = 41, "Jahra"
WITH, WITHOUT = "with webhooks", "without webhooks"
WAIT_LIMITS = {WITH: 0.5, WITHOUT: 2.5}  # seconds
RATE_LIMIT = 1.0  # requests a second, without webhooks
FILS_PER_CENT = 10  # the customers of the other benchmarks buy in cents
#: Seconds; as long as a till without webhooks pauses, so that a payment falls anywhere between two looks.
THINKS_FROM, THINKS_SPREAD = 0.3, 1.5


@dataclass(frozen=True)
class CardSale:
    """One sale; seconds."""

    wait: float  # from the card being charged to the line being done
    followed: float  # from the terminal asking for the card to the line being done
    looks: int  # requests to Hesabe meanwhile

    @property
    def rate(self) -> float:
        return self.looks / self.followed


class CardHolder(threading.Thread):
    """One customer at the terminal: sees the amount, thinks, holds the card to it."""

    def __init__(self, cloud: Cloud, terminal: str, thinks: float) -> None:
        super().__init__(name="card holder", daemon=True)
        self._cloud, self._terminal, self._thinks = cloud, terminal, thinks
        self._failure: Exception | None = None
        self.asked = self.charged = 0.0  # epoch seconds
        self.calls_before = 0
        self.start()

    def run(self) -> None:
        try:
            self._cloud.wait_shown(self._terminal)
            self.asked = time.time()
            self.calls_before = self._cloud.calls()
            time.sleep(self._thinks)
            self.charged = time.time()
            self._cloud.pay(self._terminal)
        except Exception as error:  # noqa: BLE001 - whatever it was, served() raises it in the main thread
            self._failure = error

    def served(self) -> None:
        """Wait until the customer is through; raises what went wrong at the terminal."""
        self.join(60)
        if self._failure:
            raise self._failure


def measure(
    stack: Deployment, chromium: Browser, plan: Sequence[Purchase], warm_ups: Sequence[Purchase]
) -> dict[str, list[CardSale]]:
    """Sell the same purchases with webhooks and without."""
    odoo = stack.rpc()
    pause_jobs(odoo)
    with Cloud() as cloud, FrontDoor(stack) as door:
        account = make_account(odoo, cloud, SHOP)
        (terminal,) = cloud.terminals()
        staffed = make_hesabe_till(stack, TILL, make_kuwaiti_shop(odoo, SHOP), account, terminal)
        till = open_page(stack, chromium, staffed, door.url)
        sale = BrowserSale(till, METHOD, next(iter(PRODUCTS)))
        measured = {}
        for name, url in ((WITHOUT, None), (WITH, stack.url + account.webhook_path)):
            cloud.webhook(url)
            for purchase in warm_ups:
                _sell(cloud, terminal, sale, purchase)
            measured[name] = [_sell(cloud, terminal, sale, purchase) for purchase in plan]
            heard = cloud.state()["webhook"]["delivered"]
            if heard != (len(warm_ups) + len(plan) if url else 0):
                raise RuntimeError(f"Odoo heard {heard} webhooks in the sales {name}")
        till.page.context.close()
    return measured


def _sell(cloud: Cloud, terminal: str, sale: BrowserSale, purchase: Purchase) -> CardSale:
    sale.prepare(purchase.amount * FILS_PER_CENT)
    customer = CardHolder(cloud, terminal, THINKS_FROM + purchase.thinks % THINKS_SPREAD)
    _began, ended = sale.sell()
    customer.served()
    looks = cloud.calls() - customer.calls_before
    if not looks:
        raise RuntimeError("a sale ended, and nobody has asked Hesabe")
    sale.finish()
    newest = cloud.state()["invoices"][0]
    if (newest["state"], newest["paid_amount"]) != ("paid", purchase.amount * FILS_PER_CENT):
        raise RuntimeError(f"the card was not charged with {purchase.amount}: {newest}")
    return CardSale(ended - customer.charged, ended - customer.asked, looks)


def section(measured: dict[str, Sequence[CardSale]]) -> Section:
    """Turn the figures into the page's section."""
    rows, verdicts = [], []
    for name, sales in measured.items():
        wait = Summary.of([sale.wait for sale in sales])
        highest = max(sale.rate for sale in sales)
        mean = sum(sale.looks for sale in sales) / sum(sale.followed for sale in sales)
        rows.append(
            (
                name,
                str(wait.count),
                milliseconds(wait.median),
                milliseconds(wait.p95),
                f"{mean:.2f}",
                f"{highest:.2f}",
            )
        )
        limit = WAIT_LIMITS[name]
        verdicts.append(
            Verdict(
                f"p95, {name}",
                f"≤ {milliseconds(limit)}",
                milliseconds(wait.p95),
                wait.p95 <= limit,
            )
        )
        if name == WITHOUT:
            verdicts.append(
                Verdict(
                    f"requests a second in any sale, {name}",
                    f"≤ {RATE_LIMIT:g}",
                    f"{highest:.2f}",
                    highest <= RATE_LIMIT,
                )
            )
    return Section(
        "Hesabe: from the charged card to the paid line",
        "From the moment when the card is held to the simulated terminal to the payment line being done in Odoo's POS "
        f"(Chromium), through Odoo with {WORKERS} workers. The simulated cloud sends its webhook at once, or none; a "
        "webhook makes the page look over Odoo's bus, and only what Hesabe's API says then counts. A customer thinks for "
        f"a random {THINKS_FROM:g} to {THINKS_FROM + THINKS_SPREAD:g} s, the same ones in both rows. *Requests a second*: "
        "calls of Hesabe's API from the terminal asking for the card to the line being done; all sales together, and the "
        "highest of a sale.",
        [
            Table(
                ("", "sales", "median", "p95", "requests a second", "highest of a sale"),
                rows,
            )
        ],
        verdicts,
    )
