"""The HTTP that a merchant sees: merchant API and transaction enquiry, on one port."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from . import crypto
from .cloud import PAID, Cloud, Invoice, Refund, RefusedError
from .dialect import FIXED_SHAPES, Dialect
from .envelope import Failure, fils_of, invalid, plain_body, success
from .faults import Faults
from .merchant import Merchant, Tokens, same

HUGE = 40 * 1024 * 1024
INVOICE_TEXTS = ("customer_phone", "customer_email", "invoice_number", "description")
POS_TERMINAL = "6"  # documented service type

Handler = Callable[["Call"], dict]


@dataclass(frozen=True)
class Call:
    """One request, past the door."""

    name: str
    payload: dict  # decrypted
    query: dict
    match: dict


class HesabeApi:
    """Encrypted calls in front of one cloud; what goes wrong is in `faults`."""

    def __init__(self, cloud: Cloud, merchant: Merchant, tokens: Tokens) -> None:
        self.cloud, self.merchant, self.tokens = cloud, merchant, tokens
        self.faults, self.dialect = Faults(), Dialect()
        self.calls: Counter[str] = Counter()
        self._shapes = itertools.cycle(FIXED_SHAPES)

    def routes(self) -> list[web.RouteDef]:
        merchant, report = "/api/v1/merchant", "/api/v1/report"
        return [
            web.post("/api/v1/login", self._login),
            web.post("/api/v1/token-refresh", self._refresh),
            web.get("/api/v1/profile", self._encrypted("profile", self._profile)),
            web.get(
                f"{merchant}/smartpos-terminals", self._encrypted("terminals", self._terminals)
            ),
            web.post(f"{merchant}/smartpos-transaction", self._encrypted("create", self._push)),
            web.get(f"{merchant}/smartpos-invoices", self._encrypted("list", self._list)),
            web.get(
                merchant + r"/smartpos-invoices/{id:\d+}", self._encrypted("detail", self._detail)
            ),
            web.get(f"{report}/transactions", self._encrypted("transactions", self._transactions)),
            web.post("/api/v1/refund", self._encrypted("refund", self._refund)),
            web.get("/api/v1/refund/", self._encrypted("refund_list", self._refund_list)),
            web.get("/api/v1/refund", _with_slash),
            web.get(r"/api/v1/refund/{id:\d+}", self._encrypted("refund_detail", self._one_refund)),
            web.delete(
                r"/api/v1/refund/{id:\d+}", self._encrypted("refund_cancel", self._cancel_refund)
            ),
            web.get("/api/transaction/{token}", self._enquiry),
        ]

    # -- getting in ---------------------------------------------------------------------------

    async def _login(self, request: web.Request) -> web.StreamResponse:
        async def answer() -> web.Response:
            body = await plain_body(request)
            if not (
                same(body.get("username"), self.merchant.username)
                and same(body.get("password"), self.merchant.password)
            ):
                raise Failure(401, "Invalid Signature.", plain=True)
            return web.json_response(success(self.tokens.issue()))

        return await self._broken(request, "login", answer)

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        async def answer() -> web.Response:
            body = await plain_body(request)
            tokens = self.tokens.refresh(str(body.get("refreshToken")))
            if tokens is None:
                raise Failure(401, "Invalid Signature.", plain=True)
            return web.json_response(success(tokens))

        return await self._broken(request, "refresh", answer)

    def _encrypted(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable]:
        async def serve(request: web.Request) -> web.StreamResponse:
            payload: dict = {}

            async def answer() -> web.Response:
                self._check_caller(request)
                call = Call(name, payload, dict(request.query), dict(request.match_info))
                self._check_merchant(payload)
                return self._sealed(handler(call))

            named = name
            try:
                payload = await self._payload(request)
                # Create and resend are one address.
                named = "resend" if name == "create" and payload.get("resend") else name
            except Failure as failure:
                answer = _raising(failure)
            return await self._broken(request, named, answer)

        return serve

    def _check_caller(self, request: web.Request) -> None:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.tokens.accepts(bearer):
            raise Failure(401, "Unauthenticated.", plain=True)
        self._check_access_code(request)

    def _check_access_code(self, request: web.Request) -> None:
        if not same(request.headers.get("accessCode"), self.merchant.access_code):
            raise Failure(401, "Invalid Merchant", code=501, plain=True)

    def _check_merchant(self, payload: dict) -> None:
        if not same(payload.get("merchantCode"), self.merchant.code):
            raise Failure(401, "Invalid Merchant", code=501, plain=True)

    async def _payload(self, request: web.Request) -> dict:
        text = request.query.get("data") if request.method == "GET" else None
        if request.method != "GET":
            body = await plain_body(request)
            text = body.get("data")
        try:
            if self.faults.padding_32_only:
                crypto.check_blocks(text or "", crypto.ANSWER_BLOCK)
            return crypto.decrypt(text or "", self.merchant.secret_key, self.merchant.iv_key)
        except crypto.UnreadableError as error:
            raise Failure(400, "Invalid Request Data", code=506, plain=True) from error

    # -- what goes wrong on the way -----------------------------------------------------------

    async def _broken(
        self, request: web.Request, call: str, answer: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """The answer, or what the faults of the moment make of it."""
        self.calls[call] += 1
        faults = self.faults
        if faults.latency_ms and faults.hits(call):
            await asyncio.sleep(faults.latency_ms / 1000)
        if refusal := self._before(request, call):
            return refusal
        try:
            response = await answer()
        except Failure as failure:
            response = self._failed(failure)
        except RefusedError as error:
            response = self._failed(
                Failure(422, "Invalid Input", code=422, data={"request": [str(error)]})
            )
        if faults.hold_answer_ms and faults.hits(call):
            await asyncio.sleep(faults.hold_answer_ms / 1000)
        return self._after(request, call) or response

    def _before(self, request: web.Request, call: str) -> web.Response | None:
        take = self.faults.take
        if take("drop_before", call):
            return _hang_up(request)
        if take("unauthorized", call):
            return self._failed(Failure(401, "Unauthenticated.", plain=True))
        if take("rate_limit", call):
            response = self._failed(Failure(429, "Too Many Attempts.", plain=True))
            response.headers["Retry-After"] = str(self.faults.retry_after)
            return response
        if take("server_error", call):
            return _server_error()
        if take("redirect", call):
            return web.Response(status=302, headers={"Location": "https://elsewhere.invalid/"})
        return None

    def _after(self, request: web.Request, call: str) -> web.Response | None:
        take = self.faults.take
        if take("drop_after", call):
            return _hang_up(request)
        if take("unauthorized_after", call):
            return self._failed(Failure(401, "Unauthenticated.", plain=True))
        if take("server_error_after", call):
            return _server_error()
        if take("html", call):
            page = "<!doctype html><title>Maintenance</title><h1>We will be back</h1>"
            return web.Response(text=page, content_type="text/html")
        if take("huge", call):
            return web.Response(text="ab" * (HUGE // 2))
        keys = self.merchant.secret_key, self.merchant.iv_key
        if take("garbage", call):
            return web.Response(text=secrets.token_hex(64))
        if take("wrong_padding", call):
            return web.Response(text=crypto.encrypt_raw(b'{"status":true}' + b"\x21" * 33, *keys))
        return None

    def _failed(self, failure: Failure) -> web.Response:
        if failure.plain:
            return web.json_response(failure.body, status=failure.http)
        return self._sealed(failure.body, status=failure.http)

    def _sealed(self, body: dict, status: int = 200) -> web.Response:
        """Encrypted, in one of the shapes in which answers come."""
        shape = next(self._shapes) if self.dialect.shape == "mixed" else self.dialect.shape
        if shape == "plain":
            return web.json_response(body, status=status)
        text = crypto.encrypt(body, self.merchant.secret_key, self.merchant.iv_key)
        if shape == "json_string":
            return web.json_response(text, status=status)
        if shape == "response":
            return web.json_response({"response": text}, status=status)
        return web.Response(text=text, status=status)

    # -- the calls ----------------------------------------------------------------------------

    def _profile(self, _call: Call) -> dict:
        merchant = self.merchant
        return success(
            {
                "id": merchant.internal_id,
                "first_name": "Sandbox",
                "email": merchant.username,
                "username": merchant.username,
                "business_name": merchant.name,
                "merchant_name": merchant.name,
                "merchant_code": merchant.code,
                "is_active": 1,
                "is_approved": 1,
                "bank": {"bank_name": "A Bank", "iban_number": "KW81CBKU0000000000001234560101"},
            }
        )

    def _terminals(self, _call: Call) -> dict:
        rows = [
            self.dialect.terminal(terminal, row, self.merchant)
            for row, terminal in enumerate(self.cloud.terminals.values())
        ]
        return success(rows, "Terminal List")

    def _push(self, call: Call) -> dict:
        payload = call.payload
        amount = fils_of(payload)
        texts = {name: str(payload.get(name) or "") for name in INVOICE_TEXTS}
        for name in ("customer_name", "terminal_id"):
            if not isinstance(payload.get(name), str) or not payload[name]:
                raise invalid(name, f"The {name} field is required.")
        if payload.get("resend"):
            invoice = self.cloud.resend(str(payload.get("transaction_id")))
            return success(self._shown(invoice, "resend"), "POS invoice resent successfully")
        invoice = self.cloud.create(
            payload["terminal_id"], amount, payload["customer_name"], **texts
        )
        return success(self._shown(invoice, "create"), "POS invoice created successfully")

    def _list(self, call: Call) -> dict:
        invoices = list(self.cloud.invoices.values())
        if self.dialect.newest_first:
            invoices.reverse()
        page, pagination = self._page(invoices, call)
        rows = [self._shown(invoice, "list") for invoice in page]
        return success({"data": rows, "pagination": pagination})

    def _detail(self, call: Call) -> dict:
        invoice = self.cloud.invoices.get(int(call.match["id"]))
        if invoice is None:
            raise Failure(404, "Request not found, Please verify the request data")
        return success(self._shown(invoice, "detail"))

    def _transactions(self, call: Call) -> dict:
        """Terminals' transactions that have ended, of the days asked for."""
        query = call.query
        if query.get("serviceType") not in (None, "", POS_TERMINAL):
            return success({"transaction_list": {"data": [], "pagination": {}}})
        wanted = query.get("paymentStatus")
        found = [
            invoice
            for invoice in reversed(self.cloud.invoices.values())
            if invoice.ended
            and query.get("fromDate", "") <= f"{invoice.ended:%Y-%m-%d}"
            and f"{invoice.ended:%Y-%m-%d}" <= (query.get("toDate") or "9999")
            and wanted in (None, "", "1" if invoice.state == "paid" else "0")
            and query.get("search", "") in f"{invoice.token} {invoice.invoice_number}"
        ]
        page, pagination = self._page(found, call)
        rows = [self.dialect.transaction(i, self.cloud.terminals[i.terminal]) for i in page]
        if self.faults.take("contradiction", "transactions"):
            for row, invoice in zip(rows, page, strict=True):
                self._contradict(row, invoice, "payment_status")
        return success({"transaction_list": {"data": rows, "pagination": pagination}})

    def _refund(self, call: Call) -> dict:
        refund = self.cloud.refund(
            str(call.payload.get("token")),
            fils_of(call.payload, "refundAmount"),
            str(call.payload.get("refundMethod")),
        )
        message = "Your refund request is waiting for approval"
        return success(self.dialect.refund(refund), message)

    def _refund_list(self, call: Call) -> dict:
        first, last = call.query.get("fromDate", ""), call.query.get("toDate") or "9999"
        found = [
            refund
            for refund in reversed(self.cloud.refunds.values())
            if first <= f"{refund.created:%Y-%m-%d}" <= last
        ]
        page, pagination = self._page(found, call)
        rows = [self.dialect.refund(refund) for refund in page]
        wrapped = {"data": rows, "pagination": pagination}
        return success({"stats": {}, "refund_request_list": wrapped})

    def _one_refund(self, call: Call) -> dict:
        return success(self.dialect.refund(self._known_refund(call)))

    def _cancel_refund(self, call: Call) -> dict:
        self.cloud.drop_refund(self._known_refund(call))
        return success({}, "Refund request cancelled")

    def _known_refund(self, call: Call) -> Refund:
        refund = self.cloud.refunds.get(int(call.match["id"]))
        if refund is None:
            raise Failure(404, "Request not found, Please verify the request data")
        return refund

    async def _enquiry(self, request: web.Request) -> web.StreamResponse:
        """No bearer and no encryption, only the access code."""

        async def answer() -> web.Response:
            self._check_access_code(request)
            token = request.match_info["token"]
            by_reference = request.query.get("isOrderReference") == "1"
            find = self.cloud.by_number if by_reference else self.cloud.by_token
            invoice = find(token)
            if invoice is None:
                raise Failure(404, "Transaction not found", plain=True)
            line = self.dialect.enquiry(invoice)
            if self.faults.take("contradiction", "enquiry"):
                self._contradict(line, invoice, "status")
            body = {"status": True, "message": "Transaction found", "data": line, "results": [line]}
            return web.json_response(body)

        return await self._broken(request, "enquiry", answer)

    def _contradict(self, row: dict, invoice: Invoice, field: str) -> None:
        """A second status beside the first one, of another meaning."""
        other = "status" if field == "payment_status" else "payment_status"
        row[other] = self.dialect.words["declined" if invoice.state == PAID else "paid"]

    # -- helpers ------------------------------------------------------------------------------

    def _shown(self, invoice: Invoice, call: str) -> dict:
        shown = self.dialect.invoice(invoice, self.cloud.terminals[invoice.terminal], self.merchant)
        if self.faults.take("contradiction", call):
            self._contradict(shown, invoice, self.dialect.status_field)
        if self.faults.take("foreign_invoice", call):
            shown.update(
                transaction_id="2970000099" + str(time.time_ns()),
                merchantCode="999999",
                terminal_id="29700000",
                invoice_number="NOT-YOURS",
            )
            shown[self.dialect.number_field] = "NOT-YOURS"
            shown[self.dialect.status_field] = self.dialect.words["paid"]
        if self.faults.take("wrong_amount", call):
            shown["amount"] = self.dialect.money(invoice.amount // 10)
        return shown

    def _page(self, rows: list, call: Call) -> tuple[list, dict]:
        size = self.dialect.page_size
        try:
            page = max(1, int(call.query.get("page") or 1))
        except ValueError as error:
            raise invalid("page", "The page must be a number.") from error
        last = max(1, -(-len(rows) // size))
        pagination = {
            "current_page": page,
            "last_page": last,
            "per_page": size,
            "total": len(rows),
        }
        return rows[(page - 1) * size : page * size], pagination


def _raising(failure: Failure) -> Callable[[], Coroutine[Any, Any, web.Response]]:
    async def answer() -> web.Response:
        raise failure

    return answer


async def _with_slash(request: web.Request) -> web.Response:
    """As the live list has it: its address ends with a slash."""
    raise web.HTTPMovedPermanently(f"/api/v1/refund/?{request.query_string}")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _server_error() -> web.Response:
    return web.json_response({"message": "Internal server error occurred"}, status=500)
