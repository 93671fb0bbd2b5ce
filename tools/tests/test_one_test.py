"""Tests are found by path and by name, whatever level they are of."""

import pytest

from stack import one_test
from stack.paths import ROOT
from stack.shell import Problem

TERMINAL = ROOT / "pos_smartcash_terminal"


def test_a_path_is_taken_as_it_is():
    (found,) = one_test.find("tools/tests/test_one_test.py::test_a_path_is_taken_as_it_is")
    assert found.path.samefile(__file__)
    assert (found.name, found.level) == ("test_a_path_is_taken_as_it_is", "python")


def test_odoo_tests_are_told_from_those_of_a_client():
    (odoo,) = one_test.find("pos_cashdro/tests")
    (client,) = one_test.find("pos_cashdro/tests_client")
    assert (odoo.level, client.level) == ("odoo", "python")


def test_names_of_a_class_and_of_its_test():
    (path,) = [
        path for path in TERMINAL.glob("tests/*.py") if "class TestOpening" in path.read_text()
    ]
    (of_class,) = one_test.find("TestOpening")
    (of_test,) = one_test.find("TestOpening::test_of_it")
    assert (of_test.path, of_test.name) == (path, "TestOpening::test_of_it")
    assert (of_class.path, of_class.name, of_class.level) == (path, "TestOpening", "odoo")


def test_a_tour_is_the_test_that_plays_it():
    (found,) = one_test.find("SmartcashStorageFull")
    assert found.name.startswith("TestBrowserStorage::test_")


def test_a_test_of_node_by_its_text():
    source = next(ROOT.glob("tests/js/*.test.mjs"))
    (found,) = one_test.find(source.relative_to(ROOT).as_posix())
    assert found.level == "node"


def test_what_is_not_there_and_what_does_not_go_together():
    with pytest.raises(Problem, match="nobody_tests_this"):
        one_test.find("nobody_tests_" + "this")
    with pytest.raises(Problem, match="different runners"):
        one_test.run_one_test(["tools/tests", "pos_cashdro/tests"])
    with pytest.raises(Problem, match="none is named"):
        one_test.run_one_test(["-q"])


def test_the_value_of_an_option_is_no_name():
    arguments = ["TestRules", "-k", "rule", "-x"]
    assert one_test._split(arguments) == (["TestRules"], ["-k", "rule", "-x"])
