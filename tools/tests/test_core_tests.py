"""A failed test of Odoo is found again by its tag, to be run without our addons."""

from stack.core_tests import tag

MODULE = "odoo.addons.point_of_sale.tests"


def test_a_failed_test_has_a_tag():
    failed = f"{MODULE}.test_frontend.TestUi.test_01_pos_basic_order"
    assert tag(failed) == "/point_of_sale:TestUi.test_01_pos_basic_order"


def test_a_failed_set_up_stands_for_its_class():
    failed = f"odoo.tests.suite.setUpClass ({MODULE}.test_frontend.TestUi)"
    assert tag(failed) == "/point_of_sale:TestUi"


def test_what_is_no_test_has_no_tag():
    assert tag("odoo.sql_db.bad query") is None
