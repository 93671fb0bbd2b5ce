"""kill -9 of the gateway at each phase: after the restart the journal tells the truth.

The truth is what is physically in the machine. A tap on the wire holds or swallows frames, so
that the process dies exactly where the test says.
"""

from __future__ import annotations

import asyncio

import pytest
from support import Scene, connected


async def test_killed_when_registered(scene: Scene):
    async with connected(scene.gateway) as client:
        scene.tap.hold = {"Y2", "Y"}
        scene.tap.seen.clear()
        await client.start(scene.op)
        await scene.tap.until_seen("Y2")
    ended = await scene.truth()
    assert ended["state"] == "failed"
    assert ended["messages"][-1]["code"] == "not_started"


async def test_killed_before_the_machine_heard_of_it(scene: Scene):
    async with connected(scene.gateway) as client:
        scene.tap.hold = {"B"}
        await client.start(scene.op)
        await scene.tap.until_seen("B")
    assert (await scene.truth())["state"] == "cancelled"


async def test_killed_while_accepting_without_money(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op)
        await scene.tap.until_seen("Q")
    assert (await scene.truth())["state"] == "cancelled"


async def test_killed_while_accepting_with_some_money(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
        await scene.insert(500)
        await client.until(scene.op, lambda sale: sale["amount_in"] == 500)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("unknown", 500)
    assert "5.00 EUR more" in ended["messages"][-1]["text"]


async def test_killed_while_accepting_and_more_money_falls_meanwhile(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
        await scene.insert(500)
        await client.until(scene.op, lambda sale: sale["amount_in"] == 500)
    scene.gateway.kill()
    await scene.insert(200)
    scene.gateway.start()
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("unknown", 700)


async def test_killed_while_accepting_with_the_exact_amount(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1000)
        await scene.tap.until_seen("Q")
        scene.tap.hold = {"Q"}
        await scene.insert(1000)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"], ended["amount_out"]) == ("done", 1000, 0)


async def test_killed_while_accepting_with_more_than_enough(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
        scene.tap.hold = {"Q"}
        await scene.insert(2000)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("unknown", 2000)
    assert "P" not in scene.tap.seen


@pytest.mark.parametrize("how", ["hold", "swallow"])
async def test_killed_while_stopping(scene: Scene, how):
    """Before the machine heard J, and after it, with the answer lost."""
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1000)
        await scene.tap.until_seen("Q")
        setattr(scene.tap, how, {"J"})
        await scene.insert(1000)
        await scene.tap.until_seen("J")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("done", 1000)


async def test_killed_while_cancelling(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1500)
        await scene.tap.until_seen("Q")
        await scene.insert(1000)
        scene.tap.swallow = {"J"}
        await client.ask(scene.op, "cancel")
        await scene.tap.until_seen("J")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("unknown", 1000)
    assert "P" not in scene.tap.seen


async def test_killed_while_giving_back(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1500)
        await scene.tap.until_seen("Q")
        await scene.insert(1000)
        scene.tap.swallow = {"P"}
        await client.ask(scene.op, "cancel")
        await scene.tap.until_seen("P")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"], ended["amount_out"]) == ("cancelled", 1000, 1000)


async def test_killed_while_giving_change(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
        scene.tap.swallow = {"P"}
        await scene.insert(2000)
        await scene.tap.until_seen("P")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"], ended["amount_out"]) == ("done", 2000, 1010)
    assert "P" not in scene.tap.seen


async def test_killed_before_the_change_was_asked_for(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
        scene.tap.hold = {"P"}
        await scene.insert(2000)
        await scene.tap.until_seen("P")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"], ended["amount_out"]) == ("unknown", 2000, 0)
    assert "P" not in scene.tap.seen


@pytest.mark.parametrize(
    ("how", "state", "out"), [("swallow", "done", 3000), ("hold", "failed", 0)]
)
async def test_killed_while_refunding(scene: Scene, how, state, out):
    async with connected(scene.gateway) as client:
        setattr(scene.tap, how, {"P"})
        await client.start(scene.op, 3000, "refund")
        await scene.tap.until_seen("P")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_out"]) == (state, out)
    assert "P" not in scene.tap.seen


async def test_killed_during_an_open_deposit_books_what_was_deposited(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 0, "cash_in")
        await scene.tap.until_seen("Q")
        await scene.insert(2000)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("done", 2000)


async def test_killed_right_after_the_end_the_result_is_signed(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1000)
        await scene.tap.until_seen("Q")
        await scene.insert(1000)
        await client.until_ended(scene.op)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("done", 1000)
    assert ended["messages"] == []


async def test_killed_again_during_recovery(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 1000)
        await scene.tap.until_seen("Q")
        scene.tap.hold = {"Q"}
        await scene.insert(1000)
    scene.gateway.kill()
    scene.tap.hold = {"Y2", "Y"}
    scene.tap.seen.clear()
    scene.gateway.start()
    await scene.tap.until_seen("Y2")
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("done", 1000)


async def test_a_stop_in_good_order_leaves_no_open_machine(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 990)
        await scene.tap.until_seen("Q")
    # In a thread: the tap has to go on meanwhile.
    assert await asyncio.to_thread(scene.gateway.stop) == 0
    assert scene.machine.state()["accepting"] is False
    scene.gateway.start()
    assert (await scene.truth())["state"] == "cancelled"


async def test_a_stop_in_good_order_waits_for_the_change(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 4990)
        await scene.tap.until_seen("Q")
        await scene.insert(5000)
        await scene.tap.until_seen("P")
    # In a thread: the tap has to go on meanwhile.
    assert await asyncio.to_thread(scene.gateway.stop) == 0
    scene.gateway.start()
    ended = await scene.truth()
    assert (ended["state"], ended["amount_out"], ended["messages"]) == ("done", 10, [])
