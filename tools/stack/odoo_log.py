"""Read what an Odoo test run really did out of its log.

Odoo's exit code says nothing about skipped tests: without Chrome or websocket-client every tour is
skipped and the run is green.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)$"
)
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_START = re.compile(r"^Starting (?P<test>[\w.]+) \.\.\.$")
_SKIP = re.compile(r"^skipped (?P<test>.+?) : (?P<reason>.*)$")
_FAIL = re.compile(r"^(?P<kind>FAIL|ERROR): (?P<test>.+)$")
#: A subtest or a class's set-up that failed, down to the test or class it belongs to.
_SUBTEST = re.compile(r"^Subtest (?P<test>[\w.]+).*$")
_TOUR = re.compile(r"""Evaluate test code "odoo\.startTour\('(?P<tour>[^']+)'""")
_TOTAL = re.compile(r"^\d+ failed, \d+ error\(s\) of \d+ tests when loading database")
#: Directly, or through a function of the file that is called tour or …Tour.
_REGISTERED = re.compile(
    r"""(?:category\(\s*["']web_tour\.tours["']\s*\)\s*\.add|^\w*[tT]our)"""
    r"""\(\s*["'](?P<tour>[^"']+)["']""",
    re.MULTILINE,
)
#: Only warns when a style sheet does not compile, and then leaves the page without any styles.
_BUNDLES = "odoo.addons.base.models.assetsbundle"
#: A connection that Chrome opened in advance and never used: Odoo's test server ends it after five
#: seconds, which its logger calls an error.
_PRECONNECT = re.compile(r"Request timed out: TimeoutError\('timed out'\)")
_BROWSER = re.compile(r"chrom(e|ium)|websocket-client|dev ?tools|browser", re.IGNORECASE)


@dataclass(frozen=True)
class Skip:
    """A test that did not run."""

    test: str
    reason: str

    @property
    def of_browser(self) -> bool:
        """Whether the browser was what was missing."""
        return bool(_BROWSER.search(self.reason))


@dataclass
class OdooRun:
    """What one Odoo process tested."""

    started: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    tours: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    finished: bool = False

    @property
    def passed(self) -> int:
        """Number of tests that ran and neither failed nor were skipped."""
        return len(set(self.started) - set(self.failed) - {skip.test for skip in self.skipped})


def read_log(lines: Iterable[str]) -> OdooRun:
    """Collect tests, tours, skips and errors from the lines of a log."""
    seen = OdooRun()
    for raw in lines:
        match = _LINE.match(_ANSI.sub("", raw.rstrip()))
        if not match:
            continue
        text = match["text"]
        if start := _START.match(text):
            seen.started.append(f"{match['logger']}.{start['test']}")
        elif skip := _SKIP.match(text):
            seen.skipped.append(Skip(f"{match['logger']}.{skip['test']}", skip["reason"]))
        elif tour := _TOUR.search(text):
            seen.tours.append(tour["tour"])
        elif _TOTAL.match(text):
            seen.finished = True
        if match["level"] in ("ERROR", "CRITICAL"):
            if fail := _FAIL.match(text):
                test = _SUBTEST.sub(r"\g<test>", fail["test"])
                seen.failed.append(f"{match['logger']}.{test}")
            if not (match["logger"] == "werkzeug" and _PRECONNECT.search(text)):
                seen.errors.append(f"{match['logger']}: {text}")
        elif match["level"] == "WARNING" and match["logger"] == _BUNDLES:
            seen.errors.append(f"{match['logger']}: {text}")
    return seen


def error_lines(lines: Iterable[str]) -> list[str]:
    """Return the errors in a log, each with the lines that belong to it; none if it is not Odoo's."""
    found: list[str] = []
    belongs = False
    for line in lines:
        if match := _LINE.match(_ANSI.sub("", line)):
            belongs = match["level"] in ("ERROR", "CRITICAL")
        if belongs:
            found.append(line)
    return found


def registered_tours(addon: Path) -> set[str]:
    """Return the names of the tours that an addon ships below static/tests."""
    names: set[str] = set()
    for script in (addon / "static" / "tests").rglob("*.js"):
        names.update(match["tour"] for match in _REGISTERED.finditer(script.read_text("utf-8")))
    return names
