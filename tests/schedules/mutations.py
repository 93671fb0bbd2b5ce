"""Do the schedules notice? Breaks one thing at a time in a copy of the repository and plays them.

    python3 tools/smartcash.py python -m tests.schedules.mutations [part of a name …]

Every mutation has to make some schedule break a promise, within the default number of schedules; by
hand only, as each takes a minute.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tools.stack import postgres
from tools.stack.paths import ROOT
from tools.stack.venvs import odoo_python, tools_python

SHARED = (".venv", ".run")
LEFT_OUT = (".git", "node_modules", "docs", "__pycache__", *SHARED)
RUNNER = "pos_smartcash_terminal/static/src/app/operation_runner.js"
LEDGER_CLIENT = "pos_smartcash_terminal/static/src/app/ledger.js"
PROGRESS = "pos_smartcash_terminal/static/src/app/progress.js"
OUTBOX = "pos_smartcash_terminal/static/src/app/outbox.js"
REPORT = "pos_smartcash_terminal/models/smartcash_operation_report.py"
REGISTER = "pos_smartcash_terminal/models/smartcash_operation_ledger.py"
FLOWS = "gateway/smartcash_gateway/flows.py"
RECOVERY = "gateway/smartcash_gateway/recovery.py"
#: A schedule that broke a promise, and not a part that broke down by itself.
BROKEN = re.compile(r"^E +AssertionError: seed (\d+):\n((?:E .*\n)+)", re.MULTILINE)
BROKE_DOWN = ("Traceback", "the shop broke down")


class Edit(NamedTuple):
    """``old``, which has to be in the file once, becomes ``new``."""

    path: str
    old: str
    new: str

    def apply(self, tree: Path) -> None:
        file = tree / self.path
        text = file.read_text()
        if text.count(self.old) != 1:
            raise SystemExit(f"{self.path} does not have once any more:\n{self.old}")
        file.write_text(text.replace(self.old, self.new))


MUTATIONS = {
    "a start without an answer is sent again": [
        Edit(
            RUNNER,
            "                run.watch.watch(true);\n                return;",
            "                await this._driver.start(op).catch(() => {});\n"
            "                run.watch.watch(true);\n                return;",
        )
    ],
    "a cancelled operation is not reported": [
        Edit(
            RUNNER,
            "        if (!this._serverKnows(run)) {\n            this._ledger.reportLater(",
            "        if (!this._serverKnows(run) && !run.cancelWanted) {\n"
            "            this._ledger.reportLater(",
        )
    ],
    "a letter that Odoo does not answer is thrown away": [
        Edit(
            OUTBOX,
            "                if (error instanceof LedgerUnreachable) {\n",
            "                if (error instanceof LedgerUnreachable) {\n"
            "                    this._store.remove(letter.id);\n",
        )
    ],
    "the payment line keeps what was handed over": [
        Edit(
            PROGRESS,
            "lineAmount(progress) - (handedOver ? progress.undispensed : 0)",
            "lineAmount(progress)",
        )
    ],
    "handed-over money is booked by every screen that asked for it": [
        Edit(
            LEDGER_CLIENT,
            "uuid: byHandUuid(parent.uuid), kind",
            "uuid: crypto.randomUUID(), kind",
        ),
        Edit(REGISTER, "if parent._is_ended() and wish.amount > owed:", "if wish.amount < 0:"),
    ],
    "the ledger adds up what it is told": [
        Edit(
            REPORT,
            '"amount_in": self._major(said.amount_in),',
            '"amount_in": self.amount_in + self._major(said.amount_in),',
        )
    ],
    "the ledger forgets what was given out": [
        Edit(REPORT, '"amount_out": self._major(said.amount_out),', '"amount_out": 0.0,')
    ],
    "the gateway forgets the change that it gave": [
        Edit(FLOWS, "amount_in=total, amount_out=given, undis", "amount_in=total, undis")
    ],
    "the gateway does not say what it could not give out": [
        Edit(
            FLOWS, "amount_out=given, undispensed=missing)\n\n\n# --", "amount_out=give)\n\n\n# --"
        )
    ],
    "a cancelled sale counts as nothing moved": [
        Edit(
            FLOWS,
            "    if total is None:\n        await recover(run)\n",
            "    if ending is _Ending.CANCEL:\n        run.end(State.CANCELLED)\n"
            "    elif total is None:\n        await recover(run)\n",
        )
    ],
    "a payout without an answer is sent again": [
        Edit(
            FLOWS,
            "        except (DeviceBusy, DeviceOffline) as error:\n"
            "            if loop.time() > deadline:\n                return Payout",
            "        except (DeviceBusy, DeviceOffline, DeviceLost) as error:\n"
            "            if loop.time() > deadline:\n                return Payout",
        )
    ],
    "the count before an operation is taken for the count after it": [
        Edit(
            RECOVERY,
            "net = inventory.total - op.before\n    verdict",
            "net = op.before - inventory.total\n    verdict",
        )
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help="of the mutations' names")
    options = parser.parse_args()
    chosen = [name for name in MUTATIONS if all(part in name for part in options.parts)]
    noticed = 0
    with postgres.lease() as server:
        for name in chosen:
            began = time.monotonic()
            how = _play(MUTATIONS[name], server.env())
            noticed += bool(how)
            took = time.monotonic() - began
            print(f"{name}: {how or 'NOT NOTICED'} ({took:.0f} s)", flush=True)
    print(f"{noticed} of {len(chosen)} noticed")
    sys.exit(0 if noticed == len(chosen) else 1)


def _play(edits: list[Edit], database: dict[str, str]) -> str:
    """The seed and the first promise that was broken; empty when all were kept."""
    with tempfile.TemporaryDirectory(prefix="smartcash-mutation-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        for name in SHARED:
            (tree / name).symlink_to(ROOT / name)
        for edit in edits:
            edit.apply(tree)
        done = subprocess.run(
            [str(tools_python()), "-m", "pytest", "tests/schedules", "-x", "-q", "--tb=short"],
            cwd=tree,
            env={
                **os.environ,
                **database,
                # The environments are the repository's own; what they import is the copy.
                "ODOO_PYTHON": str(odoo_python()),
                "TOOLS_PYTHON": str(tools_python()),
                "PYTHONPATH": os.pathsep.join(
                    str(path) for path in (tree, tree / "gateway", tree / "simulators")
                ),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode == 0:
        return ""
    broken = BROKEN.search(done.stdout)
    if not broken or any(word in broken[2].splitlines()[0] for word in BROKE_DOWN):
        raise SystemExit(f"nothing was played:\n{done.stdout[-5000:]}{done.stderr}")
    first = broken[2].splitlines()[0].removeprefix("E").strip()
    return f"seed {broken[1]}: {first[:160]}"


if __name__ == "__main__":
    main()
