"""Odoo seen from outside, over XML-RPC."""

import xmlrpc.client
from typing import Any


class OdooRpc:
    """One user's view of one database."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self._database = database
        self._password = password
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common", allow_none=True)
        self._user_id = common.authenticate(database, login, password, {})
        if not self._user_id:
            raise PermissionError(f"{login} cannot log in to {database}")
        self._models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)

    def call(self, model: str, method: str, *positional: object, **named: object) -> Any:
        return self._models.execute_kw(
            self._database, self._user_id, self._password, model, method, list(positional), named
        )

    def search_read(
        self, model: str, domain: list, fields: list[str], **named: object
    ) -> list[dict[str, Any]]:
        return self.call(model, "search_read", domain, fields, **named)
