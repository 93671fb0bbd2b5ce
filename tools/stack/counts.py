"""How many tests passed, failed and were skipped, whichever runner ran them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

_TAP = re.compile(
    r"^# (?P<word>tests|pass|fail|cancelled|skipped|todo) (?P<number>\d+)$", re.MULTILINE
)
_NOT_OK = re.compile(r"^ *not ok \d+ - (.+?)(?: # .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Counts:
    """The sum of one run; `tours` are those that a browser really played."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    tours: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.tours + other.tours,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def from_junit(report: Path) -> Counts:
    """Read pytest's JUnit report; a report that is missing is one failure."""
    if not report.exists():
        return Counts(failed=1)
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314 -- our own file
    total = Counts()
    for suite in suites:
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Counts(max(0, tests - failed - skipped), failed, skipped)
    return total


def failed_in_junit(report: Path) -> list[str]:
    """Return the names of the tests that failed, of pytest's JUnit report."""
    if not report.exists():
        return []
    cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314 -- our own file
    return [
        f"{case.get('classname')}.{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]


def failed_in_tap(output: str) -> list[str]:
    """Return the names of the tests that failed, of node's TAP."""
    return _NOT_OK.findall(output)


def from_tap(output: str) -> Counts:
    """Read the closing lines of `node --test --test-reporter=tap`; none is one failure."""
    numbers = {match["word"]: int(match["number"]) for match in _TAP.finditer(output)}
    if "tests" not in numbers:
        return Counts(failed=1)
    get = numbers.get
    return Counts(
        get("pass", 0), get("fail", 0) + get("cancelled", 0), get("skipped", 0) + get("todo", 0)
    )
