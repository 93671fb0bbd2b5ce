"""A failed test of Odoo is repeated, and is ours only when it fails with our addons alone."""

from stack.core_tests import REPEATS, failures_of_ours, tag

MODULE = "odoo.addons.point_of_sale.tests"


def test_a_failed_test_has_a_tag():
    failed = f"{MODULE}.test_frontend.TestUi.test_01_pos_basic_order"
    assert tag(failed) == "/point_of_sale:TestUi.test_01_pos_basic_order"


def test_a_failed_set_up_stands_for_its_class():
    failed = f"odoo.tests.suite.setUpClass ({MODULE}.test_frontend.TestUi)"
    assert tag(failed) == "/point_of_sale:TestUi"


def test_what_is_no_test_has_no_tag():
    assert tag("odoo.sql_db.bad query") is None


def _runs(without: list[set[str]], with_us: list[set[str]]):
    """Return a stand-in for repeated runs whose failures are given, and the calls that it got."""
    calls: list[tuple[set[str], bool]] = []

    def again(wanted, *, ours):
        calls.append((set(wanted), ours))
        return (with_us if ours else without).pop(0) & wanted

    return again, calls


def test_what_fails_only_with_our_addons_is_ours():
    again, calls = _runs([set()] * REPEATS, [{"/a:X.test_1"}])
    assert failures_of_ours({"/a:X.test_1"}, again) == {"/a:X.test_1"}
    assert len(calls) == REPEATS + 1


def test_what_fails_once_without_our_addons_is_not_ours():
    again, _calls = _runs([set(), {"/a:X.test_1"}], [])
    assert failures_of_ours({"/a:X.test_1"}, again) == set()


def test_what_fails_once_and_never_again_is_not_called_ours():
    again, calls = _runs([set()] * REPEATS, [set()] * REPEATS)
    assert failures_of_ours({"/a:X.test_1"}, again) == set()
    assert len(calls) == 2 * REPEATS


def test_only_what_is_still_doubtful_is_repeated():
    one, two = "/a:X.test_1", "/a:X.test_2"
    again, calls = _runs([{one}, set(), set()], [set(), {two}])
    assert failures_of_ours({one, two}, again) == {two}
    assert calls[1] == ({two}, False)
