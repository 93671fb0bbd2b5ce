"""Odoo seen from outside, over its JSON-RPC (XML-RPC cannot carry the nulls of our answers)."""

import itertools
from typing import Any

import requests

TIMEOUT = 120.0  # seconds; the first call after a start builds the registry


class OdooError(RuntimeError):
    """Odoo refused a call; the text is its own."""


class OdooRpc:
    """One user's view of one database."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self._url = f"{url}/jsonrpc"
        self._database = database
        self._password = password
        self._numbers = itertools.count(1)
        self.user_id = self._ask("common", "authenticate", database, login, password, {})
        if not self.user_id:
            raise PermissionError(f"{login} cannot log in to {database}")

    def _ask(self, service: str, method: str, *arguments: object) -> Any:
        parameters = {"service": service, "method": method, "args": arguments}
        question = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(self._numbers),
            "params": parameters,
        }
        answer = requests.post(self._url, json=question, timeout=TIMEOUT)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            raise OdooError(content["error"]["data"]["debug"])
        return content.get("result")  # a method may answer nothing

    def call(self, model: str, method: str, *positional: object, **named: object) -> Any:
        return self._ask(
            "object",
            "execute_kw",
            self._database,
            self.user_id,
            self._password,
            model,
            method,
            positional,
            named,
        )

    def search_read(
        self, model: str, domain: list, fields: list[str], **named: object
    ) -> list[dict[str, Any]]:
        return self.call(model, "search_read", domain, fields, **named)
