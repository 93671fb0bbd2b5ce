"""A sale, end to end: the cashier's page, the customer's page, the machine, the books."""

import pytest


def test_sale_paid_on_the_customers_page_ends_on_the_receipt(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due
    assert [row["state"] for row in books.operations()] == ["done"]


def test_overpaid_sale_gives_change_and_books_the_net(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(2000)
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["amount_out"]) == (2000, 2000 - due)
    assert operation["evidence"] == "signed"
    assert operation["match_state"] == "matched"


def test_cashier_sees_the_money_grow(till, machine, customer, books):
    till.add_product("Coffee", 3)
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(100)
    till.expect_inserted("1.00")
    customer.insert(200)
    till.expect_inserted("3.00")
    customer.pay(due - 300)
    till.expect_receipt()
    assert books.settle().payments == due


@pytest.mark.parametrize("language", ["es_ES", "fr_FR"])
def test_decimal_comma_changes_no_cent(new_till, machine, customer, books, language):
    till = new_till(language=language)
    till.add_product("Coffee")
    due = till.due()
    assert due % 100, "the price must have cents, or a comma could not go wrong"
    till.start_payment()
    machine.wait_accepting()
    customer.insert(2000)
    till.expect_receipt()
    assert books.settle().payments == due
