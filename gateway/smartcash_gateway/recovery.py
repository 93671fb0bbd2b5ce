"""What happened, when nobody can say: the machine's inventory before and after decides.

The inventory before an operation is in the journal before the first frame that moves money.
After a crash of the gateway, a lost Connector or an unusable answer:

1. registered, no inventory yet: no frame was sent. Failed, nothing moved.
2. interrupted while taking money: the acceptance is ended first (J), or the machine would go on
   swallowing money. J moves nothing outwards, so it may be sent at any time; that it is refused
   only means that nothing was open.
3. interrupted while giving out, or on the Connector's screen: wait until the machine is idle.
4. then net = inventory now − inventory before:
   * nothing moved → cancelled (money was being taken) or failed (a payout)
   * exactly what was meant to stay or to leave → done; a given-back cancel → cancelled
   * anything else → unknown, with the numbers, for a person to decide

P and C are never sent here. Money inside an interrupted sale is *not* given back by itself: the
gateway may come back hours later, and a payout to an empty shop is a gift to the next passer-by.
An open deposit has no target: what the machine kept is what was deposited. Neither has emptying:
what is missing is what was taken. Change that was put in to be exchanged is nobody's deposit: unknown.

The inventory is no witness when the machine itself says that its accounting is off, when it
reports an error that nobody has heard of, or when J contradicts it: unknown.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import dataclass

from . import messages
from .device import KNOWN_CODES
from .errors import (
    DeviceBusy,
    DeviceError,
    DeviceFault,
    DeviceIllegal,
    DeviceLost,
    DeviceOffline,
    DeviceRefused,
)
from .models import Kind, Message, Operation, Phase, State
from .run import Run

_logger = logging.getLogger(__name__)

# Active errors that make the machine's count worthless: accounting error, accounting mismatch.
MISMATCH_CODES = frozenset({1002, 1014, 6131})
# The stacker is out, unlocked or full. Its counters fall to zero only when it is back.
STACKER_CODE = 1120
LIVE_PATIENCE = 30.0  # seconds in which the customer is surely still there
STUCK_AFTER = 300.0  # seconds of BUSY after a payout, then `#!#` and `#Z#`


@dataclass(frozen=True)
class Verdict:
    """How an interrupted operation ended; amounts in minor units."""

    state: State
    amount_in: int = 0
    amount_out: int = 0
    note: Message = messages.RECOVERED


def judge(op: Operation, net: int, stopped: int | None = None) -> Verdict | None:
    """The outcome that `net` proves, or None: unknown.

    `net` = inventory now − before; `stopped` = what J said, None when it was not asked or refused.
    """
    if op.kind in SERVICE_JUDGES:
        return SERVICE_JUDGES[op.kind](op, net)
    if not op.kind.takes_money:
        if net == 0:
            return Verdict(State.FAILED, note=messages.no_change(op.amount, op.currency))
        return Verdict(State.DONE, amount_out=op.amount) if net == -op.amount else None
    if op.to_dispense:
        if net != op.amount_in - op.to_dispense:
            return None
        exchanged = op.kind is Kind.EXCHANGE and op.phase is Phase.DISPENSING
        state = State.DONE if op.covered or exchanged else State.CANCELLED
        return Verdict(state, amount_in=op.amount_in, amount_out=op.to_dispense)
    if stopped and stopped != net:
        return None
    if net == 0:
        return Verdict(State.CANCELLED, note=messages.NOTHING_INSIDE)
    if op.kind is Kind.EXCHANGE:
        return None
    if net == op.amount or (op.amount == 0 and net > 0):
        return Verdict(State.DONE, amount_in=net)
    return None


def _judge_collect(_op: Operation, net: int) -> Verdict | None:
    if net == 0:
        return Verdict(State.CANCELLED, note=messages.NOTHING_TAKEN)
    return Verdict(State.DONE, amount_out=-net) if net < 0 else None


def _judge_empty(op: Operation, net: int) -> Verdict | None:
    if net == 0:
        return Verdict(State.FAILED, note=messages.NOTHING_TAKEN)
    return Verdict(State.DONE, amount_out=-net) if -op.to_dispense <= net < 0 else None


def _judge_transfer(_op: Operation, net: int) -> Verdict | None:
    """Nothing leaves the machine; how much has changed its place is not known."""
    return Verdict(State.CANCELLED, note=messages.TRANSFER_CUT_OFF) if net == 0 else None


SERVICE_JUDGES = {
    Kind.COLLECT: _judge_collect,
    Kind.EMPTY: _judge_empty,
    Kind.TRANSFER: _judge_transfer,
}


async def recover(run: Run) -> None:
    """Looks the outcome up, waiting for a lost machine as long as the run's patience lasts.

    After that the operation ends as unknown, unsettled: `look_up` is called again when the
    machine is back, before anything else is done with it.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + run.patience
    delay = 0.2
    while True:
        try:
            await look_up(run)
            return
        except DeviceError as error:
            _logger.warning("cannot look up %s yet: %s", run.op.uuid, error)
        except sqlite3.Error:
            raise
        except Exception:
            _logger.exception("looking up %s stopped on a mistake of the gateway", run.op.uuid)
            run.machine.connector.distrust()
        if run.op.state.ended:
            return
        if loop.time() > deadline:
            run.end_unknown(None, settled=False)
            return
        run.lost()
        await asyncio.sleep(delay)
        delay = min(delay * 2, 5.0)


async def look_up(run: Run) -> None:
    """Ends the operation with what the machine's count says; raises DeviceError if it is mute."""
    op = run.op
    if op.before is None:
        run.end(State.FAILED, messages.NOT_STARTED)
        return
    stopped = None
    if op.kind.takes_money and not op.on_screen and not op.to_dispense:
        await _hear(run)
        stopped = await _close_acceptance(run)
    _, codes = await _until_idle(run)
    inventory = await run.machine.inventory()
    run.counted(inventory)
    net = inventory.total - op.before
    why = ""
    if codes & MISMATCH_CODES:
        why = "The machine reports that its accounting is off. "
    elif codes - KNOWN_CODES:
        numbers = ", ".join(map(str, sorted(codes - KNOWN_CODES)))
        why = f"The machine reports an error that the gateway does not know ({numbers}). "
    elif op.kind is Kind.COLLECT and STACKER_CODE in codes and net == 0:
        why = "The stacker is not in its place, or full: what was taken is not counted yet. "
    verdict = None if why else judge(op, net, stopped)
    if verdict is None:
        _logger.warning("outcome of %s unknown: net %d, J said %s", op.uuid, net, stopped)
        run.end_unknown(net, why=why)
        return
    run.end(
        verdict.state,
        verdict.note,
        amount_in=verdict.amount_in,
        amount_out=verdict.amount_out,
    )


async def money_inside(run: Run) -> int | None:
    """How much the acceptance took, when J's own answer was lost; None: leave it to `recover`.

    Only while the customer is surely still there, and only if the machine was not restarted
    meanwhile: then the operation can simply go on.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LIVE_PATIENCE
    while loop.time() < deadline:
        try:
            restarted, codes = await _until_idle(run)
            if restarted or codes & MISMATCH_CODES or codes - KNOWN_CODES:
                return None
            stopped = await _close_acceptance(run)
            inventory = await run.machine.inventory()
        except DeviceError as error:
            _logger.warning("cannot count for %s yet: %s", run.op.uuid, error)
            run.lost()
            await asyncio.sleep(0.3)
            continue
        run.found()
        run.counted(inventory)
        net = inventory.total - run.op.before
        if net < 0 or (stopped and stopped != net):
            return None
        return net
    return None


async def _hear(run: Run) -> None:
    """Raises DeviceError unless the machine answers at all: J has a long patience."""
    try:
        await run.machine.active_errors()
    except (DeviceBusy, DeviceIllegal):
        _logger.debug("the machine is there")


async def _close_acceptance(run: Run) -> int | None:
    """J; None when nothing was open."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LIVE_PATIENCE
    while True:
        try:
            return await run.attentive(run.machine.stop())
        except (DeviceIllegal, DeviceRefused):
            return None
        except DeviceFault as error:
            raise DeviceOffline(str(error)) from error
        except DeviceBusy:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(0.2)


async def _until_idle(run: Run) -> tuple[bool, frozenset[int]]:
    """Waits while the machine is busy; (was it restarted, its active error codes)."""
    loop = asyncio.get_running_loop()
    stuck_at = loop.time() + STUCK_AFTER
    restarted = False
    while True:
        try:
            return restarted, frozenset(await run.machine.active_errors())
        except DeviceIllegal:
            if restarted:
                raise DeviceLost("The machine does not stay initialised.") from None
            restarted = True
            await run.machine.initialise()
        except DeviceBusy:
            run.heard()
            waits_for_people = run.op.on_screen or run.op.kind is Kind.COLLECT
            if not waits_for_people and loop.time() > stuck_at:
                _logger.error("the machine is stuck; resetting it")
                await run.machine.interrupt()
                await run.machine.reset()
                stuck_at = loop.time() + STUCK_AFTER
            elif waits_for_people and run.cancel_wished:
                run.cancel_wished = False
                await run.machine.interrupt()
            await asyncio.sleep(0.2)
