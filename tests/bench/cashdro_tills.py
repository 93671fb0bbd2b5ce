"""How long a poll takes when many tills follow their CashDros through one Odoo at the same time."""

import contextlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.bench.cashdro_shop import CashdroMachine, make_cashdro_till
from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, milliseconds
from tests.bench.tills import LedgerCalls, StaffedTill
from tests.deployment import WORKERS, Deployment

FIRST_TILL = 21
POLL_LIMIT = 0.3  # seconds
#: Between an answer and the next question, as the device's pacing has it while money moves; seconds.
PAUSE = 0.25
#: As in operation_watch.js: whoever is slow to answer is asked less often.
PAUSE_PER_WAIT, LONGEST_PAUSE = 2, 1.0
WARM_UP = 3.0  # seconds
AMOUNT = 100_000  # minor units; never reached
NOTE, NOTES = 500, 90  # put in one after the other, two a second, longer than anybody polls


@dataclass(frozen=True)
class Rush:
    """All polls of one run; seconds."""

    tills: int
    seconds: float
    polls: Sequence[float]


class _Sale:
    """A sale that one till follows, while its customer puts notes in."""

    def __init__(self, stack: Deployment, till: StaffedTill, machine: CashdroMachine) -> None:
        self._machine = machine
        self._ledger = LedgerCalls(stack, till, AMOUNT, "EUR")
        self._ledger.start()
        machine.wait_accepting(pause=0.05)

    def follow(self, begin: threading.Barrier, seconds: float) -> list[float]:
        """Poll until the time is over; return how long each poll after the warm-up took."""
        begin.wait()
        self._machine.insert(NOTE, NOTES, wait=False)
        counted_from = time.monotonic() + WARM_UP
        took = []
        inserted = []
        while (asked := time.monotonic()) < counted_from + seconds:
            answer = self._ledger.poll()
            waited = time.monotonic() - asked
            if asked >= counted_from:
                took.append(waited)
                inserted.append(answer["amountIn"])
            time.sleep(max(PAUSE, min(PAUSE_PER_WAIT * waited, LONGEST_PAUSE)))
        if inserted[0] == inserted[-1]:
            raise RuntimeError(f"no money moved: {inserted[0]} all the time")
        return took


def measure(stack: Deployment, tills: int, seconds: float) -> Rush:
    """Follow a sale at each of so many tills, each with a machine, a cashier and a session of its own."""
    with contextlib.ExitStack() as running, ThreadPoolExecutor(tills) as threads:
        sales = []
        for number in range(FIRST_TILL, FIRST_TILL + tills):
            machine = running.enter_context(CashdroMachine(speed=1))
            till = make_cashdro_till(stack, number, machine, "server")
            sales.append(_Sale(stack, till, machine))
        begin = threading.Barrier(tills)
        runs = threads.map(lambda sale: sale.follow(begin, seconds), sales)
        return Rush(tills, seconds, [took for run in runs for took in run])


def section(rush: Rush) -> Section:
    """Turn the figures into the page's section."""
    summary = Summary.of(rush.polls)
    return Section(
        "CashDro: many tills on one Odoo",
        f"{rush.tills} cashiers, each with a session and a simulated machine of their own, follow a sale through one Odoo "
        f"with {WORKERS} workers while notes go into all of them; {rush.seconds:.0f} s after a warm-up. Each asks "
        f"{milliseconds(PAUSE)} after the last answer, or twice as long as that took, as the shipped page does while money "
        "moves. Timed is the poll as "
        "the page makes it, over HTTP with the cashier's session; in it Odoo asks the machine and writes the ledger. "
        "Machines and cashiers run on the same computer.",
        [
            Table(
                ("tills", "polls", "polls per second", "median", "p95"),
                [
                    (
                        str(rush.tills),
                        str(summary.count),
                        f"{summary.count / rush.seconds:.0f}",
                        milliseconds(summary.median),
                        milliseconds(summary.p95),
                    )
                ],
            )
        ],
        [
            Verdict(
                f"p95 of a poll, {rush.tills} tills",
                f"≤ {milliseconds(POLL_LIMIT)}",
                milliseconds(summary.p95),
                summary.p95 <= POLL_LIMIT,
            )
        ],
    )
