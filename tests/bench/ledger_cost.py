"""What a sale costs the server, and that it costs the same in a ledger of a million rows.

Measured in a database of its own, through `odoo shell`.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.report import Section, Table
from tests.bench.stats import Summary, Verdict, median
from tools.stack import odoo
from tools.stack.paths import RUN
from tools.stack.postgres import lease

MARK = "LEDGER_COST "
QUERY_LIMIT = 25
RATIO_LIMIT = 1.2


@dataclass(frozen=True)
class Cost:
    """One sale's register and report, with their commits."""

    queries: int
    seconds: float


def read_costs(output: str) -> dict[int, list[Cost]]:
    """Find the figures in what `odoo shell` printed; keys: rows of the ledger.

    :raise ValueError: when the measurement did not reach its end.
    """
    for line in output.splitlines():
        if MARK in line:
            figures = json.loads(line.split(MARK, 1)[1])
            return {int(rows): [Cost(*cost) for cost in costs] for rows, costs in figures.items()}
    raise ValueError(f"no figures from odoo shell:\n{output[-2000:]}")


def measure(sizes: Sequence[int], sales: int) -> dict[int, list[Cost]]:
    """Fill a ledger to each size and sell; in one run, on one database."""
    script = (Path(__file__).with_name("ledger_cost_shell.py")).read_text(encoding="utf-8")
    script += f"\nmain(env, {list(sizes)!r}, {sales!r})\n"
    RUN.mkdir(exist_ok=True)
    with (
        lease() as server,
        odoo.scratch_database(server, f"smartcash_ledger_{os.getpid()}", ours=True) as name,
    ):
        done = subprocess.run(
            odoo.odoo_command("shell", f"--database={name}", "--no-http", "--log-level=warn"),
            env=odoo.odoo_env(server),
            input=f"exec(compile({script!r}, 'ledger_cost_shell', 'exec'), globals())\n",
            capture_output=True,
            text=True,
            cwd=RUN,
            check=False,
        )
    return read_costs(done.stdout + done.stderr)


def section(measured: Mapping[int, Sequence[Cost]]) -> Section:
    """Turn the figures into the page's section."""
    rows, times, verdicts = [], {}, []
    for size, costs in sorted(measured.items()):
        summary = Summary.of([cost.seconds for cost in costs])
        queries = max(cost.queries for cost in costs)
        times[size] = summary.median
        rows.append(
            (
                f"{size:,}",
                str(summary.count),
                str(queries),
                f"{1000 * summary.median:.1f} ms",
                f"{1000 * summary.p95:.1f} ms",
            )
        )
        verdicts.append(
            Verdict(
                f"queries at {size:,} rows",
                f"≤ {QUERY_LIMIT}",
                str(queries),
                queries <= QUERY_LIMIT,
            )
        )
    small, large = min(measured), max(measured)
    ratio = times[large] / times[small]
    verdicts.append(
        Verdict(
            f"median time, {large:,} to {small:,} rows",
            f"≤ {RATIO_LIMIT:g}×",
            f"{ratio:.2f}×",
            ratio <= RATIO_LIMIT,
        )
    )
    each = [median([cost.queries for cost in measured[size]]) for size in (small, large)]
    verdicts.append(
        Verdict(
            "median queries, large to small ledger",
            "the same",
            f"{each[1]:g} to {each[0]:g}",
            each[0] == each[1],
        )
    )
    return Section(
        "Cost of the ledger",
        "Queries and time of the two calls that a sale makes to the ledger (register, and the report with the gateway's "
        "signature), each with cold caches and its own commit, called inside Odoo without HTTP. The ledger holds that "
        "many ended sales of the same device and session, with two events each. Both sizes in one run, one database.",
        [Table(("rows in the ledger", "sales", "queries, most", "median", "p95"), rows)],
        verdicts,
    )
