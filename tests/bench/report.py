"""Write ``docs/benchmarks.md``: what was measured, where, how, and whether it meets its aim."""

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from tests.bench.stats import Verdict

HEADING = "## "
TRIALS = (
    "Simulated devices, Odoo, PostgreSQL and browser run on this one computer. Each table is one run, with all of its "
    "samples after the warm-up; no run was chosen among several."
)
QUICK_RUN = "**Quick run**: too few repetitions; it shows that the benchmarks work, not how fast anything is."


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
        parts = [HEADING + self.title, self.text, *(table.markdown() for table in self.tables)]
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


class Page:
    """The page at ``path``, with what was measured on ``machine``."""

    def __init__(self, path: Path, machine: str, *, quick: bool) -> None:
        self._path = path
        self._machine = machine
        self._quick = quick

    def write(self, sections: Sequence[Section], command: str) -> None:
        """Write it anew; a quick run says that its figures mean nothing."""
        head = [
            "# Benchmarks",
            f"Written by `{command}` on {_today()}. Do not edit: run it again.",
            f"Machine: {self._machine}.",
            TRIALS,
            *([QUICK_RUN] if self._quick else []),
        ]
        self._save("\n\n".join(head), {section.title: section.markdown() for section in sections})

    def replace(self, sections: Sequence[Section], command: str) -> None:
        """Replace these sections and keep the others; each says that it comes from a run of its own."""
        if not self._path.exists():
            self.write(sections, command)
            return
        note = f"*By `{command}` on {_today()}: {self._machine}.*"
        text = self._path.read_text(encoding="utf-8").rstrip("\n")
        head, *kept = text.split(f"\n\n{HEADING}")
        page = {section.split("\n", 1)[0]: HEADING + section for section in kept}
        for section in sections:
            notes = (*section.notes, note, *([QUICK_RUN] if self._quick else []))
            page[section.title] = replace(section, notes=notes).markdown()
        self._save(head, page)

    def _save(self, head: str, sections: Mapping[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("\n\n".join([head, *sections.values()]) + "\n", encoding="utf-8")


def _today() -> str:
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
