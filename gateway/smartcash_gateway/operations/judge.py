"""The outcome that the machine's count proves, for an operation that nobody saw the end of."""

from __future__ import annotations

from dataclasses import dataclass

from ..cashlogy import messages
from ..models import Kind, Message, Operation, Phase, State


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


def is_found_again(op: Operation, ended: Operation) -> bool:
    """Whether the machine's count would prove just this end of `op`, should it be lost."""
    if ended.undispensed or not ended.settled:
        return False
    if op.before is None:
        return ended.state is State.FAILED and not ended.amount_in and not ended.amount_out
    verdict = judge(op, ended.amount_in - ended.amount_out)
    return verdict is not None and (
        (verdict.state, verdict.amount_in, verdict.amount_out)
        == (ended.state, ended.amount_in, ended.amount_out)
    )


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
