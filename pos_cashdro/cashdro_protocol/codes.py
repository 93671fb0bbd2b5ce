"""The machine's own numbers for why it refuses a call."""

from __future__ import annotations

from .errors import (
    CashdroAuthError,
    CashdroBusy,
    CashdroError,
    CashdroRefused,
    CashdroUnknownOperation,
)

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
