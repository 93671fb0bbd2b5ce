"""A sale on the Connector's own screen (`#C#`): one command, one answer when all is over."""

from __future__ import annotations

import logging

from ..cashlogy import messages
from ..cashlogy.machine import Charge
from ..errors import DeviceBusy, DeviceError, DeviceIllegal, DeviceOffline, DeviceRefused
from ..models import Inventory, Phase, State
from .payout import net_when_counted
from .recovery import recover
from .run import Run

_logger = logging.getLogger(__name__)


async def charge_on_screen(run: Run, before: Inventory) -> None:
    """Shows the sale on the Connector's screen and books what it says.

    Until then there is nothing to watch: every other command is answered BUSY.
    """
    await run.advance(phase=Phase.ACCEPTING, before=before.total)
    try:
        command = run.machine.charge(run.op.id, run.op.amount, allow_partial=run.op.allow_partial)
        charge = await run.interruptible(command, messages.PRESS_CANCEL_THERE)
    except (DeviceBusy, DeviceIllegal, DeviceRefused, DeviceOffline) as error:
        await run.end(State.FAILED, messages.did_not_start(error.code))
        return
    except DeviceError as error:
        _logger.warning("%s on the Connector's screen: %s", run.op.uuid, error)
        await recover(run)
        return
    if charge.fault:
        await recover(run)
        return
    found = await net_when_counted(run)
    net = charge.inserted - charge.returned
    if found is not None and not run.agrees(net, found):
        said = messages.money(net, run.op.currency)
        await run.end_unknown(found, why=f"It reported {said} kept. ")
        return
    await _book(run, charge, net)


async def _book(run: Run, charge: Charge, net: int) -> None:
    op = run.op
    if charge.manual:
        by_hand = messages.money(charge.manual, op.currency)
        await run.end_unknown(net, why=f"{by_hand} were declared by hand on the machine's screen. ")
    elif charge.cancelled:
        state, missing = State.CANCELLED, net
        await _end(run, state, missing, charge)
    elif net >= op.amount:
        await _end(run, State.DONE, net - op.amount, charge)
    elif op.allow_partial and net > 0:
        await _end(run, State.DONE, 0, charge)
    elif net == 0:
        await _end(run, State.CANCELLED, 0, charge)
    else:
        await run.end_unknown(net)


async def _end(run: Run, state: State, missing: int, charge: Charge) -> None:
    notes = (messages.hand_over(missing, run.op.currency),) if missing else ()
    await run.end(
        state,
        *notes,
        amount_in=charge.inserted,
        amount_out=charge.returned,
        undispensed=missing,
    )
