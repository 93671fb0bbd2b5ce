"""Answers that outlive their socket, and errors that nobody knows: what is signed is what is inside."""

from __future__ import annotations

import asyncio

import pytest
from support import GatewayProcess, connected, new_uuid, read_signature, until

from smartcash_gateway.cashlogy.machine import Machine
from smartcash_gateway.config import Config
from smartcash_gateway.operations.controller import Controller
from smartcash_gateway.operations.journal import Journal


@pytest.fixture
def patient(tmp_path, machine):
    """A gateway that gives an answer up after 0.4 s, before a Connector that serves one client."""
    machine.fault(single_client=True, latency_ms=40)  # slower than the gateway asks
    gateway = GatewayProcess(
        tmp_path, machine.connector, REPLY_TIMEOUT_MS="400", STOP_TIMEOUT_MS="1500"
    )
    gateway.start()
    yield gateway
    gateway.stop()


async def _insert(machine, value, count=1):
    result = await asyncio.to_thread(machine.insert, value, count)
    assert result["accepted"] == count, result


async def test_a_late_reply_never_shifts_the_amounts_of_a_sale(patient, machine):
    """10.00 due, and notes that are still counted while the machine stops: with replies off by one
    the total was that of the question before, and the customer lost a part of the change."""
    before = machine.state()["physical_total"]
    op = new_uuid()
    async with connected(patient) as client:
        await client.start(op, 1000)
        await client.until_phase(op, "accepting")
        await _insert(machine, 100)
        await client.until(op, lambda sale: sale["amount_in"] == 100)
        machine.fault(late_reply_ms=700)
        await client.until(op, lambda sale: sale["messages"])  # the gateway misses an answer
        await client.until(op, lambda sale: not sale["messages"])
        notes = (await asyncio.to_thread(machine.insert, 500, 5))["accepted"]
        sale = await client.until_ended(op)
        assert machine.state()["physical_total"] - before == 1000
    inside = 100 + notes * 500
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", inside, inside - 1000)
    assert read_signature(sale["signature"])["amount_out"] == inside - 1000


@pytest.mark.parametrize("at", [0.02, 0.1, 0.3])
async def test_whatever_reply_is_late_the_next_sale_is_right(patient, machine, at):
    async with connected(patient) as client:
        before = machine.state()["physical_total"]
        first, second = new_uuid(), new_uuid()
        await client.start(first, 500)
        await asyncio.sleep(at)
        machine.fault(late_reply_ms=700)
        while (await client.get(first))["state"] == "running":
            await asyncio.to_thread(machine.insert, 1000)  # handed back unless it is open
            await asyncio.sleep(0.05)
        ended = await client.get(first)
        kept = machine.state()["physical_total"] - before
        assert ended["amount_in"] - ended["amount_out"] == kept
        # Late may be the count before (nothing was started), or the answer to the opening itself:
        # nothing is given back then that nobody asked for.
        assert ended["state"] == "unknown" or (ended["state"], kept) in (
            ("done", 500),
            ("failed", 0),
            ("cancelled", 0),
        )
        await client.until_device("online")
        await client.start(second, 200)
        await client.until_phase(second, "accepting")
        await _insert(machine, 500)
        ended = await client.until_ended(second)
        assert (ended["state"], ended["amount_in"], ended["amount_out"]) == ("done", 500, 300)


@pytest.mark.parametrize(("code", "why"), [(6131, "accounting is off"), (6999, "6999")])
async def test_an_error_that_spoils_the_count_or_is_unheard_of_leaves_the_outcome_open(
    tmp_path, machine, code, why
):
    """5.00 inside and the machine unsure of its count: never "cancelled, nothing inserted"."""
    gateway = GatewayProcess(tmp_path, machine.connector, REPLY_TIMEOUT_MS="300")
    gateway.start()
    op = new_uuid()
    try:
        async with connected(gateway) as client:
            await client.start(op, 1000)
            await client.until_phase(op, "accepting")
            await _insert(machine, 500)
            await client.until(op, lambda sale: sale["amount_in"] == 500)
            machine.fault(error_code=code)
            gateway.kill()
        gateway.start()
        async with connected(gateway) as client:
            ended = await client.until_ended(op)
        assert (ended["state"], ended["amount_in"]) == ("unknown", 500)
        assert why in ended["messages"][-1]["text"]
    finally:
        gateway.stop()


async def test_a_mistake_of_ours_about_an_answer_is_a_lost_contact_not_an_exit(
    tmp_path, machine, monkeypatch
):
    """An odd byte in the list of errors (a superscript is a digit to Python) ended the process."""

    async def broken(_machine):
        raise ValueError("invalid literal for int()")

    monkeypatch.setattr(Machine, "active_errors", broken)
    config = Config(device="device-1", connector=machine.connector)
    controller = Controller(config, Journal(tmp_path / "journal.db"))
    task = asyncio.ensure_future(controller.run())
    await until(lambda: controller.device.reachable is False)
    monkeypatch.undo()
    await until(lambda: controller.device.reachable is True)
    assert not task.done()
    await controller.close(task)
