"""The parts of a run, by the names that ``make bench SECTIONS=…`` knows, in the order of the page."""

from collections.abc import Callable, Mapping

from tests import browser
from tests.bench import (
    cashdro_sale,
    cashdro_tills,
    closing_cost,
    gateway_rest,
    hesabe_rush,
    hesabe_sale,
    ledger_cost,
    opening_count,
    pos_start,
    sale_overhead,
)
from tests.bench.browser_sale import BrowserSale
from tests.bench.customer import Purchase, purchases
from tests.bench.report import Section
from tests.bench.size import Size
from tests.deployment import Deployment, deployed, gateway_daemon
from tests.world import METHOD, PRODUCTS

SEED = 17
SPEED = 4.0  # of the machines; their own time is no part of any figure, so it only shortens the run


def _warm_ups(size: Size) -> list[Purchase]:
    return purchases(size.warm_sales, SEED + 1)


def _cashlogy(stack: Deployment, size: Size) -> list[Section]:
    plan = purchases(size.sales, SEED)
    with sale_overhead.tapped(stack.machine) as bench:
        _lead_gateway(stack, "{}:{}".format(*bench.wiretap.address))
        with browser.launched() as chromium:
            till = stack.open_till(chromium.new_context().new_page())
            sale = BrowserSale(till, METHOD, next(iter(PRODUCTS)))
            sale_overhead.measure_browser(bench, sale, _warm_ups(size))
            ours = sale_overhead.measure_browser(bench, sale, plan)
            rest = gateway_rest.measure(stack.gateway.pid, size.rest_seconds)
        _lead_gateway(stack, stack.machine.connector)
    polling = sale_overhead.measure_polling(SPEED, plan)
    return [
        sale_overhead.section(ours, polling),
        sale_overhead.last_answer_section(ours),
        gateway_rest.section(rest),
    ]


def _lead_gateway(stack: Deployment, connector: str) -> None:
    stack.gateway.stop()
    stack.gateway = gateway_daemon(stack, connector)
    stack.gateway.start()


def _opening(stack: Deployment, size: Size) -> list[Section]:
    with browser.launched() as chromium:
        return [
            opening_count.section(opening_count.measure(stack, chromium, size.openings)),
        ]


def _cashdro(stack: Deployment, size: Size) -> list[Section]:
    plan = purchases(size.cashdro_sales, SEED)
    with browser.launched() as chromium:
        ours = cashdro_sale.measure(stack, chromium, SPEED, plan, _warm_ups(size))
    polling = cashdro_sale.measure_polling(SPEED, plan)
    return [cashdro_sale.section({**ours, **polling})]


def _cashdro_tills(stack: Deployment, size: Size) -> list[Section]:
    return [
        cashdro_tills.section(cashdro_tills.measure(stack, size.tills, size.rush_seconds)),
    ]


def _hesabe(stack: Deployment, size: Size) -> list[Section]:
    plan = purchases(size.card_sales, SEED)
    with browser.launched() as chromium:
        measured = hesabe_sale.measure(stack, chromium, plan, _warm_ups(size))
    return [hesabe_sale.section(measured)]


def _hesabe_tills(stack: Deployment, size: Size) -> list[Section]:
    with hesabe_rush.opened(stack, size.tills) as shop:
        tokens = hesabe_rush.measure_tokens(shop, size.token_rounds)
        webhooks = hesabe_rush.measure_webhooks(shop, size.rush_seconds)
    return [
        hesabe_rush.webhook_section(webhooks, size.tills),
        hesabe_rush.token_section(tokens),
    ]


def _start(size: Size) -> list[Section]:
    with (
        deployed("bench_start", with_plain=True) as stack,
        browser.launched() as chromium,
    ):
        return [pos_start.section(pos_start.measure(stack, chromium, size.pairs, size.warm_starts))]


def _ledger(size: Size) -> list[Section]:
    return [ledger_cost.section(ledger_cost.measure(size.ledgers, size.ledger_sales))]


def _closing(size: Size) -> list[Section]:
    return [closing_cost.section(closing_cost.measure(size.closings, size.closing_pairs))]


#: In one deployment, that they leave as they found it.
SHARED: Mapping[str, Callable[[Deployment, Size], list[Section]]] = {
    "cashlogy": _cashlogy,
    "opening": _opening,
    "cashdro": _cashdro,
    "cashdro-tills": _cashdro_tills,
    "hesabe": _hesabe,
    "hesabe-tills": _hesabe_tills,
}
#: With databases of their own.
ALONE: Mapping[str, Callable[[Size], list[Section]]] = {
    "start": _start,
    "ledger": _ledger,
    "closing": _closing,
}
