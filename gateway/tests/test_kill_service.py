"""kill -9 of the gateway while it is filled, emptied or changes notes: no cent is guessed."""

from __future__ import annotations

import asyncio

import pytest
from support import Scene, connected, until

STACKER = {"value": 5000, "cassette": 3}
COINS = {"value": 200, "recycler": 10}


@pytest.fixture
def stocked(scene: Scene) -> Scene:
    """Ten coins of 2.00, seven notes of 5.00, and three notes of 50.00 in the stacker."""
    pieces = [COINS, {"value": 500, "recycler": 7}, STACKER]
    scene.before = scene.machine.reset(pieces=pieces)["physical_total"]
    return scene


async def collecting(scene: Scene) -> None:
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 0, "collect")
        await scene.tap.until_seen("S")
        await client.until_phase(scene.op, "collecting")
    await until(lambda: scene.machine.state()["cassette"]["unlocked"])


async def take_stacker(scene: Scene, *actions: str) -> None:
    for action in actions:
        await asyncio.to_thread(scene.machine.stacker, action)


async def test_killed_while_filling_books_what_was_put_in(scene: Scene):
    async with connected(scene.gateway) as client:
        await client.start(scene.op, 0, "fill")
        await scene.tap.until_seen("Q")
        await scene.insert(2000)
    ended = await scene.truth()
    assert (ended["state"], ended["amount_in"]) == ("done", 2000)


async def test_killed_and_the_stacker_was_taken_meanwhile(stocked: Scene):
    await collecting(stocked)
    stocked.gateway.kill()
    await take_stacker(stocked, "remove", "replace")
    stocked.gateway.start()
    ended = await stocked.truth()
    assert (ended["state"], ended["amount_out"]) == ("done", 15000)
    assert "S" not in stocked.tap.seen


async def test_killed_with_the_stacker_in_somebodys_hands(stocked: Scene):
    await collecting(stocked)
    await take_stacker(stocked, "remove")
    stocked.gateway.kill()
    stocked.gateway.start()
    async with connected(stocked.gateway) as client:
        assert (await client.get(stocked.op))["state"] == "running"
        await take_stacker(stocked, "replace")
        assert (await client.until_ended(stocked.op))["state"] == "done"
    assert (await stocked.truth())["amount_out"] == 15000


async def test_cancelled_after_a_crash_the_stacker_stays(stocked: Scene):
    await collecting(stocked)
    stocked.gateway.kill()
    stocked.gateway.start()
    async with connected(stocked.gateway) as client:
        await client.ask(stocked.op, "cancel")
        await client.until_ended(stocked.op)
    assert (await stocked.truth())["state"] == "cancelled"


async def test_cancelled_after_a_crash_with_the_stacker_out_is_a_question(stocked: Scene):
    """The machine still counts what somebody has in his hands."""
    await collecting(stocked)
    await take_stacker(stocked, "remove")
    stocked.gateway.kill()
    stocked.gateway.start()
    async with connected(stocked.gateway) as client:
        await client.ask(stocked.op, "cancel")
        ended = await client.until_ended(stocked.op)
    assert ended["state"] == "unknown"
    assert "stacker" in ended["messages"][-1]["text"]


@pytest.mark.parametrize(
    ("how", "state", "out"), [("swallow", "done", 5500), ("hold", "failed", 0)]
)
async def test_killed_while_emptying(stocked: Scene, how, state, out):
    async with connected(stocked.gateway) as client:
        setattr(stocked.tap, how, {"P"})
        await client.start(stocked.op, 0, "empty")
        await stocked.tap.until_seen("P")
    ended = await stocked.truth()
    assert (ended["state"], ended["amount_out"]) == (state, out)
    assert "P" not in stocked.tap.seen


async def test_a_power_cut_while_emptying_books_what_came_out(stocked: Scene):
    stocked.machine.fault(power_cut_at="dispense")
    async with connected(stocked.gateway) as client:
        await client.start(stocked.op, 0, "empty")
        await until(lambda: not stocked.machine.state()["powered"])
        stocked.machine.power(True)
        ended = await client.until_ended(stocked.op)
    assert ended["state"] == "done"
    assert ended["amount_out"] == -stocked.kept() > 0


async def putting_in(scene: Scene, client, note: int) -> None:
    await client.start(scene.op, 0, "exchange")
    await scene.tap.until_seen("Q")
    await scene.insert(note)
    await client.until(scene.op, lambda one: one["acceptable"])


async def test_killed_before_the_note_was_changed_is_a_question(stocked: Scene):
    async with connected(stocked.gateway) as client:
        await putting_in(stocked, client, 1000)
    ended = await stocked.truth()
    assert (ended["state"], ended["amount_in"]) == ("unknown", 1000)
    assert not {"P", "U"} & set(stocked.tap.seen)


@pytest.mark.parametrize(
    ("how", "state", "out"), [("swallow", "done", 1000), ("hold", "unknown", 0)]
)
async def test_killed_while_changing_a_note(stocked: Scene, how, state, out):
    async with connected(stocked.gateway) as client:
        await putting_in(stocked, client, 1000)
        setattr(stocked.tap, how, {"U"})
        await client.ask(stocked.op, "accept")
        await stocked.tap.until_seen("U")
    ended = await stocked.truth()
    assert (ended["state"], ended["amount_in"], ended["amount_out"]) == (state, 1000, out)
    assert not {"P", "U"} & set(stocked.tap.seen)


@pytest.mark.parametrize("how", ["swallow", "hold"])
async def test_killed_while_notes_go_to_the_stacker(stocked: Scene, how):
    async with connected(stocked.gateway) as client:
        setattr(stocked.tap, how, {"U"})
        await client.start(stocked.op, 0, "transfer")
        await stocked.tap.until_seen("U")
    ended = await stocked.truth()
    assert ended["state"] == "cancelled"
    assert ended["messages"][-1]["code"] == "transfer_cut_off"
    assert "U" not in stocked.tap.seen
