"""The calls of CashDro's web service, named after the machine's own verbs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from . import answers, http
from .codes import CODES, EVERYWHERE, QUESTIONS
from .errors import (
    CashdroAuthError,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroUnitError,
    CashdroUnknownOperation,
    CashdroUnreachable,
)
from .models import (
    Alert,
    CashdroStatus,
    Diagnosis,
    FinishMode,
    Level,
    Movement,
    OperationState,
    OperationType,
    Pieces,
)
from .tls import Tls
from .unit import Unit

Read = TypeVar("Read")

#: The newer entry point first: what it cannot do, the older one can.
ENTRY_POINTS = ("/Cashdro3WS/index3.php", "/Cashdro3WS/index.php")
#: Which one a machine has, by base URL: found out once per process.
_entry_points: dict[str, str] = {}
#: Machines whose pieces fit their unit: asked once per process.
_proven_units: set[tuple[str, Unit]] = set()
#: An account that machines have by themselves, for their own pages and for a vendor's programs.
NETWORK_ACCOUNT = ("Exchange_Machine", "-99")
DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_NAME = 50  # characters of posid, posuser and aliasid


class CashdroClient:
    """One machine. Nothing is repeated by itself, and no call takes longer than ``connect_timeout``
    and ``timeout`` together. Amounts are the currency's minor units, whatever the machine counts in.

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
        connect_timeout: float | None = None,
        budget: float | None = None,
        unit: Unit | None = None,
    ):
        """:param base_url: ``https://host:port``
        :param verify: True for the system's CAs, False for none, or the path of a file with CAs
        :param fingerprint: SHA-256 of the one certificate that is trusted, instead of any CA
        :param ca_data: the CAs as PEM text
        :param timeout: seconds for one call, from the connection to the last byte
        :param connect_timeout: seconds until there is a connection; None: as many
        :param budget: seconds for all calls together; None: no limit
        :param unit: what the machine counts in
        :raise ValueError: an unusable address, fingerprint or CA
        """
        scheme, self._host, self._port = _read_address(base_url)
        self.base_url = f"{scheme}://{_bracketed(self._host)}:{self._port}"
        self._user = user
        self._password = password
        self._timeout = timeout
        self._connect_timeout = connect_timeout or timeout
        self._deadline = None if budget is None else time.monotonic() + budget
        self._unit = unit or Unit()
        self._tls = Tls(verify, fingerprint, ca_data) if scheme == "https" else None

    def __repr__(self) -> str:
        return f"<CashdroClient {self.base_url}>"

    # ---- one operation --------------------------------------------------------------------------

    def start_operation(
        self,
        operation_type: OperationType,
        amount: int | None = None,
        *,
        currency: str = "",
        terminal: str,
        cashier: str = "",
        alias: str = "",
    ) -> str:
        """Queue an operation; it waits for :meth:`acknowledge` before any money can move.

        :param amount: minor units; None for types without one
        :param currency: ISO code; by its pieces the machine's unit is proven first
        :param alias: the caller's own unique name of the operation
        :returns: the machine's number of it
        :raise CashdroBusy: another operation runs
        :raise CashdroUnitError: the machine counts in another unit
        """
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
            raise TypeError("an amount is an integer in minor units")
        self.prove_unit(currency)
        # The documented spelling of an amount is a string; decimals are refused.
        parameters = {} if amount is None else {"amount": str(self._unit.to_machine(amount))}
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
        status = self._ask(operation_id)
        if not status.may_have_ended or self._may_be_executing(operation_id):
            return status
        # It is over: what moved since the first answer is in the second one.
        status = self._ask(operation_id)
        cancelled = status.cancelled or status.state is OperationState.CANCELLED or None
        ended = status.finished or status.may_have_ended
        state = OperationState.FINISHED if ended else status.state
        return replace(status, state=state, cancelled=cancelled)

    def _may_be_executing(self, operation_id: str) -> bool:
        try:
            return self.executing() == operation_id
        except (CashdroAuthError, CashdroRefused):
            return True  # nobody says that it is over

    def _ask(self, operation_id: str) -> CashdroStatus:
        try:
            return self._call(
                "askOperation",
                lambda body: self._unit.status(answers.status(body, operation_id)),
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
                    "Piezas": {"pieza": self._to_wire(pieces)},
                    "PiezasCasete": {"pieza": self._to_wire(to_cassette)},
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
        """:param currency: ISO code
        :raise CashdroUnitError: the machine counts in another unit
        """
        levels = self._call(
            "getPiecesCurrency",
            answers.levels,
            currencyId=currency,
            includeImages=0,
            includeLevels=1,
        )
        return self._unit.levels([one for one in levels if one.currency in ("", currency)])

    def prove_unit(self, currency: str) -> None:
        """Compare the unit with the machine's own pieces, where it can be another one.

        :raise CashdroUnitError: it is
        """
        mine = (self.base_url, self._unit)
        if not self._unit.needs_proof or mine in _proven_units:
            return
        if not self.levels(currency):
            raise CashdroUnitError([])
        _proven_units.add(mine)

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
        return self._call(
            "getAlerts", lambda body: [self._unit.alert(one) for one in answers.alerts(body)]
        )

    def test(self) -> None:
        """:raise CashdroAuthError: the machine does not accept the user"""
        self._call("doTest", _nothing)

    def has_network_account(self) -> bool:
        """Whether everybody in the machine's network can start operations, with an account of its own."""
        user, password = self._user, self._password
        self._user, self._password = NETWORK_ACCOUNT
        try:
            self.test()
        except (CashdroAuthError, CashdroRefused):
            return False
        finally:
            self._user, self._password = user, password
        return True

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
                self._host,
                self._port,
                f"{path}?{query}",
                tls=self._tls,
                timeout=self._within_budget(self._timeout),
                connect_timeout=self._within_budget(self._connect_timeout),
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

    def _to_wire(self, pieces: Iterable[Pieces]) -> list[dict[str, str]]:
        return [
            {
                "valor": str(self._unit.to_machine(piece.value)),
                "nivel": str(piece.count),
                "isBillete": "true" if piece.is_note else "false",
            }
            for piece in pieces
        ]

    def _within_budget(self, seconds: float) -> float:
        if self._deadline is None:
            return seconds
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise CashdroUnreachable("There is no time left to ask the machine.", reason="time")
        return min(seconds, left)

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
