"""Odoo's own tests of the Point of Sale, of its employees and its restaurants, with our addons.

Some of them fail on some machines with no addon of ours (the receipt's tour fetches fonts from the
Internet, for one), and some fail now and then. So a test that fails is repeated without our addons
and with them: it counts against us only if it never fails without and fails again with them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable

from . import odoo_tests
from .odoo_tests import ODOO_ADDONS, OdooTests, Verdict, judge
from .paths import addons
from .shell import say

#: All of them, on a desktop and once more on a small screen: too long for each change.
ALL = ",".join(f"/{module}" for module in ODOO_ADDONS)
#: What lies next to our patches: payment, tickets, refunds, rounding, opening and closing, tables,
#: employees.
NEAREST = ",".join(
    f"/{test}"
    for test in (
        "point_of_sale:TestUi.test_02_pos_with_invoiced",
        "point_of_sale:TestUi.test_05_ticket_screen",
        "point_of_sale:TestUi.test_change_without_cash_method",
        "point_of_sale:TestUi.test_pos_closing_cash_details",
        "point_of_sale:TestUi.test_cash_payments_should_reflect_on_next_opening",
        "point_of_sale:TestUi.test_refund_order_with_fp_tax_included",
        "point_of_sale:TestUi.test_cash_rounding_payment",
        "point_of_sale:TestPointOfSaleFlow",
        "point_of_sale:TestPoSBasicConfig",
        "point_of_sale:TestPoSSetup",
        "point_of_sale:WebSuite.test_pos_js",
        "pos_hr",
        "pos_restaurant:TestFrontend.test_06_split_bill_screen",
        "pos_restaurant:TestFrontend.test_08_refund_stay_current_table",
    )
)
#: How often a failed test is repeated, without our addons and with them.
REPEATS = 3

_TEST = re.compile(r"^odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?(?P<name>[A-Z]\w+\.test\w+)$")
_CLASS = re.compile(
    r"setUpClass \(odoo\.addons\.(?P<addon>\w+)\.tests\.\S*?\.?(?P<name>[A-Z]\w+)\)"
)


def tag(test: str) -> str | None:
    """Return the --test-tags of a failed test as the log names it."""
    match = _TEST.match(test) or _CLASS.search(test)
    return f"/{match['addon']}:{match['name']}" if match else None


def run_core_tests(tags: str = ALL) -> Verdict:
    """Run them; only those failures are left in the verdict that are ours."""
    modules = [*addons(), *ODOO_ADDONS]
    # Tests "at install" run only for a module that is installed or updated.
    update = ["point_of_sale"] if tags == ALL else []
    tests = OdooTests(modules, tags=tags, core=True, update=update, name="core")
    verdict = odoo_tests.run_odoo_tests(tests)
    named = {tag(test) for test in verdict.run.failed}
    if not named - {None}:
        return verdict

    def again(wanted: Iterable[str], *, ours: bool) -> set[str]:
        repeated = dataclasses.replace(
            tests,
            modules=modules if ours else ODOO_ADDONS,
            tags=",".join(sorted(wanted)),
            name="core-again" if ours else "core-without-us",
        )
        return {tag(test) or "" for test in odoo_tests.run_odoo_tests(repeated).run.failed}

    against_us = failures_of_ours({name for name in named if name}, again)
    ours = [test for test in verdict.run.failed if tag(test) in {None, *against_us}]
    run = dataclasses.replace(verdict.run, failed=ours, errors=[])
    run.started = [test for test in run.started if test in ours or test not in verdict.run.failed]
    return Verdict(run, judge(run, 1 if ours else 0, tests, set()), verdict.log)


def failures_of_ours(failed: set[str], again: Callable[..., set[str]]) -> set[str]:
    """Return which failed tests are our fault.

    :param failed: the tags of tests that failed with our addons
    :param again: runs the tests of some tags once more, with or without our addons, and returns
        the tags that failed
    """
    suspects = set(failed)
    for _ in range(REPEATS):
        if not suspects:
            return set()
        say(f"core: {len(suspects)} failed tests once more without our addons")
        innocent = suspects & again(suspects, ours=False)
        for test in sorted(innocent):
            say(f"core: fails without our addons too, not counted: {test}")
        suspects -= innocent
    ours: set[str] = set()
    for _ in range(REPEATS):
        if not suspects - ours:
            break
        say(f"core: {len(suspects - ours)} failed tests once more with our addons")
        ours |= (suspects - ours) & again(suspects - ours, ours=True)
    for test in sorted(suspects - ours):
        say(f"core: failed once and {REPEATS} times not, not counted: {test}")
    return ours
