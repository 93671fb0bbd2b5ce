"""Framing of the Connector protocol: `#CMD#p1#…#pn#` in, `#code#f1#…#fm#` out.

A request has no terminator and parameters may be empty (`#V#1##`), so where one request ends and
the next begins follows from the number of parameters that each command takes. A CRLF ends a
request in any case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..cash import COIN, NOTE, CashSet, Denomination, Pieces

ENCODING = "latin-1"
MAX_REQUEST = 2048

# Numbers of parameters with which each command is used in the field; the largest is the usual
# one, smaller ones are older dialects (`#B#0#`, `#P#` with three).
ARITIES: Mapping[str, tuple[int, ...]] = {
    "!": (0,),
    "?": (0, 1, 2),
    "A": (1,),
    "B": (1, 3),
    "C": (10, 11),
    "E": (0,),
    "GC": (0,),
    "GC2": (0,),
    "GI": (0,),
    "GV": (1,),
    "I": (0,),
    "J": (0,),
    "P": (3, 4),
    "Q": (0,),
    "S": (1,),
    "T": (0,),
    "T2": (0,),
    "U": (4,),
    "Y": (0,),
    "Y2": (0,),
    "Z": (0,),
}


@dataclass(frozen=True)
class Request:
    """One request; `name` is empty when the bytes were not a request at all."""

    name: str
    params: tuple[str, ...] = ()

    @property
    def well_formed(self) -> bool:
        return len(self.params) in ARITIES.get(self.name, ())


@dataclass(frozen=True)
class Reply:
    """A result code and its fields."""

    code: str
    fields: tuple[object, ...] = ()

    def encode(self, more: Iterable[object] = ()) -> bytes:
        parts = [self.code, *self.fields, *more]
        return ("#" + "".join(f"{part}#" for part in parts)).encode(ENCODING, "replace")


class RequestReader:
    """Cuts a stream of bytes into requests, whatever the segments in which they come."""

    def __init__(self) -> None:
        self._text = ""

    @property
    def pending(self) -> bool:
        """Bytes are waiting for more of them, or for silence."""
        return bool(self._text)

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are certainly complete now."""
        self._text += data.decode(ENCODING)
        requests = list(self._cut(silence=False))
        if len(self._text) > MAX_REQUEST:
            self._text = ""
            requests.append(Request(""))
        return requests

    def settle(self) -> list[Request]:
        """No more bytes came for a moment: a request that could have gone on is complete."""
        return list(self._cut(silence=True))

    def flush(self) -> list[Request]:
        """No more bytes came for long: what is left is malformed."""
        requests = self.settle()
        if self._text:
            requests.append(_parse(self._text))
            self._text = ""
        return requests

    def _cut(self, *, silence: bool) -> Iterable[Request]:
        while self._text:
            self._text = self._text.lstrip("\r\n")
            end = _end_of_request(self._text, silence)
            if not end:
                return
            yield _parse(self._text[:end])
            self._text = self._text[end:]


def _end_of_request(text: str, silence: bool) -> int:
    """Length of the first request in the text; 0 when it needs more bytes (or silence)."""
    line_end = text.find("\r\n")
    line = text if line_end < 0 else text[:line_end]
    name, *params = _split(line)
    if not line.startswith("#"):
        # Rubbish in front: it ends where something like a request begins.
        return max(line.find("#"), 0) or max(line_end, 0)
    if not name:
        return max(line_end, 0)
    arities = ARITIES.get(name, ())
    for arity in sorted(arities):
        if arity > len(params):
            break
        end = _length(name, params[:arity])
        if arity == max(arities) or _command_begins(line[end:]):
            return end
        if end == len(line) and (silence or line_end >= 0):
            return end
    return max(line_end, 0)


def _split(line: str) -> list[str]:
    """The closed fields of `#a#b#c#`; an unclosed last one is not among them."""
    parts = line.split("#")
    return parts[1:-1] or [""]


def _length(name: str, params: list[str]) -> int:
    return sum(len(part) + 1 for part in [name, *params]) + 1


def _command_begins(text: str) -> bool:
    return text.startswith("#") and _split(text)[0] in ARITIES


def _parse(text: str) -> Request:
    text = text.strip("\r\n")
    if len(text) < 3 or not (text.startswith("#") and text.endswith("#")):
        return Request("")
    name, *params = text[1:-1].split("#")
    return Request(name, tuple(params))


def read_vpd(text: str, cash_set: CashSet) -> Pieces:
    """The pieces of `1:49,2:33;500:15`; raises ValueError for what is no such list."""
    pieces: Pieces = Counter()
    coins, _, notes = text.partition(";")
    for kind, half in ((COIN, coins), (NOTE, notes)):
        for item in filter(None, half.split(",")):
            value, _, count = item.partition(":")
            if not (value.isdecimal() and count.isdecimal()):
                raise ValueError(f"not a list of pieces: {text!r}")
            pieces[cash_set.find(int(value), kind)] += int(count)
    return pieces


def vpd(values: Mapping[Denomination, int], order: Iterable[Denomination]) -> str:
    """Values per denomination: `1:49,2:33;500:15`, coins then notes, ascending."""
    order = list(order)
    lists = [
        ",".join(f"{piece.value}:{values[piece]}" for piece in order if piece.kind == kind)
        for kind in (COIN, NOTE)
    ]
    return ";".join(lists)
