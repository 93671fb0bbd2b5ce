"""A scheduled action sees to many records: one that is bad must not keep it from the others."""

import logging

from .lost_race import TURN_LOST

_logger = logging.getLogger(__name__)


def one_by_one(records, step, later=()):
    """``step(record)`` for each record, each in a transaction of its own.

    :param tuple later: exceptions after which the next run tries again, nothing to worry about
    """
    records.env.flush_all()
    for record in records:
        try:
            with record.env.registry.cursor() as cr:
                step(record.with_env(record.env(cr=cr)))
        except (*later, *TURN_LOST) as error:
            _logger.info("%s is seen to with the next run: %s", record, error)
        except Exception:
            _logger.exception("%s could not be seen to; the others are", record)
    records.env.invalidate_all(flush=False)
