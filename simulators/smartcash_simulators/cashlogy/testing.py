"""A simulated Cashlogy for tests."""

from __future__ import annotations

import os

from smartcash_simulators.testing import CashMachine


class CashlogySimulator(CashMachine):
    """A Cashlogy with its Connector."""

    def __init__(
        self,
        *,
        speed: float = 50,
        currency: str = "EUR",
        float_: str = "standard",
        port: int = 0,
        web_port: int = 0,
        state_file: str | os.PathLike | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        options = ["--port", str(port), "--web-port", str(web_port)]
        options += ["--speed", str(speed), "--currency", currency, "--float", float_]
        if state_file:
            options += ["--state", str(state_file)]
        super().__init__("cashlogy", *options, *arguments)
        self.connector = ""  # host:port

    def _listens(self, addresses: dict[str, str]) -> None:
        super()._listens(addresses)
        self.connector = addresses["connector"]

    def frames(self, since: float = 0) -> list[dict]:
        """The newest frames that the Connector got after `since`, oldest first: {at, name}; epoch
        seconds."""
        return self.rows(f"/api/frames?since={since}")

    def stacker(self, action: str) -> dict:
        """`remove` or `replace`, during a collection."""
        return self.call("POST", "/api/stacker", {"action": action})
