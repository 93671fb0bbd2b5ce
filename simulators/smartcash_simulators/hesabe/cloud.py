"""What the cloud knows: terminals, invoices pushed to them, and refunds. Amounts in fils."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

KUWAIT = timezone(timedelta(hours=3))
OPEN, PAID, DECLINED, CANCELLED, EXPIRED = "open", "paid", "declined", "cancelled", "expired"
STATES = (OPEN, PAID, DECLINED, CANCELLED, EXPIRED)
CARDS = {"KNET": "8888880000000001", "VISA": "4508750015741019", "MASTERCARD": "5123450000000008"}
PENDING, APPROVED, REJECTED = 0, 1, 2  # of refunds; 2 is a choice, the others are documented


class RefusedError(ValueError):
    """What the customer or the merchant cannot do now; the text says why."""


@dataclass
class Terminal:
    number: str  # "TerminalID": what an invoice is sent to
    internal: int  # "Terminal_ID": means nothing outside
    name: str
    kind: int = 0  # "TerminalType"
    pos: int = 1  # "PosType"
    online: bool = True


@dataclass
class Invoice:
    id: int
    transaction_id: str
    terminal: str
    amount: int
    customer_name: str
    customer_phone: str = ""
    customer_email: str = ""
    invoice_number: str = ""
    description: str = ""
    state: str = OPEN
    sent: int = 1  # times pushed to the terminal
    reason: str = ""
    paid_amount: int = 0
    card: dict = field(default_factory=dict)
    token: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(KUWAIT))
    ended: datetime | None = None
    refunded: int = 0


@dataclass
class Refund:
    id: int
    token: str
    amount: int
    method: str
    status: int = PENDING
    created: datetime = field(default_factory=lambda: datetime.now(KUWAIT))


FIRST_TERMINAL, FIRST_INTERNAL = 29708454, 178


def terminals(count: int) -> list[Terminal]:
    """The three of the standard merchant, and for a larger one more of the first kind."""
    standard = [
        Terminal(str(FIRST_TERMINAL), FIRST_INTERNAL, "PAX A920 Till 1"),
        Terminal(str(FIRST_TERMINAL + 1), FIRST_INTERNAL + 1, "PAX A50 Till 2"),
        Terminal(str(FIRST_TERMINAL + 2), FIRST_INTERNAL + 2, "KNET SoftPOS Phone", kind=1, pos=2),
    ]
    more = [
        Terminal(
            str(FIRST_TERMINAL + number), FIRST_INTERNAL + number, f"PAX A920 Till {number + 1}"
        )
        for number in range(len(standard), count)
    ]
    return [*standard, *more][:count]


class Cloud:
    """One merchant's side of Hesabe. Every change is told to who waits on `changed()`."""

    def __init__(self, merchant_id: int = 84, terminal_count: int = 3) -> None:
        self._merchant_id = merchant_id
        self._terminal_count = terminal_count
        self._changed = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        self.terminals = {terminal.number: terminal for terminal in terminals(self._terminal_count)}
        self.invoices: dict[int, Invoice] = {}
        self.refunds: dict[int, Refund] = {}
        self._ids = itertools.count(267)
        self.touch()

    def touch(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        await self._changed.wait()

    # -- the merchant's side ------------------------------------------------------------------

    def create(self, terminal: str, amount: int, customer_name: str, **texts: Any) -> Invoice:
        """The same invoice number twice is two invoices: nothing public says otherwise."""
        if terminal not in self.terminals:
            raise RefusedError("The selected terminal id is invalid.")
        stamp = f"{int(time.time() * 1000)}{secrets.randbelow(10**9):09}"
        invoice = Invoice(
            next(self._ids),
            f"{terminal}{self._merchant_id}{stamp}",
            terminal,
            amount,
            customer_name,
            **texts,
        )
        self.invoices[invoice.id] = invoice
        self.touch()
        return invoice

    def resend(self, transaction_id: str) -> Invoice:
        """Shows an unpaid invoice on its terminal again."""
        invoice = self.by_transaction(transaction_id)
        if invoice is None:
            raise RefusedError("The selected transaction id is invalid.")
        if invoice.state == PAID:
            raise RefusedError("The invoice is already paid.")
        invoice.state, invoice.reason, invoice.ended = OPEN, "", None
        invoice.sent += 1
        self.touch()
        return invoice

    def by_transaction(self, transaction_id: str) -> Invoice | None:
        return next((i for i in self.invoices.values() if i.transaction_id == transaction_id), None)

    def by_token(self, token: str) -> Invoice | None:
        return next((i for i in self.invoices.values() if i.token and i.token == token), None)

    def by_number(self, number: str) -> Invoice | None:
        """The newest invoice with this number."""
        found = (
            i for i in reversed(self.invoices.values()) if number and i.invoice_number == number
        )
        return next(found, None)

    def refund(self, token: str, amount: int, method: str) -> Refund:
        invoice = self.by_token(token)
        if invoice is None:
            raise RefusedError("The selected token is invalid.")
        left = invoice.paid_amount - invoice.refunded
        if amount <= 0 or amount > left or (method == "1" and amount != invoice.paid_amount):
            raise RefusedError("The refund amount is not valid for this transaction.")
        invoice.refunded += amount
        refund = Refund(next(self._ids), token, amount, method)
        self.refunds[refund.id] = refund
        self.touch()
        return refund

    def drop_refund(self, refund: Refund) -> None:
        """The merchant takes back a request that nobody has approved yet."""
        if refund.status != PENDING:
            raise RefusedError("Only a pending refund can be cancelled.")
        self._release(refund)
        del self.refunds[refund.id]
        self.touch()

    def decide_refund(self, refund_id: int, approve: bool) -> Refund:
        """Hesabe's staff."""
        refund = self.refunds.get(refund_id)
        if refund is None or refund.status != PENDING:
            raise RefusedError("no pending refund has this id")
        refund.status = APPROVED if approve else REJECTED
        if not approve:
            self._release(refund)
        self.touch()
        return refund

    def _release(self, refund: Refund) -> None:
        invoice = self.by_token(refund.token)
        if invoice:
            invoice.refunded -= refund.amount

    # -- at the terminal ----------------------------------------------------------------------

    def shown_on(self, terminal: str) -> Invoice | None:
        """The invoice that was pushed last and still waits; nothing on a terminal without network."""
        if not self._terminal(terminal).online:
            return None
        waiting = [i for i in self.invoices.values() if i.terminal == terminal and i.state == OPEN]
        return max(waiting, key=lambda i: (i.sent > 1, i.id), default=None)

    def pay(
        self,
        terminal: str,
        *,
        brand: str = "KNET",
        amount: int | None = None,
        late: bool = False,
        invoice_id: int | None = None,
    ) -> Invoice:
        """A card is held to the terminal. `late`: the card was in before the terminal gave up.

        `amount` in fils where it is to differ from what was asked for.
        """
        if brand not in CARDS:
            raise RefusedError(f"brand is one of {', '.join(CARDS)}")
        invoice = self._late(terminal, invoice_id) if late else self._shown(terminal, invoice_id)
        number = CARDS[brand]
        self._end(invoice, PAID)
        invoice.paid_amount = invoice.amount if amount is None else amount
        invoice.token = f"{self._merchant_id}{secrets.randbelow(10**20):020}"
        invoice.card = {
            "payment_type": brand,
            "card_number": f"{number[:6]}******{number[-4:]}",
            "auth_code": f"{secrets.randbelow(10**6):06}",
            "rrn": f"{secrets.randbelow(10**12):012}",
        }
        return invoice

    def decline(self, terminal: str, reason: str = "Insufficient funds") -> Invoice:
        return self._end(self._shown(terminal), DECLINED, reason)

    def cancel(self, terminal: str) -> Invoice:
        """Somebody presses the red key."""
        return self._end(self._shown(terminal), CANCELLED, "Cancelled on the terminal")

    def expire(self, terminal: str) -> Invoice:
        return self._end(self._shown(terminal), EXPIRED, "No card was presented in time")

    def switch(self, terminal: str, online: bool) -> Terminal:
        self._terminal(terminal).online = online
        self.touch()
        return self.terminals[terminal]

    def _terminal(self, number: str) -> Terminal:
        if number not in self.terminals:
            raise RefusedError(f"no terminal {number}; there are {', '.join(self.terminals)}")
        return self.terminals[number]

    def _shown(self, terminal: str, invoice_id: int | None = None) -> Invoice:
        if not self._terminal(terminal).online:
            raise RefusedError("the terminal has no network")
        invoice = self.invoices.get(invoice_id) if invoice_id else self.shown_on(terminal)
        if invoice is None or invoice.state != OPEN:
            raise RefusedError("the terminal shows no invoice")
        return invoice

    def _late(self, terminal: str, invoice_id: int | None) -> Invoice:
        self._terminal(terminal)
        given_up = [
            i
            for i in self.invoices.values()
            if i.terminal == terminal
            and i.state in (CANCELLED, EXPIRED, OPEN)
            and invoice_id in (None, i.id)
        ]
        if not given_up:
            raise RefusedError("no invoice of this terminal waits or was given up")
        return given_up[-1]

    def _end(self, invoice: Invoice, state: str, reason: str = "") -> Invoice:
        invoice.state, invoice.reason = state, reason
        invoice.ended = datetime.now(KUWAIT)
        self.touch()
        return invoice
