"""A client for CashDro machines' web service. Nothing of Odoo in here."""

from .client import CashdroClient
from .errors import (
    CashdroAuthError,
    CashdroBusy,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroUnitError,
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
from .unit import HUNDREDTHS, Unit, known_pieces

__all__ = [
    "HUNDREDTHS",
    "Alert",
    "AlertType",
    "CashdroAuthError",
    "CashdroBusy",
    "CashdroClient",
    "CashdroError",
    "CashdroProtocolError",
    "CashdroRefused",
    "CashdroStatus",
    "CashdroUnitError",
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
    "Unit",
    "fetch_fingerprint",
    "known_pieces",
    "read_fingerprint",
]
