"""Run the Odoo tests and tours of addons, and refuse a green that tested nothing."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import odoo
from .browser import chrome
from .odoo_log import OdooRun, read_log, registered_tours
from .paths import ROOT, RUN, addons
from .postgres import lease
from .shell import Problem, free_port, say

#: Seconds without a line in the log after which a run counts as hung; a tour has 60 s at most.
SILENCE = 240
#: Odoo's own addons in the database of the tests.
ODOO_ADDONS = (*odoo.POINT_OF_SALE, *odoo.NEIGHBOURS)
_runs = itertools.count(1)


@dataclass(frozen=True)
class OdooTests:
    """One run: whose tests are taken, and which of them.

    `tags` is Odoo's --test-tags; empty means all tests of the addons, and then every tour that the
    addons register has to run. `core` allows skips that have nothing to do with the browser.
    `update` names modules that are updated first, for tests that run only then ("at_install").
    """

    modules: Sequence[str]
    tags: str = ""
    keep: bool = False
    core: bool = False
    update: Sequence[str] = ()
    name: str = ""


@dataclass(frozen=True)
class Verdict:
    """The run, and every reason why it does not count as passed."""

    run: OdooRun
    objections: Sequence[str]
    log: Path

    @property
    def ok(self) -> bool:
        """Whether all ran and all passed."""
        return not self.objections


def judge(run: OdooRun, exit_code: int, tests: OdooTests, expected_tours: set[str]) -> list[str]:
    """Return the reasons why a run is not a success; none means it is one."""
    objections = [f"failed: {test}" for test in run.failed]
    objections += [
        f"skipped: {skip.test} ({skip.reason})"
        for skip in run.skipped
        if skip.of_browser or not tests.core
    ]
    if not run.failed:
        objections += [f"error in the log: {error}" for error in run.errors]
    if exit_code and not objections:
        objections.append(f"Odoo ended with exit code {exit_code}")
    if not run.finished:
        objections.append("the log holds no closing line: Odoo did not reach the end of the tests")
    if not run.started:
        objections.append("not a single test ran: check --modules and --tags")
    if missing := sorted(expected_tours - set(run.tours)):
        objections.append(f"tours that no test ran: {', '.join(missing)}")
    return objections


def run_odoo_tests(tests: OdooTests) -> Verdict:
    """Run tests in a fresh database, which has all of our addons unless none is named.

    Odoo's addons for restaurants and for employees are in it: they change orders behind our back.
    """
    chrome()
    here = set(addons())
    unknown = set(tests.modules) - here - set(ODOO_ADDONS)
    if unknown:
        raise Problem(f"no such addon here: {', '.join(sorted(unknown))}")
    name = tests.name or f"odoo-{'-'.join(tests.modules)}"[:60]
    # Several run at once in one process, and in several processes on one PostgreSQL.
    database = f"smartcash_test_{os.getpid()}_{next(_runs)}"
    log = odoo.LOGS / f"{name}-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    ours = bool(here.intersection(tests.modules))
    with (
        lease() as server,
        odoo.scratch_database(server, database, ours=ours, keep=tests.keep, modules=ODOO_ADDONS),
    ):
        command = odoo.odoo_command(
            None,
            f"--database={database}",
            *([f"--update={','.join(tests.update)}"] if tests.update else []),
            f"--test-tags={tests.tags or ','.join(f'/{module}' for module in tests.modules)}",
            "--stop-after-init",
            f"--http-port={free_port()}",
            "--http-interface=127.0.0.1",
            "--max-cron-threads=0",
            f"--screenshots={RUN / 'screenshots'}",
            f"--logfile={log}",
        )
        code = _run_watched(command, odoo.odoo_env(server), log)
    with open(log, encoding="utf-8", errors="replace") as lines:
        run = read_log(lines)
    expected: set[str] = set()
    if not tests.tags:
        for module in here.intersection(tests.modules):
            expected |= registered_tours(ROOT / module)
    verdict = Verdict(run, judge(run, code, tests, expected), log)
    _report(name, verdict, time.monotonic() - started)
    return verdict


def _run_watched(command: Sequence[str], env: Mapping[str, str], log: Path) -> int:
    """Run Odoo; end it when its log stands still, for it would wait for ever.

    (A request that outlives its tour can keep the test's database cursor locked.)
    """
    process = subprocess.Popen(
        list(command), env=dict(env), stdin=subprocess.DEVNULL, cwd=RUN, start_new_session=True
    )
    try:
        while True:
            try:
                return process.wait(5)
            except subprocess.TimeoutExpired:
                quiet = time.time() - log.stat().st_mtime if log.exists() else 0
                if quiet > SILENCE:
                    raise Problem(
                        f"Odoo said nothing for {quiet:.0f} s and was ended; log {log}"
                    ) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # with its browser
            process.wait()


def _report(name: str, verdict: Verdict, seconds: float) -> None:
    run = verdict.run
    for objection in verdict.objections:
        say(f"{name}: {objection}")
    say(
        f"{name}: {run.passed} passed, {len(run.failed)} failed, {len(run.skipped)} skipped, "
        f"{len(run.tours)} tours run ({len(set(run.tours))} different), {seconds:.0f} s; log {verdict.log}"
    )
