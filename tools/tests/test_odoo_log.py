"""A green run that played no tour is not green. The samples are pieces of real logs of Odoo 17."""

from pathlib import Path

import pytest

from stack.odoo_log import OdooRun, Skip, error_lines, read_log, registered_tours
from stack.odoo_tests import OdooTests, judge

SAMPLES = Path(__file__).parent / "samples"
FLOW = "odoo.addons.point_of_sale.tests.test_point_of_sale_flow.TestPointOfSaleFlow"
UI = "odoo.addons.point_of_sale.tests.test_frontend.TestUi"


def sample(name: str) -> OdooRun:
    with open(SAMPLES / name, encoding="utf-8") as lines:
        return read_log(lines)


def finished(*tests: str, **values) -> OdooRun:
    return OdooRun(started=list(tests), finished=True, **values)


def test_a_tour_skipped_for_want_of_chrome_is_seen():
    run = sample("no_chrome.log")
    assert run.skipped == [
        Skip(f"{UI}.test_pos_closing_cash_details", "Chrome executable not found")
    ]
    assert run.passed == 1
    assert run.tours == []


@pytest.mark.parametrize("core", [False, True])
def test_a_skipped_browser_test_fails_the_run_although_odoo_says_success(core):
    objections = judge(sample("no_chrome.log"), 0, OdooTests(["x"], tags="/x", core=core), set())
    assert len(objections) == 1
    assert "Chrome executable not found" in objections[0]


@pytest.mark.parametrize(
    "reason",
    [
        "websocket-client module is not installed",
        "Failed to detect chrome devtools port after 10.0s.",
        "Error during Chrome headless connection",
        "Error during Chrome connection: never found 'page' target",
        "Cannot connect to chrome dev tools",
        "Chrome executable not found",
        "/usr/bin/chromium not found",
    ],
)
def test_every_reason_for_which_odoo_skips_a_browser_test_is_known(reason):
    assert Skip("x", reason).of_browser


def test_a_skip_that_is_not_the_browsers_is_allowed_to_odoos_own_tests_only():
    run = finished("a.T.test_x", "a.T.test_y", skipped=[Skip("a.T.test_x", "needs l10n_fr")])
    assert judge(run, 0, OdooTests(["x"], tags="/x", core=True), set()) == []
    assert judge(run, 0, OdooTests(["x"], tags="/x"), set()) == [
        "skipped: a.T.test_x (needs l10n_fr)"
    ]


def test_a_failed_tour_is_counted_once_and_the_others_pass():
    run = sample("tour_failed.log")
    assert run.failed == [f"{UI}.test_01_pos_basic_order"]
    assert run.started == [f"{UI}.test_01_pos_basic_order", f"{FLOW}.test_order_refund"]
    assert run.passed == 1
    assert run.tours[0] == "pos_pricelist"
    assert len(run.tours) == 5
    assert judge(run, 1, OdooTests(["x"], tags="/x"), set()) == [f"failed: {run.failed[0]}"]


def test_two_failed_subtests_are_one_failed_test():
    prefix = "2026-01-01 10:00:00,000 1 {} db odoo.addons.a.tests.test_t: {}"
    lines = [
        prefix.format("INFO", "Starting TestT.test_x ... "),
        prefix.format("ERROR", "FAIL: Subtest TestT.test_x (kind='sale')"),
        prefix.format("ERROR", "FAIL: Subtest TestT.test_x (kind='refund')"),
    ]
    run = read_log(lines)
    assert set(run.failed) == {"odoo.addons.a.tests.test_t.TestT.test_x"}
    assert run.passed == 0


def test_a_tour_that_no_test_ran_is_an_objection():
    run = finished("a.T.test_x", tours=["pay"])
    assert judge(run, 0, OdooTests(["x"]), {"pay", "cancel"}) == ["tours that no test ran: cancel"]


def test_an_error_in_the_log_is_an_objection_even_if_all_tests_pass():
    run = finished("a.T.test_x", errors=["odoo.modules.loading: Some modules are not loaded"])
    (objection,) = judge(run, 0, OdooTests(["x"]), set())
    assert "Some modules are not loaded" in objection


def test_a_connection_that_chrome_opened_and_never_used_is_no_error():
    run = read_log(
        [
            "2026-01-01 10:00:00,000 1 ERROR ? werkzeug: 127.0.0.1 - - [01/Jan/2026 10:00:00] "
            "Request timed out: TimeoutError('timed out') - - -",
            "2026-01-01 10:00:00,000 1 ERROR ? werkzeug: 127.0.0.1 - - [01/Jan/2026 10:00:00] "
            "Error on request: - - -",
        ]
    )
    (error,) = run.errors
    assert "Error on request" in error


def test_a_style_sheet_that_does_not_compile_is_an_error():
    run = sample("style_error.log")
    (objection,) = judge(run, 0, OdooTests(["x"], tags="/x"), set())
    assert "Incompatible units" in objection


def test_an_empty_or_broken_off_run_is_no_success():
    assert judge(read_log([]), 0, OdooTests(["x"]), set()) == [
        "the log holds no closing line: Odoo did not reach the end of the tests",
        "not a single test ran: check --modules and --tags",
    ]
    assert judge(finished("a.T.test_x"), 1, OdooTests(["x"]), set()) == [
        "Odoo ended with exit code 1"
    ]


def test_registered_tours_are_found_however_the_line_is_broken(tmp_path):
    folder = tmp_path / "static" / "tests" / "tours"
    folder.mkdir(parents=True)
    (folder / "a_tours.js").write_text(
        'registry.category("web_tour.tours").add("pay_exact", {test: true});\n'
        'registry\n  .category("web_tour.tours")\n  .add(\n  "pay_cancel", {});\n'
        'registry.category("services").add("no_tour", {});\n'
        'tour("pay_card", steps());\nlaterTour(\n    "pay_later",\n    steps()\n);\n'
        'const detour = noTour("nowhere");\n'
    )
    assert registered_tours(tmp_path) == {"pay_exact", "pay_cancel", "pay_card", "pay_later"}


def test_what_went_wrong_is_told_with_its_traceback():
    lines = (SAMPLES / "tour_failed.log").read_text(encoding="utf-8").splitlines()
    shown = error_lines(lines)
    assert any("failed at step" in line for line in shown)
    assert any(line.startswith("AssertionError: ") for line in shown)
    assert not any(" INFO " in line for line in shown)
    assert error_lines(["E   assert 1 == 2", "1 failed"]) == []
