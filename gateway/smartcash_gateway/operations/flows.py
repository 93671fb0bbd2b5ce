"""One operation on the machine, from its registration to its end.

Sale, cash in, fill and exchange: B (A for a fill), poll Q until covered, cancelled or accepted, J,
then P for the change or for giving back. The total is what J says, never the last Q: money may
still be in the counter. Refund and cash out: P. What P was told to give is on disk before P is
sent. What only a manager does with the machine is in `service`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

from ..cashlogy import messages
from ..errors import (
    DeviceBusy,
    DeviceError,
    DeviceFault,
    DeviceIllegal,
    DeviceLost,
    DeviceOffline,
    DeviceRefused,
)
from ..models import Inventory, Kind, Message, Phase, State
from .payout import net_when_counted, pay_out
from .recovery import money_inside, recover
from .run import Run
from .screen import charge_on_screen
from .service import collect, empty, exchange, pieces_moved, transfer

_logger = logging.getLogger(__name__)

T = TypeVar("T")

_SERVICES = {Kind.COLLECT: collect, Kind.TRANSFER: transfer, Kind.EMPTY: empty}


class _Ending(Enum):
    """Why the machine stops taking money."""

    COVERED = auto()
    CANCEL = auto()
    IDLE = auto()  # nobody paid, for as long as the machine may wait
    ACCEPT = auto()
    GONE = auto()  # the machine no longer accepts, and it was not us


_GIVES_BACK = frozenset({_Ending.CANCEL, _Ending.IDLE})


async def carry_out(run: Run) -> None:
    """Runs a registered operation to its end; never raises a DeviceError."""
    run.show(phase=Phase.STARTING)
    try:
        inventory = await _count(run)
    except DeviceError as error:
        _logger.warning("%s not started: %s", run.op.uuid, error)
        await run.end(State.FAILED, messages.did_not_start(error.code))
        return
    if run.cancel_wished:
        await run.end(State.CANCELLED)
        return
    run.counted(inventory)
    if run.op.on_screen:
        await charge_on_screen(run, inventory)
    elif run.op.kind.takes_money:
        await _take_money(run, inventory)
    elif run.op.kind in _SERVICES:
        await _SERVICES[run.op.kind](run, inventory)
    else:
        await _give_money(run, inventory)


async def _count(run: Run) -> Inventory:
    """The inventory to compare with later; wakes a machine that was restarted."""
    try:
        return await _patiently(run, run.machine.inventory)
    except DeviceIllegal:
        await run.initialise()
        return await run.machine.inventory()


async def _patiently(run: Run, verb: Callable[[], Awaitable[T]]) -> T:
    """Calls `verb` again while the machine says BUSY, for a while: BUSY means not executed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + run.timing.busy
    while True:
        try:
            answer = await verb()
        except DeviceBusy as error:
            run.kept_waiting(error)
            if loop.time() > deadline:
                raise
        else:
            if run.waiting:
                run.found()
            return answer
        await asyncio.sleep(run.timing.calm)


# -- taking money --------------------------------------------------------------------------


async def _take_money(run: Run, before: Inventory) -> None:
    await run.advance(phase=Phase.ACCEPTING, before=before.total)
    try:
        machine = run.machine
        await _patiently(run, machine.add_change if run.op.kind is Kind.FILL else machine.accept)
    except (DeviceBusy, DeviceIllegal, DeviceRefused, DeviceOffline) as error:
        await run.end(State.FAILED, messages.did_not_start(error.code))
        return
    except (DeviceLost, DeviceFault) as error:
        _logger.warning("%s: %s", run.op.uuid, error)
        await recover(run)
        return
    ending = await _watch(run)
    if ending in _GIVES_BACK:
        await run.advance(phase=Phase.CANCELLING)
    total = await _final_total(run, ending)
    if run.op.state.ended:
        return
    if total is None:
        await recover(run)
    else:
        await _settle(run, before, total, ending)


async def _watch(run: Run) -> _Ending:
    """Asks how much is inside until something ends the acceptance."""
    loop = asyncio.get_running_loop()
    moved_at = loop.time()
    while True:
        if run.cancel_wished:
            return _Ending.CANCEL
        if run.accept_wished:
            if run.op.acceptable:
                return _Ending.ACCEPT
            run.accept_wished = False
        try:
            inserted = await run.machine.inserted()
        except (DeviceIllegal, DeviceRefused):
            return _Ending.GONE
        except DeviceError as error:
            waited = run.kept_waiting(error)
            if waited > run.timing.recovery:
                return _Ending.GONE
            slower = 0 if isinstance(error, DeviceBusy) else waited / 5
            await run.pause(min(2.0, run.timing.calm + slower))
            continue
        if run.waiting:
            run.found()
        if inserted < run.op.amount_in:
            _fell(run, inserted)
        elif 0 < run.op.amount <= inserted:
            run.show(amount_in=inserted)
            return _Ending.COVERED
        elif inserted != run.op.amount_in:
            moved_at = loop.time()
            run.progress(amount_in=inserted)
        still = loop.time() - moved_at
        if 0 < run.idle_timeout <= still and run.op.belongs_to_customer:
            _logger.info("%s: nothing inserted for %d s", run.op.uuid, still)
            return _Ending.IDLE
        calm = still > run.timing.calm_after
        await run.pause(max(run.timing.calm, run.timing.poll) if calm else run.timing.poll)


def _fell(run: Run, inserted: int) -> None:
    """Less than it said before: an answer to another question, or a machine that is not sure."""
    _logger.error("%s: %d inserted, after %d", run.op.uuid, inserted, run.op.amount_in)
    run.suspects(messages.total_fell(run.op.amount_in, inserted, run.op.currency))


async def _final_total(run: Run, ending: _Ending) -> int | None:
    """What J says; looked up in the machine's count when its answer is lost, None if neither."""
    if ending is not _Ending.GONE:
        try:
            total = await _patiently(run, lambda: run.attentive(run.machine.stop()))
        except DeviceError as error:
            _logger.warning("%s while stopping: %s", run.op.uuid, error)
        else:
            if total < run.op.amount_in:
                _fell(run, total)
            return total if not run.doubtful or await _is_counted(run, total) else None
    counted = await money_inside(run)
    if counted and ending is _Ending.GONE and not 0 < run.op.amount <= counted:
        return None  # somebody ended it at the machine: nobody here decided what to do with it
    return counted


async def _is_counted(run: Run, total: int) -> bool:
    """Whether the machine's count says the same as `total`, minor units; ends it when it does not."""
    try:
        inventory = await _patiently(run, run.machine.inventory)
    except DeviceError as error:
        _logger.warning("%s cannot be counted: %s", run.op.uuid, error)
        return False
    run.counted(inventory)
    return await _is_right(run, total, inventory.total - run.before)


async def _is_right(run: Run, total: int, found: int) -> bool:
    if run.agrees(total, found):
        return True
    said = messages.money(total, run.op.currency)
    await run.end_unknown(found, why=f"It reported {said} inserted. ")
    return False


async def _settle(run: Run, before: Inventory, total: int, ending: _Ending) -> None:
    """Gives change or gives back, and ends the operation. `total` in minor units."""
    amount = run.op.amount
    if run.op.kind is Kind.EXCHANGE and ending is _Ending.ACCEPT and total:
        await exchange(run, before, total)
        return
    notes: tuple[Message, ...] = ()
    if 0 < amount <= total:
        state, give = State.DONE, total - amount
        if ending in _GIVES_BACK:
            notes = (messages.PAID_AFTER_CANCEL,)
    elif ending is _Ending.ACCEPT and total:
        state, give = State.DONE, 0
    else:
        state, give = State.CANCELLED, total
        if ending is _Ending.IDLE:
            notes = (messages.ABANDONED if total else messages.NOBODY_PAID,)
    given = 0
    if give:
        phase = Phase.DISPENSING if state is State.DONE else Phase.CANCELLING
        await run.advance(phase=phase, amount_in=total, to_dispense=give)
        paid = await pay_out(run, give)
        if paid is None:
            return
        given = paid
    else:
        found = await net_when_counted(run)
        if found is not None and not await _is_right(run, total, found):
            return
    missing = give - given
    if missing:
        notes += (messages.hand_over(missing, run.op.currency),)
    if run.op.kind is Kind.FILL and state is State.DONE:
        notes += await pieces_moved(run, before)
    await run.end(state, *notes, amount_in=total, amount_out=given, undispensed=missing)


# -- giving money --------------------------------------------------------------------------


async def _give_money(run: Run, before: Inventory) -> None:
    op = run.op
    await run.advance(phase=Phase.DISPENSING, before=before.total, to_dispense=op.amount)
    given = await pay_out(run, op.amount)
    if given is None:
        return
    missing = op.amount - given
    if not given:
        await run.end(State.FAILED, messages.no_change(op.amount, op.currency))
    elif missing:
        note = messages.hand_over(missing, op.currency)
        await run.end(State.DONE, note, amount_out=given, undispensed=missing)
    else:
        await run.end(State.DONE, amount_out=given)
