"""The journal: what the gateway promised and did, on disk before the machine hears of it.

SQLite, WAL, `synchronous=FULL`: when a method returns, a power cut cannot undo it. Whoever writes
is one thread, see `journal_thread`; readers have a connection of their own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..errors import ConfigError
from ..models import (
    Kind,
    Message,
    Operation,
    OperationRequest,
    Phase,
    State,
    from_rfc3339,
    now,
    to_rfc3339,
)

_SCHEMA_VERSION = 1
_APPLICATION_ID = 0x5343_4757  # "SCGW": whose file this is
_SCHEMA = """
CREATE TABLE operation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    allow_partial INTEGER NOT NULL,
    on_screen INTEGER NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    amount_in INTEGER NOT NULL DEFAULT 0,
    amount_out INTEGER NOT NULL DEFAULT 0,
    undispensed INTEGER NOT NULL DEFAULT 0,
    to_dispense INTEGER NOT NULL DEFAULT 0,
    before INTEGER,
    settled INTEGER NOT NULL DEFAULT 0,
    messages TEXT NOT NULL DEFAULT '[]',
    started_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX operation_started_at ON operation (started_at);
CREATE INDEX operation_unsettled ON operation (id) WHERE settled = 0;
CREATE TABLE step (
    id INTEGER PRIMARY KEY,
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    amount_in INTEGER NOT NULL,
    amount_out INTEGER NOT NULL,
    to_dispense INTEGER NOT NULL
);
CREATE INDEX step_operation ON step (operation_id);
CREATE TABLE birth (at TEXT NOT NULL);
"""
# What a journal of an earlier gateway has not; a gateway of before does without.
_ADDED = """
CREATE INDEX IF NOT EXISTS operation_state ON operation (state, id);
CREATE TABLE IF NOT EXISTS birth (at TEXT NOT NULL);
"""

# Which changes of an operation are facts to keep, column by column.
_MUTABLE = (
    "state",
    "phase",
    "amount_in",
    "amount_out",
    "undispensed",
    "to_dispense",
    "before",
    "settled",
    "messages",
    "ended_at",
)


def lock_path(path: Path) -> Path:
    """The file whose lock the gateway that writes this journal holds."""
    return path.with_name(path.name + ".lock")


class Journal:
    """Operations and their steps. One gateway writes; `read_only` lets others look."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        # A second gateway on one journal would end the first one's sale, whatever its port.
        self._lock = None if read_only else FileLock(lock_path(path), mode=0o600)
        try:
            if read_only:
                self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._take_lock()
                _keep_to_owner(path)
                # Made here, used by the thread that writes.
                self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.execute("PRAGMA foreign_keys=ON")
                self._create()
                self.probe()
            self._db.row_factory = sqlite3.Row
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            self._release_lock()
            raise ConfigError(
                f"The journal {path} cannot be written ({error}). Check the disk's free space, "
                "that the folder exists, and that the gateway's user owns the file and may write "
                "there; or set `journal` to another path."
            ) from error
        if version != _SCHEMA_VERSION:
            raise ConfigError(
                f"The journal {path} has version {version}, this gateway knows "
                f"{_SCHEMA_VERSION}. Use the gateway that made it, or another `journal` path."
            )

    def _create(self) -> None:
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO birth VALUES (?)", (to_rfc3339(now()),))
                self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
            if version in (0, _SCHEMA_VERSION):
                for statement in _ADDED.split(";"):
                    self._db.execute(statement)

    @property
    def born(self) -> datetime | None:
        """When it was made, and knew of nothing; None: an earlier gateway made it."""
        row = self._db.execute("SELECT at FROM birth").fetchone()
        return from_rfc3339(row["at"]) if row else None

    def back_up(self, target: Path) -> None:
        """A copy as of now, also while a gateway writes; raises OSError or sqlite3.Error.

        Copying the file alone would miss what is still in the `-wal` beside it.
        """
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        copy = sqlite3.connect(target)
        try:
            self._db.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, to be carried anywhere
        except BaseException:
            copy.close()
            target.unlink(missing_ok=True)
            raise
        copy.close()

    def _take_lock(self) -> None:
        if self._lock is None:
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise ConfigError(
                f"Another gateway uses the journal {self.path}. Stop it, or give this one a "
                "`journal` of its own; one machine has one gateway."
            ) from None

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def probe(self) -> None:
        """Writes to the disk without changing anything; raises sqlite3.Error when that fails."""
        with self._transaction():
            self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")

    def close(self) -> None:
        self._db.close()
        self._release_lock()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite has ended it already when the disk is full
                self._db.execute("ROLLBACK")
            raise

    def register(self, request: OperationRequest, *, on_screen: bool) -> Operation:
        """Writes a new operation; raises sqlite3.IntegrityError when the uuid is known."""
        operation = Operation(
            uuid=request.uuid,
            kind=request.kind,
            amount=request.amount,
            currency=request.currency,
            reference=request.reference,
            allow_partial=request.allow_partial,
            started_at=now(),
            on_screen=on_screen,
        )
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO operation (uuid, kind, amount, currency, reference, allow_partial,"
                " on_screen, state, phase, started_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    operation.uuid,
                    operation.kind.value,
                    operation.amount,
                    operation.currency,
                    operation.reference,
                    operation.allow_partial,
                    operation.on_screen,
                    operation.state.value,
                    operation.phase.value,
                    to_rfc3339(operation.started_at),
                ),
            )
            if cursor.lastrowid is None:
                raise sqlite3.DatabaseError("no number for the new operation")
            operation = replace(operation, id=cursor.lastrowid)
            self._step(operation)
        return operation

    def save(self, operation: Operation) -> None:
        """Writes how a registered operation stands now, and that as a step."""
        columns = ", ".join(f"{name} = ?" for name in _MUTABLE)
        with self._transaction():
            self._db.execute(
                f"UPDATE operation SET {columns} WHERE id = ?",  # noqa: S608 - fixed names
                (
                    operation.state.value,
                    operation.phase.value,
                    operation.amount_in,
                    operation.amount_out,
                    operation.undispensed,
                    operation.to_dispense,
                    operation.before,
                    operation.settled,
                    json.dumps([message.to_json() for message in operation.messages]),
                    to_rfc3339(operation.ended_at) if operation.ended_at else None,
                    operation.id,
                ),
            )
            self._step(operation)

    def _step(self, operation: Operation) -> None:
        self._db.execute(
            "INSERT INTO step (operation_id, at, state, phase, amount_in, amount_out, to_dispense)"
            " VALUES (?,?,?,?,?,?,?)",
            (
                operation.id,
                to_rfc3339(now()),
                operation.state.value,
                operation.phase.value,
                operation.amount_in,
                operation.amount_out,
                operation.to_dispense,
            ),
        )

    def get(self, uuid: str) -> Operation | None:
        """The operation with this uuid."""
        row = self._db.execute("SELECT * FROM operation WHERE uuid = ?", (uuid,)).fetchone()
        return _operation(row) if row else None

    def unsettled(self) -> list[Operation]:
        """Operations whose outcome is still to be looked up at the machine, oldest first."""
        rows = self._db.execute("SELECT * FROM operation WHERE settled = 0 ORDER BY id")
        return [_operation(row) for row in rows]

    def find(
        self,
        *,
        state: State | None = None,
        since: str | None = None,
        before: str | None = None,
        limit: int = 500,
    ) -> list[Operation]:
        """Operations registered at or after `since` (RFC 3339, UTC), and before the one whose uuid is
        `before`; newest first."""
        query, values = _find(state=state, since=since, before=before)
        rows = self._db.execute(query, {**values, "limit": limit})
        return [_operation(row) for row in rows]

    def steps(self, operation: Operation) -> list[dict[str, Any]]:
        """The story of one operation, oldest step first."""
        rows = self._db.execute(
            "SELECT at, state, phase, amount_in, amount_out, to_dispense FROM step"
            " WHERE operation_id = ? ORDER BY id",
            (operation.id,),
        )
        return [dict(row) for row in rows]


def _keep_to_owner(path: Path) -> None:
    """What customers paid, and when, is not for every user of the computer."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        mode = stat.S_IMODE(os.fstat(handle).st_mode)
        if os.name != "nt" and mode & 0o007:
            os.fchmod(handle, mode & ~0o007)
    finally:
        os.close(handle)


def _find(**filters: Any) -> tuple[str, dict[str, object]]:
    """The query for these filters: each of them only where it is asked for, so that an index helps."""
    state, since, before = filters["state"], filters["since"], filters["before"]
    values = {"state": state.value if state else None, "since": since, "before": before}
    conditions = {
        "state": "state = :state",
        # The clock may have jumped: the first one since then may be older than the next ones.
        "since": "started_at >= :since"
        " AND id >= (SELECT min(id) FROM operation WHERE started_at >= :since)",
        "before": "id < (SELECT id FROM operation WHERE uuid = :before)",
    }
    wanted = [text for name, text in conditions.items() if values[name] is not None]
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    query = f"SELECT * FROM operation{where} ORDER BY id DESC LIMIT :limit"  # noqa: S608 - fixed texts
    return query, {name: value for name, value in values.items() if value is not None}


def _operation(row: sqlite3.Row) -> Operation:
    return Operation(
        id=row["id"],
        uuid=row["uuid"],
        kind=Kind(row["kind"]),
        amount=row["amount"],
        currency=row["currency"],
        reference=row["reference"],
        allow_partial=bool(row["allow_partial"]),
        on_screen=bool(row["on_screen"]),
        state=State(row["state"]),
        phase=Phase(row["phase"]),
        amount_in=row["amount_in"],
        amount_out=row["amount_out"],
        undispensed=row["undispensed"],
        to_dispense=row["to_dispense"],
        before=row["before"],
        settled=bool(row["settled"]),
        messages=tuple(Message(**message) for message in json.loads(row["messages"])),
        started_at=from_rfc3339(row["started_at"]),
        ended_at=from_rfc3339(row["ended_at"]) if row["ended_at"] else None,
    )
