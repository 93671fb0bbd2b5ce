"""Hesabe's merchant API, as far as Smart POS needs it. Sources: developer.hesabe.com."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from .crypto import encrypt
from .errors import HesabeAuthError, HesabeProtocolError
from .http import Http, Request
from .mapping import PAID, Mapping, read_mapping
from .models import (
    Enquiry,
    Invoice,
    Page,
    Profile,
    Refund,
    Search,
    Terminal,
    as_object,
    read_enquiry,
    read_invoice,
    read_page,
    read_profile,
    read_refund,
    read_terminals,
    read_transaction,
)
from .money import to_wire
from .tokens import MemoryStore, Session, TokenStore

SMARTPOS = "/api/v1/merchant/smartpos"
POS_TERMINAL = "6"  # service type of the report (documented)
TIMEOUT = (3.0, 5.0)  # seconds to connect, and between two pieces of an answer
BUDGET = 7.0  # seconds for a call with its retries


class HesabeClient:
    """Amounts are integers in fils. All methods raise :class:`HesabeError` and nothing else.

    Safe to share between threads. What reads is repeated when the line breaks; what moves money
    never is, not even after a 401, which can arrive after processing. Look it up instead.

    :param merchant_url: ``https://merchantapi.hesabe.com`` (production; ask Hesabe to confirm it)
    :param gateway_url: ``https://api.hesabe.com``, for transaction enquiry
    :param amount_form: "text" (``"0.100"``) or "number" (``0.1``)
    :param token_store: where several processes share the tokens of one account
    """

    def __init__(
        self,
        merchant_url: str,
        gateway_url: str,
        merchant_code: str,
        access_code: str,
        secret_key: str,
        iv_key: str,
        username: str,
        password: str,
        *,
        mapping: Mapping | None = None,
        amount_form: str = "text",
        token_store: TokenStore | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        budget: float = BUDGET,
        verify: bool | str = True,
    ) -> None:
        if len(secret_key.encode()) != 32 or len(iv_key.encode()) != 16:
            raise ValueError("The secret key has 32 characters and the IV key 16.")
        if amount_form not in ("text", "number"):
            raise ValueError('amount_form is "text" or "number"')
        self._merchant_url, self._gateway_url = merchant_url.rstrip("/"), gateway_url.rstrip("/")
        self._merchant_code, self._access_code = merchant_code, access_code
        self._keys = secret_key, iv_key
        self._mapping = mapping or read_mapping()
        self._amount_form = amount_form
        self._http = Http(secret_key, iv_key, timeout=timeout, budget=budget, verify=verify)
        self._session = Session(token_store or MemoryStore(), self._plain, username, password)

    def __repr__(self) -> str:
        return f"<HesabeClient of merchant {self._merchant_code} at {self._merchant_url}>"

    def close(self) -> None:
        self._http.close()

    def authenticate(self) -> None:
        """Make sure that there is a bearer token: what fails here has moved nothing."""
        self._session.bearer()

    # ---- looking --------------------------------------------------------------------------------

    def profile(self) -> Profile:
        """Fit for a connection test: needs every code and key to be right."""
        profile = read_profile(self._get("/api/v1/profile"))
        self._check_ours(profile.merchant_code)
        return profile

    def terminals(self) -> tuple[Terminal, ...]:
        return read_terminals(self._get(f"{SMARTPOS}-terminals"))

    def invoice(self, invoice_id: int) -> Invoice:
        """:raise HesabeRefused: with ``http_status`` 404 when there is none"""
        found = self._read_own(self._get(f"{SMARTPOS}-invoices/{int(invoice_id)}"))
        if found.id is not None and found.id != int(invoice_id):
            raise HesabeProtocolError("Hesabe answered with another invoice than was asked for")
        return found

    def invoices(self, page: int = 1) -> Page[Invoice]:
        """A page of all invoices; neither order nor filters are documented."""
        content = self._get(f"{SMARTPOS}-invoices", page=page)
        return read_page(content, page, lambda row: read_invoice(row, self._mapping))

    def find_invoice(
        self, invoice_number: str, from_date: date, to_date: date, *, max_pages: int = 3
    ) -> Search:
        """Look for our own number, as after a lost answer: in the list of invoices, from both ends
        since its order is not documented, and in the report of these days."""
        pages = {1: self.invoices(1)}
        last = pages[1].last
        ends = [*range(2, max_pages + 1), *range((last or 1) - max_pages + 1, (last or 1) + 1)]
        for number in ends:
            if 1 < number <= (last or max_pages) and number not in pages:
                pages[number] = self.invoices(number)
        found = [row for page in pages.values() for row in page.rows]
        # Without a number of pages, an empty one is behind the last.
        complete = len(pages) >= last if last else not pages[max(pages)].rows
        mine = [row for row in found if row.invoice_number == invoice_number]
        if not mine:
            lines = self.transactions(from_date, to_date, search=invoice_number).rows
            # The id of a line is the transaction's, and no invoice's.
            mine = [
                replace(line, id=None) for line in lines if line.invoice_number == invoice_number
            ]
        # One that is paid is what matters, should there be several.
        mine.sort(key=lambda row: row.status == PAID)
        return Search(mine[-1] if mine else None, complete)

    def transactions(
        self, from_date: date, to_date: date, *, page: int = 1, search: str = ""
    ) -> Page[Invoice]:
        """A page of the terminals' transactions of these days."""
        content = self._get(
            "/api/v1/report/transactions",
            fromDate=from_date.isoformat(),
            toDate=to_date.isoformat(),
            nostats=1,
            serviceType=POS_TERMINAL,
            paymentType="",
            paymentStatus="",
            page=page,
            search=search,
        )
        lines = as_object(content).get("transaction_list")
        return read_page(lines, page, lambda row: read_transaction(row, self._mapping))

    def enquiry(self, token: str, *, is_reference: bool = False) -> Enquiry:
        """Whether it knows Smart POS transactions is not published. Without bearer or encryption.

        :param is_reference: ``token`` is the merchant's own reference
        :raise HesabeRefused: with ``http_status`` 404 when there is none
        """
        if not token.isascii() or not token.replace("-", "").replace("_", "").isalnum():
            raise ValueError("a token or reference has letters, digits, - and _")
        request = Request(
            "GET",
            f"{self._gateway_url}/api/transaction/{token}",
            {"accessCode": self._access_code},
            params={"isOrderReference": "1"} if is_reference else None,
            reads=True,
        )
        return read_enquiry(self._http.call(request).get("data"), self._mapping)

    # ---- terminals ------------------------------------------------------------------------------

    def create_invoice(
        self,
        *,
        customer_name: str,
        amount: int,
        terminal_id: str,
        invoice_number: str,
        customer_phone: str = "",
        customer_email: str = "",
        description: str = "",
    ) -> Invoice:
        """Push an amount to a terminal. Hesabe knows no idempotency key: after a lost answer look
        for ``invoice_number``, never call again.

        :raise HesabeRefused, HesabeRateLimited: nothing happened
        :raise HesabeUnreachable, HesabeProtocolError, HesabeAuthError: it may be on the terminal
        """
        return self._push(
            customer_name,
            amount,
            terminal_id,
            invoice_number,
            customer_phone,
            customer_email,
            description,
        )

    def resend_invoice(
        self,
        *,
        transaction_id: str,
        customer_name: str,
        amount: int,
        terminal_id: str,
        invoice_number: str,
        customer_phone: str = "",
        customer_email: str = "",
        description: str = "",
    ) -> Invoice:
        """Show an unpaid invoice on its terminal again; all its data is sent once more."""
        return self._push(
            customer_name,
            amount,
            terminal_id,
            invoice_number,
            customer_phone,
            customer_email,
            description,
            resend=1,
            transaction_id=transaction_id,
        )

    def _push(
        self,
        customer_name: str,
        amount: int,
        terminal_id: str,
        invoice_number: str,
        customer_phone: str,
        customer_email: str,
        description: str,
        **resend: Any,
    ) -> Invoice:
        payload = {
            "customer_name": customer_name,
            "amount": to_wire(amount, self._amount_form),
            "terminal_id": terminal_id,
            "customer_phone": customer_phone,
            "customer_email": customer_email,
            "invoice_number": invoice_number,
            "description": description,
            **resend,
        }
        created = self._read_own(self._send("POST", f"{SMARTPOS}-transaction", payload))
        if created.id is None and not created.transaction_id:
            raise HesabeProtocolError("Hesabe created an invoice and did not say which")
        if created.invoice_number not in ("", invoice_number):
            raise HesabeProtocolError("Hesabe answered with another invoice than was created")
        return created

    # ---- refunds --------------------------------------------------------------------------------

    def refund(self, *, token: str, amount: int, full: bool) -> Refund:
        """Ask for a refund; Hesabe's staff approves it later, or not.

        :param full: all of what was paid (method "1"), else a part ("2")
        """
        payload = {
            "refundAmount": to_wire(amount),
            "refundMethod": "1" if full else "2",
            "token": token,
        }
        return read_refund(self._send("POST", "/api/v1/refund", payload))

    def refunds(
        self, page: int = 1, *, from_date: date | None = None, to_date: date | None = None
    ) -> Page[Refund]:
        days = {"fromDate": from_date, "toDate": to_date}
        query = {name: day.isoformat() for name, day in days.items() if day}
        content = self._get("/api/v1/refund/", page=page, **query)
        return read_page(as_object(content).get("refund_request_list"), page, read_refund)

    def refunds_since(self, day: date, *, max_pages: int = 20) -> tuple[tuple[Refund, ...], bool]:
        """All requests since that day, and whether these are surely all."""
        found: dict[int, Refund] = {}
        for number in range(1, max_pages + 1):
            page = self.refunds(number, from_date=day)
            found.update((refund.id, refund) for refund in page.rows)
            # Without a number of pages, an empty one is behind the last.
            if number >= page.last if page.last is not None else not page.rows:
                return tuple(found.values()), True
        return tuple(found.values()), False

    def refund_request(self, refund_id: int) -> Refund:
        return read_refund(self._get(f"/api/v1/refund/{int(refund_id)}"))

    def cancel_refund(self, refund_id: int) -> None:
        """:raise HesabeRefused: it is no longer pending"""
        self._send("DELETE", f"/api/v1/refund/{int(refund_id)}", {}, answers=False)

    # ---- calls ----------------------------------------------------------------------------------

    def _get(self, path: str, **query: Any) -> Any:
        params = {name: str(value) for name, value in query.items()}
        params["data"] = self._sealed({})

        def ask(bearer: str) -> Any:
            headers = self._headers(bearer)
            return self._http.call(
                Request("GET", self._merchant_url + path, headers, params=params, reads=True)
            )

        return self._response(self._with_bearer(ask, reads=True))

    def _send(self, method: str, path: str, payload: dict, *, answers: bool = True) -> Any:
        body = {"data": self._sealed(payload)}

        def ask(bearer: str) -> Any:
            headers = self._headers(bearer)
            return self._http.call(Request(method, self._merchant_url + path, headers, body=body))

        envelope = self._with_bearer(ask, reads=False)
        return self._response(envelope) if answers else None

    def _with_bearer(self, ask: Callable[[str], dict], *, reads: bool) -> dict:
        bearer = self._session.bearer()
        try:
            return ask(bearer)
        except HesabeAuthError as error:
            if error.http_status != 401:
                raise
            if not reads:
                self._session.forget(bearer)
                raise
        return ask(self._session.bearer(refused=bearer))

    def _plain(self, path: str, body: dict) -> Any:
        request = Request("POST", self._merchant_url + path, {}, body=body, reads=True)
        return self._http.call(request).get("response")

    def _headers(self, bearer: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {bearer}", "accessCode": self._access_code}

    def _sealed(self, payload: dict) -> str:
        return encrypt({"merchantCode": self._merchant_code, **payload}, *self._keys)

    def _response(self, envelope: dict) -> Any:
        response = envelope.get("response")
        return envelope.get("data") if response is None else response

    def _read_own(self, row: Any) -> Invoice:
        invoice = read_invoice(row, self._mapping)
        self._check_ours(invoice.merchant_code)
        return invoice

    def _check_ours(self, merchant_code: str) -> None:
        if merchant_code not in ("", self._merchant_code):
            raise HesabeProtocolError("Hesabe answered with another merchant's data")
