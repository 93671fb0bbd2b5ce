"""Many tills on one account of Hesabe: who fetches the new token, and how many webhooks Odoo hears."""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.bench.hesabe_shop import (
    Account,
    Cloud,
    make_account,
    make_hesabe_till,
    make_kuwaiti_shop,
    pause_jobs,
)
from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, milliseconds
from tests.bench.tills import LedgerCalls
from tests.deployment import WORKERS, Deployment

FIRST_TILL, SHOP = 61, "Salmiya"
AMOUNT = 1_500  # fils; nobody pays
#: A token is renewed a minute before its end: one that lasts so long is renewed after `NEAR_END` seconds.
SHORT_LIFE, LONG_LIFE, NEAR_END = 62, 900, 2.2
ENDING, REVOKED = "near its end", "revoked"
SENDERS = 8  # webhooks on their way at any time
TIMEOUT = 60.0  # seconds
LOG_LINE = "Hesabe gave a hint about operation"


@dataclass(frozen=True)
class TokenRound:
    """All tills ask at the same time, and the token they share is no longer good."""

    calls: int  # to renew or to log in
    polls: Sequence[float]  # seconds


@dataclass(frozen=True)
class Webhooks:
    """All webhooks of one run; seconds."""

    seconds: float
    took: Sequence[float]


class Shop:
    """Sales that run at as many tills as the cloud has terminals; each has a terminal of its own."""

    def __init__(self, stack: Deployment, cloud: Cloud) -> None:
        self.stack, self.cloud = stack, cloud
        self._odoo = stack.rpc()
        pause_jobs(self._odoo)
        shop = make_kuwaiti_shop(self._odoo, SHOP)
        account = make_account(self._odoo, cloud, SHOP)
        self.sales = []
        for number, terminal in enumerate(cloud.terminals(), FIRST_TILL):
            till = make_hesabe_till(stack, number, shop, account, terminal)
            sale = LedgerCalls(stack, till, AMOUNT, "KWD")
            sale.start()
            self.sales.append(sale)

    def part(self) -> list[tuple[Account, str]]:
        """Give each till's terminal to an account of its own; return these, and their invoices' numbers."""
        rows = self._odoo.search_read(
            "smartcash.operation",
            [("uuid", "in", [sale.uuid for sale in self.sales])],
            ["device_id", "hesabe_number"],
        )
        parted = []
        for number, row in enumerate(rows, FIRST_TILL):
            account = make_account(self._odoo, self.cloud, f"Till {number}")
            device, _name = row["device_id"]
            self._odoo.call(
                "smartcash.device", "write", [device], {"hesabe_account_id": account.id}
            )
            parted.append((account, row["hesabe_number"]))
        return parted


@contextmanager
def opened(stack: Deployment, tills: int) -> Iterator[Shop]:
    """Have the shop, in front of a cloud of its own, while the block runs."""
    with Cloud(tills) as cloud:
        yield Shop(stack, cloud)


def measure_tokens(shop: Shop, rounds: int) -> dict[str, list[TokenRound]]:
    """Let the shared token go bad in both ways, again and again, and ask at all tills at once."""
    measured: dict[str, list[TokenRound]] = {ENDING: [], REVOKED: []}
    with ThreadPoolExecutor(len(shop.sales)) as threads:
        for _round in range(rounds):
            shop.cloud.tokens("revoke", seconds=SHORT_LIFE)
            shop.sales[0].poll()
            shop.cloud.tokens(seconds=LONG_LIFE)
            time.sleep(NEAR_END)
            measured[ENDING].append(_ask_all(shop, threads))
            shop.cloud.tokens("revoke")
            measured[REVOKED].append(_ask_all(shop, threads))
    return measured


def _ask_all(shop: Shop, threads: ThreadPoolExecutor) -> TokenRound:
    before = shop.cloud.calls("login", "refresh")
    begin = threading.Barrier(len(shop.sales))

    def ask(sale: LedgerCalls) -> float:
        begin.wait()
        asked = time.monotonic()
        sale.poll()
        return time.monotonic() - asked

    polls = list(threads.map(ask, shop.sales))
    return TokenRound(shop.cloud.calls("login", "refresh") - before, polls)


def measure_webhooks(shop: Shop, seconds: float) -> Webhooks:
    """Send webhooks about running sales, a few at a time, as fast as they are answered."""
    # One account takes a few dozen a second, and turns away the rest; so each till has its own here.
    hints = [
        (
            shop.stack.url + account.webhook_path,
            {"reference_number": number, "status": "SUCCESSFUL"},
        )
        for account, number in shop.part()
    ]
    for url, payload in hints:  # the first one of a session makes the bus's channel
        requests.post(url, json=payload, timeout=TIMEOUT).raise_for_status()
    endless = itertools.cycle(hints)
    turn = threading.Lock()
    heard_before = _heard(shop.stack)
    began = time.monotonic()

    def send(_sender: int) -> list[float]:
        took = []
        with requests.Session() as http:
            while (asked := time.monotonic()) < began + seconds:
                with turn:
                    url, payload = next(endless)
                http.post(url, json=payload, timeout=TIMEOUT).raise_for_status()
                took.append(time.monotonic() - asked)
        return took

    with ThreadPoolExecutor(SENDERS) as threads:
        took = [each for sent in threads.map(send, range(SENDERS)) for each in sent]
    passed = time.monotonic() - began
    heard = _heard(shop.stack) - heard_before
    if heard != len(took):
        raise RuntimeError(f"Odoo passed on {heard} of {len(took)} webhooks")
    return Webhooks(passed, took)


def _heard(stack: Deployment) -> int:
    return stack.odoo.log.read_text(errors="replace").count(LOG_LINE)


def webhook_section(webhooks: Webhooks, tills: int) -> Section:
    """Turn the figures into the page's section."""
    summary = Summary.of(webhooks.took)
    return Section(
        "Hesabe: the webhook's address",
        f"{SENDERS} senders post webhooks about {tills} running sales to Odoo with {WORKERS} workers, each the next one when "
        f"the last one is answered, for {webhooks.seconds:.0f} s. Each is answered with 200 and passed on to the till over "
        "the bus. One account takes 20 a second and worker, so each sale has an account of its own. Senders and Odoo run "
        "on the same computer.",
        [
            Table(
                ("webhooks", "a second", "median", "p95"),
                [
                    (
                        str(summary.count),
                        f"{summary.count / webhooks.seconds:.0f}",
                        milliseconds(summary.median),
                        milliseconds(summary.p95),
                    )
                ],
            )
        ],
        [],
    )


def token_section(measured: dict[str, Sequence[TokenRound]]) -> Section:
    """Turn the figures into the page's section."""
    rows, verdicts = [], []
    tills = 0
    for name, rounds in measured.items():
        polls = Summary.of([took for each in rounds for took in each.polls])
        tills = len(rounds[0].polls)
        calls = {each.calls for each in rounds}
        rows.append(
            (
                name,
                str(len(rounds)),
                str(min(calls)),
                str(max(calls)),
                milliseconds(polls.median),
                milliseconds(polls.p95),
            )
        )
        verdicts.append(
            Verdict(f"calls for a new token, {name}", "1", f"{max(calls)} at most", calls == {1})
        )
    return Section(
        "Hesabe: one new token for all tills",
        f"{tills} tills of one account, each with a running sale, ask Odoo ({WORKERS} workers) at the same moment, when the "
        "token that they share is about to end (it is renewed) or was revoked at Hesabe (somebody logs in). *Calls*: of "
        "Hesabe's API for another token, in one round. Times: of such a poll, the queue for the workers included.",
        [
            Table(
                ("token", "rounds", "calls, least", "calls, most", "poll, median", "poll, p95"),
                rows,
            )
        ],
        verdicts,
    )
