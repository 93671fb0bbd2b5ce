"""`make test`: every level of tests, one closing summary, and no silent skip."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import odoo
from .browser import chrome
from .core_tests import ALL, NEAREST, run_core_tests
from .counts import Counts, failed_in_junit, failed_in_tap, from_junit, from_tap
from .node import node, node_env
from .odoo_log import error_lines, registered_tours
from .odoo_parts import Part, parts
from .odoo_source import launcher
from .odoo_tests import ODOO_ADDONS, OdooTests, Verdict, run_odoo_tests
from .paths import ROOT, RUN, addons
from .postgres import lease
from .shell import Problem, say
from .venvs import odoo_python, tools_env, tools_python

SUMMARY = RUN / "summary.txt"
#: Each folder is a pytest run of its own, with its own settings; the longest first.
UNITS = (
    *("tests/schedules", "tests/e2e", "gateway/tests", "tests/week", "tests/upgrade"),
    "tests/conformance",
    "simulators/tests",
    # Those of an addon that want no Odoo.
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pos_*/tests_client")),
    "tools/tests",
)
#: Folders whose tests wait so long that they are several runs, and how many.
SHARES = {"gateway/tests": 4}
#: What measures time: alone, at the end.
MEASURED = "tests/bench"
#: How many steps run at once: most of them wait for a browser or a machine more than they work.
LANES = min(8, 2 * (os.cpu_count() or 1))
#: About as long a part of an addon's Odoo tests takes on an idle computer, in seconds.
PART = 200
#: How many lines of a failed step's log are printed.
TROUBLE = 60
NODE_TESTS = ("tests/js/**/*.test.mjs", "tests/js/**/*.test.js")


@dataclass(frozen=True)
class Result:
    """What one step of the suite came to."""

    name: str
    counts: Counts
    ok: bool
    seconds: float
    log: Path
    tours: frozenset[str] = frozenset()
    failed: Sequence[str] = ()

    def __str__(self) -> str:
        tours = f", {self.counts.tours} tours run" if self.counts.tours else ""
        verdict = "ok    " if self.ok else "FAILED"
        return f"  {verdict} {self.name:<32} {self.counts}{tours}  ({self.seconds:.0f} s)"


Step = Callable[[], Result]


def _logged(command: Sequence[str], log: Path, env: Mapping[str, str]) -> int:
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        return subprocess.run(
            list(command),
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def pytest_steps(folder: str) -> list[Step]:
    """Return the steps that together run pytest over a folder; mostly one."""
    number = SHARES.get(folder, 1)
    if number == 1:
        return [pytest_step(folder)]
    # Large and small files to each, so that all take about as long.
    files = sorted((ROOT / folder).rglob("test_*.py"), key=lambda path: -path.stat().st_size)
    names = [path.relative_to(ROOT).as_posix() for path in files]
    return [
        pytest_step(folder, names[index::number], f" {index + 1}/{number}")
        for index in range(number)
    ]


def pytest_step(folder: str, files: Sequence[str] = (), share: str = "") -> Step:
    """Return a step that runs pytest over a folder; a skipped test is a failed step.

    :param files: only these of it, which the summary calls `share`
    """

    def step() -> Result:
        started, name = time.monotonic(), f"pytest {folder}{share}"
        log = odoo.LOGS / f"pytest-{f'{folder}{share}'.replace('/', '-').replace(' ', '-')}.log"
        report = log.with_suffix(".xml")
        report.unlink(missing_ok=True)
        arguments = [
            "-m",
            "pytest",
            *(files or [folder]),
            "-ra",
            "-q",
            "--durations=10",
            f"--junit-xml={report}",
        ]
        code = _logged([str(tools_python()), *arguments], log, tools_env())
        counts = from_junit(report)
        ok = code == 0 and not counts.skipped and counts.passed > 0
        seconds, failed = time.monotonic() - started, failed_in_junit(report)
        return Result(name, counts, ok, seconds, log, failed=failed)

    return step


def node_step() -> Result:
    """Run the unit tests of the framework-free JavaScript, the files being as they are shipped."""
    started, log = time.monotonic(), odoo.LOGS / "node.log"
    files = sorted(str(path) for pattern in NODE_TESTS for path in ROOT.glob(pattern))
    if not files:
        raise Problem("no JavaScript unit test was found")
    loader = "./tests/js/loader.mjs"
    command = [node()[0], f"--import={loader}", "--test", "--test-reporter=tap", *files]
    code = _logged(command, log, node_env())
    output = log.read_text(errors="replace")
    counts, failed = from_tap(output), failed_in_tap(output)
    ok = code == 0 and not counts.skipped and counts.passed > 0
    return Result("node --test", counts, ok, time.monotonic() - started, log, failed=failed)


def _odoo_result(name: str, verdict: Verdict, started: float) -> Result:
    run = verdict.run
    # An objection that is no failed test (an error in the log) counts too.
    failed = len(run.failed) or (0 if verdict.ok else 1)
    counts = Counts(run.passed, failed, len(run.skipped), len(run.tours))
    seconds = time.monotonic() - started
    tours = frozenset(run.tours)
    return Result(name, counts, verdict.ok, seconds, verdict.log, tours, verdict.objections)


def odoo_step(addon: str, part: Part) -> Step:
    """Return a step that runs a part of one addon's Odoo tests and tours in a fresh database."""

    def step() -> Result:
        started = time.monotonic()
        name = f"odoo-{part.name.replace(' ', '-').replace('/', '-of-')}"
        tests = OdooTests([addon], tags=part.tags, name=name)
        return _odoo_result(f"odoo {part.name}", run_odoo_tests(tests), started)

    step.__name__ = f"odoo {part.name}"
    return step


def odoo_steps() -> list[Step]:
    """Return the Odoo tests of all addons in parts, the longest first."""
    folders = [ROOT / name for name in addons()]
    found = []
    for folder in folders:
        whole = parts(folder, 1, folders)[0].weight
        found += [(folder.name, part) for part in parts(folder, -(-whole // PART), folders)]
    return [odoo_step(*pair) for pair in sorted(found, key=lambda pair: -pair[1].weight)]


def unplayed(results: Iterable[Result]) -> list[Result]:
    """Return a failure for each addon with a tour that no test has run."""
    played = {tour for result in results for tour in result.tours}
    failures = []
    for name in addons():
        if missing := sorted(registered_tours(ROOT / name) - played):
            log = odoo.LOGS / f"unplayed-{name}.log"
            log.write_text(f"tours that no test ran: {', '.join(missing)}\n")
            failures.append(Result(f"tours {name}", Counts(failed=len(missing)), False, 0, log))
    return failures


def core_step(tags: str) -> Step:
    """Return a step that runs Odoo's own Point of Sale tests with our addons installed."""

    def step() -> Result:
        started = time.monotonic()
        return _odoo_result("odoo point_of_sale (core)", run_core_tests(tags), started)

    step.__name__ = "odoo core"
    return step


def _said(step: Step) -> Result:
    """Run a step and print how it ended, with what went wrong when it failed."""
    return _say(_attempt(step))


def _say(result: Result) -> Result:
    print(result, flush=True)
    if not result.ok:
        lines = result.log.read_text(errors="replace").splitlines()
        shown = error_lines(lines)[:TROUBLE] or lines[-TROUBLE:]
        print("\n".join(f"      {line}" for line in shown), flush=True)
    return result


def _in_turn(steps: Iterable[Step]) -> list[Result]:
    return [_said(step) for step in steps]


def _attempt(step: Step) -> Result:
    """Run a step; what it could not do is its failure, and the other steps still run."""
    started = time.monotonic()
    try:
        return step()
    except Problem as problem:
        name = getattr(step, "__name__", "step")
        log = odoo.LOGS / f"problem-{name.replace(' ', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"{problem}\n")
        return Result(name, Counts(failed=1), False, time.monotonic() - started, log)


def run_suite() -> bool:
    """Run everything; return whether all is well."""
    started = time.monotonic()
    chrome()
    tools_python()
    odoo_python()
    launcher()
    with lease() as server:
        odoo.ready(server, ODOO_ADDONS)
        first, others = UNITS[:3], UNITS[3:]
        steps = [step for folder in first for step in pytest_steps(folder)]
        steps += odoo_steps()
        steps += [step for folder in others for step in pytest_steps(folder)]
        steps.append(node_step)
        with ThreadPoolExecutor(LANES) as pool:
            results = list(pool.map(_said, steps))
        results += [_say(result) for result in unplayed(results)]
        # Core's tours give each step ten seconds, whatever else the computer has to do.
        results += _in_turn([core_step(NEAREST), pytest_step(MEASURED)])
    return report(results, time.monotonic() - started)


def run_core() -> bool:
    """Run all of Odoo's own Point of Sale tests; return whether all is well."""
    started = time.monotonic()
    return report([_said(core_step(ALL))], time.monotonic() - started)


def report(results: Sequence[Result], seconds: float) -> bool:
    """Print the closing summary and keep it for whoever prints it last."""
    total = sum((result.counts for result in results), Counts())
    ok = all(result.ok for result in results) and not total.failed
    print("\nSummary")
    for result in results:
        print(result)
        print("".join(f"           {name[:200]}\n" for name in result.failed), end="")
    worked = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = worked.ru_utime + worked.ru_stime
    print(
        f"\n{total.tours} tours run in a browser; {seconds:.0f} s in all, "
        f"{processor:.0f} s of processor time"
    )
    say("all is well" if ok else "NOT all is well; the logs are in .run/logs")
    print(total, flush=True)
    SUMMARY.write_text(f"{total.passed} passed, {total.failed} failed\n")
    return ok
