"""Do the schedules notice? Breaks one thing at a time in a copy of the repository and plays them.

    python3 tools/smartcash.py python -m tests.schedules.mutations [part of a name …]

Every mutation has to make some schedule break a promise, within the number of schedules that the tests
play. By hand only.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from tests.schedules.odoo_ledger import ledger_database, odoo_ledger
from tests.schedules.player import DEFAULT, PER_SEED, Player
from tools.stack.paths import ROOT

SHARED = (".venv", ".run")
LEFT_OUT = (".git", "node_modules", "docs", "__pycache__", *SHARED)
RUNNER = "pos_smartcash_terminal/static/src/app/operation/runner.js"
LEDGER_CLIENT = "pos_smartcash_terminal/static/src/app/ledger/ledger.js"
PROGRESS = "pos_smartcash_terminal/static/src/app/common/progress.js"
OUTBOX = "pos_smartcash_terminal/static/src/app/ledger/outbox.js"
REGISTRY = "pos_smartcash_terminal/static/src/app/operation/registry.js"
ORDER = "pos_smartcash_terminal/models/pos/pos_order.py"
ORDER_BOOKS = "pos_smartcash_terminal/models/pos/pos_order_books.py"
PAYMENT = "pos_smartcash_terminal/models/pos/pos_payment.py"
PAYMENT_SOURCE = "pos_smartcash_terminal/models/pos/pos_payment_source.py"
MOVE = "pos_smartcash_terminal/models/pos/account_move.py"
REPORT = "pos_smartcash_terminal/models/operation/progress.py"
REGISTER = "pos_smartcash_terminal/models/operation/register.py"
FLOWS = "gateway/smartcash_gateway/operations/flows.py"
PAYOUT = "gateway/smartcash_gateway/operations/payout.py"
RECOVERY = "gateway/smartcash_gateway/operations/recovery.py"


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
            "        if (!this._serverKnows(run)) {\n            this._report(",
            "        if (!this._serverKnows(run) && !run.cancelWanted) {\n            this._report(",
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
            "    if ending is _Ending.CANCEL:\n        await run.end(State.CANCELLED)\n"
            "    elif total is None:\n        await recover(run)\n",
        )
    ],
    "a payout without an answer is sent again": [
        Edit(
            PAYOUT, "import DeviceBusy, DeviceError,", "import DeviceBusy, DeviceError, DeviceLost,"
        ),
        Edit(
            PAYOUT,
            "        except (DeviceBusy, DeviceOffline) as error:\n            run.kept_waiting",
            "        except (DeviceBusy, DeviceOffline, DeviceLost) as error:\n            run.kept_waiting",
        ),
    ],
    "the count before an operation is taken for the count after it": [
        Edit(
            RECOVERY,
            "Finding(inventory.total - run.before,",
            "Finding(run.before - inventory.total,",
        )
    ],
    "an operation is looked for at the machine of whoever is logged in": [
        Edit(
            REGISTRY,
            "return device ? this._devices().find(({ id }) => id === device.id) || device : null;",
            "return device ? this._devices()[0] : null;",
        )
    ],
    "a payment goes with its table's order, and nobody is asked": [
        Edit(
            PAYMENT,
            '        self.env["smartcash.operation"]._unmatch_payments(self)\n        return super().unlink()',
            "        return super().unlink()",
        )
    ],
    "an older copy of a table's order takes its payment off it": [
        Edit(
            ORDER,
            "        if draft:\n            pos_order[",
            "        if False:\n            pos_order[",
        ),
        Edit(ORDER, "_match_uuids([*before, *after])", "_match_uuids(after)"),
        Edit(
            PAYMENT,
            '        self.env["smartcash.operation"]._unmatch_payments(self)\n        return super().unlink()',
            "        return super().unlink()",
        ),
    ],
    "what comes after the session's closing is refused": [
        Edit(
            REGISTER,
            "        if not wish.late:\n            return",
            "        if True:\n            return",
        )
    ],
    "a payment made in the back end is booked": [
        Edit(
            PAYMENT_SOURCE,
            "        if not ours:\n            return",
            "        if True:\n            return",
        )
    ],
    "a cancelled order still counts": [
        Edit(
            ORDER_BOOKS,
            'if was_cancelled or vals.get("state") == "cancel":',
            'if False and vals.get("state") == "cancel":',
        )
    ],
    "an entry that is reset still counts": [
        Edit(MOVE, 'if not {"state", "journal_id"}.isdisjoint(vals):', "if False:")
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help="of the mutations' names")
    options = parser.parse_args()
    chosen = [name for name in MUTATIONS if all(part in name for part in options.parts)]
    noticed = 0
    with (
        ledger_database("mutations") as database,
        odoo_ledger(database, len(chosen), log="mutations-ledger.log") as ledger,
        ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool,
    ):
        shops = json.loads(ledger)
        played = {
            pool.submit(_play, name, database, shops, shop): name
            for shop, name in enumerate(chosen)
        }
        for future in as_completed(played):
            how = future.result()
            noticed += bool(how)
            print(f"{played[future]}: {how or 'NOT NOTICED'}", flush=True)
    print(f"{noticed} of {len(chosen)} noticed")
    sys.exit(0 if noticed == len(chosen) else 1)


def _play(name: str, database: str, shops: dict, shop: int) -> str:
    """After how many schedules which promise was broken; empty when all were kept."""
    log = re.sub(r"\W+", "-", f"mutation {name}")
    with tempfile.TemporaryDirectory(prefix="smartcash-mutation-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        for shared in SHARED:
            (tree / shared).symlink_to(ROOT / shared)
        for edit in MUTATIONS[name]:
            edit.apply(tree)
        with odoo_ledger(database, 0, root=tree, log=f"{log}-ledger.log") as ledger:
            there = json.dumps({**shops, "port": json.loads(ledger)["port"]})
            player = Player(shop, there, root=tree, log=f"{log}.log")
            try:
                return _first_failure(player)
            finally:
                player.close()


def _first_failure(player: Player) -> str:
    schedules = 0
    for seed in range(1, DEFAULT // PER_SEED + 1):
        result = player.play(seed)
        schedules += result["counts"].get("schedules", 0)
        if result["failure"]:
            first = result["failure"].splitlines()[0]
            if "Traceback" in first:  # of one exception, or of a group
                raise SystemExit(f"nothing was played:\n{result['failure']}")
            return f"schedule {schedules + 1} (seed {seed}): {first[:160]}"
    return ""


if __name__ == "__main__":
    main()
