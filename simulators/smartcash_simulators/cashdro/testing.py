"""A simulated CashDro for tests."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request

from smartcash_simulators.testing import CALL_TIMEOUT, CashMachine


class CashdroSimulator(CashMachine):
    """A CashDro with its web service over HTTPS (and plain HTTP)."""

    user, password = "admin", "admin"  # may start everything; "cashier"/"cashier" only sells

    def __init__(
        self,
        *,
        speed: float = 50,
        currency: str = "EUR",
        model: str = "3",
        float_: str = "standard",
        port: int = 0,
        http_port: int = 0,
        control_port: int = 0,
        state_file: str | os.PathLike | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        options = ["--port", str(port), "--http-port", str(http_port)]
        options += ["--control-port", str(control_port), "--speed", str(speed)]
        options += ["--currency", currency, "--model", model, "--float", float_]
        if state_file:
            options += ["--state", str(state_file)]
        super().__init__("cashdro", *options, *arguments)
        self.url = ""  # https://host:port
        self.http_url = ""  # http://host:port
        self.fingerprint = ""  # SHA-256 of the machine's own certificate, hex

    def _listens(self, addresses: dict[str, str]) -> None:
        super()._listens(addresses)
        self.url, self.http_url = addresses["cashdro"], addresses["http"]
        self.fingerprint = addresses["fingerprint"]

    def ask(
        self,
        operation: str,
        *,
        entry: str = "index3",
        timeout: float = CALL_TIMEOUT,
        **params: object,
    ) -> dict:
        """One call of the web service as the administrator; the parsed envelope.

        Parameters that are not text are sent as JSON. Raises OSError (or ValueError for what is
        no JSON) when there is no answer.
        """
        values = {"operation": operation, "name": self.user, "password": self.password}
        for name, value in params.items():
            values[name] = value if isinstance(value, str) else json.dumps(value)
        url = f"{self.http_url}/Cashdro3WS/{entry}.php?{urllib.parse.urlencode(values)}"
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - our own child
            envelope: dict = json.load(answer)
        return envelope

    def operations(self) -> list[dict]:
        """What the machine remembers, oldest first; amounts in minor units, `finished` in epoch
        seconds."""
        return self.rows("/api/operations")

    def requests(self, since: float = 0) -> list[dict]:
        """The newest calls of the web service after `since`, oldest first: {at, call}; epoch seconds."""
        return self.rows(f"/api/requests?since={since}")

    def operate_by_hand(self, kind: int, amount: int = 0) -> dict:
        """Somebody starts an operation on the machine's own screen."""
        return self.call("POST", "/api/operations", {"type": kind, "amount": amount})

    def settings(self, **settings: object) -> dict:
        """control, max_coins, max_notes, give_partial, wait_at_jam, refused, message_shape."""
        return self.call("POST", "/api/settings", settings)

    def add_user(self, name: str, password: str, types: list[int] | None = None) -> dict:
        body = {"name": name, "password": password}
        return self.call("POST", "/api/users", body if types is None else {**body, "types": types})

    def messages(self, *codes: int) -> dict:
        """Shows messages on the running operation."""
        return self.call("POST", "/api/messages", {"codes": list(codes)})
