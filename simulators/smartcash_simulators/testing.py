"""Simulated devices for tests, each in a process of its own on free ports: what all makes share.

Each make's folder has its own in ``testing.py``:

    with TheSimulator(speed=50) as machine:
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

Own = TypeVar("Own", bound="Simulator")


class SimulatorError(RuntimeError):
    """The simulator did not start, or refused a call (the text says why)."""


class Simulator:
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


class CashMachine(Simulator):
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
