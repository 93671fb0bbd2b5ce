"""`python shifted_clock.py FILE run`: the gateway on a till whose clock jumps; FILE holds seconds."""

from __future__ import annotations

import datetime
import sys
import time
from pathlib import Path

_offset = Path(sys.argv.pop(1))
_true_time = time.time


def _seconds() -> float:
    return float(_offset.read_text() or 0)


class _Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(time.time(), tz)


time.time = lambda: _true_time() + _seconds()

import jwt.api_jwt  # noqa: E402 - takes time.time as it finds it

from smartcash_gateway import models  # noqa: E402 - takes time.time as it finds it

jwt.api_jwt.datetime = _Shifted
models.datetime = _Shifted

from smartcash_gateway.cli.main import main  # noqa: E402 - imports models, so that its clock is set first

sys.exit(main(sys.argv[1:]))
