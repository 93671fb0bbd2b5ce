"""The machine's answers, read strictly, with the variations that are known from the field.

Two entry points, two envelopes: ``index3.php`` says ``{"code": 1, "response": {"errorMessage": …,
"operation": …}}``, ``index.php`` says ``{"code": 1, "data": …}``, where data is often JSON in a string.
Numbers come as numbers or as text; the spelling of keys varies between requests, answers and versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, overload

from .errors import CashdroProtocolError
from .models import (
    Alert,
    CashdroStatus,
    Diagnosis,
    Level,
    Movement,
    OperationState,
)

#: Larger than any machine holds: a guard against nonsense.
MAX_AMOUNT = 10**12


class _Default(Enum):
    NONE = "the key has to be there"


_MISSING: Final = _Default.NONE


@dataclass(frozen=True)
class Answer:
    code: int
    text: str  # the machine's words when the code is not 1
    body: Any


def read_answer(raw: bytes) -> Answer:
    """Take the envelope off."""
    try:
        # A name in another encoding is no reason to lose the amounts: read as a browser reads it.
        wire = _decoded(raw.decode("utf-8-sig", "replace"))
    except (RecursionError, ValueError) as error:
        raise CashdroProtocolError("The answer is not JSON.") from error
    if not isinstance(wire, Mapping):
        raise CashdroProtocolError("The answer has no envelope.")
    code = number(wire, "code")
    if "response" in wire:
        response = wire["response"]
        if not isinstance(response, Mapping):
            response = {"operation": response}
        return Answer(code, _words(response.get("errorMessage")), response.get("operation"))
    if "data" not in wire:
        raise CashdroProtocolError("The answer has neither 'response' nor 'data'.")
    data = wire["data"]
    if code != 1:
        return Answer(code, _words(data), None)
    if isinstance(data, str) and data.lstrip()[:1] in ("{", "["):
        try:
            data = _parse(data)
        except (RecursionError, ValueError) as error:
            raise CashdroProtocolError("The answer's data is not JSON.") from error
    return Answer(code, "", data)


def _decoded(text: str) -> Any:
    wire = _parse(text)
    # The whole answer as JSON in JSON has been seen too.
    return _parse(wire) if isinstance(wire, str) else wire


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


# ---- values ------------------------------------------------------------------------------------


def find(wire: Mapping, key: str, default: Any = _MISSING) -> Any:
    """The value of ``key``, however its letters are cased."""
    if key in wire:
        return wire[key]
    lower = key.lower()
    for name, value in wire.items():
        if isinstance(name, str) and name.lower() == lower:
            return value
    if default is _MISSING:
        raise CashdroProtocolError(f"The answer has no '{key}'.")
    return default


def as_number(value: Any, key: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"[ \t\r\n]*[+-]?[0-9]{1,15}[ \t\r\n]*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_AMOUNT:
        raise CashdroProtocolError(f"'{key}' is not a whole number.")
    return value


@overload
def number(wire: Mapping, key: str) -> int: ...
@overload
def number(wire: Mapping, key: str, default: int) -> int: ...
@overload
def number(wire: Mapping, key: str, default: None) -> int | None: ...
def number(wire: Mapping, key: str, default: int | _Default | None = _MISSING) -> int | None:
    value = find(wire, key, default)
    if default is not _MISSING and (value is None or value == "" or value is default):
        return default
    return as_number(value, key)


def flag(value: Any) -> bool:
    return value in (True, 1) or (isinstance(value, str) and value.strip().lower() in ("true", "1"))


def text(wire: Mapping, key: str) -> str:
    value = find(wire, key, None)
    if isinstance(value, str):
        return value
    try:
        return str(as_number(value, key))
    except CashdroProtocolError:
        return ""


def records(body: Any, key: str) -> Iterator[Mapping]:
    """The objects of the list that is ``body``, or that is under ``key`` in it."""
    if isinstance(body, Mapping):
        body = find(body, key)
    if body in (None, ""):
        return
    if not isinstance(body, list):
        raise CashdroProtocolError(f"'{key}' is not a list.")
    for item in body:
        if not isinstance(item, Mapping):
            raise CashdroProtocolError(f"'{key}' holds something else than objects.")
        yield item


# ---- answers -------------------------------------------------------------------------------------


def operation_id(body: Any) -> str:
    """Of a start: an object on index3.php, the bare number on index.php."""
    if isinstance(body, Mapping):
        body = find(body, "operationId")
    found = as_number(body, "operationId")
    if found <= 0:
        raise CashdroProtocolError("'operationId' is not the number of an operation.")
    return str(found)


def status(body: Any, asked: str) -> CashdroStatus:
    """Of askOperation; of askOperationV2 too, which has one level less.

    :param asked: the number that was asked for
    """
    if not isinstance(body, Mapping):
        raise CashdroProtocolError("The answer has no operation.")
    inner = find(body, "operation", None)
    operation = inner if isinstance(inner, Mapping) else body
    answered = number(operation, "operationid", None)
    if answered is not None and str(answered) != asked:
        raise CashdroProtocolError("The answer is about another operation.")
    letter = find(operation, "state")
    if not isinstance(letter, str) or not letter:
        raise CashdroProtocolError("'state' is not a letter.")
    cancelled = find(operation, "canceled", None)
    return CashdroStatus(
        id=asked,
        state=_state(letter),
        total=number(operation, "total"),
        total_in=_inserted(operation),
        # Negative in the vendor's document, positive on older software.
        total_out=abs(number(operation, "totalout")),
        change_not_available=abs(number(operation, "amountchangenotavailable", 0)),
        messages=_messages(find(body, "messages", None)),
        with_error=flag(find(body, "withError", False)),
        failed=flag(find(operation, "error", False)),
        cancelled=None if cancelled in (None, "") else flag(cancelled),
        type=number(operation, "type", None),
        terminal=text(operation, "posid") or None,
        cashier=text(operation, "posuser") or None,
        alias=text(operation, "aliasid") or None,
    )


def _state(letter: str) -> OperationState:
    try:
        return OperationState(letter.strip().upper())
    except ValueError:
        return OperationState.OTHER


def _inserted(operation: Mapping) -> int:
    inserted = number(operation, "totalin")
    if inserted < 0:
        raise CashdroProtocolError("'totalin' is negative.")
    return inserted


def _messages(value: Any) -> tuple[int, ...]:
    """Numbers, texts or ``{"value": …}``: what is none of them is no code that we know."""
    codes = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            item = find(item, "value", None)
        try:
            codes.append(as_number(item, "messages"))
        except CashdroProtocolError:
            continue
    return tuple(codes)


def executing(body: Any) -> str | None:
    """``OperationId`` on index3.php, ``[{"LogId": …}]`` on index.php; nothing, 0 or -1 when idle."""
    if isinstance(body, Mapping) and "operation" in body:
        body = body["operation"]
    if isinstance(body, list):
        body = body[0] if body else None
    if body in (None, ""):
        return None
    if isinstance(body, Mapping):
        found = number(body, "OperationId", None)
        body = number(body, "LogId", 0) if found is None else found
    found = as_number(body, "OperationId")
    return str(found) if found > 0 else None


def pending(body: Any) -> list[str]:
    if body in (None, ""):
        return []
    return [
        str(number(item, "OperationId"))
        for item in records(body, "pendingOperations")
        if number(item, "OperationId") > 0
    ]


def levels(body: Any) -> list[Level]:
    return [
        Level(
            currency=text(piece, "CurrencyId"),
            value=_positive(piece, "Value"),
            kind="note" if number(piece, "Type") == 2 else "coin",
            destination=number(piece, "Destination", 1),
            recycler=_pieces(piece, "LevelRecycler"),
            cassette=_pieces(piece, "LevelCasete", "LevelCassette"),
            maximum=number(piece, "MaxLevel", None),
            state=number(piece, "State", None),
        )
        for piece in records(body, "pieces")
    ]


def _positive(wire: Mapping, key: str) -> int:
    value = number(wire, key)
    if value <= 0:
        raise CashdroProtocolError(f"'{key}' is not positive.")
    return value


def _pieces(piece: Mapping, *spellings: str) -> int:
    found = next(
        (key for key in spellings if find(piece, key, None) not in (None, "")), spellings[0]
    )
    count = number(piece, found)
    if count < 0:
        raise CashdroProtocolError(f"'{found}' is negative.")
    return count


def movements(body: Any) -> list[Movement]:
    return [
        Movement(id=str(number(item, "OperationId")), alias=text(item, "AliasId") or None)
        for item in records(body, "movements")
    ]


def alerts(body: Any) -> list[Alert]:
    return [
        Alert(
            source=number(item, "Source"),
            value=number(item, "Value", None),
            type=number(item, "Type"),
            currency=text(item, "CurrencyId"),
        )
        for item in records(body, "alerts")
    ]


def diagnosis(body: Any) -> Diagnosis:
    if not isinstance(body, Mapping):
        raise CashdroProtocolError("The answer has no diagnosis.")
    inner = find(body, "diagnosis", None)
    wire = inner if isinstance(inner, Mapping) else body
    troubles = []
    for device in records(find(wire, "Devices", None), "Devices"):
        if flag(find(device, "deviceWithError", False)):
            infos = find(device, "deviceMessagesInfo", None)
            words = [text(info, "msg") for info in infos or () if isinstance(info, Mapping)]
            name = text(device, "deviceName")
            troubles.append(
                ": ".join(part for part in (name, ", ".join(filter(None, words))) if part)
            )
    return Diagnosis(flag(find(wire, "WithError")), tuple(filter(None, troubles)))
