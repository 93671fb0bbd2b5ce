"""One call to Hesabe over HTTP: caps, retries where they are safe, and every shape of answer."""

from __future__ import annotations

import json
import math
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3

from .crypto import decrypt, is_hex
from .errors import (
    AUTH_CODES,
    CODES,
    UNCLEAR_CODES,
    HesabeAuthError,
    HesabeError,
    HesabeProtocolError,
    HesabeRateLimited,
    HesabeRefused,
    HesabeUnreachable,
)

MAX_BYTES = 4 * 1024 * 1024
CHUNK = 64 * 1024
#: Calls that read may be sent again after these.
REPLAYABLE = frozenset({408, 500, 502, 503, 504})
DEFAULT_RETRY_AFTER = 1.0
MAX_RETRY_AFTER = 30.0
PAUSES = (0.2, 0.6)  # seconds before the second and the third attempt
MAX_TEXT = 300


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    reads: bool = False  # changes nothing at Hesabe: may be sent again


class Http:
    """:param timeout: (connect, read) in seconds, of each attempt
    :param budget: seconds that a call with all its attempts may last
    :param verify: as in requests; off only for tests and when a manager says so
    """

    def __init__(
        self,
        key: str,
        iv: str,
        *,
        timeout: tuple[float, float],
        budget: float,
        verify: bool | str = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key, self._iv = key, iv
        self._timeout, self._budget, self._verify = timeout, budget, verify
        self._sleep = sleep
        self._session = requests.Session()
        # A .netrc would replace our bearer. The server's proxy is asked for below.
        self._session.trust_env = False

    def call(self, request: Request) -> dict:
        """The envelope of a successful answer: ``{"status": True, "message", "response" | "data"}``.

        A 429 was rejected before processing and is repeated like a read; nothing else that
        changes something is.
        """
        deadline = time.monotonic() + self._budget
        for pause in (*PAUSES, None):
            try:
                return self._once(request, deadline)
            except HesabeError as error:
                wait = self._pause_after(error, request, pause)
                if wait is None or time.monotonic() + wait >= deadline:
                    raise
            self._sleep(wait)
        raise AssertionError("the last attempt answers or raises")

    def close(self) -> None:
        self._session.close()

    def _pause_after(
        self, error: HesabeError, request: Request, pause: float | None
    ) -> float | None:
        """Seconds to wait before the next attempt; None when there is none."""
        if pause is None:
            return None
        if isinstance(error, HesabeRateLimited):
            return error.retry_after
        is_passing = isinstance(error, HesabeUnreachable) and (
            error.http_status is None or error.http_status in REPLAYABLE
        )
        return pause if request.reads and is_passing else None

    def _once(self, request: Request, deadline: float) -> dict:
        status, headers, text = self._exchange(request, deadline)
        if 300 <= status < 400:
            raise HesabeProtocolError(
                "Hesabe answered with a redirect, which is not followed. Check the address.",
                http_status=status,
            )
        envelope = self._read(text, status)
        if status >= 300 or envelope.get("status") is False:
            raise _failure(status, headers, envelope)
        return envelope

    def _exchange(self, request: Request, deadline: float) -> tuple[int, Mapping[str, str], str]:
        try:
            with self._session.request(
                request.method,
                request.url,
                params=request.params,
                json=request.body,
                headers={"Accept": "application/json", **request.headers},
                timeout=self._within(deadline),
                verify=self._verify,
                proxies=requests.utils.get_environ_proxies(request.url),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, answer.headers, _read_capped(answer, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # Their texts hold the address with its query: they end here.
            text, sent = _trouble(error)
        raise HesabeUnreachable(text, sent=sent)

    def _within(self, deadline: float) -> tuple[float, float]:
        left = max(deadline - time.monotonic(), 0.1)
        connect, read = self._timeout
        return min(connect, left), min(read, left)

    def _read(self, text: str, status: int) -> dict:
        """Bare hex, a JSON string of hex, hex under "response", or plain JSON."""
        text = text.strip()
        try:
            return self._open(text) if is_hex(text) else self._read_json(text)
        except HesabeProtocolError as error:
            if status in REPLAYABLE:
                # A proxy's page in front of a server that is down.
                raise HesabeUnreachable("Hesabe is out of order", http_status=status) from error
            error.http_status = status
            raise

    def _read_json(self, text: str) -> dict:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise HesabeProtocolError("Hesabe's answer cannot be read") from error
        if is_hex(content):
            return self._open(content)
        if not isinstance(content, dict):
            raise HesabeProtocolError("Hesabe's answer is no JSON object")
        if is_hex(content.get("response")):
            return self._open(content["response"])
        return content

    def _open(self, text: str) -> dict:
        return decrypt(text, self._key, self._iv)


def _read_capped(answer: requests.Response, deadline: float) -> str:
    content = bytearray()
    for chunk in answer.iter_content(CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            raise HesabeProtocolError("Hesabe's answer is too long", http_status=answer.status_code)
        if time.monotonic() > deadline:
            raise HesabeUnreachable("Hesabe's answer takes too long")
    return content.decode("utf-8", "replace")


def _trouble(error: BaseException) -> tuple[str, bool]:
    """What happened on the way, and whether the request may have reached Hesabe."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 20:
        causes.append(cause)
        cause = _cause(cause)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "Hesabe's certificate cannot be trusted", False
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return "Hesabe cannot be reached", False
    if any(isinstance(cause, requests.exceptions.ConnectTimeout) for cause in causes):
        return "Hesabe cannot be reached", False
    if isinstance(error, (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL)):
        return "Hesabe's address cannot be used", False
    if any(isinstance(cause, requests.exceptions.Timeout) for cause in causes):
        return "Hesabe did not answer in time", True
    return "The connection to Hesabe broke", True


def _cause(error: BaseException) -> BaseException | None:
    """What is behind an error; requests and urllib3 carry it as their first argument."""
    inner = error.args[0] if error.args else None
    # The reason that OpenSSL gives is a word, and its error is itself the cause.
    for found in (getattr(inner, "reason", None), inner):
        if isinstance(found, BaseException):
            return found
    return error.__cause__ or error.__context__


def _failure(status: int, headers: Mapping[str, str], envelope: Mapping) -> HesabeError:
    code = envelope.get("code")
    code = code if type(code) is int else None
    english, arabic = _texts(envelope.get("message"))
    details: dict[str, Any] = {
        "message_ar": arabic,
        "code": code,
        "http_status": status,
        "fields": _fields(envelope.get("data")),
    }
    if english in ("", "Invalid Response") and code in CODES:
        english = CODES[code]
    english = english or f"Hesabe answered with status {status}"
    if status == 429:
        return HesabeRateLimited(english, retry_after=_retry_after(headers), **details)
    if status in (401, 403) or (code in AUTH_CODES and status < 500):
        return HesabeAuthError(english, **details)
    if status >= 500 or status == 408 or code in UNCLEAR_CODES:
        return HesabeUnreachable(english, **details)
    return HesabeRefused(english, **details)


def _texts(message: Any) -> tuple[str, str]:
    """English and Arabic of a message: a text, or ``{"en", "ar"}``."""
    if isinstance(message, Mapping):
        return _text(message.get("en")), _text(message.get("ar"))
    return _text(message), ""


def _text(value: Any) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _fields(data: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(data, Mapping):
        return {}
    return {
        str(name)[:64]: tuple(_text(text) for text in texts[:10])
        for name, texts in list(data.items())[:50]
        if isinstance(texts, list)
    }


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds, from a number or a date; at most half a minute."""
    value = (headers.get("Retry-After") or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, IndexError):
            return DEFAULT_RETRY_AFTER
    if not math.isfinite(seconds):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
