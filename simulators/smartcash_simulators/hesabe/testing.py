"""A simulated Hesabe for tests."""

from __future__ import annotations

from smartcash_simulators.testing import Simulator


class HesabeSimulator(Simulator):
    """A Hesabe cloud with its terminals; amounts in fils.

    The merchant's codes and keys are the published ones of Hesabe's sandbox.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        web_port: int = 0,
        token_seconds: int = 900,
        arguments: tuple[str, ...] = (),
    ) -> None:
        options = ["--port", str(port), "--web-port", str(web_port)]
        options += ["--token-seconds", str(token_seconds)]
        super().__init__("hesabe", *options, *arguments)
        self.api = ""  # http://host:port

    def _listens(self, addresses: dict[str, str]) -> None:
        super()._listens(addresses)
        self.api = addresses["api"]

    def at(self, terminal: str, action: str, **values: object) -> dict:
        """What happens at a terminal: pay, decline, cancel, expire, switch; the invoice."""
        return self.call("POST", f"/api/terminals/{terminal}/{action}", values)

    def pay(self, terminal: str, **values: object) -> dict:
        """A card is held to the terminal; `late=True` after the terminal gave up."""
        return self.at(terminal, "pay", **values)

    def switch(self, terminal: str, online: bool) -> dict:
        return self.at(terminal, "switch", online=online)

    def decide_refund(self, refund_id: int, action: str) -> dict:
        """`approve` or `reject`, as Hesabe's staff."""
        return self.call("POST", f"/api/refunds/{refund_id}/{action}", {})

    def tokens(self, action: str | None = None, **values: object) -> dict:
        """`expire` ends the bearer tokens, `revoke` the refresh tokens too; `seconds` = their life."""
        return self.call(
            "POST", "/api/tokens", {**values, **({"action": action} if action else {})}
        )

    def dialect(self, **values: object) -> dict:
        """Changes the words that Hesabe does not publish."""
        return self.call("POST", "/api/dialect", values)

    def webhook(self, url: str | None, **values: object) -> dict:
        return self.call("POST", "/api/webhook", {"url": url, **values})
