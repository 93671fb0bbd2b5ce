"""What the machine's totals mean for an operation. Amounts in minor units; nothing talks in here.

The machine rounds by itself where its smallest coin is not used: a sale down, a payout up, change up.
How it rounds cannot be asked; it is recognised by a gap no larger than ``tolerance``. Whether money is
missing because somebody cancelled, accepted a part or because the recyclers ran empty cannot be asked
either: what we asked for ourselves (``wish``) and what came out decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from odoo.addons.pos_smartcash_terminal.core.progress import MONEY_IN, Message, Progress

from .cashdro_client import CashdroStatus, OperationState

#: Nothing has been asked of the customer yet.
NOT_BEGUN = (OperationState.WAITING, OperationState.QUEUED)


@dataclass(frozen=True)
class Asked:
    """What was asked of the machine. Minor units."""

    kind: str
    amount: int  # 0 for any amount, or for all there is
    wish: str | None = None  # "cancel", "accept" or "execute": what we asked for last
    allow_partial: bool = False
    tolerance: int = 0  # the most that the machine's rounding makes up

    @property
    def takes(self) -> bool:
        return self.kind in MONEY_IN


def is_of(uuid: str, amount: int, status: CashdroStatus) -> bool:
    """Whether the machine speaks of exactly this operation: one that lost its memory gives its numbers
    again, and the alias is ours alone.

    :param amount: what was asked for; 0 for any amount, or for all there is
    """
    if status.alias:
        return status.alias == uuid
    return not amount or abs(status.total) == amount


def judge(asked: Asked, status: CashdroStatus) -> Progress:
    """The machine's word about an operation as the ledger understands it."""
    if not status.finished:
        progress = _running(asked, status)
    elif asked.kind == "exchange":
        progress = _exchanged(asked, status)
    elif asked.takes:
        progress = _taken(asked, status)
    elif asked.kind == "transfer":
        # What goes from the recyclers to the cassette is in none of the totals.
        is_done = asked.wish == "execute" and not status.cancelled
        progress = _ended("done" if is_done else "cancelled", status)
    else:
        progress = _given(asked, status)
    messages = (*progress.messages, *_remarks(status, progress))
    return replace(progress, device_ref=status.id, messages=messages)


def _remarks(status: CashdroStatus, progress: Progress) -> tuple[Message, ...]:
    """Codes only: the words are for whoever knows the reader's language."""
    codes = []
    if status.state is OperationState.QUEUED:
        codes.append(("cashdro_queued", "info"))
    if not status.finished:
        # Each refused piece is listed again and again: the last one is what the customer holds.
        codes += [(f"cashdro_piece_{code}", "warning") for code in status.messages[-1:]]
    if status.with_error and not (status.finished and progress.state == "done"):
        codes.append(("cashdro_fault", "warning"))
    return tuple(Message(code, "", level) for code, level in codes)


# ---- while it runs -----------------------------------------------------------------------------


def _running(asked: Asked, status: CashdroStatus) -> Progress:
    phase = _phase(asked, status)
    open_ended = phase in ("starting", "accepting") and asked.wish != "cancel"
    return Progress(
        "running",
        phase,
        amount_in=status.total_in,
        amount_out=status.total_out,
        cancellable=open_ended,
        acceptable=bool(
            phase == "accepting"
            and status.total_in
            and not asked.wish
            and (asked.allow_partial or not asked.amount)
        ),
    )


def _phase(asked: Asked, status: CashdroStatus) -> str:
    if status.state in NOT_BEGUN:
        return "starting"
    if not asked.takes:
        return "dispensing"
    if asked.amount and status.total_in >= asked.amount:
        return "dispensing"
    if asked.kind == "exchange" and asked.wish == "accept":
        return "dispensing"
    return "cancelling" if asked.wish == "cancel" else "accepting"


# ---- money in --------------------------------------------------------------------------------


def _taken(asked: Asked, status: CashdroStatus) -> Progress:
    net = status.net
    was_cancelled = asked.wish == "cancel" or bool(status.cancelled)
    if net < 0:
        return _ended("unknown", status)
    if not asked.amount:
        return _deposited(was_cancelled, status)
    owed = status.change_not_available
    if abs(asked.amount - net + owed) > asked.tolerance:
        owed = 0
    gap = asked.amount - (net - owed)
    # A cancelled 0.01 is within the rounding; so is a part that lacks a cent.
    is_covered = (
        abs(gap) <= asked.tolerance
        and not (was_cancelled and status.change_not_available >= net)
        and not (asked.wish == "accept" and gap > 0)
    )
    if is_covered:
        rounding = gap if asked.kind == "sale" else 0
        return _ended("done", status, undispensed=owed, rounding=rounding)
    if was_cancelled:
        return _ended("cancelled", status, undispensed=net)
    if gap < 0:
        # More than the price is inside, and the machine does not say that it owes anything.
        return _ended("done", status, undispensed=-gap)
    if not net:
        return _ended("cancelled", status)
    if status.total_in >= asked.amount or asked.wish == "accept":
        return _ended("done", status)
    if status.total_out or status.change_not_available >= net:
        # Cancelled at the machine, which could not give everything back: a part that was accepted
        # never makes it give anything.
        return _ended("cancelled", status, undispensed=net)
    return _ended("done", status)


def _deposited(was_cancelled: bool, status: CashdroStatus) -> Progress:
    if was_cancelled:
        return _ended("cancelled", status, undispensed=status.net)
    return _ended("done" if status.net else "cancelled", status)


def _exchanged(asked: Asked, status: CashdroStatus) -> Progress:
    """All that was put in comes out again, in smaller pieces."""
    if status.net < 0:
        return _ended("unknown", status)
    was_cancelled = asked.wish == "cancel" or bool(status.cancelled) or not status.total_in
    return _ended("cancelled" if was_cancelled else "done", status, undispensed=status.net)


# ---- money out -------------------------------------------------------------------------------


def _given(asked: Asked, status: CashdroStatus) -> Progress:
    given = -status.net
    if given < 0:
        return _ended("unknown", status)
    if not given:
        if asked.wish == "cancel":
            return _ended("cancelled", status)
        no_change = Message("cashdro_no_change", "", "error")
        return replace(_ended("failed", status), messages=(no_change,))
    missing = asked.amount - given
    if abs(missing) <= asked.tolerance:
        return _ended("done", status, rounding=-missing if asked.kind == "refund" else 0)
    return _ended("done", status, undispensed=max(missing, 0))


def _ended(
    state: str, status: CashdroStatus, *, undispensed: int = 0, rounding: int = 0
) -> Progress:
    return Progress(
        state,
        "ended",
        amount_in=status.total_in,
        amount_out=status.total_out,
        undispensed=undispensed,
        rounding=rounding,
    )
