"""The benchmarks themselves: they count right. That they run to the end is ``tests/bench_quick``'s."""

import pytest

from tests.bench import polling_client
from tests.bench.cashdro_polling_client import CashdroReplyError, PollingClient
from tests.bench.cashdro_shop import CashdroMachine, busiest_second
from tests.bench.connector_client import ConnectorClient, ConnectorReplyError
from tests.bench.customer import Customer, purchases
from tests.bench.stats import Summary, percentile
from tests.bench.wiretap import Wiretap
from tests.machine import Machine


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


@pytest.mark.parametrize("interval", [0, 0.2])
def test_polling_client_of_a_cashdro_sells_for_the_amount(interval):
    with CashdroMachine(speed=100) as machine:
        client = PollingClient(machine.http_url, machine.user, machine.password)
        before = machine.state()["physical_total"]
        for purchase in purchases(2, 5):
            customer = Customer(machine, purchase)
            sale = client.sell(purchase.amount, interval)
            assert sale.kept == purchase.amount
            assert customer.served() < sale.ended
            operation = machine.wait_imported()
            assert sale.started < operation["finished"] < sale.ended
            if interval:
                asked = len(machine.requests(sale.started))
                assert asked <= 4 + (sale.ended - sale.started) / interval
        wanted = sum(purchase.amount for purchase in purchases(2, 5))
        assert machine.state()["physical_total"] - before == wanted


def test_polling_client_of_a_cashdro_says_what_was_refused():
    with CashdroMachine(speed=100) as machine:
        client = PollingClient(machine.http_url, machine.user, "wrong")
        with pytest.raises(CashdroReplyError, match="startOperation was answered with"):
            client.sell(500, 0.2)


def test_the_busiest_second_may_begin_anywhere():
    assert busiest_second([]) == 0
    assert busiest_second([0, 0.9, 1.0, 1.5, 1.8]) == 4
    assert busiest_second([0, 0.25, 0.5, 0.75, 1.0]) == 4
