"""The calls of CashDro's web service, named after the machine's own verbs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from . import answers, http
from .errors import (
    CashdroAuthError,
    CashdroBusy,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroUnknownOperation,
)
from .models import (
    Alert,
    CashdroStatus,
    Diagnosis,
    FinishMode,
    Level,
    Movement,
    OperationType,
    Pieces,
)
from .tls import Tls

Read = TypeVar("Read")

#: The newer entry point first: what it cannot do, the older one can.
ENTRY_POINTS = ("/Cashdro3WS/index3.php", "/Cashdro3WS/index.php")
#: Which one a machine has, by base URL: found out once per process.
_entry_points: dict[str, str] = {}
DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_NAME = 50  # characters of posid, posuser and aliasid

#: The documented codes. With each of them nothing happened.
EVERYWHERE = {-1: (CashdroAuthError, "The machine does not accept its user or password.")}
CODES: dict[str, dict[int, tuple[type[CashdroError], str]]] = {
    "startOperation": {
        -2: (CashdroBusy, "The machine is busy with another operation."),
        -3: (CashdroRefused, "The machine does not accept this amount."),
        -4: (CashdroAuthError, "The machine's user lacks the permission for this operation."),
        -99: (CashdroRefused, "The machine does not accept the parameters."),
        -998: (CashdroRefused, "The machine is out of service: see its diagnosis screen."),
        -999: (CashdroRefused, "The machine's service is not running: restart the machine."),
        -1900: (CashdroBusy, "The machine is loading or being updated."),
    },
    "acknowledgeOperationId": {
        -2: (CashdroUnknownOperation, "The machine does not know the operation."),
        -3: (CashdroRefused, "The machine does not accept the parameters."),
    },
    # Not documented for this one; the calls beside it say it so.
    "askOperation": {
        -2: (CashdroUnknownOperation, "The machine does not know the operation."),
    },
    "finishOperation": {
        -2: (CashdroRefused, "The operation is not in execution."),
        -99: (CashdroRefused, "The machine does not accept the parameters."),
        -999: (CashdroRefused, "The machine's service is not running: restart the machine."),
    },
    "setOperationImported": {
        -2: (CashdroUnknownOperation, "The machine does not know the operation."),
        -3: (CashdroRefused, "The machine does not accept the parameters."),
    },
    "askPendingOperations": {
        -99: (CashdroRefused, "The machine does not accept the parameters."),
    },
}
#: Calls without effect: whatever they are refused with, nothing happened.
QUESTIONS = frozenset(
    {
        "askOperation",
        "askPendingOperations",
        "askOperationExecuting",
        "getPiecesCurrency",
        "askMovements",
        "getDiagnosis",
        "getAlerts",
        "doTest",
    }
)


class CashdroClient:
    """One machine. Nothing is repeated by itself, and no call takes longer than ``timeout``.

    Every call raises :class:`CashdroUnreachable` or :class:`CashdroProtocolError` when its outcome
    is unknown, and another :class:`CashdroError` when nothing happened.
    """

    def __init__(
        self,
        base_url: str,
        user: str,
        password: str,
        *,
        verify: bool | str = True,
        fingerprint: str | None = None,
        ca_data: str | None = None,
        timeout: float = 5.0,
    ):
        """:param base_url: ``https://host:port``
        :param verify: True for the system's CAs, False for none, or the path of a file with CAs
        :param fingerprint: SHA-256 of the one certificate that is trusted, instead of any CA
        :param ca_data: the CAs as PEM text
        :param timeout: seconds for one call, from the connection to the last byte
        :raise ValueError: an unusable address, fingerprint or CA
        """
        scheme, self._host, self._port = _read_address(base_url)
        self.base_url = f"{scheme}://{_bracketed(self._host)}:{self._port}"
        self._user = user
        self._password = password
        self._timeout = timeout
        self._tls = Tls(verify, fingerprint, ca_data) if scheme == "https" else None

    def __repr__(self) -> str:
        return f"<CashdroClient {self.base_url}>"

    # ---- one operation --------------------------------------------------------------------------

    def start_operation(
        self,
        operation_type: OperationType,
        amount: int | None = None,
        *,
        terminal: str,
        cashier: str = "",
        alias: str = "",
    ) -> str:
        """Queue an operation; it waits for :meth:`acknowledge` before any money can move.

        :param amount: minor units; None for types without one
        :param alias: the caller's own unique name of the operation
        :returns: the machine's number of it
        :raise CashdroBusy: another operation runs
        """
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
            raise TypeError("an amount is an integer in minor units")
        # The documented spelling of an amount is a string; decimals are refused.
        parameters = {} if amount is None else {"amount": str(amount)}
        return self._call(
            "startOperation",
            answers.operation_id,
            type=int(operation_type),
            posid=terminal[:MAX_NAME],
            posuser=cashier[:MAX_NAME],
            aliasid=alias[:MAX_NAME],
            parameters=_json(parameters),
        )

    def acknowledge(self, operation_id: str) -> None:
        """From here on money can move."""
        self._call("acknowledgeOperationId", _nothing, operationId=operation_id)

    def ask(self, operation_id: str) -> CashdroStatus:
        """:raise CashdroUnknownOperation: the machine has no such operation"""
        try:
            return self._call(
                "askOperation",
                lambda body: answers.status(body, operation_id),
                operationId=operation_id,
            )
        except CashdroAuthError as error:
            # index.php answers -1 for an operation that it does not know, too.
            self.test()
            raise CashdroUnknownOperation(
                "The machine does not know the operation.", error.code
            ) from error

    def finish(
        self,
        operation_id: str,
        mode: FinishMode,
        *,
        pieces: Iterable[Pieces] = (),
        to_cassette: Iterable[Pieces] = (),
    ) -> None:
        """Ask for the end of an operation; its outcome follows through :meth:`ask`.

        :param pieces: with ``FinishMode.EXECUTE`` of a withdrawal: what to give out
        :param to_cassette: with ``FinishMode.EXECUTE`` of a transfer: what to move
        :raise CashdroRefused: it is not in execution (it may have ended by itself)
        """
        more = {}
        if mode is FinishMode.EXECUTE:
            # The keys are Spanish on machines of every language.
            more["params"] = _json(
                {
                    "Piezas": {"pieza": _pieces_to_wire(pieces)},
                    "PiezasCasete": {"pieza": _pieces_to_wire(to_cassette)},
                }
            )
        self._call("finishOperation", _nothing, operationId=operation_id, type=int(mode), **more)

    def set_imported(self, operation_id: str) -> None:
        """The operation is in our books: :meth:`pending` need not name it any more."""
        self._call("setOperationImported", _nothing, operationId=operation_id)

    # ---- questions --------------------------------------------------------------------------------

    def pending(self, terminal: str, include_manual: bool = False) -> list[str]:
        """The numbers of finished operations that nobody has imported yet.

        :param include_manual: also those that were done at the machine itself
        """
        return self._call(
            "askPendingOperations",
            answers.pending,
            terminal=terminal[:MAX_NAME],
            importManualOperations="true" if include_manual else "false",
        )

    def executing(self) -> str | None:
        """The number of the operation that runs now, whoever started it."""
        return self._call("askOperationExecuting", answers.executing)

    def levels(self, currency: str) -> list[Level]:
        """:param currency: ISO code"""
        return self._call(
            "getPiecesCurrency",
            answers.levels,
            currencyId=currency,
            includeImages=0,
            includeLevels=1,
        )

    def movements(
        self, since: datetime, until: datetime, types: Iterable[OperationType]
    ) -> list[Movement]:
        """:param since: in the machine's own time; so is ``until``"""
        return self._call(
            "askMovements",
            answers.movements,
            fromDate=_moment(since),
            toDate=_moment(until),
            group="false",
            operationType=_json([{"Id": int(one)} for one in types]),
        )

    def diagnosis(self) -> Diagnosis:
        return self._call("getDiagnosis", answers.diagnosis)

    def alerts(self) -> list[Alert]:
        return self._call("getAlerts", answers.alerts)

    def test(self) -> None:
        """:raise CashdroAuthError: the machine does not accept the user"""
        self._call("doTest", _nothing)

    # ---- the wire -----------------------------------------------------------------------------------

    def _call(self, operation: str, read: Callable[[Any], Read], **parameters: Any) -> Read:
        query = urlencode(
            {
                "operation": operation,
                "name": self._user,
                "password": self._password,
                **parameters,
            },
            quote_via=quote,
        )
        answer = answers.read_answer(self._get(query))
        if answer.code != 1:
            raise self._error(operation, answer)
        return read(answer.body)

    def _get(self, query: str) -> bytes:
        known = _entry_points.get(self.base_url, ENTRY_POINTS[0])
        for path in sorted(ENTRY_POINTS, key=lambda path: path != known):
            status, body = http.get(
                self._host, self._port, f"{path}?{query}", tls=self._tls, timeout=self._timeout
            )
            if status == 200:
                _entry_points[self.base_url] = path
                return body
            if status != 404:
                break
        if 300 <= status < 400:
            raise CashdroProtocolError("The machine's address redirects elsewhere: refused.")
        if status == 404:
            raise CashdroProtocolError("There is no CashDro web service at this address.")
        raise CashdroProtocolError(f"The machine's web server answers with HTTP {status}.")

    def _error(self, operation: str, answer: answers.Answer) -> CashdroError:
        known = EVERYWHERE.get(answer.code) or CODES.get(operation, {}).get(answer.code)
        if known:
            kind, words = known
            return kind(words, answer.code)
        words = f"The machine answers with code {answer.code}"
        said = self._scrub(answer.text)
        words = f"{words}: {said}" if said else f"{words}."
        # Undocumented: only of a question is it certain that nothing happened.
        kind = CashdroRefused if operation in QUESTIONS else CashdroProtocolError
        return kind(words, answer.code)

    def _scrub(self, text: str) -> str:
        for secret in (self._password, quote(self._password), quote_plus(self._password)):
            if secret:
                text = text.replace(secret, "***")
        return "".join(letter for letter in text if letter.isprintable())[:200]


def _read_address(base_url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise ValueError("The address is not like https://host:port.") from error
    if (
        parts.scheme not in DEFAULT_PORTS
        or not parts.hostname
        or port == 0
        or parts.username is not None
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or not parts.hostname.isprintable()
        or any(letter.isspace() for letter in parts.hostname)
    ):
        raise ValueError("The address is not like https://host:port.")
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _nothing(_body: Any) -> None:
    return None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d_%H:%M:%S")


def _pieces_to_wire(pieces: Iterable[Pieces]) -> list[dict[str, str]]:
    return [
        {
            "valor": str(piece.value),
            "nivel": str(piece.count),
            "isBillete": "true" if piece.is_note else "false",
        }
        for piece in pieces
    ]
