"""The page with the terminals, and the control API that plays customer, staff and fate."""

from __future__ import annotations

import asyncio
from importlib import resources

from aiohttp import WSMsgType, web

from ..cash import as_count
from ..web import flag, json_body, open_to_all, readable_errors
from .api import HesabeApi
from .cloud import CARDS, Invoice, Refund, Terminal
from .webhook import Webhook

PUSH_PAUSE = 0.05  # seconds between two states pushed to a page
SHOWN_INVOICES = 50  # on the page
PAGE_FILES = {"terminals.css": "text/css", "terminals.js": "text/javascript"}


class ControlApi:
    """HTTP beside the merchant's API, open to every origin; amounts in fils."""

    def __init__(self, api: HesabeApi, webhook_url: str | None = None) -> None:
        self._api, self._cloud = api, api.cloud
        self._webhook_url = webhook_url
        self.webhook = Webhook(webhook_url)
        self._sockets: set[web.WebSocketResponse] = set()
        self._telling: set[asyncio.Task] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[open_to_all, readable_errors])
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._page_file)
        app.router.add_get("/api/state", self._get_state)
        app.router.add_get("/api/events", self._events)
        app.router.add_post("/api/terminals/{number}/{action}", self._terminal)
        app.router.add_post("/api/refunds/{id}/{action}", self._refund)
        app.router.add_post("/api/tokens", self._tokens)
        app.router.add_post("/api/dialect", self._dialect)
        app.router.add_post("/api/webhook", self._webhook)
        app.router.add_post("/api/reset", self._reset)
        app.router.add_post("/api/faults", self._set_faults)
        app.router.add_delete("/api/faults", self._clear_faults)
        app.on_shutdown.append(self._close)
        return app

    # -- looking ------------------------------------------------------------------------------

    def state(self) -> dict:
        """Everything there is to see."""
        invoices = list(self._cloud.invoices.values())
        return {
            "terminals": [self._terminal_json(t) for t in self._cloud.terminals.values()],
            "invoices": [_invoice_json(invoice) for invoice in reversed(invoices)],
            "refunds": [_refund_json(refund) for refund in self._cloud.refunds.values()],
            "paid_total": sum(invoice.paid_amount for invoice in invoices),
            "calls": dict(self._api.calls),
            "faults": self._api.faults.to_json(),
            "dialect": self._api.dialect.to_json(),
            "webhook": self.webhook.to_json(),
            "cards": list(CARDS),
        }

    def _terminal_json(self, terminal: Terminal) -> dict:
        shown = self._cloud.shown_on(terminal.number)
        return {
            "number": terminal.number,
            "name": terminal.name,
            "online": terminal.online,
            "invoice": _invoice_json(shown) if shown else None,
        }

    async def _get_state(self, _request: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        """Pushes the state at each change, at most twenty times a second."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        pusher = asyncio.create_task(self._push(socket))
        try:
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            pusher.cancel()
            self._sockets.discard(socket)
        return socket

    async def _push(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            changed = asyncio.ensure_future(self._cloud.changed())
            try:
                state = self.state()
                await socket.send_json({**state, "invoices": state["invoices"][:SHOWN_INVOICES]})
                await changed
            except ConnectionError:
                return
            finally:
                changed.cancel()
            await asyncio.sleep(PUSH_PAUSE)

    async def _close(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()
        for task in list(self._telling):
            task.cancel()

    async def _page(self, _request: web.Request) -> web.Response:
        return _file("terminals.html", "text/html")

    async def _page_file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PAGE_FILES:
            raise web.HTTPNotFound
        return _file(name, PAGE_FILES[name])

    # -- at the terminal ----------------------------------------------------------------------

    async def _terminal(self, request: web.Request) -> web.Response:
        """`pay`, `decline`, `cancel`, `expire`, `switch`: what happens at one terminal."""
        number, action = request.match_info["number"], request.match_info["action"]
        cloud = self._cloud
        if action == "pay":
            body = await json_body(request, {"brand", "amount", "late", "invoice"})
            if "amount" in body:
                as_count(body["amount"], "amount")
            invoice = cloud.pay(
                number,
                brand=body.get("brand", "KNET"),
                amount=body.get("amount"),
                late=flag(body, "late", False),
                invoice_id=body.get("invoice"),
            )
        elif action == "decline":
            body = await json_body(request, {"reason"})
            invoice = cloud.decline(number, str(body.get("reason") or "Insufficient funds"))
        elif action in ("cancel", "expire"):
            await json_body(request, set())
            invoice = (cloud.cancel if action == "cancel" else cloud.expire)(number)
        elif action == "switch":
            body = await json_body(request, {"online"})
            return web.json_response(
                self._terminal_json(cloud.switch(number, flag(body, "online", True)))
            )
        else:
            raise ValueError("what happens is pay, decline, cancel, expire or switch")
        self._tell(invoice)
        return web.json_response(_invoice_json(invoice))

    def _tell(self, invoice: Invoice) -> None:
        task = asyncio.create_task(self.webhook.tell(self._api.dialect.webhook(invoice)))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    # -- staff and fate -----------------------------------------------------------------------

    async def _refund(self, request: web.Request) -> web.Response:
        action = request.match_info["action"]
        if action not in ("approve", "reject"):
            raise ValueError("a refund is approved or rejected: approve, reject")
        number = request.match_info["id"]
        refund = self._cloud.decide_refund(int(number), action == "approve")
        return web.json_response(_refund_json(refund))

    async def _tokens(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"action", "seconds"})
        action = body.get("action")
        if action not in (None, "expire", "revoke"):
            raise ValueError("action is expire or revoke")
        if "seconds" in body:
            self._api.tokens.seconds = as_count(body["seconds"], "seconds")
        if action:
            getattr(self._api.tokens, action)()
        return web.json_response({"seconds": self._api.tokens.seconds})

    async def _dialect(self, request: web.Request) -> web.Response:
        self._api.dialect.update(await json_body(request, None))
        return web.json_response(self._api.dialect.to_json())

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await json_body(request, {"url", "copies", "delay_ms"})
        for name in ("copies", "delay_ms"):
            if name in body:
                as_count(body[name], name)
        if body.get("url") is not None and not str(body["url"]).startswith(("http://", "https://")):
            raise ValueError("url is where to send it: http://…")
        for name, value in body.items():
            setattr(self.webhook, name, value)
        return web.json_response(self.webhook.to_json())

    async def _reset(self, request: web.Request) -> web.Response:
        await json_body(request, set())
        self._cloud.reset()
        self._api.faults.clear()
        self._api.dialect.reset()
        self._api.calls.clear()
        self.webhook = Webhook(self._webhook_url)
        return web.json_response(self.state())

    async def _set_faults(self, request: web.Request) -> web.Response:
        self._api.faults.update(await json_body(request, None))
        self._cloud.touch()
        return web.json_response(self._api.faults.to_json())

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._api.faults.clear()
        self._cloud.touch()
        return web.json_response(self._api.faults.to_json())


def _invoice_json(invoice: Invoice) -> dict:
    return {
        "id": invoice.id,
        "transaction_id": invoice.transaction_id,
        "terminal": invoice.terminal,
        "amount": invoice.amount,
        "paid_amount": invoice.paid_amount,
        "invoice_number": invoice.invoice_number,
        "customer_name": invoice.customer_name,
        "customer_phone": invoice.customer_phone,
        "customer_email": invoice.customer_email,
        "description": invoice.description,
        "state": invoice.state,
        "reason": invoice.reason,
        "sent": invoice.sent,
        "token": invoice.token,
        "refunded": invoice.refunded,
        "card": invoice.card,
    }


def _refund_json(refund: Refund) -> dict:
    status = ("pending", "approved", "rejected")[refund.status]
    return {"id": refund.id, "token": refund.token, "amount": refund.amount, "status": status}


def _file(name: str, content_type: str) -> web.Response:
    text = resources.files(__package__).joinpath("static").joinpath(name).read_text("utf-8")
    return web.Response(text=text, content_type=content_type)
