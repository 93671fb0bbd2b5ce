"""Bytes of the CashlogyConnector protocol: pure functions, no I/O.

Request `#CMD#p1#…#pn#`, reply `#code#f1#…#fm#`, latin-1, no terminator. A reply can be split
over several reads, so its end is found by counting `#` up to the number of fields that the
command is known to answer. Errors may be shorter than that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_START = re.compile(r"#(0|WR:[A-Z_]+|ER:[A-Z_]+)#")
_IDENTITY = re.compile(r"#(?:0|WR:[A-Z_]+)#[^#:;,]+#[^#]*[0-9]:[0-9][^#]*#")
_AMOUNT = re.compile(r"[0-9]{1,12}")
_CODE = re.compile(r"[0-9]{1,9}")
_PIECES = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")

SHOWN = 160  # characters of a message that makes no sense

# These codes come without fields: there is nothing more to wait for.
_BARE = frozenset({"ER:BUSY", "ER:BAD_DATA", "ER:ILLEGAL", "ER:CLAIM"})


class FrameError(ValueError):
    """The bytes are not what the command answers."""


@dataclass(frozen=True)
class Command:
    """A command of the Connector and the shape of its reply.

    `numeric`: all fields are numbers, so an empty field can only be the seam between two
    replies (a stray answer to `#!#` and ours). `asks`: it changes nothing, so it can wait.
    """

    name: str
    fields: int
    required: int | None = None
    numeric: bool = False
    asks: bool = False

    @property
    def required_fields(self) -> int:
        """Fields without which a successful reply is unusable."""
        return self.fields if self.required is None else self.required

    def encode(self, *params: object) -> bytes:
        """The request frame."""
        parts = [self.name, *(str(param) for param in params)]
        for part in parts:
            if "#" in part or not part.isprintable():
                raise FrameError(f"a parameter of {self.name} cannot hold # or control characters")
        return ("#" + "#".join(parts) + "#").encode("latin-1")


@dataclass(frozen=True)
class Reply:
    """Result code and fields of one reply."""

    code: str
    fields: tuple[str, ...]

    def amount(self, index: int) -> int:
        """Field `index` in minor units."""
        if index >= len(self.fields) or not _AMOUNT.fullmatch(self.fields[index]):
            raise FrameError(f"field {index + 1} of {self} is not an amount")
        return int(self.fields[index])

    def __str__(self) -> str:
        return plain("#" + "#".join((self.code, *self.fields)) + "#")


INITIALISE = Command("I", 1, required=0)
RESET = Command("Z", 0)
INTERRUPT = Command("!", 0)
ERRORS = Command("?", 1, required=0, asks=True)
IDENTITY = Command("GI", 2, required=1, asks=True)
LEVELS = Command("GC", 2, required=1, asks=True)
ACCEPT = Command("B", 0)
INSERTED = Command("Q", 1, numeric=True, asks=True)
STOP = Command("J", 1, numeric=True)
PAY_OUT = Command("P", 2, required=1, numeric=True)
PIECES = Command("U", 1, required=0)
CHARGE = Command("C", 4, numeric=True)
ADD_CHANGE = Command("A", 0)
COLLECT = Command("S", 1, numeric=True)
INVENTORY = Command("Y", 2, asks=True)
INVENTORY_2 = Command("Y2", 4, required=3, asks=True)  # some leave the safe out
INVENTORY_2_WITH_SAFE = Command("Y2", 4, asks=True)
INVENTORY_2_WITHOUT_SAFE = Command("Y2", 3, asks=True)


def plain(text: str) -> str:
    """What a machine said, fit for a log and a technician's terminal: short, no control characters."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:SHOWN])
    return f"{shown}…" if len(text) > SHOWN else shown


def identity_end(buffer: bytes | bytearray, serial: str | None) -> int | None:
    """Where the answer to `#GI#` ends in `buffer`, whatever stands before it; None: not there.

    No other command answers with a name followed by a list of pieces. A machine that tells its
    name only is known by it.
    """
    text = buffer.decode("latin-1")
    found = _IDENTITY.search(text)
    if found is None and serial:
        found = re.search(rf"#(?:0|WR:[A-Z_]+)#{re.escape(serial)}#", text)
    return found.end() if found else None


def last_refusal(buffer: bytes | bytearray) -> str | None:
    """The code of the last frame in `buffer` if that is an error, whatever fields it carries."""
    codes = _START.findall(buffer.decode("latin-1"))
    return codes[-1] if codes and codes[-1].startswith("ER:") else None


def scan(buffer: bytes | bytearray, command: Command) -> Reply | None:
    """The first whole reply to `command` in `buffer`, or None while it is incomplete.

    Bytes before a frame start are noise and are skipped; fields beyond the known ones are
    left out.
    """
    text = buffer.decode("latin-1")
    start = _START.search(text)
    while start:
        seam = text.find("##", start.end() - 1) if command.numeric else -1
        chunk = text[start.start() :] if seam < 0 else text[start.start() : seam + 1]
        fields = chunk.split("#")[2:-1]  # what follows the last # is not terminated yet
        code = start.group(1)
        if code in _BARE or len(fields) >= command.fields:
            return Reply(code, tuple(fields[: command.fields]))
        if seam < 0:
            return None
        start = _START.search(text, seam + 1)
    return None


def scan_short(buffer: bytes | bytearray, command: Command) -> Reply | None:
    """What a silent line has left behind: a reply shorter than usual, or None when only noise.

    Raises FrameError for a frame that breaks off in the middle of a field: `50` may have
    been the beginning of `500`.
    """
    text = buffer.decode("latin-1")
    starts = list(_START.finditer(text))
    if not starts:
        return None
    start = starts[0]
    *fields, dangling = text[start.end() :].split("#")
    if dangling:
        raise FrameError(f"the reply to {command.name} breaks off: {plain(text)!r}")
    code = start.group(1)
    if not code.startswith("ER:") and len(fields) < command.required_fields:
        raise FrameError(f"the reply to {command.name} is too short: {plain(text)!r}")
    return Reply(code, tuple(fields[: command.fields]))


def parse_pieces(text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Coins and notes of a value-per-denomination list `1:49,2:33;500:15`.

    Either half may be missing. They are kept apart: a country may have a coin and a note of
    one value. Words such as `STACKER:12` are levels of containers, not of denominations.
    """
    coins_text, _, notes_text = text.partition(";")
    return _half(coins_text), _half(notes_text)


def _half(text: str) -> dict[int, int]:
    pieces: dict[int, int] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        match = _PIECES.fullmatch(item)
        if match:
            pieces[int(match.group(1))] = int(match.group(2))
        elif not re.fullmatch(r"[A-Z_]+:[0-9]+", item):
            raise FrameError(f"not a list of pieces: {plain(text)!r}")
    return pieces


def pieces_text(pieces: Mapping[tuple[str, int], int]) -> str:
    """`{("coin", 100): 2, ("note", 500): 1}` as `100:2;500:1`."""
    return ";".join(
        ",".join(f"{value}:{pieces[kind, value]}" for kind, value in sorted(pieces) if kind == half)
        for half in ("coin", "note")
    )


def parse_codes(text: str) -> tuple[int, ...]:
    """Active error codes of `#?#`; an empty field means none."""
    codes = [part.strip() for part in text.split(",") if part.strip()]
    # Not isdigit(): it also says yes to a superscript, which is no number.
    if not all(_CODE.fullmatch(code) for code in codes):
        raise FrameError(f"not a list of error codes: {plain(text)!r}")
    return tuple(int(code) for code in codes)
