"""A relay in front of the Connector that notes when each answer passed.

Gateway and reference clients both go through one, so it costs both the same. It reads nothing but the name of the
command and the moment of its answer; one command is in flight at a time (that is the protocol), so an answer belongs
to the last request.
"""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.relay import Address, Link, Relay


@dataclass(frozen=True)
class Answer:
    """The Connector's answer to ``command`` passed at ``at`` (epoch seconds)."""

    command: str
    at: float


class _Noted(Link):
    def __init__(self, answers: list[Answer]) -> None:
        self._answers = answers
        self._command = ""

    def asked(self, data: bytes) -> None:
        self._command = data.decode("latin-1").strip("#\r\n").split("#")[0]

    def answered(self, data: bytes) -> None:
        self._answers.append(Answer(self._command, time.time()))


class Wiretap(Relay):
    """Context manager: listens on ``address`` while the block runs."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._upstream = (host, port)
        self._answers: list[Answer] = []

    async def _route(self, reader: asyncio.StreamReader) -> tuple[Address, bytes]:
        return self._upstream, b""

    def _link(self) -> Link:
        return _Noted(self._answers)

    def last(self, commands: str, since: float) -> float:
        """Return when the last answer to one of the one-letter ``commands`` passed after ``since``.

        Raises LookupError when none did.
        """
        for answer in reversed(self._answers):
            if answer.at >= since and answer.command in tuple(commands):
                return answer.at
        raise LookupError(f"no answer to any of {', '.join(commands)} passed since {since}")
