"""Simulated devices for tests, each in a process of its own on free ports.

    with CashlogySimulator(speed=50) as machine:
        client = connect(machine.connector)
        machine.insert(2000)

Uses the standard library only; the child needs what the simulators need in the same Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, Any, TypeVar

START_TIMEOUT = 20  # seconds
STOP_TIMEOUT = 5
CALL_TIMEOUT = 120  # an insertion answers when the last piece is counted

Own = TypeVar("Own", bound="_Simulator")


class SimulatorError(RuntimeError):
    """The simulator did not start, or refused a call (the text says why)."""


class _Simulator:
    """A simulator as a child process, and its control API."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.web = ""  # http://host:port
        self._command = [sys.executable, "-m", f"smartcash_simulators.{module}", *arguments]
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None

    def __enter__(self: Own) -> Own:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def _child(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise SimulatorError("The simulator has not been started.")
        return self._process

    def start(self) -> None:
        # Importable in the child however it is here: installed or from a source tree.
        source = str(Path(__file__).resolve().parent.parent)
        paths = [source, os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the child
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._log, text=True, env=environment
        )
        watchdog = threading.Timer(START_TIMEOUT, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        watchdog.cancel()
        if not line.startswith("READY "):
            self.stop()
            raise SimulatorError(f"The simulator did not start: {line} {self.log()}")
        self._listens(dict(word.split("=", 1) for word in line.split()[1:]))

    def _listens(self, addresses: dict[str, str]) -> None:
        """Takes over the addresses of the READY line."""
        self.web = addresses["web"]

    def stop(self) -> int:
        """Ends the simulator; its exit status (0 = it ended by itself when asked)."""
        process = self._child
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        return process.returncode

    def kill(self) -> None:
        """As if somebody pulled the plug of the computer it runs on."""
        self._child.kill()
        self._child.wait()

    def log(self) -> str:
        """What the simulator wrote to stderr so far."""
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read()

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """One call of the control API; SimulatorError with its reason when it refuses."""
        answer: dict = self._answer(method, path, body)
        return answer

    def rows(self, path: str) -> list[dict]:
        """What the control API lists."""
        answer: list[dict] = self._answer("GET", path)
        return answer

    def _answer(self, method: str, path: str, body: dict | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own child, http only
            self.web + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_TIMEOUT) as answer:  # noqa: S310 - our own child
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SimulatorError(f"{error.code}: {error.read().decode()}") from error

    def state(self) -> dict:
        return self.call("GET", "/api/state")

    def reset(self, **values: object) -> dict:
        return self.call("POST", "/api/reset", values)

    def fault(self, **faults: object) -> dict:
        return self.call("POST", "/api/faults", faults)

    def clear_faults(self) -> dict:
        return self.call("DELETE", "/api/faults")


class _CashMachine(_Simulator):
    """The customer and the staff of a cash machine; amounts and values in minor units."""

    def insert(
        self, value: int, count: int = 1, *, kind: str | None = None, wait: bool = True
    ) -> dict:
        """Puts pieces in; with `wait` returns when each is counted or handed back."""
        body = {"value": value, "count": count, "wait": wait}
        return self.call("POST", "/api/insert", {**body, "kind": kind} if kind else body)

    def take(self) -> dict:
        """Takes everything out of the tray: {taken: [{value, kind, count}], total}."""
        return self.call("POST", "/api/take", {})

    def reset(self, **values: object) -> dict:
        """A clean machine; `float` = standard|empty|full|homologation, or `pieces` = [{value, …}];
        `faults` = those that it has from then on."""
        return self.call("POST", "/api/reset", values)

    def power(self, on: bool, *, keep_memory: bool = True) -> dict:
        return self.call("POST", "/api/power", {"on": on, "keep_memory": keep_memory})

    def press(self, button: str) -> dict:
        """`cancel` or `accept` on the machine's (the Connector's) own window."""
        return self.call("POST", "/api/screen", {"press": button})


class CashlogySimulator(_CashMachine):
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


class CashdroSimulator(_CashMachine):
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


class HesabeSimulator(_Simulator):
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
