"""What closing a session costs with our addons and without: queries and time, in pairs.

Measured through `odoo shell`, in two databases of its own: ``python -m tests.bench.closing_cost``.
"""

import argparse
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

MARK = "CLOSING_COST "
SIZES = (10, 1_000, 10_000)  # orders, each paid by an operation
REPEATS = 5
RATIO_LIMIT = 1.1


@dataclass(frozen=True)
class Pair:
    """The same closing without the addons and with them, one after the other; seconds."""

    plain_queries: int
    plain_seconds: float
    queries: int
    seconds: float

    @property
    def added(self) -> int:
        return self.queries - self.plain_queries

    @property
    def ratio(self) -> float:
        return self.seconds / self.plain_seconds


def read_pairs(output: str) -> dict[int, list[Pair]]:
    """Find the figures in what `odoo shell` printed; keys: operations of the session.

    :raise ValueError: when the measurement did not reach its end.
    """
    for line in output.splitlines():
        if MARK in line:
            figures = json.loads(line.split(MARK, 1)[1])
            return {int(size): [Pair(*pair) for pair in pairs] for size, pairs in figures.items()}
    raise ValueError(f"no figures from odoo shell:\n{output[-2000:]}")


def measure(sizes: Sequence[int], repeats: int) -> dict[int, list[Pair]]:
    """Close a session of each size, ``repeats`` times with the addons and as often without."""
    script = Path(__file__).with_name("closing_cost_shell.py").read_text(encoding="utf-8")
    plain, ours = (f"smartcash_closing_{name}_{os.getpid()}" for name in ("plain", "ours"))
    script += f"\nmain(env, {plain!r}, {list(sizes)!r}, {repeats!r})\n"
    RUN.mkdir(exist_ok=True)
    with (
        lease() as server,
        odoo.scratch_database(server, plain),
        odoo.scratch_database(server, ours, ours=True),
    ):
        done = subprocess.run(
            odoo.odoo_command("shell", f"--database={ours}", "--no-http", "--log-level=warn"),
            env=odoo.odoo_env(server),
            input=f"exec(compile({script!r}, 'closing_cost_shell', 'exec'), globals())\n",
            capture_output=True,
            text=True,
            cwd=RUN,
            check=False,
        )
    return read_pairs(done.stdout + done.stderr)


def section(measured: Mapping[int, Sequence[Pair]]) -> Section:
    """Turn the figures into the page's section."""
    rows, added = [], {}
    for size, pairs in sorted(measured.items()):
        added[size] = {pair.added for pair in pairs}
        plain = Summary.of([pair.plain_seconds for pair in pairs])
        ours = Summary.of([pair.seconds for pair in pairs])
        rows.append(
            (
                f"{size:,}",
                _numbers({pair.plain_queries for pair in pairs}),
                _numbers({pair.queries for pair in pairs}),
                _numbers(added[size]),
                f"{plain.median:.2f} s",
                f"{ours.median:.2f} s",
            )
        )
    ratio = median([pair.ratio for pair in measured[max(measured)]])
    is_constant = len(set().union(*added.values())) == 1
    return Section(
        "Closing a session",
        "The calls of the closing dialog (what is expected, the count, what was counted, closing), each with cold caches, "
        "called inside Odoo without HTTP, in two databases in turns: cash in a drawer without the addons, and a machine "
        "with them. Each order is paid with one operation, and is booked by Odoo; all is undone before the next turn. "
        f"What counts is the median of {len(measured[max(measured)])} pairs' ratios.",
        [
            Table(
                (
                    "operations",
                    "queries without",
                    "queries with",
                    "added",
                    "time without, median",
                    "time with, median",
                ),
                rows,
            )
        ],
        [
            Verdict(
                "queries added by the addons",
                "the same for all sizes",
                " / ".join(_numbers(added[size]) for size in sorted(added)),
                is_constant,
            ),
            Verdict(
                f"time with {max(measured):,} operations, median of the ratios",
                f"≤ {RATIO_LIMIT:g}×",
                f"{ratio:.2f}×",
                ratio <= RATIO_LIMIT,
            ),
        ],
    )


def _numbers(values: set[int]) -> str:
    least, most = min(values), max(values)
    return f"{least}" if least == most else f"{least} to {most}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.closing_cost", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="operations")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    print(section(measure(options.sizes, options.repeats)).markdown())


if __name__ == "__main__":
    main()
