"""An Odoo with the addons of an older version, upgraded to this repository's; talked to by its shell."""

import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tools.stack import odoo
from tools.stack.odoo_source import addons_folders
from tools.stack.paths import addons
from tools.stack.postgres import Server

HERE = Path(__file__).parent
PATIENCE = 600  # seconds; an installation on a busy computer
ANSWER = "ANSWER "
#: Before each script; on one line, so that a traceback names the script's own lines.
ANSWERING = f"def answer(value): import json; print({ANSWER!r} + json.dumps(value, default=str))\n"


class UpgradedShop:
    """One database. :attr:`old` is the folder with the addons that it was made with."""

    def __init__(self, server: Server, database: str, old: Path) -> None:
        self._server = server
        self._database = database
        self.old = old
        self.log = odoo.LOGS / "upgrade.log"

    def make(self, version: str) -> None:
        """Install the addons of a version, and play ``old_shop.py`` with them."""
        with tarfile.open(HERE / f"addons-{version}.tar.xz") as archive:
            archive.extractall(self.old, filter="data")
        self._run(f"--init={','.join(addons())}", "--without-demo=all", path=self.old)
        self.shell((HERE / "old_shop.py").read_text(), path=self.old)

    def upgrade(self) -> None:
        """What an integrator does: the new addons, and ``-u`` for all of them."""
        self._run(f"--update={','.join(addons())}")

    def shell(self, script: str, path: Path | None = None) -> Any:
        """Run a script in `odoo shell`.

        :returns: what the script has given to ``answer(…)``; None without
        """
        output = self._call(
            "shell", "--no-http", "--max-cron-threads=0", path=path, given=ANSWERING + script
        )
        answers = [line for line in output.splitlines() if line.startswith(ANSWER)]
        return json.loads(answers[-1].removeprefix(ANSWER)) if answers else None

    def _run(self, *arguments: str, path: Path | None = None) -> None:
        self._call(None, *arguments, "--stop-after-init", "--no-http", path=path)
        wrong = [line for line in self._lines() if " ERROR " in line or " CRITICAL " in line]
        assert not wrong, "\n".join(wrong[:20])

    def _lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()

    def _call(
        self, subcommand: str | None, *arguments: str, path: Path | None, given: str = ""
    ) -> str:
        folders = [str(folder) for folder in addons_folders()]
        if path:
            arguments = (*arguments, f"--addons-path={','.join([str(path), *folders])}")
        self.log.unlink(missing_ok=True)
        command = odoo.odoo_command(
            subcommand, f"--database={self._database}", *arguments, f"--logfile={self.log}"
        )
        done = subprocess.run(
            command,
            env={**odoo.odoo_env(self._server), "TZ": "UTC"},
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=os.fspath(odoo.LOGS),
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert not done.returncode, done.stdout[-4000:] + "\n".join(self._lines()[-40:])
        return done.stdout
