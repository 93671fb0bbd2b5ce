"""The calls of the web service, each from its query string to what it has to say.

Names of operations ignore case (clients in the field differ); names of parameters do not.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

from ..cash import COIN, NOTE, Pieces, UnknownPieceError, notes_in, worth
from . import codes, movements, shapes
from .codes import Refused
from .controller import Controller
from .faults import SERVICE_CODES
from .operations import (
    CHOSEN_PIECES,
    FINISHED,
    STARTABLE,
    TAKES_MONEY,
    WITH_AMOUNT,
    Kind,
    Operation,
)
from .shapes import Answer
from .users import User, Users

MAX_AMOUNT = 99_999_999  # minor units
MAX_NAME = 50  # characters of posid, posuser and aliasid
MAX_PIECES = 10_000
MAX_DIGITS = 12
ACCEPT, CANCEL, CANCEL_OLD, EXECUTE = "1", "2", "3", "4"
TIME_FORMAT = "%Y-%m-%d_%H:%M:%S"

Params = Mapping[str, str]
Read = TypeVar("Read")


class WebService:
    """Both entry points over one machine."""

    def __init__(self, controller: Controller, users: Users) -> None:
        self._controller = controller
        self._users = users
        self._calls: dict[str, Callable[[Params, User], Answer]] = {
            "login": self._login,
            "dotest": self._test,
            "startoperation": self._start,
            "acknowledgeoperationid": self._acknowledge,
            "askoperation": self._ask,
            "askoperationv2": self._ask_flat,
            "finishoperation": self._finish,
            "setoperationimported": self._set_imported,
            "askpendingoperations": self._pending,
            "askoperationexecuting": self._executing,
            "getpiecescurrency": self._levels,
            "askmovements": self._movements,
            "getpendingprintreports": self._print_reports,
            "markreportasprinted": self._mark_printed,
        }
        # Anybody is told these.
        self._open_calls: dict[str, Callable[[], Answer]] = {
            "getalerts": self._alerts,
            "getdiagnosis": self._diagnosis,
        }

    def index3(self, params: Params) -> dict:
        """The answer of index3.php."""
        code, message, answer = self._answer(params)
        response: dict = {"errorMessage": message}
        if answer.operation is not shapes.ABSENT:
            response["operation"] = answer.operation
        return {"code": code, "response": response}

    def index(self, params: Params) -> dict:
        """The answer of index.php, which knows no askOperationV2."""
        code, message, answer = self._answer(params, unknown=("askoperationv2",))
        return {"code": code, "data": answer.data if code == codes.OK else message}

    def _answer(self, params: Params, unknown: tuple[str, ...] = ()) -> tuple[int, str, Answer]:
        name = params.get("operation", "").lower()
        try:
            if name in unknown:
                raise Refused(codes.UNKNOWN_CALL)
            return codes.OK, "none", self._call(name, params)
        except Refused as refusal:
            return refusal.code, codes.text(name, refusal.code), Answer()

    def _call(self, name: str, params: Params) -> Answer:
        if name in self._open_calls:
            return self._open_calls[name]()
        if name not in self._calls:
            raise Refused(codes.UNKNOWN_CALL)
        return self._calls[name](params, self._authenticate(params))

    def _authenticate(self, params: Params) -> User:
        user = self._users.authenticate(params.get("name", ""), params.get("password", ""))
        if user is None:
            raise Refused(codes.AUTHENTICATION_FAILED)
        return user

    # -- An operation's life ------------------------------------------------------------------

    def _login(self, _params: Params, user: User) -> Answer:
        known = {"userId": str(user.id), "userName": user.name}
        return Answer(known, known)

    def _test(self, _params: Params, _user: User) -> Answer:
        return Answer()

    def _start(self, params: Params, user: User) -> Answer:
        kind = _kind(params.get("type", ""))
        names = {
            "pos_id": params.get("posid", ""),
            "pos_user": params.get("posuser", ""),
            "alias": params.get("aliasid", params.get("aliasId", "")),
        }
        if any(len(value) > MAX_NAME for value in names.values()):
            raise Refused(codes.INVALID_PARAMETERS)
        if not user.may_start(kind):
            raise Refused(-4)
        total, wanted = self._amount(kind, params)
        self._must_be_ready()
        operation = self._controller.create(
            kind, total=total, wanted=wanted, user_id=user.id, user_name=user.name, **names
        )
        number = str(operation.id)
        return Answer({"operationId": number}, number)

    def _amount(self, kind: Kind, params: Params) -> tuple[int, Pieces]:
        values = _json(params.get("parameters"), dict) if "parameters" in params else {}
        if kind not in WITH_AMOUNT:
            return 0, Counter()
        if kind == Kind.PAYOUT and "pieces" in values:
            rows = values["pieces"].get("piece") if isinstance(values["pieces"], dict) else None
            wanted = self._pieces(rows, "value", "level", "isBill")
            if not wanted:
                raise Refused(-3)
            return worth(wanted), wanted
        if "amount" not in values:
            raise Refused(codes.INVALID_PARAMETERS)
        total = shapes.in_minor_units(self._controller, _amount(values["amount"]))
        if total is None:
            raise Refused(-3)
        return total, Counter()

    def _must_be_ready(self) -> None:
        service = self._controller.faults.service
        if service:
            raise Refused(SERVICE_CODES[service])
        if self._controller.with_error:
            raise Refused(SERVICE_CODES["out_of_service"])
        if self._controller.busy or self._controller.has_just_ended:
            raise Refused(-2)

    def _acknowledge(self, params: Params, _user: User) -> Answer:
        self._controller.acknowledge(self._operation(params, missing=-2, malformed=-3))
        return Answer()

    def _ask(self, params: Params, _user: User) -> Answer:
        status = self._status(params)
        return Answer(status, shapes.as_text(status))

    def _ask_flat(self, params: Params, _user: User) -> Answer:
        return Answer(shapes.flat(self._status(params)))

    def _status(self, params: Params) -> dict:
        status = shapes.status(self._controller, self._operation(params, missing=-2))
        told: dict = shapes.counted(self._controller, status)
        return told

    def _finish(self, params: Params, _user: User) -> Answer:
        mode = params.get("type", "")
        if mode not in (ACCEPT, CANCEL, CANCEL_OLD, EXECUTE):
            raise Refused(codes.INVALID_PARAMETERS)
        if self._controller.faults.service == "stopped":
            raise Refused(codes.NOT_RUNNING)
        operation = self._operation(params, missing=-2)
        if operation is not self._controller.running:
            raise Refused(-2)
        if mode in (CANCEL, CANCEL_OLD) and operation.kind in TAKES_MONEY | CHOSEN_PIECES:
            self._controller.end(operation, "cancel")
        elif mode == ACCEPT and operation.kind in TAKES_MONEY:
            self._controller.end(operation, "accept")
        elif mode == EXECUTE and operation.kind in CHOSEN_PIECES:
            self._controller.end(operation, "execute", self._chosen(operation, params))
        else:
            raise Refused(codes.INVALID_PARAMETERS)
        return Answer()

    def _chosen(self, operation: Operation, params: Params) -> Pieces:
        """The pieces of a withdrawal (`Piezas`) or transfer (`PiezasCasete`)."""
        values = _json(params.get("params"), dict)
        lists = {}
        for name in ("Piezas", "PiezasCasete"):
            rows = values.get(name, {})
            if not isinstance(rows, dict):
                raise Refused(codes.INVALID_PARAMETERS)
            lists[name] = self._pieces(rows.get("pieza", []), "valor", "nivel", "isBillete")
        withdrawn, transferred = lists["Piezas"], lists["PiezasCasete"]
        if operation.kind == Kind.TRANSFER:
            withdrawn, transferred = transferred, withdrawn
        # Each kind of operation fills its own list; more than there is, or fits, is an error.
        if transferred or not withdrawn or withdrawn - self._controller.stock():
            raise Refused(codes.INVALID_PARAMETERS)
        if operation.kind == Kind.TRANSFER and notes_in(withdrawn) > self._controller.cassette_room:
            raise Refused(codes.INVALID_PARAMETERS)
        return withdrawn

    def _set_imported(self, params: Params, _user: User) -> Answer:
        operation = self._operation(params, missing=-2, malformed=-3)
        if operation.state != FINISHED:
            raise Refused(-2)
        self._controller.set_imported(operation)
        return Answer()

    # -- Queries ------------------------------------------------------------------------------

    def _pending(self, params: Params, _user: User) -> Answer:
        terminal = params.get("terminal")
        with_manual = params.get("importManualOperations", "false")
        if terminal is None or with_manual not in ("true", "false"):
            raise Refused(codes.INVALID_PARAMETERS)
        rows = [
            {"OperationId": str(operation.id)}
            for operation in self._controller.operations
            if operation.state == FINISHED
            and not operation.imported
            and (with_manual == "true" if operation.manual else operation.pos_id == terminal)
        ]
        return Answer({"pendingOperations": rows}, shapes.as_text(rows))

    def _executing(self, _params: Params, _user: User) -> Answer:
        running = self._controller.running
        number = str(running.id) if running else "-1"
        kind = str(int(running.kind)) if running else "-1"
        return Answer({"OperationId": number, "Type": kind}, [{"LogId": number, "Type": kind}])

    def _levels(self, params: Params, _user: User) -> Answer:
        currency = params.get("currencyId", "")
        switches = {name: params.get(name, "0") for name in ("includeImages", "includeLevels")}
        if not currency or any(value not in ("0", "1") for value in switches.values()):
            raise Refused(codes.INVALID_PARAMETERS)
        rows = []
        if currency == self._controller.machine.cash_set.currency:
            rows = shapes.levels(
                self._controller,
                images=switches["includeImages"] == "1",
                with_levels=switches["includeLevels"] == "1",
            )
            rows = shapes.counted(self._controller, rows)
        return Answer({"pieces": rows}, rows)

    def _alerts(self) -> Answer:
        rows = shapes.counted(self._controller, shapes.alerts(self._controller))
        return Answer({"alerts": rows}, rows)

    def _diagnosis(self) -> Answer:
        found = shapes.diagnosis(self._controller)
        return Answer(found, found)

    def _movements(self, params: Params, _user: User) -> Answer:
        group = params.get("group", "false")
        if group not in ("true", "false"):
            raise Refused(codes.INVALID_PARAMETERS)
        kinds = None
        if params.get("operationType"):
            rows = _json(params["operationType"], list)
            if not all(isinstance(row, dict) and "Id" in row for row in rows):
                raise Refused(codes.INVALID_PARAMETERS)
            kinds = frozenset(_number(str(row["Id"])) for row in rows) or None
        running = self._controller.running
        found = movements.report(
            self._controller.operations,
            self._controller.machine.booked.total - (movements.net(running) if running else 0),
            _time(params.get("fromDate", "")),
            _time(params.get("toDate", "")),
            kinds,
            grouped=group == "true",
        )
        found = shapes.counted(self._controller, found)
        return Answer(found, found)

    def _print_reports(self, params: Params, _user: User) -> Answer:
        if not params.get("posid"):
            raise Refused(-1)
        if params.get("getcashdroreports") not in ("0", "1"):
            raise Refused(-2)
        return Answer(None, None)

    def _mark_printed(self, params: Params, _user: User) -> Answer:
        if not params.get("reportid"):
            raise Refused(-1)
        return Answer()

    # -- Reading parameters -------------------------------------------------------------------

    def _operation(
        self, params: Params, *, missing: int, malformed: int = codes.INVALID_PARAMETERS
    ) -> Operation:
        text = params.get("operationId", "")
        if not _is_number(text):
            raise Refused(malformed)
        operation = self._controller.find(int(text))
        if operation is None:
            raise Refused(missing)
        return operation

    def _pieces(self, rows: object, value: str, count: str, is_note: str) -> Pieces:
        """[{value, count, is_note: "true"|"false"}], all strings."""
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Refused(codes.INVALID_PARAMETERS)
        pieces: Pieces = Counter()
        for row in rows:
            kind = {"true": NOTE, "false": COIN}.get(str(row.get(is_note, "")).lower())
            try:
                told = _number(str(row.get(value)))
                minor = shapes.in_minor_units(self._controller, told)
                if minor is None:
                    raise Refused(codes.INVALID_PARAMETERS)
                piece = self._controller.machine.cash_set.find(minor, kind)
            except UnknownPieceError:
                raise Refused(codes.INVALID_PARAMETERS) from None
            number = _number(str(row.get(count)))
            if number > MAX_PIECES:
                raise Refused(codes.INVALID_PARAMETERS)
            pieces[piece] += number
        return +pieces


def _kind(text: str) -> Kind:
    number = _number(text)
    if number not in STARTABLE:
        raise Refused(codes.INVALID_PARAMETERS)
    return Kind(number)


def _number(text: str) -> int:
    if not _is_number(text):
        raise Refused(codes.INVALID_PARAMETERS)
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def _amount(value: object) -> int:
    """A whole number of minor units, as text or as a number; decimals are refused."""
    text = value if isinstance(value, str) else None
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    if text is None or not _is_number(text) or not 0 < int(text) <= MAX_AMOUNT:
        raise Refused(-3)
    return int(text)


def _json(text: str | None, kind: type[Read]) -> Read:
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        raise Refused(codes.INVALID_PARAMETERS) from None
    if not isinstance(value, kind):
        raise Refused(codes.INVALID_PARAMETERS)
    return value


def _time(text: str) -> datetime.datetime:
    """`YYYY-MM-DD_H:MM:SS`, in the machine's own time zone."""
    try:
        return datetime.datetime.strptime(text, TIME_FORMAT).astimezone()
    except (ValueError, OverflowError):
        raise Refused(codes.INVALID_PARAMETERS) from None
