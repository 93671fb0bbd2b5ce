"""The machine loses its power in the middle: the journal still tells what it holds."""

from __future__ import annotations

import asyncio
import time

import pytest
from support import GatewayProcess, connected, new_uuid, until


@pytest.fixture
def impatient(tmp_path, machine):
    gateway = GatewayProcess(tmp_path, machine.connector, REPLY_TIMEOUT_MS="300")
    gateway.start()
    yield gateway
    gateway.stop()


async def _cut(impatient, machine, phase, *, kind="sale", amount=990, insert=2000):
    """One operation during which the power goes at `phase`; (how it ended, what is inside)."""
    before = machine.state()["physical_total"]
    op = new_uuid()
    async with connected(impatient) as client:
        machine.fault(power_cut_at=phase)
        await client.start(op, amount, kind)
        if phase in ("insert", "stop", "dispense") and insert:
            await client.until_phase(op, "accepting")
            await asyncio.to_thread(machine.insert, insert)
        await until(lambda: not machine.state()["powered"])
        running = await client.get(op)
        assert running["state"] == "running"
        await client.until(op, lambda sale: sale["messages"])
        assert (await client.get(op))["messages"][-1]["code"] == "machine_lost"
        machine.power(True)
        ended = await client.until_ended(op, patience=30)
        await client.until_device("online")
    kept = machine.state()["physical_total"] - before
    assert ended["amount_in"] - ended["amount_out"] == kept
    return ended


async def test_power_cut_before_money(impatient, machine):
    ended = await _cut(impatient, machine, "accept")
    assert (ended["state"], ended["amount_in"]) == ("cancelled", 0)


async def test_power_cut_after_a_piece(impatient, machine):
    ended = await _cut(impatient, machine, "insert", insert=500)
    assert (ended["state"], ended["amount_in"]) == ("unknown", 500)


async def test_power_cut_after_the_exact_amount(impatient, machine):
    ended = await _cut(impatient, machine, "insert", amount=500, insert=500)
    assert (ended["state"], ended["amount_in"]) == ("done", 500)


async def test_power_cut_while_stopping(impatient, machine):
    ended = await _cut(impatient, machine, "stop", amount=2000)
    assert (ended["state"], ended["amount_in"]) == ("done", 2000)


async def test_power_cut_while_giving_change(impatient, machine):
    ended = await _cut(impatient, machine, "dispense")
    assert (ended["state"], ended["amount_in"]) == ("unknown", 2000)
    assert 0 < ended["amount_out"] < 1010


async def test_power_cut_while_refunding(impatient, machine):
    ended = await _cut(impatient, machine, "dispense", kind="refund", amount=4000, insert=None)
    assert ended["state"] == "unknown"
    assert 0 < ended["amount_out"] < 4000


async def test_a_machine_that_is_off_starts_nothing(impatient, machine):
    async with connected(impatient) as client:
        machine.power(False)
        await client.until_device("offline")
        op = new_uuid()
        status, problem = await client.call(
            "PUT", f"/v1/operations/{op}", json={"kind": "sale", "amount": 5, "currency": "EUR"}
        )
        assert (status, problem["code"]) == (503, "device_offline")
        status, _ = await client.call("GET", f"/v1/operations/{op}")
        assert status == 404
        _, device = await client.call("GET", "/v1/device")
        assert device["inventory"] is None
        machine.power(True)
        await client.until_device("online")
        await client.start(op, 500)
        await client.ask(op, "cancel")
        assert (await client.until_ended(op))["state"] == "cancelled"


async def test_a_machine_that_stays_away_leaves_an_open_question(tmp_path, machine):
    gateway = GatewayProcess(
        tmp_path,
        machine.connector,
        REPLY_TIMEOUT_MS="200",
        RECOVERY_TIMEOUT_MS="400",
    )
    gateway.start()
    op = new_uuid()
    before = machine.state()["physical_total"]
    try:
        async with connected(gateway) as client:
            await client.start(op, 3000, "refund")
            await client.until_phase(op, "dispensing")
            machine.power(False)
            ended = await client.until_ended(op)
            assert ended["state"] == "unknown"
            machine.power(True)
            answer = await client.until(op, lambda refund: refund["messages"] != ended["messages"])
            assert answer["amount_out"] == before - machine.state()["physical_total"]
            assert "could not be asked" not in str(answer["messages"])
    finally:
        gateway.stop()


async def test_a_start_that_waits_for_the_machine_is_not_called_unknown(impatient, machine):
    """A page that was reloaded meanwhile would tell the cashier that nothing was started."""
    op = new_uuid()
    async with connected(impatient) as client:
        machine.power(False)
        await client.until_device("offline")
        machine.fault(latency_ms=100)
        machine.power(True)
        starting = asyncio.ensure_future(client.start(op))
        await asyncio.sleep(0.05)
        assert not starting.done()
        assert (await client.get(op))["uuid"] == op
        await starting
        await client.ask(op, "cancel")
        await client.until_ended(op)


@pytest.mark.parametrize("wish", [None, "cancel"])
async def test_a_lost_machine_is_told_within_seconds_and_what_it_holds_when_it_is_back(
    tmp_path, machine, wish
):
    """With the patience that a till has: nobody waits for minutes to learn that the plug is out."""
    gateway = GatewayProcess(tmp_path, machine.connector, REPLY_TIMEOUT_MS="5000")
    gateway.start()
    op = new_uuid()
    try:
        async with connected(gateway) as client:
            await client.start(op, 1350)
            await client.until_phase(op, "accepting")
            await asyncio.to_thread(machine.insert, 500)
            await client.until(op, lambda sale: sale["amount_in"] == 500)
            cut = time.monotonic()
            if wish:
                # The machine falls silent on the very command that ends the acceptance.
                machine.fault(no_answer=True)
                await client.ask(op, wish)
            machine.power(False)
            lost = await client.until(op, lambda sale: _is_lost(sale), patience=10)
            assert time.monotonic() - cut < 7
            assert (lost["state"], lost["amount_in"]) == ("running", 500)
            machine.fault(no_answer=False)
            machine.power(True)
            ended = await client.until_ended(op, patience=60)
            assert ended["amount_in"] - ended["amount_out"] == 500
            assert ended["state"] == "unknown"
            (found,) = [m for m in ended["messages"] if m["code"] == "outcome_counted"]
            assert "5.00 EUR more" in found["text"]
            assert not _is_lost(ended)
    finally:
        gateway.stop()


def _is_lost(operation):
    return any(message["code"] == "machine_lost" for message in operation["messages"])


async def test_a_slow_stop_is_told_and_believed_at_last(gateway, machine):
    op = new_uuid()
    async with connected(gateway) as client:
        await client.start(op, 500)
        await client.until_phase(op, "accepting")
        machine.fault(latency_ms=6000)
        await client.ask(op, "cancel")
        await client.until(op, _is_lost, patience=10)
        # Only this one answer was slow: the count after it comes at once.
        machine.fault(latency_ms=0)
        ended = await client.until_ended(op, patience=30)
        assert ended["state"] == "cancelled"
        assert not _is_lost(ended)
