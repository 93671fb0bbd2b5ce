"""`smartcash-gateway journal`: what the machine was asked for and what it did."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from .. import logs
from ..cashlogy import messages
from ..config import Config
from ..errors import ConfigError
from ..models import Operation, to_rfc3339
from ..operations.journal import Journal


def back_up(journal: Journal, target: Path) -> None:
    """Copy a journal, also while its gateway runs.

    :raise ConfigError: the file is there already, or cannot be written
    """
    try:
        journal.back_up(target)
    except FileExistsError:
        raise ConfigError(f"{target} is there already: give the copy a new name.") from None
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"The copy {target} cannot be written: {error}.") from error


def table(operations: list[Operation], config: Config) -> str:
    """Return the operations as a table for a terminal, with amounts in the machine's currency."""
    if not operations:
        return "No operations."
    head = ("ref", "started (UTC)", "kind", "state", "amount", "in", "out", "by hand", "reference")
    rows: list[tuple[str, ...]] = [head]
    for op in operations:
        amounts = (op.amount, op.amount_in, op.amount_out, op.undispensed)
        shown = [messages.money(amount, op.currency) for amount in amounts]
        started = to_rfc3339(op.started_at)[:19].replace("T", " ")
        rows.append(
            (f"j:{op.id}", started, op.kind.value, op.state.value, *shown, logs.plain(op.reference))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right = range(4, 8)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(widths[i]) if i in right else cell.ljust(widths[i])
            for i, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
