"""A scheduled action sees to many records: one that is bad must not keep it from the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .db_conflict import TURN_LOST

_logger = logging.getLogger(__name__)


def one_by_one(
    records: Any, step: Callable[[Any], object], later: tuple[type[Exception], ...] = ()
) -> None:
    """``step(record)`` for each record, each in a transaction of its own.

    :param records: a recordset of Odoo
    :param later: exceptions after which the next run tries again, nothing to worry about
    """
    again: tuple[type[Exception], ...] = (*later, *TURN_LOST)
    records.env.flush_all()
    for record in records:
        try:
            with record.env.registry.cursor() as cr:
                step(record.with_env(record.env(cr=cr)))
        except again as error:
            _logger.info("%s is seen to with the next run: %s", record, error)
        except Exception:
            _logger.exception("%s could not be seen to; the others are", record)
    records.env.invalidate_all(flush=False)
