"""A customer who left, and a page that is gone: the machine is free again by itself."""

from __future__ import annotations

import asyncio

import pytest
from support import new_uuid, op_token, read_signature, token


def money(machine) -> int:
    return machine.state()["physical_total"]


async def insert(machine, value: int) -> None:
    result = await asyncio.to_thread(machine.insert, value, 1)
    assert result["accepted"] == 1, result


def codes(operation) -> list[str]:
    return [message["code"] for message in operation["messages"]]


async def test_nobody_pays_and_the_machine_is_free_for_the_next(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990, idle_timeout=1)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], codes(sale)) == ("cancelled", 0, ["nobody_paid"])
    assert read_signature(sale["signature"])["state"] == "cancelled"
    other = new_uuid()
    await gateway.start(other, 500)
    await gateway.until_phase(other, "accepting")
    await insert(machine, 500)
    assert (await gateway.until_ended(other))["state"] == "done"


async def test_each_piece_gives_the_whole_time_again_then_all_comes_back(gateway, machine):
    before = money(machine)
    op = new_uuid()
    await gateway.start(op, 990, idle_timeout=5)
    await gateway.until_phase(op, "accepting")
    await asyncio.sleep(3)
    await insert(machine, 500)
    await asyncio.sleep(3)
    assert (await gateway.get(op))["state"] == "running"
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("cancelled", 500, 500)
    assert codes(sale) == ["payment_abandoned"]
    assert money(machine) == before


async def test_money_of_an_open_deposit_is_left_to_who_puts_it_in(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 0, "fill", idle_timeout=1)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    await asyncio.sleep(2)
    assert (await gateway.get(op))["state"] == "running"
    empty = new_uuid()
    await gateway.call("POST", f"/v1/operations/{op}/accept", auth=op_token(op, "fill", 0))
    await gateway.until_ended(op)
    await gateway.start(empty, 0, "fill", idle_timeout=1)
    assert codes(await gateway.until_ended(empty)) == ["nobody_paid"]


async def test_without_a_time_it_waits(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await asyncio.sleep(2)
    assert (await gateway.get(op))["state"] == "running"


async def test_the_time_is_no_part_of_what_is_asked_for(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990, idle_timeout=60)
    body = {"kind": "sale", "amount": 990, "currency": "EUR", "idle_timeout": 30}
    path = f"/v1/operations/{op}"
    assert (await gateway.call("PUT", path, auth=token(), json=body))[0] == 200


@pytest.mark.parametrize("seconds", [-1, 86401, 1.5, "60", True, None])
async def test_a_time_that_is_none_is_refused_and_nothing_starts(gateway, machine, seconds):
    op = new_uuid()
    body = {"kind": "sale", "amount": 990, "currency": "EUR", "idle_timeout": seconds}
    status, problem = await gateway.call("PUT", f"/v1/operations/{op}", auth=token(), json=body)
    assert (status, problem["code"]) == (422, "bad_request")
    assert (await gateway.call("GET", f"/v1/operations/{op}"))[0] == 404


async def test_a_gateway_says_that_it_knows_the_time(gateway, machine):
    _status, device = await gateway.call("GET", "/v1/device")
    assert device["capabilities"]["idle_timeout"] is True
