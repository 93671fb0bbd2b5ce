"""The result codes of the web service and their texts."""

from __future__ import annotations

OK = 1
#: To a verb that there is not. Undocumented; reported from a real machine.
UNKNOWN_CALL = 0
AUTHENTICATION_FAILED = -1
INVALID_PARAMETERS = -99
NOT_RUNNING = -999

_COMMON = {
    UNKNOWN_CALL: "Unknown operation",
    AUTHENTICATION_FAILED: "Authentication Failed",
    INVALID_PARAMETERS: "Invalid Parameters",
    NOT_RUNNING: "Cashdro service is not running",
}
_BY_CALL = {
    "startoperation": {
        -2: "Operation not queued",
        -3: "Wrong amount",
        -4: "User does not have permission",
        -1900: "System busy",
        -998: "Can't start operation. Check system status on Diagnosis screen",
    },
    "acknowledgeoperationid": {-2: "Operation not found", -3: "Invalid parameters"},
    "askoperation": {-2: "Operation not found"},
    "askoperationv2": {-2: "Operation not found"},
    "finishoperation": {-2: "Operation not in execution"},
    "setoperationimported": {-2: "Operation not found", -3: "Invalid parameters"},
    "getpendingprintreports": {-1: "posid not provided.", -2: "Invalid getcashdroreports."},
    "markreportasprinted": {-1: "ReportId not provided."},
}


class Refused(Exception):
    """A call that ends with a code other than 1."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def text(call: str, code: int) -> str:
    """The machine's words for a code; `call` in lower case."""
    return _BY_CALL.get(call, {}).get(code) or _COMMON.get(code) or f"Error {code}"
