"""The reference clients of a CashDro: one sale over its web service, followed by polls at a fixed interval.

Model. ``startOperation``, ``acknowledgeOperationId``; ``askOperation`` at once and then every ``interval`` seconds on a
fixed beat (one that the previous question overran is skipped; ``0``: the next question follows the answer) until the
state is F; ``setOperationImported``. One kept connection over plain http. No browser, no ledger.
"""

import json
import math
import time
from dataclasses import dataclass

import requests

TIMEOUT = 10.0  # seconds
SALE = "4"
FINISHED = "F"


@dataclass(frozen=True)
class ReferenceSale:
    """How one sale went; times are epoch seconds, ``kept`` minor units."""

    started: float
    ended: float
    kept: int


class CashdroReplyError(Exception):
    """The machine answered with a code that the flow does not expect."""


class PollingClient:
    """One till in front of the machine at ``url`` (``http://host:port``)."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = f"{url}/Cashdro3WS/index3.php"
        self._access = {"name": user, "password": password}
        self._http = requests.Session()

    def sell(self, amount: int, interval: float) -> ReferenceSale:
        """Sell for ``amount`` minor units.

        Raises CashdroReplyError when the machine refuses a call.
        """
        started = time.time()
        number = self._ask(
            "startOperation",
            type=SALE,
            posid="reference",
            posuser="",
            parameters=json.dumps({"amount": str(amount)}),
        )["operation"]["operationId"]
        self._ask("acknowledgeOperationId", operationId=number)
        first_beat = time.monotonic()
        while (status := self._look(number))["state"] != FINISHED:
            if interval:
                passed = time.monotonic() - first_beat
                time.sleep((math.floor(passed / interval) + 1) * interval - passed)
        ended = time.time()
        self._ask("setOperationImported", operationId=number)
        # The machine counts what it gave out as negative.
        return ReferenceSale(started, ended, int(status["totalin"]) + int(status["totalout"]))

    def _look(self, number: str) -> dict:
        return self._ask("askOperation", operationId=number)["operation"]["operation"]

    def _ask(self, call: str, **parameters: str) -> dict:
        query = {"operation": call, **self._access, **parameters}
        answer = self._http.get(self._url, params=query, timeout=TIMEOUT)
        answer.raise_for_status()
        content = answer.json()
        if content["code"] != 1:
            raise CashdroReplyError(f"{call} was answered with {content}")
        return content["response"]
