"""What differs between Connectors in the field: each shape is read for what it is."""

from __future__ import annotations

import asyncio
import time

import pytest
from support import GatewayProcess, connected, new_uuid


@pytest.fixture
def newcomer(tmp_path, machine):
    """A gateway that has not met the machine yet."""
    gateway = GatewayProcess(tmp_path, machine.connector)
    yield gateway
    if gateway.running:
        gateway.stop()


async def _sale(client, machine) -> dict:
    before = machine.state()["physical_total"]
    op = new_uuid()
    await client.start(op, 990)
    await client.until_phase(op, "accepting")
    inserted = await asyncio.to_thread(machine.insert, 5000)
    assert inserted["accepted"] == 1
    sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_out"], sale["messages"]) == ("done", 4010, [])
    assert machine.state()["physical_total"] - before == 990
    return sale


@pytest.mark.parametrize(
    "shape",
    [
        {"y2_without_safe": True},
        {"no_y2": True},
        {"coins_in_stacker": True},
        {"levels_of_all_notes": True},
        {"y2_without_safe": True, "coins_in_stacker": True, "levels_of_all_notes": True},
    ],
)
async def test_sales_and_counts_are_right_whatever_the_shape(newcomer, machine, shape):
    machine.fault(**shape)
    newcomer.start()
    async with connected(newcomer) as client:
        for _ in range(3):
            await _sale(client, machine)
        _, device = await client.call("GET", "/v1/device")
    assert device["inventory"]["total"] == machine.state()["physical_total"]
    levels = {one["value"]: one["level"] for one in device["inventory"]["denominations"]}
    assert levels[500] == "ok"
    assert levels[5000] is None  # never given out, so never "empty"


async def test_another_shape_is_read_only_after_a_new_contact(newcomer, machine):
    """A total without the safe beside one with it would look like money that moved; but a Connector
    that was updated while the gateway ran must not stop the sales for good."""
    newcomer.start()
    async with connected(newcomer) as client:
        await _sale(client, machine)
        for shape in ({"y2_without_safe": True}, {"no_y2": True}):
            machine.reset(faults=shape)
            _, device = await client.call("GET", "/v1/device")
            assert device["inventory"] is None
            deadline = time.monotonic() + 15
            while not device["inventory"]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
                _, device = await client.call("GET", "/v1/device")
            assert device["inventory"]["total"] == machine.state()["physical_total"]
            await _sale(client, machine)


async def test_a_socket_that_restarts_for_a_moment_is_no_failure(newcomer, machine):
    newcomer.start()
    async with connected(newcomer) as client:
        await client.until_device("online")
        machine.fault(refuse_ms=300)
        op = new_uuid()
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        inserted = await asyncio.to_thread(machine.insert, 1000)
        assert inserted["accepted"] == 1
        machine.fault(refuse_ms=300)
        sale = await client.until_ended(op)
        _, device = await client.call("GET", "/v1/device")
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 1000, 10)
    assert sale["messages"] == []
    assert device["errors"] == []
