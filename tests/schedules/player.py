"""A shop in a process of its own; see ``worker.py``."""

import json
import os
import subprocess
from pathlib import Path

from tools.stack import odoo
from tools.stack.paths import ROOT
from tools.stack.venvs import tools_python

PER_SEED = 25
DEFAULT = 400  # schedules, as many as a run of the tests plays
STOP_TIMEOUT = 30.0  # seconds


class Player:
    """A shop in a process of its own, which plays one seed after the other."""

    def __init__(self, shop: int, ledger: str, *, root: Path = ROOT, log: str) -> None:
        # Before what is installed: that is always this repository.
        folders = (root, root / "gateway", root / "simulators")
        self._playing = False
        self._log = open(odoo.LOGS / log, "wb")  # noqa: SIM115 - lives as long as the process; close() closes it
        self._process = subprocess.Popen(
            [
                *(str(tools_python()), "-m", "tests.schedules.worker"),
                *(f"--shop={shop}", f"--ledger={ledger}"),
            ],
            cwd=root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def play(self, seed: int) -> dict:
        self._playing = True
        self._process.stdin.write(json.dumps({"seed": seed, "count": PER_SEED}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the shop broke down at seed {seed}, see {self._log.name}")
        self._playing = False
        return json.loads(line)

    def close(self) -> None:
        if self._playing:
            self._process.terminate()
        self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()
