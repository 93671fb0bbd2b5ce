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

#: All of them, on a desktop and once more on a small screen: too long for each change.
ALL = "/point_of_sale"
#: What lies next to our patches: payment, tickets, refunds, rounding, opening and closing.
NEAREST = ",".join(
    f"/point_of_sale:{name}"
    for name in (
        "TestUi.test_02_pos_with_invoiced",
        "TestUi.test_05_ticket_screen",
        "TestUi.test_change_without_cash_method",
        "TestUi.test_pos_closing_cash_details",
        "TestUi.test_cash_payments_should_reflect_on_next_opening",
        "TestUi.test_refund_order_with_fp_tax_included",
        "TestUi.test_cash_rounding_payment",
        "TestPointOfSaleFlow",
        "TestPoSBasicConfig",
        "TestPoSSetup",
    )
)

_TEST = re.compile(r"^odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?(?P<name>[A-Z]\w+\.test\w+)$")
_CLASS = re.compile(
    r"setUpClass \(odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?\.?(?P<name>[A-Z]\w+)\)"
)


def tag(test: str) -> str | None:
    """Return the --test-tags of a failed test as the log names it."""
    match = _TEST.match(test) or _CLASS.search(test)
    return f"/{match['addon']}:{match['name']}" if match else None


def run_core_tests(tags: str = ALL) -> Verdict:
    """Run them; a failure that also happens without our addons is taken out of the verdict."""
    modules = [*addons(), "point_of_sale"]
    update = ["point_of_sale"] if tags == ALL else []
    tests = OdooTests(modules, tags=tags, core=True, update=update, name="core")
    verdict = run_odoo_tests(tests)
    failed = {test: tag(test) for test in verdict.run.failed}
    known = sorted({name for name in failed.values() if name})
    if not known:
        return verdict
    say(f"core: running {len(known)} failed tests again without our addons")
    alone = dataclasses.replace(
        tests, modules=["point_of_sale"], tags=",".join(known), name="core-without-us"
    )
    also = set(run_odoo_tests(alone).run.failed)
    ours = [test for test in verdict.run.failed if test not in also]
    for test in also & set(failed):
        say(f"core: fails without our addons too, not counted: {test}")
    run = dataclasses.replace(verdict.run, failed=ours, errors=[])
    run.started = [test for test in run.started if test not in also]
    return Verdict(run, judge(run, 1 if ours else 0, tests, set()), verdict.log)
