"""Start long-running parts, wait until they answer, stop them all."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from .shell import Problem

STOP_SECONDS = 15


def port_is_free(port: int) -> bool:
    """Tell whether a server may listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Processes:
    """Processes that live and die together; use as a context manager."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Processes:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        """Return the file that a part writes to."""
        return self._logs / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], url: str, wait: float
    ) -> None:
        """Start a part and wait until `url` answers anything, at most `wait` seconds."""
        with open(self.log(name), "wb") as output:
            process = subprocess.Popen(
                list(command),
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in order
            )
        self._running.append((name, process))
        deadline = time.monotonic() + wait
        while not _answers(url):
            if process.poll() is not None:
                raise self._failure(name, f"ended with exit code {process.returncode}")
            if time.monotonic() > deadline:
                raise self._failure(name, f"did not answer at {url} within {wait:g} s")
            time.sleep(0.1)

    def watch(self) -> None:
        """Return never; raise when a part ends by itself."""
        while True:
            for name, process in self._running:
                if process.poll() is not None:
                    raise self._failure(name, f"ended with exit code {process.returncode}")
            time.sleep(0.5)

    def stop(self) -> None:
        """Stop all parts, the last one first."""
        while self._running:
            _name, process = self._running.pop()
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _failure(self, name: str, what: str) -> Problem:
        tail = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])
        return Problem(f"{name} {what}; see {self.log(name)}\n{tail}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 -- our own http URLs
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
