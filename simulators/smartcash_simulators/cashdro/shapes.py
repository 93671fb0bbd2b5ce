"""The JSON of the web service: strings nearly everywhere, and two envelopes.

Field names and their odd casing are the machine's own; amounts are strings in minor units, and
`totalout` is negative.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from ..cash import COIN, NOTE, Denomination, worth
from .controller import Controller
from .operations import EXECUTING, FINISHED, GIVES_CHANGE, Operation
from .sets import DECIMALS

COIN_VALIDATOR, COIN_RECYCLER, NOTE_DEVICE = "1", "2", "3"
DEVICE_READY = "3"
STATE_NONE, STATE_CRITICAL, STATE_BELOW, STATE_ABOVE, STATE_ZERO = "-1", "0", "2", "3", "5"
TINY_IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


#: What is an amount or the value of a piece, wherever it stands.
AMOUNTS = frozenset(
    [
        "total",
        "totalin",
        "totalout",
        "totalrounded",
        "roundvalue",
        "amount",
        "amountin",
        "amountout",
        "amounttransferred",
        "amountchangenotavailable",
        "openingbalance",
        "finalbalance",
        "value",
    ]
)
HUNDREDTHS = 2  # decimals

ABSENT = object()


@dataclass(frozen=True)
class Answer:
    """What a call has to say: `operation` in index3.php's words, `data` in index.php's."""

    operation: object = ABSENT
    data: object = ""


def status(controller: Controller, operation: Operation) -> dict:
    """{operation, devices, messages, …} of askOperation."""
    return {
        "operation": _operation(controller, operation),
        "devices": _devices(controller, operation),
        "messages": _messages(controller, operation),
        "messagesFixed": [],
        "withError": _word(controller.with_error),
        "withErrorMRX": False,
        "WithErrorByCassetteWithdrawn": not controller.machine.cassette_in,
    }


def flat(nested: dict) -> dict:
    """The same one level flatter, as askOperationV2 has it."""
    rest = {name: value for name, value in nested.items() if name != "operation"}
    return {**nested["operation"], **rest}


def as_text(value: object) -> str:
    """JSON within JSON, as index.php has it."""
    return json.dumps(value, separators=(",", ":"))


def counted(controller: Controller, answer: Any) -> Any:
    """The answer with its amounts in what this machine counts in."""
    if not controller.faults.hundredths:
        return answer
    if isinstance(answer, list):
        return [counted(controller, item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: _scaled(controller, value) if name.lower() in AMOUNTS else counted(controller, value)
        for name, value in answer.items()
    }


def _scaled(controller: Controller, value: str | int) -> str | int:
    minor = int(value)
    size = abs(minor) * 10**HUNDREDTHS // 10 ** _decimals(controller)
    told = size if minor >= 0 else -size
    return str(told) if isinstance(value, str) else told


def in_minor_units(controller: Controller, told: int) -> int | None:
    """What somebody tells this machine to count; None when there is no such amount."""
    if not controller.faults.hundredths:
        return told
    minor, rest = divmod(told * 10 ** _decimals(controller), 10**HUNDREDTHS)
    return None if rest else minor


def _decimals(controller: Controller) -> int:
    return DECIMALS.get(controller.machine.cash_set.currency, HUNDREDTHS)


def levels(
    controller: Controller, *, images: bool = False, with_levels: bool = True
) -> list[dict[str, str]]:
    """The pieces of getPiecesCurrency."""
    return [
        _level(controller, piece, images, with_levels)
        for piece in controller.machine.cash_set.denominations
    ]


def alerts(controller: Controller) -> list[dict[str, str]]:
    """One per piece whose level is worth a look; `Source` 2 = note device, 5 = coin recycler."""
    machine = controller.machine
    found = []
    if machine.cassette_percent >= 100:
        found.append({"Source": "4", "Value": "0", "Type": STATE_ABOVE})
    if controller.with_error:
        found.append({"Source": "2", "Value": "0", "Type": STATE_CRITICAL})
    for piece in machine.cash_set.denominations:
        state = _level_state(controller, piece)
        if state != STATE_NONE:
            source = "5" if piece.kind == COIN else "2"
            found.append({"Source": source, "Value": str(piece.value), "Type": state})
    currency = machine.cash_set.currency
    return [
        {"AlertId": str(number), **alert, "CurrencyId": currency}
        for number, alert in enumerate(found, 1)
    ]


def diagnosis(controller: Controller) -> dict:
    names = {COIN_VALIDATOR: "Coin validator", COIN_RECYCLER: "Coin recycler", NOTE_DEVICE: "Notes"}
    trouble = controller.with_error
    texts = [{"msg": alarm.replace("_", " ")} for alarm in sorted(controller.machine.alarms)]
    return {
        "WithError": trouble,
        "Devices": [
            {
                "deviceName": name,
                "deviceType": kind,
                "deviceState": "0" if trouble else DEVICE_READY,
                "deviceModel": "Simulator",
                "deviceWithError": trouble,
                "deviceMessagesInfo": texts,
            }
            for kind, name in names.items()
        ],
    }


# -- Parts ----------------------------------------------------------------------------------------


def _operation(controller: Controller, operation: Operation) -> dict:
    faults = controller.faults
    state = operation.state
    if state == EXECUTING and faults.take_one("unknown_state"):
        state = "G"
    cut_short = operation.cancelled or operation.failed
    told_as = faults.end_told_as if state == FINISHED and cut_short else None
    if told_as:
        state = told_as if told_as == "C" else EXECUTING
    out = operation.total_out if faults.positive_totalout else -operation.total_out
    date, hour = _moment(operation.finished)
    return {
        "operationid": str(operation.id),
        "batchid": "0",
        "state": state,
        "payInProgress": _flag(_notes_are_stored(operation)),
        "payOutProgress": _flag(_notes_are_taken(controller, operation)),
        "total": str(operation.total),
        "totalin": str(operation.total_in),
        "totalout": str(out),
        "type": str(int(operation.kind)),
        "datefinish": date,
        "hourfinish": hour,
        "amountchangenotavailable": str(operation.change_missing),
        "totalrounded": str(operation.rounded),
        "error": _flag(operation.failed or told_as == "error"),
        "posuser": operation.pos_user,
        "posid": operation.pos_id,
        "progressPartial": 0,
        "progressTotal": 0,
        "aliasid": operation.alias,
        "canceled": int(told_as == "canceled" or (operation.cancelled and not told_as)),
        "userId": str(operation.user_id),
        "userName": operation.user_name,
        "rfId": "",
        "roundValue": str(operation.rounding),
        "finalStatus": "1",
    }


def _notes_are_stored(operation: Operation) -> bool:
    return operation.kind in GIVES_CHANGE and operation.total_in >= operation.rounded


def _notes_are_taken(controller: Controller, operation: Operation) -> bool:
    """False while notes that this operation gave out lie in the tray."""
    gave_notes = any(piece.kind == NOTE for piece in +operation.out_recycler)
    in_tray = any(piece.kind == NOTE for piece in +controller.machine.tray)
    latest = not any(other.id > operation.id for other in controller.operations)
    return not (gave_notes and in_tray and latest)


def _messages(controller: Controller, operation: Operation) -> list:
    shape = controller.settings.message_shape
    if shape == "number":
        return list(operation.messages)
    words = [str(code) for code in operation.messages]
    return [{"value": word} for word in words] if shape == "object" else words


def _devices(controller: Controller, operation: Operation) -> list[dict]:
    cash_set = controller.machine.cash_set
    pieces = {
        COIN_VALIDATOR: [],
        COIN_RECYCLER: [p for p in cash_set.of_kind(COIN) if p.recycled],
        NOTE_DEVICE: cash_set.of_kind(NOTE),
    }
    return [_device(controller, operation, kind, own) for kind, own in pieces.items()]


def _device(
    controller: Controller, operation: Operation, kind: str, pieces: list[Denomination]
) -> dict:
    inserted = operation.in_recycler + operation.in_cassette
    given = operation.out_recycler + operation.out_cassette
    return {
        "type": kind,
        "state": DEVICE_READY,
        "totalin": str(worth({piece: inserted[piece] for piece in pieces})),
        "totalout": str(-worth({piece: given[piece] for piece in pieces})),
        "pieces": [_device_piece(controller, operation, piece) for piece in pieces],
    }


def _device_piece(controller: Controller, operation: Operation, piece: Denomination) -> dict:
    booked = controller.machine.booked
    now = {"recycler": booked.recyclers[piece], "cassette": booked.cassette[piece]}
    start = _row(operation.start_levels, piece) or now
    finish = (operation.state == FINISHED and _row(operation.finish_levels, piece)) or now
    return {
        "value": str(piece.value),
        "currencyid": controller.machine.cash_set.currency,
        "unitsincassette": str(operation.in_cassette[piece]),
        "unitsinrecycler": str(operation.in_recycler[piece]),
        "unitsoutcassette": str(operation.out_cassette[piece]),
        "unitsoutrecycler": str(operation.out_recycler[piece]),
        "unitstransferred": str(operation.moved[piece]),
        "exchangerate": "1.0000",
        "startlevelrecycler": str(start["recycler"]),
        "startlevelcassette": str(start["cassette"]),
        "finishlevelrecycler": finish["recycler"],
        "finishlevelcassette": finish["cassette"],
        "initials": "",
        "initialsfront": "1",
        "status": _level_state(controller, piece),
        "Image": "",
    }


def _row(rows: list[dict], piece: Denomination) -> dict | None:
    return next((r for r in rows if (r["kind"], r["value"]) == (piece.kind, piece.value)), None)


def _level(controller: Controller, piece: Denomination, images: bool, with_levels: bool) -> dict:
    booked, settings = controller.machine.booked, controller.settings
    accepted = piece.value >= settings.rounding and piece.value not in settings.refused
    capacity = piece.recycler_size
    row = {
        "CurrencyId": controller.machine.cash_set.currency,
        "Value": str(piece.value),
        "Type": "1" if piece.kind == COIN else "2",
        "Destination": ("1" if piece.recycled else "2") if accepted else "0",
        "MinLevel": str(capacity // 10),
        "MaxLevel": str(capacity),
        "DepositLevel": str(int(capacity * 0.4)),
        "MaxPiecesExchange": str(settings.most_in_change(piece)),
        "State": _level_state(controller, piece),
        "Image": TINY_IMAGE if images else "",
    }
    if with_levels:
        row["LevelRecycler"] = str(booked.recyclers[piece])
        row["LevelCasete"] = str(booked.cassette[piece])
    return row


def _level_state(controller: Controller, piece: Denomination) -> str:
    if not piece.recycled:
        return STATE_NONE
    level = controller.machine.booked.recyclers[piece]
    if level <= 0:
        return STATE_ZERO
    if level < piece.recycler_size // 10:
        return STATE_BELOW
    return STATE_ABOVE if level >= piece.recycler_size else STATE_NONE


def _moment(epoch: float | None) -> tuple[str, str]:
    if epoch is None:
        return "", ""
    when = datetime.datetime.fromtimestamp(epoch).astimezone()
    return when.strftime("%Y-%m-%d"), when.strftime("%H:%M:%S")


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _word(value: bool) -> str:
    return "true" if value else "false"
