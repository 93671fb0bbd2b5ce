"""Whatever says "how much" and cannot be right is noticed, told, and never signed as a plain end."""

from __future__ import annotations

import asyncio

import pytest
from support import new_uuid, read_signature


async def _insert(machine, value: int, count: int = 1) -> None:
    result = await asyncio.to_thread(machine.insert, value, count)
    assert result["accepted"] == count, result


def _codes(messages) -> list[str]:
    return [message["code"] for message in messages]


async def _device_codes(gateway) -> list[str]:
    _, device = await gateway.call("GET", "/v1/device")
    return _codes(device["errors"])


async def _good_sale(gateway, machine) -> dict:
    machine.clear_faults()
    op = new_uuid()
    await gateway.start(op, 100)
    await gateway.until_phase(op, "accepting")
    await _insert(machine, 200)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_out"], sale["messages"]) == ("done", 100, [])
    return sale


async def test_a_total_that_falls_while_accepting_is_told_and_the_count_decides(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    await _insert(machine, 500)
    await gateway.until(op, lambda sale: sale["amount_in"] == 500)
    machine.fault(inserted_short=300)
    running = await gateway.until(op, lambda sale: sale["messages"])
    assert (_codes(running["messages"]), running["amount_in"]) == (["total_fell"], 500)
    await _insert(machine, 500)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 1000, 10)
    assert _codes(sale["messages"]) == ["total_fell"]
    assert "total_fell" in await _device_codes(gateway)
    await _good_sale(gateway, machine)
    assert await _device_codes(gateway) == []


@pytest.mark.parametrize("wish", [None, "cancel"])
async def test_a_final_total_that_is_smaller_than_what_was_seen_asks_for_a_decision(
    gateway, machine, wish
):
    """5.00 seen, 2.00 told at the end: with the smaller number the customer lost 3.00."""
    op = new_uuid()
    await gateway.start(op, 500 if wish is None else 990)
    await gateway.until_phase(op, "accepting")
    machine.fault(total_short=300)
    await _insert(machine, 500)
    if wish:
        await gateway.until(op, lambda sale: sale["amount_in"] == 500)
        await gateway.ask(op, wish)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("unknown", 500, 0)
    assert read_signature(sale["signature"])["state"] == "unknown"
    assert _codes(sale["messages"]) == ["total_fell", "outcome_counted"]
    assert "2.00 EUR inserted" in sale["messages"][-1]["text"]
    assert "count_differs" in await _device_codes(gateway)
    await _good_sale(gateway, machine)


async def _sale(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 500)
    await gateway.until_phase(op, "accepting")
    machine.fault(miscount=100)
    await _insert(machine, 500)
    return await gateway.until_ended(op)


async def _sale_with_change(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    machine.fault(miscount=100)
    await _insert(machine, 2000)
    return await gateway.until_ended(op)


async def _cancel(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    machine.fault(miscount=100)
    await gateway.ask(op, "cancel")
    return await gateway.until_ended(op)


async def _given_back(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    await _insert(machine, 500)
    await gateway.until(op, lambda sale: sale["amount_in"] == 500)
    machine.fault(miscount=100)
    await gateway.ask(op, "cancel")
    return await gateway.until_ended(op)


async def _partial(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990, allow_partial=True)
    await gateway.until_phase(op, "accepting")
    await _insert(machine, 500)
    await gateway.until(op, lambda sale: sale["acceptable"])
    machine.fault(miscount=100)
    await gateway.ask(op, "accept")
    return await gateway.until_ended(op)


async def _refund(gateway, machine):
    # Late enough for the fault to be there before the count, however busy this computer is.
    machine.fault(latency_ms=500)
    op = new_uuid()
    await gateway.start(op, 4000, "refund")
    await gateway.until_phase(op, "dispensing")
    machine.fault(miscount=100)
    return await gateway.until_ended(op)


async def _fill(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 0, "fill")
    await gateway.until_phase(op, "accepting")
    await _insert(machine, 500)
    await gateway.until(op, lambda sale: sale["acceptable"])
    machine.fault(miscount=100)
    await gateway.ask(op, "accept")
    return await gateway.until_ended(op)


@pytest.mark.parametrize(
    "operate", [_sale, _sale_with_change, _cancel, _given_back, _partial, _refund, _fill]
)
async def test_a_count_that_is_not_what_went_in_and_out_asks_for_a_decision(
    gateway, machine, operate
):
    ended = await operate(gateway, machine)
    assert ended["state"] == "unknown"
    assert read_signature(ended["signature"])["state"] == "unknown"
    assert "count_differs" in await _device_codes(gateway)
    await _good_sale(gateway, machine)
    assert await _device_codes(gateway) == []
