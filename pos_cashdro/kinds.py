"""Our kinds of operations and the machine's types. Nothing talks in here."""

from __future__ import annotations

from .cashdro_client import OperationType

OPERATION_TYPES = {
    "sale": OperationType.SALE,
    "refund": OperationType.PAYOUT,
    "cash_in": OperationType.DEPOSIT_AMOUNT,
    "cash_out": OperationType.PAYOUT,
    "fill": OperationType.FILL,
    "exchange": OperationType.EXCHANGE,
    "empty": OperationType.WITHDRAW,
    "transfer": OperationType.TRANSFER,
}
#: Of what the machine did; whether a payout was a refund, it cannot tell.
KINDS = {
    OperationType.SALE: "sale",
    OperationType.PAYOUT: "cash_out",
    OperationType.DEPOSIT: "cash_in",
    OperationType.DEPOSIT_AMOUNT: "cash_in",
    OperationType.FILL: "fill",
    OperationType.WITHDRAW: "empty",
    OperationType.REMOVE_NOTE_CASSETTE: "collect",
    OperationType.REMOVE_COIN_CASSETTE: "collect",
    OperationType.TRANSFER: "transfer",
    OperationType.EXCHANGE: "exchange",
}
#: Kinds whose pieces we name once the machine is ready for them.
CHOSEN_PIECES = frozenset({"empty", "transfer"})


def operation_type(kind: str, amount: int) -> OperationType:
    """:raise KeyError: nothing that a till asks the machine for"""
    if kind == "cash_in" and not amount:
        return OperationType.DEPOSIT
    return OPERATION_TYPES[kind]


def asked_amount(kind: str, amount: int) -> int:
    """What the machine is asked for, minor units: it fills without an amount, until it is told to stop."""
    return 0 if kind == "fill" else amount
