"""How much longer a POS takes to start with our addons: pairs of loads, interleaved.

Two databases on the same Odoo, one a copy of the other from before our addons were installed. Each has its own browser
context that keeps its cache (warm assets). A start lasts from the navigation to the product screen with products on it
and the loader gone; the page measures it itself. Pairs alternate in order (AB, BA, …) so that a drift of the machine
falls on both alike; what counts is the median of the pairs' ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, median, milliseconds
from tests.deployment import Deployment

READY_TIMEOUT = 180_000  # ms
LIMIT = 1.03  # times the start without the addons

#: Notes when products are on the screen and the loader has been told to go. Same cost with and without the addons.
_WATCH = """
(() => {
    const ready = () => {
        const loader = document.querySelector(".pos-loader");
        return (
            document.querySelector(".product-screen article.product") &&
            (!loader || loader.style.opacity === "0")
        );
    };
    const observer = new MutationObserver(() => {
        if (ready()) {
            observer.disconnect();
            requestAnimationFrame(() => {
                window.benchReadyAt = performance.now();
            });
        }
    });
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["style"] });
})();
"""


@dataclass(frozen=True)
class Pair:
    """Two starts that followed each other; seconds."""

    plain: float
    with_addons: float

    @property
    def ratio(self) -> float:
        return self.with_addons / self.plain


def start_once(page: Page, url: str) -> float:
    """Load the POS; return the seconds until it was ready."""
    page.goto("about:blank")
    page.goto(url, timeout=READY_TIMEOUT, wait_until="commit")
    page.wait_for_function("() => window.benchReadyAt", timeout=READY_TIMEOUT, polling=100)
    return page.evaluate("() => window.benchReadyAt") / 1000


def measure(stack: Deployment, chromium: Browser, pairs: int, warm_ups: int) -> list[Pair]:
    """Start both POS of a deployment with a plain database, in turns; the warm-ups are not counted."""
    plain, with_addons = (_watched(stack, chromium, plain=plain) for plain in (True, False))
    for _ in range(warm_ups):
        start_once(*plain)
        start_once(*with_addons)
    measured = []
    for number in range(pairs):
        if number % 2:
            second, first = start_once(*with_addons), start_once(*plain)
        else:
            first, second = start_once(*plain), start_once(*with_addons)
        measured.append(Pair(plain=first, with_addons=second))
    return measured


def _watched(stack: Deployment, chromium: Browser, *, plain: bool) -> tuple[Page, str]:
    """A page that notes when each load of its POS was ready, and the POS's address."""
    page = chromium.new_context().new_page()
    till = stack.open_till(page, plain=plain)
    page.add_init_script(_WATCH)
    return page, till.url


def median_ratio(pairs: Sequence[Pair]) -> float:
    """The figure that the aim is about."""
    return median([pair.ratio for pair in pairs])


def section(pairs: Sequence[Pair]) -> Section:
    """Turn the figures into the page's section."""
    plain = Summary.of([pair.plain for pair in pairs])
    ours = Summary.of([pair.with_addons for pair in pairs])
    ratio = median_ratio(pairs)
    return Section(
        "POS start with and without the addons",
        f"From the navigation to the products being on the screen, warm assets, {len(pairs)} pairs of starts of the "
        "same shop in two databases on one Odoo (two workers), with and without our four addons, in alternating order. "
        "What counts is the median of the pairs' ratios.",
        [
            Table(
                ("POS", "starts", "median", "p95"),
                [
                    (
                        "without",
                        str(plain.count),
                        milliseconds(plain.median),
                        milliseconds(plain.p95),
                    ),
                    (
                        "with the addons",
                        str(ours.count),
                        milliseconds(ours.median),
                        milliseconds(ours.p95),
                    ),
                ],
            )
        ],
        [
            Verdict(
                "median of the ratios",
                f"≤ {100 * (LIMIT - 1):+.0f} %",
                f"{100 * (ratio - 1):+.1f} %",
                ratio <= LIMIT,
            )
        ],
    )
