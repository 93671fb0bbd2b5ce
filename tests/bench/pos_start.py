"""How much longer a POS takes to start with our addons: pairs of loads, interleaved.

Two databases on the same Odoo, one a copy of the other from before our addons were installed. Each has its own browser
context that keeps its cache (warm assets). A start lasts from the navigation to the product screen with products on it
and the loader gone; the page measures it itself. Pairs alternate in order (AB, BA, …) so that a drift of the machine
falls on both alike; what counts is the median of the pairs' ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.bench.stats import median

READY_TIMEOUT = 180_000  # ms

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


def watch(page: Page) -> None:
    """Make each load of the page note when it was ready."""
    page.add_init_script(_WATCH)


def start_once(page: Page, url: str) -> float:
    """Load the POS; return the seconds until it was ready."""
    page.goto("about:blank")
    page.goto(url, timeout=READY_TIMEOUT, wait_until="commit")
    page.wait_for_function("() => window.benchReadyAt", timeout=READY_TIMEOUT, polling=100)
    return page.evaluate("() => window.benchReadyAt") / 1000


def measure(
    plain: tuple[Page, str], with_addons: tuple[Page, str], pairs: int, warm_ups: int
) -> list[Pair]:
    """Start both POS in turns; the warm-ups are not counted."""
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


def median_ratio(pairs: Sequence[Pair]) -> float:
    """The figure that the aim is about."""
    return median([pair.ratio for pair in pairs])
