"""Giving out: what leaves the machine, proven by its own inventory when it stumbles."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..cashlogy import messages
from ..cashlogy.machine import Payout
from ..errors import DeviceBusy, DeviceError, DeviceIllegal, DeviceOffline, DeviceRefused
from .recovery import recover
from .run import Run

_logger = logging.getLogger(__name__)

Send = Callable[[], Awaitable[Payout]]


async def pay_out(run: Run, amount: int, send: Send | None = None) -> int | None:
    """Gives out `amount`; what came out, or None when recovery has ended the operation.

    Its number counts only when the machine's own inventory says the same: a fault may have stopped
    it midway, and a machine may contradict itself. An inventory that cannot be had at once is waited
    for unless it was a plain `#P#` in which nothing is in doubt.
    """
    try:
        payout = await _send_payout(run, send or (lambda: run.machine.pay_out(amount)))
        is_plain = send is None and not payout.fault and not run.doubtful
        told = payout.dispensed
        if is_plain and told is not None and told <= amount:
            net = await net_when_counted(run)
            if net is None:
                return told
        else:
            net = await _net(run)
        counted = run.op.amount_in - net
    except DeviceError as error:
        _logger.warning("%s while giving out: %s", run.op.uuid, error)
        await recover(run)
        return None
    if told in (counted, None) and 0 <= counted <= amount:
        run.agrees(net, net)
        return counted
    if told is not None and _is_correction(run, payout, counted, amount):
        corrected = counted - told
        _logger.warning("%s: the machine corrected its count by %d", run.op.uuid, -corrected)
        run.say(messages.count_corrected(corrected, run.op.currency))
        return told
    why = ""
    if told is not None:
        run.agrees(run.op.amount_in - told, net)
        why = f"It reported {messages.money(told, run.op.currency)} given out. "
    await run.end_unknown(net, why=why)
    return None


def _is_correction(run: Run, payout: Payout, counted: int, amount: int) -> bool:
    """Whether more is missing than was to be given out, and the machine says what it gave.

    It cannot have given more than it was asked for: it found a recycler empty that its books had
    pieces for (seen in a field log: 0.04 could not be paid, and the count of that coin was put
    right). Not after an answer went missing: its number may be another command's.
    """
    told = payout.dispensed
    return told is not None and payout.fault and not run.doubtful and told <= amount < counted


async def _send_payout(run: Run, send: Send) -> Payout:
    """Sends it, and sends it again only while it is certain that it was not executed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + run.timing.resend
    while True:
        try:
            return await send()
        except DeviceRefused:
            return Payout(dispensed=0, fault=True)
        except (DeviceBusy, DeviceOffline) as error:
            run.kept_waiting(error)
            if loop.time() > deadline:
                return Payout(dispensed=0, fault=True)
        except DeviceIllegal:
            await _wake_up(run)
            if loop.time() > deadline or await _net(run) != run.op.amount_in:
                return Payout(dispensed=0, fault=True)
        await asyncio.sleep(run.timing.calm)


async def _wake_up(run: Run) -> None:
    try:
        await run.machine.active_errors()
    except DeviceIllegal:
        await run.initialise()


async def _net(run: Run) -> int:
    """How much more the machine holds than before the operation, minor units."""
    inventory = await run.machine.inventory()
    run.counted(inventory)
    return inventory.total - (run.op.before or 0)


async def net_when_counted(run: Run) -> int | None:
    """As `_net`, for an end in which nothing is in doubt: None when the machine cannot be counted
    while somebody waits; that is told.
    """
    try:
        return await asyncio.wait_for(_net_when_idle(run), run.timing.count)
    except (DeviceError, asyncio.TimeoutError) as error:
        _logger.warning("%s is not counted: %r", run.op.uuid, error)
        run.say(messages.NOT_COUNTED)
        return None


async def _net_when_idle(run: Run) -> int:
    while True:
        try:
            return await _net(run)
        except DeviceBusy:
            await asyncio.sleep(run.timing.calm)
