"""Losing a race is an answer, not an error for the log."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import errorcodes, errors

#: What the database says to the later one of two transactions that want the same row.
TURN_LOST = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


class TurnLost(errors.SerializationFailure):
    """Another transaction has written what this one cannot see: Odoo runs the request again, which will."""

    pgcode = errorcodes.SERIALIZATION_FAILURE


_thread = threading.local()


class _ThisThreadIsQuiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(_thread, "quiet", False)


logging.getLogger("odoo.sql_db").addFilter(_ThisThreadIsQuiet())


@contextmanager
def quiet_database() -> Iterator[None]:
    """In the block, this thread's failed queries are not logged. Odoo's ``mute_logger`` is for all threads
    at once, and the first one to leave ends it for the others."""
    _thread.quiet = True
    try:
        yield
    finally:
        _thread.quiet = False
