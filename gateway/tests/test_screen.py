"""Sales on the Connector's own screen."""

from __future__ import annotations

import asyncio

import pytest_asyncio
from support import GatewayProcess, Tap, connected, new_uuid, until


@pytest_asyncio.fixture
async def scene(tmp_path, machine):
    async with Tap(machine.connector) as tap:
        gateway = GatewayProcess(tmp_path, tap.address, MODE="screen")
        gateway.start()
        async with connected(gateway) as client:
            yield client, gateway, tap
        await asyncio.to_thread(gateway.stop)


async def opened(client, tap, machine, amount: int, **members) -> str:
    op = new_uuid()
    await client.start(op, amount, **members)
    await tap.until_seen("C")
    await until(lambda: machine.state()["accepting"])
    return op


async def test_a_sale_on_the_screen_is_paid_with_change(scene, machine):
    client, _, tap = scene
    before = machine.state()["physical_total"]
    op = await opened(client, tap, machine, 990)
    await asyncio.to_thread(machine.insert, 2000)
    sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 2000, 1010)
    assert machine.state()["physical_total"] - before == 990


async def test_a_cancel_reaches_the_screen(scene, machine):
    client, _, tap = scene
    before = machine.state()["physical_total"]
    op = await opened(client, tap, machine, 990)
    await asyncio.to_thread(machine.insert, 500)
    assert (await client.get(op))["acceptable"] is False
    await client.ask(op, "cancel")
    sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("cancelled", 500, 500)
    assert machine.state()["physical_total"] == before


async def test_a_partial_sale_is_accepted_on_the_screen(scene, machine):
    client, _, tap = scene
    op = await opened(client, tap, machine, 990, allow_partial=True)
    await asyncio.to_thread(machine.insert, 500)
    await asyncio.to_thread(machine.press, "accept")
    sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 500, 0)


async def test_missing_change_on_the_screen_is_told(scene, machine):
    client, _, tap = scene
    before = machine.state()["physical_total"]
    op = await opened(client, tap, machine, 990)
    machine.fault(no_change=True)
    await asyncio.to_thread(machine.insert, 2000)
    sale = await client.until_ended(op)
    assert sale["amount_in"] - sale["amount_out"] == machine.state()["physical_total"] - before
    assert sale["undispensed"] == 1010 or sale["state"] == "unknown"


async def test_the_customer_goes_on_while_the_gateway_is_killed(scene, machine):
    client, gateway, tap = scene
    before = machine.state()["physical_total"]
    op = await opened(client, tap, machine, 1000)
    gateway.kill()
    tap.seen.clear()
    gateway.start()
    client.url = gateway.url
    await client.until(op, lambda sale: sale["messages"])
    await asyncio.to_thread(machine.insert, 2000)
    sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"] - sale["amount_out"]) == ("done", 1000)
    assert machine.state()["physical_total"] - before == 1000
    assert "C" not in tap.seen
