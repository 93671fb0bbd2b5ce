"""A machine that is BUSY without end: bounded, and never without a word to the cashier."""

from __future__ import annotations

import asyncio
import time

import pytest
from support import DEVICE, GatewayProcess, body, connected, new_uuid, until

from smartcash_gateway.config import Config
from smartcash_gateway.models import OperationRequest
from smartcash_gateway.operations.controller import Controller
from smartcash_gateway.operations.journal import Journal
from smartcash_gateway.timing import Timing


@pytest.fixture
def bounded(tmp_path, machine):
    """A gateway that gives up after 6 s; in a shop after two minutes."""
    gateway = GatewayProcess(tmp_path, machine.connector, RECOVERY_TIMEOUT_MS="6000")
    gateway.start()
    yield gateway
    gateway.stop()


def _is_told(operation) -> bool:
    return any(message["code"] == "machine_stays_busy" for message in operation["messages"])


async def _insert(machine, value: int) -> None:
    assert (await asyncio.to_thread(machine.insert, value))["accepted"] == 1


@pytest.mark.parametrize("when", ["accepting", "cancel", "covered"])
async def test_a_busy_machine_is_told_and_waited_for_only_so_long(bounded, machine, when):
    before = machine.state()["physical_total"]
    op, refused = new_uuid(), new_uuid()
    async with connected(bounded) as client:
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        await _insert(machine, 500)
        await client.until(op, lambda sale: sale["amount_in"] == 500)
        if when == "covered":
            machine.fault(latency_ms=200)
            await _insert(machine, 500)
        machine.fault(busy=True, latency_ms=0)
        began = time.monotonic()
        if when == "cancel":
            await client.ask(op, "cancel")
        await client.until(op, _is_told, patience=6)
        ended = await client.until_ended(op, patience=20)
        assert time.monotonic() - began < 15
        assert ended["state"] == "unknown"
        assert not _is_told(ended)
        # The till is free: what is asked for now fails with words, and nothing moves.
        await client.start(refused, 100)
        failed = await client.until_ended(refused, patience=10)
        assert (failed["state"], failed["messages"][-1]["code"]) == ("failed", "machine_busy")
        machine.clear_faults()
        found = await client.until(
            op, lambda sale: "could not be asked" not in str(sale["messages"]), patience=20
        )
        kept = machine.state()["physical_total"] - before
        assert (
            found["amount_in"] - found["amount_out"] == kept == (1000 if when == "covered" else 500)
        )
        assert machine.state()["accepting"] is False


async def test_busy_for_a_moment_is_nothing(bounded, machine):
    op = new_uuid()
    async with connected(bounded) as client:
        await client.start(op, 1000)
        await client.until_phase(op, "accepting")
        machine.fault(busy=True)
        await asyncio.sleep(1)
        machine.fault(busy=False)
        await _insert(machine, 1000)
        sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["messages"]) == ("done", 1000, [])


async def test_a_machine_that_hangs_with_our_money_is_reset_at_last(tmp_path, machine):
    journal = Journal(tmp_path / "journal.db")
    controller = Controller(
        Config(device=DEVICE, connector=machine.connector),
        journal,
        timing=Timing(recovery=0.5, stuck=1.0, busy=0.3, health=0.2),
    )
    task = asyncio.ensure_future(controller.run())
    try:
        await until(lambda: controller.device.reachable)
        request = OperationRequest.from_json(new_uuid(), body(1000), "EUR")
        await controller.start(request)
        await until(lambda: machine.state()["accepting"])
        await _insert(machine, 500)
        machine.fault(busy=True)
        await until(lambda: controller.current is None)
        assert (await controller.get(request.uuid)).settled is False
        await until(lambda: not machine.state()["faults"]["busy"])
        await until(lambda: controller.device.reachable and not controller.device.occupied)
        await asyncio.sleep(0.5)
        found = await controller.get(request.uuid)
        assert (found.state.value, found.amount_in, found.settled) == ("unknown", 500, True)
    finally:
        await controller.close(task)
        await controller.close_journal()
        journal.close()
