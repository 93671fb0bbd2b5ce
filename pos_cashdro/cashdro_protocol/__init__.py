"""A client for CashDro machines' web service. Nothing of Odoo in here."""

from .client import CashdroClient
from .errors import (
    CashdroAuthError,
    CashdroBusy,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroUnknownOperation,
    CashdroUnreachable,
)
from .models import (
    Alert,
    AlertType,
    CashdroStatus,
    Destination,
    Diagnosis,
    FinishMode,
    Level,
    Movement,
    OperationState,
    OperationType,
    Pieces,
)
from .tls import Tls, fetch_fingerprint, read_fingerprint

__all__ = [
    "Alert",
    "AlertType",
    "CashdroAuthError",
    "CashdroBusy",
    "CashdroClient",
    "CashdroError",
    "CashdroProtocolError",
    "CashdroRefused",
    "CashdroStatus",
    "CashdroUnknownOperation",
    "CashdroUnreachable",
    "Destination",
    "Diagnosis",
    "FinishMode",
    "Level",
    "Movement",
    "OperationState",
    "OperationType",
    "Pieces",
    "Tls",
    "fetch_fingerprint",
    "read_fingerprint",
]
