"""How long a cashier waits for the machine's count when a session is opened; the page holds the stopwatch."""

from collections.abc import Sequence

from playwright.sync_api import Browser

from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict
from tests.deployment import Deployment
from tests.till import LOAD_TIMEOUT

LIMIT = 0.5  # seconds
WARM_UPS = 2

#: From the dialog being there, before it is drawn, to the total being in it.
_WATCH = """
(() => {
    let began;
    const observer = new MutationObserver(() => {
        if (!document.querySelector(".opening-cash-control")) {
            return;
        }
        began ??= performance.now();
        if (document.querySelector(".opening-cash-control .smartcash-count__total")) {
            observer.disconnect();
            requestAnimationFrame(() => {
                window.benchCounted = performance.now() - began;
            });
        }
    });
    observer.observe(document, { childList: true, subtree: true });
})();
"""


def measure(stack: Deployment, chromium: Browser, repeats: int) -> list[float]:
    """Open the POS again and again with its session not open yet; seconds until the count is shown."""
    odoo = stack.rpc()
    page = chromium.new_context().new_page()
    url = stack.open_till(page).url
    page.add_init_script(_WATCH)
    (session,) = odoo.call(
        "pos.session",
        "search",
        [("config_id", "=", stack.world.config_ids[0]), ("state", "=", "opened")],
    )
    counts = []
    for _ in range(WARM_UPS + repeats):
        odoo.call("pos.session", "write", [session], {"state": "opening_control"})
        page.goto("about:blank")
        page.goto(url, timeout=LOAD_TIMEOUT, wait_until="commit")
        page.wait_for_function("() => window.benchCounted", timeout=LOAD_TIMEOUT)
        counts.append(page.evaluate("() => window.benchCounted") / 1000)
    odoo.call("pos.session", "write", [session], {"state": "opened"})
    page.context.close()
    return counts[WARM_UPS:]


def section(counts: Sequence[float]) -> Section:
    """Turn the figures into the page's section."""
    summary = Summary.of(counts)
    return Section(
        "Count at the opening",
        "From the opening dialog being there to the machine's total being in it, in Odoo's POS in Chromium: the page asks "
        "the gateway, the gateway the machine, and Odoo writes the count down with its denominations and compares it with "
        "the books.",
        [
            Table(
                ("openings", "median", "p95"),
                [
                    (
                        str(summary.count),
                        f"{1000 * summary.median:.0f} ms",
                        f"{1000 * summary.p95:.0f} ms",
                    )
                ],
            )
        ],
        [
            Verdict(
                "median",
                f"≤ {1000 * LIMIT:.0f} ms",
                f"{1000 * summary.median:.0f} ms",
                summary.median <= LIMIT,
            )
        ],
    )
