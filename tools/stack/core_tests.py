"""Odoo's own Point of Sale tests with our addons installed.

Some of them fail on some machines with no addon of ours (the receipt's tour fetches fonts from the
Internet, for one). So a test that fails runs once more without our addons: only what passes there
counts against us.
"""

from __future__ import annotations

import dataclasses
import re

from .odoo_tests import OdooTests, Verdict, judge, run_odoo_tests
from .paths import addons
from .shell import say

_TEST = re.compile(r"^odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?(?P<name>[A-Z]\w+\.test\w+)$")
_CLASS = re.compile(
    r"setUpClass \(odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?\.?(?P<name>[A-Z]\w+)\)"
)


def tag(test: str) -> str | None:
    """Return the --test-tags of a failed test as the log names it."""
    match = _TEST.match(test) or _CLASS.search(test)
    return f"/{match['addon']}:{match['name']}" if match else None


def run_core_tests(tags: str = "/point_of_sale") -> Verdict:
    """Run them; a failure that also happens without our addons is taken out of the verdict."""
    modules = [*addons(), "point_of_sale"]
    tests = OdooTests(modules, tags=tags, core=True, name="core")
    verdict = run_odoo_tests(tests)
    failed = {test: tag(test) for test in verdict.run.failed}
    known = sorted({name for name in failed.values() if name})
    if not known:
        return verdict
    say(f"core: running {len(known)} failed tests again without our addons")
    alone = OdooTests(["point_of_sale"], tags=",".join(known), core=True, name="core-without-us")
    also = set(run_odoo_tests(alone).run.failed)
    ours = [test for test in verdict.run.failed if test not in also]
    for test in also & set(failed):
        say(f"core: fails without our addons too, not counted: {test}")
    run = dataclasses.replace(verdict.run, failed=ours, errors=[])
    run.started = [test for test in run.started if test not in also]
    return Verdict(run, judge(run, 1 if ours else 0, tests, set()), verdict.log)
