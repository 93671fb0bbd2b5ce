"""Sales, refunds, deposits and withdrawals on the simulated machine: the money adds up."""

from __future__ import annotations

import asyncio

import pytest
from support import new_uuid, op_token, read_signature


def money(machine) -> int:
    """What is physically inside, minor units."""
    return machine.state()["physical_total"]


async def insert(machine, value: int, count: int = 1) -> None:
    result = await asyncio.to_thread(machine.insert, value, count)
    assert result["accepted"] == count, result


@pytest.fixture
def before(machine) -> int:
    return money(machine)


async def test_an_exact_payment_is_kept(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 500)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 500, 0)
    assert money(machine) - before == 500


async def test_change_is_given_for_a_larger_note(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 2000)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 2000, 1010)
    assert sale["undispensed"] == 0
    assert money(machine) - before == 990
    assert machine.take()["total"] == 1010


async def test_several_pieces_are_watched_as_they_fall(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 700)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    running = await gateway.until(op, lambda sale: sale["amount_in"] == 500)
    assert running["state"] == "running"
    assert running["cancellable"] is True
    await insert(machine, 100, 2)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"]) == ("done", 700)
    assert money(machine) - before == 700


async def test_cancel_before_money_ends_with_nothing(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op)
    await gateway.until_phase(op, "accepting")
    await gateway.ask(op, "cancel")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("cancelled", 0, 0)
    assert money(machine) == before


async def test_cancel_at_once_after_the_start_is_not_lost(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op)
    await gateway.ask(op, "cancel")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"]) == ("cancelled", 0)
    assert machine.state()["accepting"] is False
    assert money(machine) == before


async def test_cancel_gives_back_what_was_inserted(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 1500)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 1000)
    await gateway.ask(op, "cancel")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("cancelled", 1000, 1000)
    assert money(machine) == before


async def test_cancel_that_cannot_give_all_back_says_what_to_hand_over(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 6000)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 5000)
    machine.fault(no_change=True)
    await gateway.ask(op, "cancel")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("cancelled", 5000, 0)
    assert sale["undispensed"] == 5000
    assert any(
        note["code"] == "undispensed" and "50.00 EUR" in note["text"] for note in sale["messages"]
    )
    assert money(machine) - before == 5000


async def test_retry_after_cancel_is_a_new_operation(gateway, machine, before):
    first, second = new_uuid(), new_uuid()
    await gateway.start(first, 500)
    await gateway.ask(first, "cancel")
    await gateway.until_ended(first)
    await gateway.start(second, 500)
    await gateway.until_phase(second, "accepting")
    await insert(machine, 500)
    assert (await gateway.until_ended(second))["state"] == "done"
    assert (await gateway.get(first))["state"] == "cancelled"


async def test_partial_payment_is_kept_when_accepted(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 990, allow_partial=True)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    await gateway.until(op, lambda sale: sale["acceptable"])
    await gateway.ask(op, "accept")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 500, 0)
    assert money(machine) - before == 500


async def test_partial_payment_is_not_acceptable_without_leave_or_money(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990, allow_partial=False)
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    await gateway.until(op, lambda sale: sale["amount_in"] == 500)
    status, problem = await gateway.call("POST", f"/v1/operations/{op}/accept")
    assert (status, problem["code"]) == (409, "not_acceptable")
    await gateway.ask(op, "cancel")
    await gateway.until_ended(op)

    other = new_uuid()
    await gateway.start(other, 990, allow_partial=True)
    await gateway.until_phase(other, "accepting")
    status, problem = await gateway.call("POST", f"/v1/operations/{other}/accept")
    assert (status, problem["code"]) == (409, "not_acceptable")


async def test_change_that_is_missing_is_told_not_hidden(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    machine.fault(no_change=True)
    await insert(machine, 2000)
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 2000, 0)
    assert sale["undispensed"] == 1010
    assert money(machine) - before == 2000


async def test_a_jam_midway_counts_what_came_out(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    machine.fault(jam_after=1)
    await insert(machine, 2000)
    sale = await gateway.until_ended(op)
    assert sale["state"] == "done"
    assert 0 < sale["undispensed"] == 1010 - sale["amount_out"]
    assert money(machine) - before == 2000 - sale["amount_out"]


async def test_cancel_racing_with_the_last_coin_ends_as_paid(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 10)
    await gateway.until_phase(op, "accepting")
    # The coins are in the bowl, still being counted, when the cashier presses cancel.
    machine.insert(1, 10, wait=False)
    await gateway.ask(op, "cancel")
    sale = await gateway.until_ended(op)
    assert (sale["state"], sale["amount_in"], sale["amount_out"]) == ("done", 10, 0)
    assert money(machine) - before == 10


async def test_a_refund_is_given_out(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 1230, "refund")
    refund = await gateway.until_ended(op)
    assert (refund["state"], refund["amount_in"], refund["amount_out"]) == ("done", 0, 1230)
    assert before - money(machine) == 1230


async def test_a_refund_without_pieces_fails_and_nothing_moved(gateway, machine, before):
    machine.fault(no_change=True)
    op = new_uuid()
    await gateway.start(op, 1230, "refund")
    refund = await gateway.until_ended(op)
    assert (refund["state"], refund["amount_out"], refund["undispensed"]) == ("failed", 0, 0)
    assert [note["code"] for note in refund["messages"]] == ["no_change"]
    assert money(machine) == before


async def test_a_short_payout_says_what_to_hand_over(gateway, machine, before):
    machine.fault(jam_after=1)
    op = new_uuid()
    await gateway.start(op, 4000, "cash_out")
    out = await gateway.until_ended(op)
    assert out["state"] == "done"
    assert 0 < out["amount_out"] == before - money(machine)
    assert out["undispensed"] == 4000 - out["amount_out"]


async def test_a_deposit_of_a_fixed_amount_gives_change(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 1500, "cash_in")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 2000)
    deposit = await gateway.until_ended(op)
    assert (deposit["state"], deposit["amount_in"], deposit["amount_out"]) == ("done", 2000, 500)
    assert money(machine) - before == 1500


async def test_an_open_deposit_ends_when_it_is_accepted(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 0, "cash_in")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 5000)
    await insert(machine, 200, 3)
    await gateway.until(op, lambda deposit: deposit["amount_in"] == 5600)
    await gateway.ask(op, "accept")
    deposit = await gateway.until_ended(op)
    assert (deposit["state"], deposit["amount_in"], deposit["amount_out"]) == ("done", 5600, 0)
    assert money(machine) - before == 5600


async def test_an_open_deposit_can_be_given_back(gateway, machine, before):
    op = new_uuid()
    await gateway.start(op, 0, "cash_in")
    await gateway.until_phase(op, "accepting")
    await insert(machine, 1000)
    await gateway.ask(op, "cancel")
    deposit = await gateway.until_ended(op)
    assert (deposit["state"], deposit["amount_out"]) == ("cancelled", 1000)
    assert money(machine) == before


async def test_the_same_start_again_starts_nothing_again(gateway, machine, before):
    op = new_uuid()
    first = await gateway.start(op, 500)
    path, body = f"/v1/operations/{op}", {"kind": "sale", "amount": 500, "currency": "EUR"}
    status, again = await gateway.call("PUT", path, json=body)
    assert status == 200
    assert again["device_ref"] == first["device_ref"]
    await gateway.until_phase(op, "accepting")
    await insert(machine, 500)
    await gateway.until_ended(op)
    status, ended = await gateway.call("PUT", path, json=body)
    assert (status, ended["state"]) == (200, "done")
    assert machine.state()["accepting"] is False
    assert money(machine) - before == 500


async def test_a_refund_asked_for_twice_is_paid_once(gateway, machine, before):
    op = new_uuid()
    auth = op_token(op, "refund", 1000)
    asks = [
        gateway.call(
            "PUT",
            f"/v1/operations/{op}",
            auth=auth,
            json={"kind": "refund", "amount": 1000, "currency": "EUR"},
        )
        for _ in range(6)
    ]
    statuses = sorted(status for status, _ in await asyncio.gather(*asks))
    assert statuses == [200] * 5 + [201]
    await gateway.until_ended(op)
    assert before - money(machine) == 1000


async def test_of_many_starts_at_once_one_operation_runs(gateway, machine):
    uuids = [new_uuid() for _ in range(6)]
    answers = await asyncio.gather(
        *(
            gateway.call(
                "PUT",
                f"/v1/operations/{op}",
                json={"kind": "sale", "amount": 500, "currency": "EUR"},
            )
            for op in uuids
        )
    )
    assert sorted(status for status, _ in answers) == [201] + [409] * 5
    running = next(answer["uuid"] for status, answer in answers if status == 201)
    refused = [answer for status, answer in answers if status == 409]
    assert {problem["code"] for problem in refused} == {"device_busy"}
    assert {problem["operation"] for problem in refused} == {running}
    for op in set(uuids) - {running}:
        status, problem = await gateway.call("GET", f"/v1/operations/{op}")
        assert (status, problem["code"]) == (404, "operation_unknown")


async def test_another_body_under_a_known_uuid_is_a_conflict(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 500)
    status, problem = await gateway.call(
        "PUT", f"/v1/operations/{op}", json={"kind": "sale", "amount": 600, "currency": "EUR"}
    )
    assert (status, problem["code"]) == (409, "uuid_conflict")


async def test_the_result_is_signed_and_only_then(gateway, machine):
    op = new_uuid()
    assert (await gateway.start(op, 500))["signature"] is None
    await gateway.until_phase(op, "accepting")
    await insert(machine, 1000)
    sale = await gateway.until_ended(op)
    signed = read_signature(sale["signature"])
    assert signed.pop("iat") > 0
    assert signed == {
        "op": op,
        "device": "device-1",
        "kind": "sale",
        "state": "done",
        "amount": 500,
        "amount_in": 1000,
        "amount_out": 500,
        "undispensed": 0,
    }


async def test_the_journal_lists_newest_first_and_filters(gateway, machine):
    first, second = new_uuid(), new_uuid()
    await gateway.start(first, 500)
    await gateway.ask(first, "cancel")
    since = (await gateway.until_ended(first))["started_at"]
    await gateway.start(second, 100, "refund")
    await gateway.until_ended(second)
    _, found = await gateway.call("GET", "/v1/operations", params={"since": since})
    assert [op["uuid"] for op in found["operations"]] == [second, first]
    _, found = await gateway.call(
        "GET", "/v1/operations", params={"since": since, "state": "cancelled"}
    )
    assert [op["uuid"] for op in found["operations"]] == [first]


async def test_the_inventory_is_counted_anew_when_asked_for(gateway, machine, before):
    _, device = await gateway.call("GET", "/v1/device")
    assert device["state"] == "online"
    assert device["inventory"]["total"] == before
    op = new_uuid()
    await gateway.start(op, 1000, "refund")
    await gateway.until_ended(op)
    _, device = await gateway.call("GET", "/v1/device")
    assert device["inventory"]["total"] == before - 1000
    pieces = device["inventory"]["denominations"]
    assert sum(p["value"] * (p["recycler"] + p["cassette"]) for p in pieces) == before - 1000
    assert {p["level"] for p in pieces if p["value"] == 500} == {"ok"}


async def test_the_device_is_busy_while_an_operation_runs(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 500)
    _, device = await gateway.call("GET", "/v1/device")
    assert (device["state"], device["operation"]) == ("busy", op)


async def test_a_count_that_the_machine_corrects_is_no_question(gateway, machine):
    """10.04 asked, 10.00 paid, and an empty hopper struck off the machine's books: 0.04 by hand."""
    machine.fault(hopper_empty=2)
    op = new_uuid()
    await gateway.start(op, 1004, "refund")
    refund = await gateway.until_ended(op)
    assert (refund["state"], refund["amount_out"], refund["undispensed"]) == ("done", 1000, 4)
    assert machine.state()["tray_total"] == 1000
    codes = [message["code"] for message in refund["messages"]]
    assert codes == ["count_corrected", "undispensed"]
    assert "0.04 EUR by hand" in refund["messages"][-1]["text"]
