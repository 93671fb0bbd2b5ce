"""Write ``docs/benchmarks.md``: what was measured, where, how, and whether it meets its aim."""

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.bench.stats import Verdict


@dataclass(frozen=True)
class Table:
    """One table of the page: header cells and rows of text cells."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(
                    f"a row of {len(row)} cells under {len(self.header)} headers: {row}"
                )
        lines = ["| " + " | ".join(self.header) + " |", "|" + " --- |" * len(self.header)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)


@dataclass(frozen=True)
class Section:
    """One measurement: what it means, its tables, its aims."""

    title: str
    text: str
    tables: Sequence[Table]
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = field(default=())

    def markdown(self) -> str:
        parts = [f"## {self.title}", self.text, *(table.markdown() for table in self.tables)]
        if self.verdicts:
            parts.append(
                Table(
                    ("aim", "wanted", "measured", "verdict"),
                    [
                        (verdict.what, verdict.aim, verdict.measured, verdict.word)
                        for verdict in self.verdicts
                    ],
                ).markdown()
            )
        parts += self.notes
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Load:
    """CPU load of the whole machine (all cores), per cent, while nothing of ours ran."""

    percent: float

    @classmethod
    def measure(cls, seconds: float) -> "Load":
        return cls(psutil.cpu_percent(interval=seconds))


def machine_description(chromium_version: str, foreign_load: Load) -> str:
    """Describe the machine without naming it."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}, Chromium {chromium_version} (headless); "
        f"other programs used {foreign_load.percent:.0f} % of the CPU before the run"
    )


def write(
    path: Path, *, command: str, machine: str, sections: Sequence[Section], quick: bool
) -> None:
    """Write the page; a quick run says that its figures mean nothing."""
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    parts = [
        "# Benchmarks",
        f"Written by `{command}` on {date}. Do not edit: run it again.",
        f"Machine: {machine}.",
    ]
    if quick:
        parts.append(
            "**Quick run**: too few repetitions; it shows that the benchmarks work, not how fast anything is."
        )
    parts += [section.markdown() for section in sections]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
