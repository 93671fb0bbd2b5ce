"""The benchmarks themselves: they run to the end, they count right, and their page says what they measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import polling_client
from tests.bench.connector_client import ConnectorClient, ConnectorReplyError
from tests.bench.customer import Customer, purchases
from tests.bench.stats import Summary, percentile
from tests.bench.wiretap import Wiretap
from tests.machine import Machine
from tools.stack.paths import ROOT

QUICK_TIMEOUT = 900  # seconds; a busy CI machine builds assets for two databases


def test_percentile_is_the_nearest_rank():
    values = list(range(1, 21))
    assert percentile(values, 0.95) == 19
    assert percentile(values, 1) == 20
    assert percentile([7], 0.5) == 7


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1], 0), ([1], 1.5)])
def test_percentile_refuses_what_has_none(values, share):
    with pytest.raises(ValueError, match=r"percentile|share"):
        percentile(values, share)


def test_summary_counts_every_value():
    assert Summary.of([3.0, 1.0, 2.0]) == Summary(count=3, median=2.0, p95=3.0)


def test_customers_are_the_same_for_every_client_and_always_pay_enough():
    assert purchases(30, 17) == purchases(30, 17)
    assert purchases(30, 17) != purchases(30, 18)
    surplus = [sum(each.pieces) - each.amount for each in purchases(30, 17)]
    assert min(surplus) == 0
    assert max(surplus) > 0


async def test_polling_client_sells_for_the_amount_and_gives_change():
    with Machine(speed=100) as machine:
        host, _, port = machine.connector.partition(":")
        with Wiretap(host, int(port)) as wiretap:
            before = machine.physical_total()
            for purchase in purchases(2, 5):
                customer = Customer(machine, purchase)
                async with ConnectorClient(*wiretap.address) as client:
                    await client.initialise()
                    sale = await polling_client.sell(client, purchase.amount, 0.05)
                assert sale.amount_in - sale.amount_out == purchase.amount
                assert sale.started < wiretap.last("B", since=sale.started) < customer.served()
                assert wiretap.last("JP", since=sale.started) <= sale.ended
            wanted = sum(purchase.amount for purchase in purchases(2, 5))
            assert machine.physical_total() - before == wanted


async def test_polling_client_says_what_the_connector_refused():
    with Machine(speed=100) as machine:
        host, _, port = machine.connector.partition(":")
        async with ConnectorClient(host, int(port)) as client:
            await client.initialise()
            with pytest.raises(ConnectorReplyError, match="#Q# was answered with ER:ILLEGAL"):
                await client.inserted()


def test_quick_run_writes_every_table(tmp_path: Path):
    page = tmp_path / "benchmarks.md"
    subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--output", str(page)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=QUICK_TIMEOUT,
        check=True,
    )
    text = page.read_text(encoding="utf-8")
    for title in (
        "Overhead of a sale",
        "From the machine's final answer to the paid line",
        "Gateway at rest",
        "POS start with and without the addons",
        "Cost of the ledger",
        "Count at the opening",
        "Closing a session",
    ):
        assert f"## {title}" in text
    assert "| SmartCash: POS in a browser, gateway | 2 |" in text
    assert text.count("| polling every ") == 3
    assert "Quick run" in text
    assert str(ROOT) not in text
