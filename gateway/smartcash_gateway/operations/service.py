"""What only a manager does with the machine: filling it, emptying it, changing notes.

How much was taken is never just the machine's word: its inventory before and after must say the
same. The flows that take money begin in `flows`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from ..cashlogy import messages
from ..cashlogy.change import compose
from ..cashlogy.machine import Collected, Pieces
from ..errors import DeviceBusy, DeviceError, DeviceIllegal, DeviceOffline, DeviceRefused
from ..models import Inventory, Message, Phase, State
from .payout import pay_out
from .recovery import recover
from .run import Run

_logger = logging.getLogger(__name__)

T = TypeVar("T")


# -- the stacker -----------------------------------------------------------------------------


async def collect(run: Run, before: Inventory) -> None:
    """`#S#`: somebody takes the stacker out, empties it and puts it back."""
    await run.advance(phase=Phase.COLLECTING, before=before.total)
    command = run.interruptible(run.machine.collect(), messages.CANCELLING_COLLECT)
    collected = await _carried_out(run, command)
    if collected is None:
        return
    if collected.cancelled and collected.amount:
        after = await _counted(run, _until_put_back(run, before))
    else:
        after = await _counted(run, run.machine.inventory())
    if after is not None:
        await _book_collected(run, before, after, collected)


async def _carried_out(run: Run, command: Awaitable[T]) -> T | None:
    """What the machine answers to `command`; None when that has ended the operation already."""
    try:
        return await command
    except (DeviceBusy, DeviceIllegal, DeviceRefused, DeviceOffline) as error:
        await run.end(State.FAILED, messages.did_not_start(error.code))
    except DeviceError as error:
        _logger.warning("%s %s: %s", run.op.kind.value, run.op.uuid, error)
        await recover(run)
    return None


async def _counted(run: Run, count: Awaitable[Inventory]) -> Inventory | None:
    """What is inside now; None when that had to be left to the recovery."""
    try:
        inventory = await count
    except DeviceError as error:
        _logger.warning("%s cannot be counted yet: %s", run.op.uuid, error)
        await recover(run)
        return None
    run.counted(inventory)
    return inventory


async def _until_put_back(run: Run, before: Inventory) -> Inventory:
    """The stacker's counters fall to zero only when it is back in its place."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + run.timing.recovery
    while True:
        after = await run.machine.inventory()
        if after.total != before.total or loop.time() > deadline:
            return after
        run.say(messages.STACKER_OUT)
        await asyncio.sleep(0.5)


async def _book_collected(
    run: Run, before: Inventory, after: Inventory, collected: Collected
) -> None:
    net = after.total - before.total
    if net == -collected.amount:
        if net:
            await run.end(State.DONE, *_pieces(before, after, run.op.currency), amount_out=-net)
        else:
            note = () if collected.cancelled else (messages.NOTHING_INSIDE_TO_TAKE,)
            await run.end(State.CANCELLED, *note)
    elif collected.cancelled and net == 0:
        # It was never put back: the machine still counts what somebody has taken.
        await run.end(State.UNKNOWN, messages.STACKER_OUT, amount_out=collected.amount)
    else:
        said = messages.money(collected.amount, run.op.currency)
        await run.end_unknown(net, why=f"It reported {said} taken with the stacker. ")


async def transfer(run: Run, before: Inventory) -> None:
    """`#U#` into the stacker: all notes that the recyclers hold. Nothing leaves the machine."""
    notes = {
        (piece.kind, piece.value): piece.recycler
        for piece in before.denominations
        if piece.kind == "note" and piece.recycler
    }
    if not notes:
        await run.end(State.CANCELLED, messages.NOTHING_INSIDE_TO_TAKE)
        return
    await run.advance(phase=Phase.DISPENSING, before=before.total)
    if await _carried_out(run, run.machine.give_pieces(notes, to_stacker=True)) is None:
        return
    after = await _counted(run, run.machine.inventory())
    if after is None:
        return
    moved = after.in_cassette - before.in_cassette
    if after.total != before.total or moved < 0:
        await run.end_unknown(after.total - before.total)
    elif moved:
        await run.end(State.DONE, amount_in=moved, amount_out=moved)
    else:
        await run.end(State.FAILED, messages.NOTHING_TRANSFERRED)


# -- the recyclers -----------------------------------------------------------------------------


async def empty(run: Run, before: Inventory) -> None:
    """`#P#` of all that the recyclers hold; the stacker is collected, see `collect`."""
    inside = before.in_recyclers
    if not inside:
        await run.end(State.CANCELLED, messages.NOTHING_INSIDE_TO_TAKE)
        return
    await run.advance(phase=Phase.DISPENSING, before=before.total, to_dispense=inside)
    pieces = sum(piece.recycler for piece in before.denominations)
    given = await pay_out(run, inside, lambda: run.machine.pay_out(inside, pieces=pieces))
    if given is None:
        return
    if not given:
        await run.end(State.FAILED, messages.NOTHING_TAKEN)
        return
    notes = await pieces_moved(run, before)
    if given < inside:
        notes += (messages.left_inside(inside - given, run.op.currency),)
    await run.end(State.DONE, *notes, amount_out=given)


async def exchange(run: Run, before: Inventory, total: int) -> None:
    """Gives `total` (minor units) out in pieces smaller than the largest that was put in.

    Left to `#P#`, the machine might give the very same note back.
    """
    smaller = await _smaller_pieces(run, before, total)
    await run.advance(phase=Phase.DISPENSING, amount_in=total, to_dispense=total)
    given: int | None = 0
    if smaller:
        given = await pay_out(run, total, lambda: run.machine.give_pieces(smaller))
    state = State.DONE
    notes: tuple[Message, ...] = ()
    if given == 0:
        given = await pay_out(run, total)
        state, notes = State.CANCELLED, (messages.NO_SMALLER_PIECES,)
    if given is None:
        return
    missing = total - given
    if missing:
        notes = (messages.hand_over(missing, run.op.currency),)
    if state is State.DONE:
        notes += await pieces_moved(run, before)
    await run.end(state, *notes, amount_in=total, amount_out=given, undispensed=missing)


async def _smaller_pieces(run: Run, before: Inventory, total: int) -> Pieces | None:
    try:
        inside = await run.machine.inventory()
    except DeviceError as error:
        _logger.warning("%s: not known what was put in: %s", run.op.uuid, error)
        return None
    put_in = [value for value, change in _changes(before, inside).items() if change > 0]
    stock = {
        (piece.kind, piece.value): piece.recycler
        for piece in inside.denominations
        if 0 < piece.value < max(put_in, default=0)
    }
    return compose(total, stock)


# -- which pieces --------------------------------------------------------------------------------


async def pieces_moved(run: Run, before: Inventory) -> tuple[Message, ...]:
    """Which pieces went in and came out, for people; nothing when the machine does not say."""
    try:
        after = await run.machine.inventory()
    except DeviceError as error:
        _logger.warning("%s: the pieces are not known: %s", run.op.uuid, error)
        return ()
    return _pieces(before, after, run.op.currency)


def _pieces(before: Inventory, after: Inventory, currency: str) -> tuple[Message, ...]:
    changes = _changes(before, after)
    went_in = {value: count for value, count in changes.items() if count > 0}
    came_out = {value: -count for value, count in changes.items() if count < 0}
    return tuple(
        messages.pieces(code, counts, currency)
        for code, counts in (("pieces_in", went_in), ("pieces_out", came_out))
        if counts
    )


def _changes(before: Inventory, after: Inventory) -> dict[int, int]:
    """Pieces per value (minor units) that are inside now and were not before."""
    changes: dict[int, int] = {}
    for inventory, sign in ((before, -1), (after, 1)):
        for piece in inventory.denominations:
            count = sign * (piece.recycler + piece.cassette)
            changes[piece.value] = changes.get(piece.value, 0) + count
    return changes
