"""What a call to Hesabe can end in. Nothing secret is ever in the text of an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Documented codes of Hesabe (process response, and its own modules).
CODES = {
    0: "Invalid response",
    422: "Invalid input",
    500: "Invalid token",
    501: "Invalid merchant",
    503: "Invalid merchant service",
    504: "Invalid merchant login credentials",
    505: "Invalid payment token",
    506: "Invalid request data",
    507: "Transaction error",
    519: "Invalid currency",
}
#: Those that are about who calls.
AUTH_CODES = frozenset({500, 501, 503, 504})
#: Those that do not say that nothing happened.
UNCLEAR_CODES = frozenset({0, 507})


class HesabeError(Exception):
    """``str()`` is English; ``message_ar`` is there when Hesabe answered in both languages.

    :param code: Hesabe's own code, when the answer had one
    :param http_status: of the answer, when there was one
    :param fields: what Hesabe says about each field of the request
    """

    def __init__(
        self,
        message: str,
        *,
        message_ar: str = "",
        code: int | None = None,
        http_status: int | None = None,
        fields: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.message_ar = message_ar
        self.code = code
        self.http_status = http_status
        self.fields = dict(fields or {})


class HesabeAuthError(HesabeError):
    """User, password, access code or merchant code are not accepted.

    After a call that moves money its outcome is unknown: a 401 can arrive after processing.
    """


class HesabeRefused(HesabeError):
    """Hesabe said no, and did nothing."""


class HesabeRateLimited(HesabeRefused):
    """429: rejected before processing. ``retry_after`` in seconds."""

    def __init__(self, message: str, *, retry_after: float, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class HesabeUnreachable(HesabeError):
    """No answer, or a server error: the outcome of the call is unknown, unless ``sent`` is False."""

    def __init__(self, message: str, *, sent: bool = True, **details: Any) -> None:
        super().__init__(message, **details)
        self.sent = sent


class HesabeProtocolError(HesabeError):
    """An answer that cannot be read: the outcome of the call is unknown."""
