"""Measure everything and write ``docs/benchmarks.md``: ``python -m tests.bench``."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import browser
from tests.bench import (
    closing_cost,
    gateway_rest,
    ledger_cost,
    opening_count,
    pos_start,
    report,
    sale_overhead,
)
from tests.bench.browser_sale import BrowserSale
from tests.bench.customer import purchases
from tests.bench.gateway_rest import Rest
from tests.bench.ledger_cost import Cost
from tests.bench.pos_start import Pair
from tests.bench.report import Load, Section, Table
from tests.bench.sale_overhead import Bench, Overhead
from tests.bench.stats import Summary, Verdict, median
from tests.bench.wiretap import Wiretap
from tests.deployment import Deployment, deployed, gateway_daemon
from tests.world import METHOD, PRODUCTS
from tools.stack.paths import ROOT

INTERVALS = (3.0, 1.0, 0.2)  # seconds between two polls of the reference clients
SEED = 17
SPEED = 4.0  # of the machine; its own time is taken off, so it only shortens the run
#: How many times below each polling client's overhead ours should lie.
WANTED = {3.0: 10.0, 1.0: 10.0, 0.2: 2.0}
RSS_LIMIT, CPU_LIMIT = 60.0, 1.0  # MiB, per cent of a core
START_LIMIT = 1.03


@dataclass(frozen=True)
class Size:
    """How often everything is done."""

    sales: int
    warm_sales: int
    rest_seconds: float
    pairs: int
    warm_starts: int
    ledgers: tuple[int, ...]  # rows
    ledger_sales: int
    openings: int
    closings: tuple[int, ...]  # operations
    closing_pairs: int


FULL = Size(
    sales=30,
    warm_sales=3,
    rest_seconds=30,
    pairs=20,
    warm_starts=4,
    ledgers=(1_000, 1_000_000),
    ledger_sales=300,
    openings=30,
    closings=closing_cost.SIZES,
    closing_pairs=closing_cost.REPEATS,
)
QUICK = Size(
    sales=2,
    warm_sales=0,
    rest_seconds=2,
    pairs=2,
    warm_starts=1,
    ledgers=(1_000, 5_000),
    ledger_sales=20,
    openings=2,
    closings=(10, 50),
    closing_pairs=1,
)


@dataclass(frozen=True)
class Measured:
    """All figures of one run."""

    ours: Sequence[Overhead]
    polling: Mapping[float, Sequence[Overhead]]
    rest: Rest
    pairs: Sequence[Pair]
    ledger: Mapping[int, Sequence[Cost]]
    openings: Sequence[float]
    closings: Mapping[int, Sequence[closing_cost.Pair]]
    chromium: str


def measure(size: Size) -> Measured:
    """Run everything: sales, gateway at rest, POS starts, polling clients; then the ledger
    and closings by themselves."""
    plan = purchases(size.sales, SEED)
    with deployed("bench", speed=SPEED, with_plain=True) as stack:
        host, _, port = stack.machine.connector.partition(":")
        with Wiretap(host, int(port)) as wiretap:
            _lead_gateway_through(stack, wiretap)
            bench = Bench(stack.machine, wiretap)
            with browser.launched() as chromium:
                version = chromium.version
                context = chromium.new_context()
                till = stack.open_till(context.new_page())
                sale = BrowserSale(till, METHOD, next(iter(PRODUCTS)))
                sale_overhead.measure_browser(bench, sale, purchases(size.warm_sales, SEED + 1))
                ours = sale_overhead.measure_browser(bench, sale, plan)
                rest = gateway_rest.measure(stack.gateway.pid, size.rest_seconds)
                openings = opening_count.measure(
                    context.new_page(), till.url, stack.rpc(), size.openings
                )
                context.close()
                pairs = _measure_starts(stack, chromium, size)
            stack.gateway.stop()  # the polling clients have the machine to themselves
            polling = sale_overhead.measure_polling(bench, plan, INTERVALS)
    ledger = ledger_cost.measure(size.ledgers, size.ledger_sales)
    closings = closing_cost.measure(size.closings, size.closing_pairs)
    return Measured(ours, polling, rest, pairs, ledger, openings, closings, version)


def _lead_gateway_through(stack: Deployment, wiretap: Wiretap) -> None:
    stack.gateway.stop()
    stack.gateway = gateway_daemon(stack, "{}:{}".format(*wiretap.address))
    stack.gateway.start()


def _measure_starts(stack: Deployment, chromium: browser.Browser, size: Size) -> list[Pair]:
    pages = []
    for plain in (True, False):
        page = chromium.new_context().new_page()
        till = stack.open_till(page, plain=plain)
        pos_start.watch(page)
        pages.append((page, till.url))
    return pos_start.measure(*pages, pairs=size.pairs, warm_ups=size.warm_starts)


def sections(measured: Measured) -> list[Section]:
    """Turn the figures into the page's sections."""
    return [
        _sale_section(measured.ours, measured.polling),
        _frame_section(measured.ours),
        _rest_section(measured.rest),
        _start_section(measured.pairs),
        ledger_cost.section(measured.ledger),
        opening_count.section(measured.openings),
        closing_cost.section(measured.closings),
    ]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _name(interval: float) -> str:
    return f"{interval:g} s" if interval >= 1 else f"{1000 * interval:g} ms"


def _sale_section(ours: Sequence[Overhead], polling: Mapping[float, Sequence[Overhead]]) -> Section:
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
        "the same simulated Connector directly and do nothing else: open for money (`B`), ask for the total (`Q`) at "
        "once and then on a fixed beat, stop (`J`), pay the change (`P`, whose answer comes when the last piece "
        "fell, so that no poll delays the end of the giving). They have no browser, ledger, journal or token. All "
        f"serve the same {mine.count} customers, half of whom pay exactly and half too much; a customer thinks for a "
        "random 0.3 to 3.5 s. Everything passes one relay, which notes the time of each answer.",
        [Table(("client", "sales", "median", "p95", "start, median", "end, median"), rows)],
        verdicts,
    )


def _sale_row(name: str, sales: Sequence[Overhead]) -> tuple[str, ...]:
    total = Summary.of([sale.total for sale in sales])
    return (
        name,
        str(total.count),
        _ms(total.median),
        _ms(total.p95),
        _ms(median([sale.start for sale in sales])),
        _ms(median([sale.end for sale in sales])),
    )


def _frame_section(ours: Sequence[Overhead]) -> Section:
    summary = Summary.of([sale.after_last_frame for sale in ours])
    return Section(
        "From the machine's final answer to the paid line",
        "From the Connector's answer that ends the sale (to `P`, or to `J` when no change is due) passing the relay, "
        "to the payment line being done in the browser. Same sales as above, same clock.",
        [
            Table(
                ("sales", "median", "p95"),
                [(str(summary.count), _ms(summary.median), _ms(summary.p95))],
            )
        ],
        [],
    )


def _rest_section(rest: Rest) -> Section:
    return Section(
        "Gateway at rest",
        f"Machine connected, one POS open on it, nobody pays; {rest.seconds:.0f} s after the sales above. Highest "
        "resident memory, and CPU time as a share of one core.",
        [],
        [
            Verdict(
                "memory (RSS)",
                f"≤ {RSS_LIMIT:g} MiB",
                f"{rest.rss:.1f} MiB",
                rest.rss <= RSS_LIMIT,
            ),
            Verdict("CPU", f"≤ {CPU_LIMIT:g} %", f"{rest.cpu:.2f} %", rest.cpu <= CPU_LIMIT),
        ],
    )


def _start_section(pairs: Sequence[Pair]) -> Section:
    plain = Summary.of([pair.plain for pair in pairs])
    ours = Summary.of([pair.with_addons for pair in pairs])
    ratio = pos_start.median_ratio(pairs)
    return Section(
        "POS start with and without the addons",
        f"From the navigation to the products being on the screen, warm assets, {len(pairs)} pairs of starts of the "
        "same shop in two databases on one Odoo (two workers), with and without the addons, in alternating order. "
        "What counts is the median of the pairs' ratios.",
        [
            Table(
                ("POS", "starts", "median", "p95"),
                [
                    ("without", str(plain.count), _ms(plain.median), _ms(plain.p95)),
                    ("with the addons", str(ours.count), _ms(ours.median), _ms(ours.p95)),
                ],
            )
        ],
        [
            Verdict(
                "median of the ratios",
                f"≤ {100 * (START_LIMIT - 1):+.0f} %",
                f"{100 * (ratio - 1):+.1f} %",
                ratio <= START_LIMIT,
            )
        ],
    )


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measure and write; return where."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a few repetitions only: shows that it works"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args(arguments)
    foreign_load = Load.measure(2 if options.quick else 15)
    measured = measure(QUICK if options.quick else FULL)
    report.write(
        options.output,
        command="make bench",
        machine=report.machine_description(measured.chromium, foreign_load),
        sections=sections(measured),
        quick=options.quick,
    )
    return options.output


if __name__ == "__main__":
    main()
