"""Do the weeks notice? Breaks one thing at a time in a copy of the addons and plays weeks with it.

    python3 tools/smartcash.py python -m tests.week.mutations [part of a name …]

Every mutation has to make some week break a promise, within the weeks that the tests play. By hand only.
"""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.schedules.mutations import LEFT_OUT, SHARED, Edit
from tests.schedules.odoo_ledger import Ledger, LedgerLine, ledger_database, odoo_ledger
from tests.week.play import play
from tests.week.shop import prepare
from tests.week.test_week import LANES, SEEDS
from tools.stack.paths import ROOT

SESSION = "pos_smartcash_terminal/models/session/pos_session_cash.py"
MACHINES = "pos_smartcash_terminal/models/session/pos_session_machines.py"
COUNT = "pos_smartcash_terminal/models/session/smartcash_count.py"
LATE = "pos_smartcash_terminal/models/session/pos_session_late.py"
ORDER_BOOKS = "pos_smartcash_terminal/models/pos/pos_order_books.py"
MOVE = "pos_smartcash_terminal/models/pos/account_move.py"
BOOKING = "pos_smartcash_terminal/models/operation/booking.py"
MUTATIONS = {
    "a difference is booked by each session on the machine": Edit(
        COUNT, 'if books["shared_with"]:', "if False:"
    ),
    "a difference of a shared machine is booked by nobody": Edit(
        COUNT, 'return total - books["others"], 0', 'return books["expected"], 0'
    ),
    "the part of the other point of sale is forgotten": Edit(
        COUNT, 'return total - books["others"], 0', "return total, 0"
    ),
    "a count is as good when the other session has been closed": Edit(
        SESSION, "if count.deferred and not self", "if False and not self"
    ),
    "two sessions close at the same moment": Edit(
        SESSION, "self._smartcash_machines()._lock_rows()", "self._smartcash_machines()"
    ),
    "a count is as good when money has moved since": Edit(
        SESSION, "        if later:\n", "        if later and not later:\n"
    ),
    "cash by hand is looked for in the machine": Edit(
        MACHINES,
        'if evidence == "manual":\n                hand +=',
        "if False:\n                hand +=",
    ),
    "hand cash of the night before is forgotten": Edit(
        MACHINES,
        "return _parts(counts)\n        # The first",
        "return _parts(counts)[0], 0\n        # The first",
    ),
    "what moved in and out is booked when the till asks": Edit(
        BOOKING,
        "        root = self.parent_id or self\n        if root.kind not in CASH_MOVES",
        "        root = self.parent_id or self\n        if True or root.kind not in CASH_MOVES",
    ),
    "a cash move is booked with what was asked for": Edit(
        BOOKING,
        "                    missing, booked._direction(missing),",
        '                    root._minor("amount"), booked._direction(missing),',
    ),
    "the cash of late orders is carried into no session": Edit(
        LATE,
        "                    session.cash_register_balance_end - session.cash_register_balance_start\n",
        "                    0.0\n",
    ),
    "a session begins with the balance of the session of late orders before it": Edit(
        LATE,
        '                ("rescue", "=", False),\n                ("state", "=", "closed"),',
        '                ("state", "=", "closed"),',
    ),
    "a cancelled order asks nobody": Edit(
        ORDER_BOOKS,
        'if was_cancelled or vals.get("state") == "cancel":',
        'if False and vals.get("state") == "cancel":',
    ),
    "an entry that is reset asks nobody": Edit(
        MOVE, 'if not {"state", "journal_id"}.isdisjoint(vals):', "if False:"
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help="of the mutations' names")
    options = parser.parse_args()
    chosen = [name for name in MUTATIONS if all(part in name for part in options.parts)]
    noticed = 0
    with ledger_database("week_mutations") as database:
        with odoo_ledger(database, 0, log="week-mutations.log") as ledger:
            prepare(LedgerLine(Ledger.from_json(ledger).port))
        with ThreadPoolExecutor(LANES) as pool:
            played = {
                pool.submit(_play, database, number, MUTATIONS[name]): name
                for number, name in enumerate(chosen)
            }
            for future in as_completed(played):
                how = future.result()
                noticed += bool(how)
                print(f"{played[future]}: {how or 'NOT NOTICED'}", flush=True)
    print(f"{noticed} of {len(chosen)} noticed")
    sys.exit(0 if noticed == len(chosen) else 1)


def _play(database: str, number: int, edit: Edit) -> str:
    """Which week broke what promise first; empty when all were kept."""
    with tempfile.TemporaryDirectory(prefix="smartcash-mutation-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        for shared in SHARED:
            (tree / shared).symlink_to(ROOT / shared)
        edit.apply(tree)
        log = f"week-mutation-{number}.log"
        with odoo_ledger(database, 0, root=tree, log=log) as ledger:
            for seed in SEEDS:
                try:
                    play(Ledger.from_json(ledger).port, seed)
                except AssertionError as error:
                    return f"week {seed}: {str(error).splitlines()[0][:160]}"
    return ""


if __name__ == "__main__":
    main()
