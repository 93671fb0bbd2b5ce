"""A run whose report is missing or holds skips does not pass for a good one."""

from stack.counts import Counts, failed_in_junit, failed_in_tap, from_junit, from_tap


def test_junit_numbers_are_split_into_passed_failed_skipped(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite name="pytest" tests="7" failures="1" errors="1" skipped="2"/>'
        "</testsuites>"
    )
    assert from_junit(report) == Counts(passed=3, failed=2, skipped=2)


def test_a_missing_report_is_a_failure(tmp_path):
    assert from_junit(tmp_path / "none.xml").failed == 1


def test_tap_counts_cancelled_as_failed_and_todo_as_skipped():
    output = "# tests 9\n# suites 0\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 1\n"
    assert from_tap(output) == Counts(passed=4, failed=2, skipped=3)


def test_output_without_closing_lines_is_a_failure():
    assert from_tap("node: bad option").failed == 1


def test_the_closing_line_reads_plainly():
    assert str(Counts(1, 0, 0) + Counts(2, 1, 3, tours=4)) == "3 passed, 1 failed, 3 skipped"


def test_what_failed_has_a_name(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="a.test_b" name="test_c[1]"><failure/></testcase>'
        '<testcase classname="a.test_b" name="test_d"/>'
        '<testcase classname="a.test_b" name="test_e"><error/></testcase></testsuite></testsuites>'
    )
    assert failed_in_junit(report) == ["a.test_b.test_c[1]", "a.test_b.test_e"]
    assert failed_in_junit(tmp_path / "none.xml") == []
    output = "ok 1 - one\n    not ok 1 - part of two\nnot ok 2 - two # time=1\n# fail 2\n"
    assert failed_in_tap(output) == ["part of two", "two"]
