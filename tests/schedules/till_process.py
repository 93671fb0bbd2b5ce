"""The browsers of one shop, in a Node process of their own; see ``till/main.mjs``."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tools.stack.node import node, node_env
from tools.stack.paths import ROOT

STOP_TIMEOUT = 5.0  # seconds


class TillProcess:
    """Gives commands to the browsers, one line each."""

    def __init__(self, log: Path) -> None:
        self._log = open(log, "wb")  # noqa: SIM115 - lives as long as the process
        here = "tests/schedules/till/main.mjs"
        self._process = subprocess.Popen(
            [node()[0], "--import=./tests/js/loader.mjs", here],
            cwd=ROOT,
            env=node_env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __call__(self, command: str, **values: object) -> Any:
        try:
            self._process.stdin.write(json.dumps({"command": command, **values}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            said = Path(self._log.name).read_text()[-3000:]
            raise AssertionError(f"the page's JavaScript broke down at {command!r}:\n{said}")
        return json.loads(line)["result"]

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()
