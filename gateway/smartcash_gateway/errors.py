"""Everything that can go wrong, in one tree; each error carries a stable code.

Two families: `Problem` is an answer to an API client (RFC 9457), `DeviceError` is what
the machine or the Connector did. `ConfigError` tells the installer what to change.
"""

from __future__ import annotations


class GatewayError(Exception):
    """Root of the tree."""

    code = "internal"


class ConfigError(GatewayError):
    """The configuration cannot be used; the text says what to do."""

    code = "config"


# -- answers to API clients ------------------------------------------------------------


class Problem(GatewayError):
    """An RFC 9457 problem; `detail` says what to do, `extra` becomes members of the body."""

    status = 400
    title = "Bad request"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def body(self) -> dict[str, object]:
        """The problem as a JSON object."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }


class BadJson(Problem):
    code, status, title = "bad_json", 400, "The body is not valid JSON"


class BadRequest(Problem):
    code, status, title = "bad_request", 422, "The request cannot be understood"


class BadAmount(Problem):
    code, status, title = "bad_amount", 422, "The amount cannot be used"


class BadCurrency(Problem):
    code, status, title = "bad_currency", 422, "The machine does not hold this currency"


class UnsupportedKind(Problem):
    code, status, title = "unsupported_kind", 422, "This kind of operation is not supported"


class BodyTooLarge(Problem):
    code, status, title = "body_too_large", 413, "The body is too large"


class TooSlow(Problem):
    code, status, title = "too_slow", 408, "The request did not come in time"


class TokenMissing(Problem):
    code, status, title = "token_missing", 401, "A token is needed"


class TokenInvalid(Problem):
    code, status, title = "token_invalid", 401, "The token is not valid"


class TokenExpired(Problem):
    code, status, title = "token_expired", 401, "The token has expired"


class TokenWrongDevice(Problem):
    code, status, title = "token_wrong_device", 403, "The token is for another device"


class TokenScope(Problem):
    code, status, title = "token_scope", 403, "The token does not allow this"


class NotPaired(Problem):
    code, status, title = "not_paired", 403, "The gateway is not paired with Odoo"


class OriginRefused(Problem):
    code, status, title = "origin_refused", 403, "This web page may not use the gateway"


class HostRefused(Problem):
    code, status, title = "host_refused", 403, "The gateway is not known by this name"


class OperationUnknown(Problem):
    code, status, title = "operation_unknown", 404, "There is no such operation"


class NotFound(Problem):
    code, status, title = "not_found", 404, "There is nothing here"


class MethodNotAllowed(Problem):
    code, status, title = "method_not_allowed", 405, "This method is not allowed here"


class UuidConflict(Problem):
    code, status, title = "uuid_conflict", 409, "This uuid names another operation"


class Busy(Problem):
    code, status, title = "device_busy", 409, "The machine is busy"


class NotAcceptable(Problem):
    code, status, title = "not_acceptable", 409, "There is nothing to accept now"


class Offline(Problem):
    code, status, title = "device_offline", 503, "The machine cannot be reached"


class JournalUnavailable(Problem):
    code, status, title = "journal_unavailable", 503, "The journal cannot be written"


class Internal(Problem):
    code, status, title = "internal", 500, "The gateway made a mistake"


# -- what the machine did --------------------------------------------------------------


class DeviceError(GatewayError):
    """Root of what the machine, the Connector or the wire to it did."""


class DeviceOffline(DeviceError):
    """No connection could be made: nothing was sent."""

    code = "machine_offline"


class DeviceLost(DeviceError):
    """The frame may have been executed, but no usable answer came."""

    code = "machine_lost"


class DeviceBusy(DeviceError):
    """`ER:BUSY`: another command is running; this one was not executed."""

    code = "machine_busy"


class DeviceIllegal(DeviceError):
    """`ER:ILLEGAL`: not initialised, or not allowed now; the command was not executed."""

    code = "machine_restarted"


class DeviceRefused(DeviceError):
    """`ER:BAD_DATA`, `ER:CLAIM`…: the command was not executed."""

    code = "machine_refused"


class DeviceFault(DeviceError):
    """`ER:GENERIC`: the machine failed while executing; how far it came must be looked up."""

    code = "machine_fault"
