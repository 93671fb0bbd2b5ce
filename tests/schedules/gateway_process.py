"""The real gateway, started often: forked from a process that has imported it already."""

import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from smartcash_gateway.models import Operation
from smartcash_gateway.operations.journal import Journal
from tools.stack.services import gateway_env
from tools.stack.shell import free_port

#: Patience of the gateway with its machine, for a day of seconds instead of hours.
TIMEOUTS = {"REPLY": "250", "STOP": "600", "PAYOUT": "1500", "RECOVERY": "1500"}
#: The pages give a start up that much sooner than on a wall clock; the gateway has to be ahead of them.
CONTACT_PATIENCE = 0.4  # seconds
START_TIMEOUT = 60.0  # seconds

_processes = multiprocessing.get_context("forkserver")
# The gateway, and what the worker imports: each new process runs its parent's main module once more,
# and without these that is most of the time that a schedule takes.
_processes.set_forkserver_preload(
    ["smartcash_gateway.cli.main", "smartcash_gateway.cli.server", "tests.schedules.rules"]
)


def _run(settings: dict[str, str], log: str) -> None:
    from smartcash_gateway.cli.main import main
    from smartcash_gateway.config import Config

    usual = Config.timing.fget
    Config.timing = property(lambda config: replace(usual(config), contact=CONTACT_PATIENCE))
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(settings)
    sys.exit(main(["run"]))


class GatewayProcess:
    """One gateway with its journal: a program that is killed and started again."""

    def __init__(self, *, device: str, key: str) -> None:
        self.connector = ""  # the machine's address, once it runs
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self.folder = Path(tempfile.mkdtemp(prefix="smartcash-schedules-"))
        self._device, self._key = device, key
        self._process: multiprocessing.process.BaseProcess | None = None
        self._journal = self.folder / "journal-0.db"
        self._number = 0

    def pair(self, device: str, key: str) -> None:
        """From its next start on it is this device's."""
        self._device, self._key = device, key

    @property
    def log(self) -> Path:
        return self.folder / "gateway.log"

    def renew(self) -> None:
        """A gateway without a past; its log starts anew as well."""
        self.kill()
        for path in self.folder.glob("journal-*"):
            path.unlink()
        self.log.unlink(missing_ok=True)
        self._number += 1
        self._journal = self.folder / f"journal-{self._number}.db"
        self.start()

    def start(self) -> None:
        if self._process is not None:
            return
        settings = gateway_env(
            listen=self.address,
            connector=self.connector,
            device=self._device,
            key=self._key,
            origins=[],
            journal=str(self._journal),
        )
        for name, value in TIMEOUTS.items():
            settings[f"SMARTCASH_GATEWAY_{name}_TIMEOUT_MS"] = value
        settings["SMARTCASH_GATEWAY_POLL_MS"] = "10"
        self._process = _processes.Process(target=_run, args=(settings, str(self.log)))
        self._process.start()

    def kill(self) -> None:
        """kill -9: no last words."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None

    def remove(self) -> None:
        """With all that it left behind."""
        self.kill()
        shutil.rmtree(self.folder)

    def device_state(self) -> str:
        """As its health page tells it; "down" when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/v1/health", timeout=5) as answer:  # noqa: S310
                return json.load(answer)["device_state"]
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return "down"

    def wait_online(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while self.device_state() != "online":
            if time.monotonic() > deadline:
                log = self.log.read_text() if self.log.exists() else ""
                raise AssertionError(f"the gateway never saw its machine:\n{log[-3000:]}")
            time.sleep(0.005)

    def operations(self) -> list[Operation]:
        """What the journal holds, oldest first."""
        journal = Journal(self._journal, read_only=True)
        try:
            return journal.find()[::-1]
        finally:
            journal.close()
