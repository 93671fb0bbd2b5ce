"""Runs tests against a copy of the work tree from which fixes are missing, one at a time.

What the browser loads is changed between the tests of one run, for a database with the addons costs
more than a test. Python that Odoo has loaded is not: those mutants have a run each.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.stack.node import node
from tools.stack.odoo import DATA
from tools.stack.odoo_log import read_log
from tools.stack.paths import ROOT, RUN
from tools.stack.postgres import lease
from tools.stack.venvs import odoo_python, tools_python

LOGS = RUN / "logs" / "mutations"
ODOO_LOG = re.compile(rb"; log (\S+)\s*$")
#: An Odoo test that is run once more, with one fix taken away while its class lives.
AGAIN = """

@tagged("post_install", "-at_install", "smartcash_tour")
class {name}({base}):
    @classmethod
    def setUpClass(cls):
        file = Path({file!r})
        whole = file.read_text()
        cls.addClassCleanup(file.write_text, whole)
        file.write_text(whole.replace({old!r}, {new!r}))
        super().setUpClass()
        cls.registry.clear_all_caches()
"""

Verdicts = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Mutant:
    """A fix that is taken away.

    ``test`` is what must fail then: ``odoo addon:Class.method``, ``e2e file.py::name`` or
    ``js file.test.mjs::name``.
    """

    name: str
    trap: str
    file: str
    old: str
    new: str
    test: str

    @property
    def kind(self) -> str:
        return self.test.split()[0]

    @property
    def target(self) -> str:
        return self.test.split(maxsplit=1)[1]

    @property
    def class_name(self) -> str:
        """Of the Odoo test that runs with this mutant."""
        return "Mutant" + self.name.title().replace("_", "")

    @contextlib.contextmanager
    def applied(self, copy: Path) -> Iterator[None]:
        """The copy has the mutant while the block runs."""
        file = copy / self.file
        whole = file.read_text()
        file.write_text(whole.replace(self.old, self.new))
        try:
            yield
        finally:
            file.write_text(whole)


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """Have a copy of what is in the work tree, the versioned and the new."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tempfile.TemporaryDirectory(prefix="smartcash-mutants-") as folder:
        for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
            source, target = ROOT / name, Path(folder) / name
            if source.is_file():  # others may be removing it
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        (Path(folder) / ".run").mkdir()
        yield Path(folder)


def environment(copy: Path, server: Mapping[str, str]) -> dict[str, str]:
    """The environments, the PostgreSQL and the templates of here, with the code of the copy."""
    sources = [copy, copy / "gateway", copy / "simulators"]
    return {
        **os.environ,
        **server,
        "ODOO_PYTHON": str(odoo_python()),
        "TOOLS_PYTHON": str(tools_python()),
        "SMARTCASH_TOOLS_PYTHON": str(tools_python()),
        "ODOO_DATA_DIR": str(DATA),
        "SMARTCASH_DATABASE_SUFFIX": "_mutants",
        "PYTHONPATH": os.pathsep.join(map(str, sources)),
    }


def say(text: str) -> None:
    print(text, flush=True)


class Workshop:
    """A copy of the work tree, and the ways to test in it."""

    def __init__(self, copy: Path, server: Mapping[str, str]) -> None:
        self.copy = copy
        self.env = environment(copy, server)

    def run(self, command: Sequence[str | Path], name: str) -> Path:
        """Run a command to its end, whatever that is; return what it said."""
        log = LOGS / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as output:
            subprocess.run(
                [str(word) for word in command],
                cwd=self.copy,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return log

    def odoo(self, tests: Iterable[str], name: str) -> tuple[set[str], set[str]]:
        """Run Odoo tests ("addon:Class.method"); return those that started and those that failed."""
        tests = sorted(set(tests))
        addons = sorted({"pos_smartcash_terminal", *(test.split(":")[0] for test in tests)})
        output = self.run(
            [
                *(sys.executable, "tools/smartcash.py", "odoo-test"),
                *("--modules", ",".join(addons)),
                *("--tags", ",".join(f"/{test}" for test in tests)),
            ],
            name,
        )
        found = ODOO_LOG.search(output.read_bytes())
        if not found:
            raise SystemExit(f"Odoo did not run; see {output}")
        log = LOGS / f"{name}-odoo.log"
        shutil.copy(os.fsdecode(found[1]), log)
        with open(log, encoding="utf-8", errors="replace") as lines:
            seen = read_log(lines)
        return _short(seen.started), _short(seen.failed)

    def pytest(self, mutants: Sequence[Mutant]) -> tuple[set[str], set[str]]:
        """Run end-to-end tests plainly and with each mutant; return names that ran, and that failed."""
        report = LOGS / "e2e.txt"
        report.unlink(missing_ok=True)
        self.env["SMARTCASH_MUTANTS"] = ",".join(mutant.name for mutant in mutants)
        tests = sorted({f"tests/e2e/{mutant.target}" for mutant in mutants})
        output = self.run(
            [
                *(tools_python(), "-m", "pytest", "-q", "-p", "tests.mutations.plugin"),
                *(f"--mutants-report={report}", *tests),
            ],
            "e2e",
        )
        if not report.exists():
            raise SystemExit(f"no end-to-end test ran; see {output}")
        rows = [row.split(" ", 1) for row in report.read_text().splitlines()]
        return {name for _how, name in rows}, {name for how, name in rows if how == "failed"}

    def node(self, mutant: Mutant, name: str) -> bool:
        """Whether a Node test passes. A name that fits no test does not."""
        file, title = mutant.target.split("::")
        output = self.run(
            [
                *(node()[0], "--import", "./tests/js/loader.mjs", "--test"),
                *("--test-reporter=tap", f"--test-name-pattern=^{re.escape(title)}$"),
                f"tests/js/{file}",
            ],
            name,
        )
        text = output.read_text()
        return bool(re.search(r"^# pass [1-9]", text, re.M) and "\n# fail 0\n" in text)


def _short(names: Iterable[str]) -> set[str]:
    """``odoo.addons.x.tests.test_y.TestZ.test_a`` → ``TestZ.test_a``."""
    return {".".join(name.split(".")[-2:]) for name in names}


def check(mutants: Sequence[Mutant]) -> bool:
    """Whether every test passes, and is failed by its mutants."""
    for mutant in mutants:
        if (ROOT / mutant.file).read_text().count(mutant.old) != 1:
            say(f"{mutant.name}: its text is not in {mutant.file} exactly once; mend the table")
            return False
    started = time.monotonic()
    killed = 0
    with lease() as server, copied() as copy:
        workshop = Workshop(copy, server.env())
        for kind, test in (("js", _with_node), ("odoo", _with_odoo), ("e2e", _end_to_end)):
            if chosen := [mutant for mutant in mutants if mutant.kind == kind]:
                for name, verdict in test(workshop, chosen):
                    say(f"{name}: {verdict}")
                    killed += verdict == "killed"
    say(f"{killed} of {len(mutants)} mutants killed, {time.monotonic() - started:.0f} s; {LOGS}")
    return killed == len(mutants)


def _verdict(*, passes_without: bool, ran: bool, failed: bool) -> str:
    if not ran:
        return "NOT TESTED"
    if not passes_without:
        return "WORTHLESS: the test fails without the mutant too"
    return "killed" if failed else "SURVIVED"


def _with_node(workshop: Workshop, mutants: Sequence[Mutant]) -> Verdicts:
    for mutant in mutants:
        plain = workshop.node(mutant, f"{mutant.name}-plain")
        with mutant.applied(workshop.copy):
            failed = not workshop.node(mutant, mutant.name)
        yield mutant.name, _verdict(passes_without=plain, ran=True, failed=failed)


def _with_odoo(workshop: Workshop, mutants: Sequence[Mutant]) -> Verdicts:
    again = {
        mutant: _write_again(workshop.copy, mutant)
        for mutant in mutants
        if mutant.file.endswith((".js", ".xml"))
    }
    tests = [*again.values(), *(mutant.target for mutant in mutants)]
    started, failed = workshop.odoo(tests, "odoo")
    for mutant in mutants:
        plain = mutant.target.split(":")[1]
        if mutant in again:
            test, there, broken = again[mutant].split(":")[1], started, failed
        else:
            with mutant.applied(workshop.copy):
                test, (there, broken) = plain, workshop.odoo([mutant.target], mutant.name)
        passes_without = plain in started - failed
        verdict = _verdict(passes_without=passes_without, ran=test in there, failed=test in broken)
        yield mutant.name, verdict


def _write_again(copy: Path, mutant: Mutant) -> str:
    """Add the test that runs with the mutant; return its name as a test tag."""
    addon, test = mutant.target.split(":")
    base, method = test.split(".")
    (module,) = (
        file
        for file in (copy / addon / "tests").glob("test_*.py")
        if f"\nclass {base}(" in file.read_text()
    )
    text = AGAIN.format(
        name=mutant.class_name,
        base=base,
        file=str(copy / mutant.file),
        old=mutant.old,
        new=mutant.new,
    )
    head = "from pathlib import Path\n"
    whole = module.read_text()
    module.write_text(("" if whole.startswith(head) else head) + whole + text)
    return f"{addon}:{mutant.class_name}.{method}"


def _end_to_end(workshop: Workshop, mutants: Sequence[Mutant]) -> Verdicts:
    ran, failed = workshop.pytest(mutants)
    for mutant in mutants:
        test = mutant.target.split("::")[1]
        changed = f"{test}[{mutant.name}]"
        verdict = _verdict(
            passes_without=f"{test}[plain]" in ran - failed,
            ran=changed in ran,
            failed=changed in failed,
        )
        yield mutant.name, verdict
