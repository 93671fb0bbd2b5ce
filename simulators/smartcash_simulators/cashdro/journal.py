"""What a CashDro keeps on its disk: its contents and its operations.

One SQLite file, written at each piece in one transaction, so that a simulator can be killed and
started again as a machine that lost its power.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ..cash import CashSet, Holdings
from .operations import Operation

_SCHEMA = """
CREATE TABLE IF NOT EXISTS machine (
    id INTEGER PRIMARY KEY CHECK (id = 1), currency TEXT, pieces TEXT, next_operation INTEGER
);
CREATE TABLE IF NOT EXISTS operation (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""


class Journal:
    """`path` None = in memory, gone with the process."""

    def __init__(self, cash_set: CashSet, path: Path | None = None) -> None:
        self._cash_set = cash_set
        self._database = sqlite3.connect(path or ":memory:")
        self.next_operation = 1
        self.holdings: Holdings | None = None
        self.operations: dict[int, Operation] = {}
        try:
            self._load()
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            self._database.close()
            raise ValueError(
                f"{path} is not a usable state file ({error}): remove it to start anew"
            ) from error

    def _load(self) -> None:
        # The power cuts that are played here do not reach the disk's cache.
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_SCHEMA)
        row = self._database.execute(
            "SELECT currency, pieces, next_operation FROM machine"
        ).fetchone()
        if row is None:
            return
        currency, pieces, self.next_operation = row
        if currency != self._cash_set.currency:
            raise ValueError(f"it holds {currency}, not {self._cash_set.currency}")
        self.holdings = Holdings.from_json(json.loads(pieces), self._cash_set)
        for number, body in self._database.execute("SELECT id, body FROM operation ORDER BY id"):
            self.operations[number] = Operation.from_json(json.loads(body), self._cash_set)

    def new_number(self) -> int:
        """Never given twice, whatever is forgotten meanwhile."""
        number, self.next_operation = self.next_operation, self.next_operation + 1
        return number

    def save(self, holdings: Holdings, operations: Iterable[Operation]) -> None:
        """The contents and these operations, together or not at all."""
        pieces = json.dumps(holdings.to_json(self._cash_set))
        currency = self._cash_set.currency
        rows = [(operation.id, json.dumps(operation.to_json())) for operation in operations]
        with self._database as database:
            database.execute(
                "REPLACE INTO machine VALUES (1, ?, ?, ?)", (currency, pieces, self.next_operation)
            )
            database.executemany("REPLACE INTO operation VALUES (?, ?)", rows)

    def forget(self, operation: Operation) -> None:
        self.operations.pop(operation.id, None)
        with self._database as database:
            database.execute("DELETE FROM operation WHERE id = ?", (operation.id,))

    def forget_all(self) -> None:
        self.operations.clear()
        with self._database as database:
            database.execute("DELETE FROM operation")

    def close(self) -> None:
        self._database.close()
