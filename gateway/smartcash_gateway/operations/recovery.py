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
from ..models import Kind, State
from .device import KNOWN_CODES
from .judge import judge
from .run import Run

_logger = logging.getLogger(__name__)

# Active errors that make the machine's count worthless: accounting error, accounting mismatch.
MISMATCH_CODES = frozenset({1002, 1014, 6131})
# The stacker is out, unlocked or full. Its counters fall to zero only when it is back.
STACKER_CODE = 1120


@dataclass(frozen=True)
class Finding:
    """What the machine says after an interruption."""

    net: int  # how much more it holds than before the operation, minor units
    stopped: int | None  # what J said; None: not asked, or nothing was open
    codes: frozenset[int]  # active errors
    restarted: bool  # and had to be woken up

    @property
    def spoilt(self) -> str:
        """Why its count proves nothing, for people; empty when it does."""
        if self.codes & MISMATCH_CODES:
            return "The machine reports that its accounting is off. "
        unknown = sorted(self.codes - KNOWN_CODES)
        if unknown:
            numbers = ", ".join(map(str, unknown))
            return f"The machine reports an error that the gateway does not know ({numbers}). "
        return ""


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
            run.kept_waiting(error)
            if isinstance(error, DeviceBusy):
                deadline = 0.0  # it was waited for already
        except sqlite3.Error:
            raise
        except Exception:
            _logger.exception("looking up %s stopped on a mistake of the gateway", run.op.uuid)
            run.machine.connector.distrust()
            if run.op.state.ended:
                return
            run.lost()
        if loop.time() > deadline:
            await run.end_unknown(None, settled=False)
            return
        await asyncio.sleep(delay)
        delay = min(delay * 2, run.timing.back_off)


async def look_up(run: Run, *, patience: float | None = None) -> None:
    """Ends the operation with what the machine's count says; raises DeviceError if it is mute.

    `patience`: seconds that it may be busy; None = what is left of the run's.
    """
    op = run.op
    if op.before is None:
        await run.end(State.FAILED, messages.NOT_STARTED)
        return
    finding = await _examine(run, run.patience if patience is None else patience)
    why = finding.spoilt
    if op.kind is Kind.COLLECT and STACKER_CODE in finding.codes and not finding.net:
        why = why or "The stacker is not in its place, or full: what was taken is not counted yet. "
    verdict = None if why else judge(op, finding.net, finding.stopped)
    if verdict is None:
        _logger.warning("outcome of %s unknown: %s", op.uuid, finding)
        await run.end_unknown(finding.net, why=why)
        return
    await run.end(
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
    deadline = loop.time() + min(run.timing.live, run.patience)
    while True:
        try:
            finding = await _examine(run, deadline - loop.time())
            break
        except DeviceError as error:
            run.kept_waiting(error)
            if loop.time() > deadline:
                return None
        await asyncio.sleep(3 * run.timing.calm)  # three or four questions each time
    run.found()
    contradicted = finding.stopped and finding.stopped != finding.net
    if finding.restarted or finding.spoilt or finding.net < 0 or contradicted:
        return None
    return finding.net


async def _examine(run: Run, patience: float) -> Finding:
    """Ends an open acceptance, waits until the machine is idle, counts it; raises DeviceError.

    `patience`: seconds that it may be busy, unless people are at work at it.
    """
    op = run.op
    loop = asyncio.get_running_loop()
    deadline = loop.time() + max(patience, _time_at_work(run))
    stopped = None
    if op.kind.takes_money and not op.on_screen and not op.to_dispense:
        await _hear(run)
        stopped = await _close_acceptance(run, deadline)
    restarted, codes = await _until_idle(run, deadline)
    inventory = await run.machine.inventory()
    run.counted(inventory)
    return Finding(inventory.total - run.before, stopped, codes, restarted)


def _time_at_work(run: Run) -> float:
    """Seconds that the machine may rightly be busy with what it was told before."""
    if run.op.on_screen:
        return run.timing.charge
    if run.op.kind is Kind.COLLECT:
        return run.timing.collect
    return run.timing.stuck if run.op.kind in (Kind.EMPTY, Kind.TRANSFER) else 0.0


async def _hear(run: Run) -> None:
    """Raises DeviceError unless the machine answers at all: J has a long patience."""
    try:
        await run.machine.active_errors()
    except (DeviceBusy, DeviceIllegal):
        _logger.debug("the machine is there")


async def _close_acceptance(run: Run, deadline: float) -> int | None:
    """J; None when nothing was open."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return await run.attentive(run.machine.stop())
        except (DeviceIllegal, DeviceRefused):
            return None
        except DeviceFault as error:
            raise DeviceOffline(str(error)) from error
        except DeviceBusy as error:
            run.kept_waiting(error)
            if loop.time() > deadline:
                raise
        await asyncio.sleep(run.timing.calm)


async def _until_idle(run: Run, deadline: float) -> tuple[bool, frozenset[int]]:
    """Waits while the machine is busy; (was it restarted, its active error codes)."""
    loop = asyncio.get_running_loop()
    restarted = False
    while True:
        try:
            return restarted, frozenset(await run.machine.active_errors())
        except DeviceIllegal:
            if restarted:
                raise DeviceLost("The machine does not stay initialised.") from None
            restarted = True
            await run.initialise()
        except DeviceBusy as error:
            run.kept_waiting(error)
            if loop.time() > deadline:
                raise
            waits_for_people = run.op.on_screen or run.op.kind is Kind.COLLECT
            if waits_for_people and run.cancel_wished:
                run.cancel_wished = False
                await run.machine.interrupt()
            await asyncio.sleep(run.timing.calm)
