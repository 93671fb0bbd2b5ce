"""Tills beside the one of the deployment: their cashiers, their pages, and their talk with Odoo alone."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests
from playwright.sync_api import Browser

from tests.deployment import Deployment
from tests.odoo_rpc import OdooRpc
from tests.till import Till, log_in
from tests.world import PASSWORD, make_cashier, open_session

TIMEOUT = 60.0  # seconds


@dataclass(frozen=True)
class StaffedTill:
    """One POS and its cashier; ``session_id`` is open."""

    login: str
    config_id: int
    session_id: int
    method_id: int


def staff(stack: Deployment, login: str, config_id: int, method_id: int) -> StaffedTill:
    """Make a cashier who opens the till's session."""
    odoo = stack.rpc()
    make_cashier(odoo, login)
    open_session(OdooRpc(stack.url, stack.database, login, PASSWORD), config_id)
    (session,) = odoo.call(
        "pos.session", "search", [("config_id", "=", config_id), ("state", "!=", "closed")]
    )
    return StaffedTill(login, config_id, session, method_id)


def open_page(stack: Deployment, chromium: Browser, till: StaffedTill, url: str) -> Till:
    """Open the till in a browser context of its own; ``url``: of Odoo's front door."""
    # Machines show certificates of their own, which somebody has told the browser to trust.
    page = chromium.new_context(ignore_https_errors=True).new_page()
    log_in(page, url, stack.database, till.login, PASSWORD)
    opened = Till(page, f"{url}/pos/ui?config_id={till.config_id}")
    opened.open()
    return opened


class LedgerCalls:
    """What a till's page asks the ledger for one sale, over HTTP with the cashier's session."""

    def __init__(self, stack: Deployment, till: StaffedTill, amount: int, currency: str) -> None:
        """Register a sale of ``amount`` minor units."""
        self.uuid = str(uuid4())
        self._url = stack.url
        self._http = requests.Session()
        self._post(
            "/web/session/authenticate", db=stack.database, login=till.login, password=PASSWORD
        )
        self._call(
            "register",
            {
                "uuid": self.uuid,
                "kind": "sale",
                "amount": amount,
                "currency": currency,
                "session_id": till.session_id,
                "payment_method_id": till.method_id,
                "cashier": till.login,
            },
        )

    def start(self) -> dict[str, Any]:
        return self._call("start", self.uuid)

    def poll(self) -> dict[str, Any]:
        """Return how the sale stands; raises RuntimeError unless it runs, undisturbed."""
        answer = self._call("poll", self.uuid)
        if answer["state"] != "running" or answer["messages"]:
            raise RuntimeError(f"the sale does not go on: {answer}")
        return answer

    def _call(self, method: str, *arguments: object) -> dict[str, Any]:
        answer = self._post(
            f"/web/dataset/call_kw/smartcash.operation/{method}",
            model="smartcash.operation",
            method=method,
            args=arguments,
            kwargs={},
        )
        if answer.get("refused"):
            raise RuntimeError(f"{method} was refused: {answer}")
        return answer

    def _post(self, path: str, **parameters: object) -> dict[str, Any]:
        question = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        answer = self._http.post(self._url + path, json=question, timeout=TIMEOUT)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            raise RuntimeError(f"{path}: {content['error']['data']['debug']}")
        return content["result"]
