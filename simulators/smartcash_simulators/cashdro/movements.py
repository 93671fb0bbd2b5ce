"""What askMovements tells: the operations of a time, and the balance before and after it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from .operations import FINISHED, TITLES, Operation


def net(operation: Operation) -> int:
    """Minor units by which the machine's contents grew."""
    return operation.total_in - operation.total_out


def ended_at(operation: Operation) -> float:
    """Epoch seconds."""
    if operation.finished is None:
        raise ValueError(f"operation {operation.id} has not ended")
    return operation.finished


def report(
    operations: Iterable[Operation],
    balance: int,
    start: datetime.datetime,
    end: datetime.datetime,
    kinds: frozenset[int] | None,
    *,
    grouped: bool,
) -> dict:
    """Balances are numbers, everything else strings; `balance` = contents now, minor units.

    `kinds` narrows the movements down, not the balances.
    """
    finished = [op for op in operations if op.state == FINISHED]
    later = [op for op in finished if ended_at(op) >= end.timestamp()]
    during = [op for op in finished if start.timestamp() <= ended_at(op) < end.timestamp()]
    final = balance - sum(map(net, later))
    shown = [op for op in during if kinds is None or op.kind in kinds]
    return {
        "openingBalance": final - sum(map(net, during)),
        "finalBalance": final,
        "movements": _grouped(shown) if grouped else [_row(op) for op in shown],
    }


def _row(operation: Operation) -> dict:
    when = datetime.datetime.fromtimestamp(ended_at(operation)).astimezone()
    return {
        "OperationId": str(operation.id),
        "UserId": str(operation.user_id),
        "Type": str(int(operation.kind)),
        "PosId": operation.pos_id,
        "PosUser": operation.pos_user,
        "AliasId": operation.alias,
        "Name": TITLES[operation.kind],
        "Date": when.strftime("%Y-%m-%d"),
        "Hour": when.strftime("%H:%M:%S"),
        "Errors": "1" if operation.failed else "0",
        **_amounts([operation]),
    }


def _grouped(operations: Iterable[Operation]) -> list[dict]:
    groups: dict[tuple, list[Operation]] = {}
    for operation in operations:
        groups.setdefault((operation.kind, operation.pos_id), []).append(operation)
    return [
        {
            "Name": TITLES[kind],
            "PosId": pos_id,
            "Type": str(int(kind)),
            "Count": str(len(group)),
            **_amounts(group),
        }
        for (kind, pos_id), group in groups.items()
    ]


def _amounts(group: list[Operation]) -> dict:
    moved = sum(piece.value * n for op in group for piece, n in op.moved.items())
    return {
        "Amount": str(sum(op.total for op in group)),
        "AmountIn": str(sum(op.total_in for op in group)),
        "AmountOut": str(-sum(op.total_out for op in group)),
        "AmountTransferred": str(moved),
        "RoundValue": str(sum(op.rounding for op in group)),
    }
