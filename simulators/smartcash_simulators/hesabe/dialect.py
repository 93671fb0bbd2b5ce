"""What Hesabe does not publish, in one place, and changeable while the simulator runs.

A driver that depends on these words instead of on its settings breaks when they change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from .cloud import CANCELLED, DECLINED, EXPIRED, OPEN, PAID, STATES, Invoice, Refund, Terminal
from .merchant import Merchant

SHAPES = ("hex", "json_string", "response", "plain", "mixed")
FIXED_SHAPES = SHAPES[:-1]


def _words() -> dict[str, object]:
    return {
        OPEN: "PENDING",
        PAID: "SUCCESSFUL",
        DECLINED: "FAILED",
        CANCELLED: "CANCELLED",
        EXPIRED: "EXPIRED",
    }


@dataclass
class Dialect:
    status_field: str = "status"
    number_field: str = "invoice_number"
    amounts: str = "text"  # or "number": published payloads have both
    page_size: int = 10
    newest_first: bool = True
    shape: str = "hex"  # of encrypted answers; "mixed" = each in turn
    words: dict[str, object] = field(default_factory=_words)

    def update(self, values: Mapping) -> None:
        """Take over the named choices; nothing changes when one of them is wrong (ValueError)."""
        unknown = sorted(set(values) - set(asdict(self)))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(asdict(self))}")
        checks = {
            "shape": SHAPES,
            "amounts": ("text", "number"),
            "newest_first": (True, False),
            "page_size": range(1, 101),
        }
        for name, allowed in checks.items():
            if name in values and values[name] not in allowed:
                raise ValueError(f"{name} cannot be {values[name]!r}")
        for name in ("status_field", "number_field"):
            if name in values and not (isinstance(values[name], str) and values[name]):
                raise ValueError(f"{name} is a text")
        words = values.get("words", {})
        if not isinstance(words, Mapping) or not set(words) <= set(STATES):
            raise ValueError(f"words has texts or numbers for {', '.join(STATES)}")
        self.__dict__.update({**values, "words": {**self.words, **words}})

    def reset(self) -> None:
        self.__dict__.update(Dialect().__dict__)

    def to_json(self) -> dict:
        return asdict(self)

    # -- shapes -------------------------------------------------------------------------------

    def money(self, fils: int) -> str | float:
        return amount_text(fils) if self.amounts == "text" else fils / 1000

    def invoice(self, invoice: Invoice, terminal: Terminal, merchant: Merchant) -> dict:
        return {
            "id": invoice.id,
            "transaction_id": invoice.transaction_id,
            "merchantCode": merchant.code,
            "terminal_id": invoice.terminal,
            "terminal_name": terminal.name,
            "customer_name": invoice.customer_name,
            "customer_phone": invoice.customer_phone,
            "customer_email": invoice.customer_email,
            "description": invoice.description,
            self.number_field: invoice.invoice_number,
            "amount": self.money(invoice.paid_amount if invoice.state == PAID else invoice.amount),
            self.status_field: self.words[invoice.state],
            "response_message": invoice.reason,
            "token": invoice.token or None,
            "created_at": moment(invoice.created),
            "updated_at": moment(invoice.ended or invoice.created),
            **invoice.card,
        }

    def transaction(self, invoice: Invoice, terminal: Terminal) -> dict:
        """A line of the report; 0 failed and 1 success are documented."""
        return {
            "id": invoice.id,
            "token": invoice.token or None,
            "transaction_id": invoice.transaction_id,
            "reference_number": invoice.invoice_number,
            "amount": self.money(invoice.paid_amount or invoice.amount),
            "payment_status": 1 if invoice.state == PAID else 0,
            "service_type": "POS Terminal",
            "service_type_id": 6,
            "payment_type": invoice.card.get("payment_type"),
            "terminal_name": terminal.name,
            "datetime": moment(invoice.ended or invoice.created),
        }

    def enquiry(self, invoice: Invoice) -> dict:
        """A line as documented for transaction enquiry."""
        status = {PAID: "SUCCESSFUL", DECLINED: "FAILED", CANCELLED: "FAILED", EXPIRED: "FAILED"}
        return {
            "token": invoice.token,
            "amount": amount_text(invoice.paid_amount or invoice.amount),
            "reference_number": invoice.invoice_number,
            "status": status.get(invoice.state, "PENDING"),
            "TransactionID": invoice.transaction_id,
            "Id": invoice.id,
            "PaymentID": invoice.card.get("rrn", ""),
            "Terminal": invoice.terminal,
            "TrackID": str(invoice.id),
            "payment_type": invoice.card.get("payment_type", ""),
            "service_type": "POS Terminal",
            "customerName": invoice.customer_name,
            "customerEmail": invoice.customer_email,
            "customerMobile": invoice.customer_phone,
            "customerCardType": invoice.card.get("payment_type", ""),
            "customerCard": invoice.card.get("card_number", ""),
            "datetime": moment(invoice.ended or invoice.created),
        }

    def refund(self, refund: Refund) -> dict:
        return {
            "id": refund.id,
            "token": refund.token,
            "amount": self.money(refund.amount),
            "refund_method": refund.method,
            "status": refund.status,
            "created_at": moment(refund.created),
        }

    def terminal(self, terminal: Terminal, row: int, merchant: Merchant) -> dict:
        """As in the documented sample, with its two look-alike ids."""
        return {
            "id": 272 + row,
            "Terminal_ID": terminal.internal,
            "TerminalID": terminal.number,
            "TerminalName": terminal.name,
            "TerminalType": terminal.kind,
            "PosType": terminal.pos,
            "MerchantId": merchant.internal_id,
            "MerchantName": merchant.name,
            "MerchantCompanyName": merchant.name,
            "MerchantCode": merchant.code,
            "Remark1": None,
            "Remark2": None,
            "KnetType": 1,
            "KnetValue": "0.300",
            "KnetMinValue": "0.010",
            "MpgsValue": "2.500",
        }

    def webhook(self, invoice: Invoice) -> dict:
        """As documented for checkout: nothing is known of a Smart POS webhook."""
        line = self.enquiry(invoice)
        names = (
            "token",
            "amount",
            "reference_number",
            "status",
            "payment_type",
            "service_type",
            "datetime",
        )
        text = f"Payment of KWD {line['amount']} {line['status']}"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        return {
            "blocks": [block],
            **{name: line[name] for name in names},
            "status_code": 1 if line["status"] == "SUCCESSFUL" else 0,
        }


def amount_text(fils: int) -> str:
    return f"{fils // 1000}.{fils % 1000:03}"


def moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S")
