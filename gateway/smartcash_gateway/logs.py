"""The log: no secrets, no control characters, and not longer than there is something to say."""

from __future__ import annotations

import logging
import time

from aiohttp.http_exceptions import HttpProcessingError

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: What anybody who reaches the port can make the gateway say.
_BY_STRANGERS = (
    "aiohttp",
    "asyncio",
    "smartcash_gateway.http.guard",
    "smartcash_gateway.http.limits",
    "smartcash_gateway.http.stream",
)
_TIMES, _PERIOD = 5, 60.0  # so often a minute


def set_up(level: str) -> None:
    """Logs to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(FORMAT))
    handler.addFilter(_without_contents)
    handler.addFilter(Calm())
    logging.basicConfig(level=level, handlers=[handler])


def plain(text: str) -> str:
    """Without what would move the cursor, or change the letters, of a technician's terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(plain, super().format(record).split("\n")))


def _without_contents(record: logging.LogRecord) -> bool:
    """Of a request that is no HTTP: its text, which may be a token, is nobody's business."""
    error = record.exc_info[1] if record.exc_info else None
    if record.name.startswith("aiohttp") and isinstance(error, HttpProcessingError):
        record.msg = f"a request that is no HTTP was refused ({type(error).__name__})"
        record.args = record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


class Calm(logging.Filter):
    """Lets what strangers cause be said so often a minute, and then how often it was not."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, object], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_BY_STRANGERS):
            return True
        # Texts of asyncio name a socket each: there the sender is all that they have in common.
        ours = record.name.startswith("smartcash_gateway")
        key = (record.name, record.msg if ours else record.levelno)
        now = time.monotonic()
        begun, count = self._said.get(key, (now, 0))
        if now - begun >= _PERIOD:
            if count > _TIMES:
                record.msg = f"{record.getMessage()} (and {count - _TIMES} more, not logged)"
                record.args = None
            begun, count = now, 0
        self._said[key] = (begun, count + 1)
        return count < _TIMES
