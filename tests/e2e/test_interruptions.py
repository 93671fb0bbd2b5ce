"""Reloads, closed pages and second tabs never lose a payment."""

import re

from tests.till import Till

BACKEND = re.compile(r"/web([?#].*)?$")


def test_reload_while_accepting_resumes_and_ends_paid(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    till.reload()
    till.wait_dialog()
    till.expect_inserted("0.50")
    customer.insert(2000)
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["amount_out"]) == (2050, 2050 - due)


def test_payment_that_ended_while_the_page_was_closed_is_found_when_it_opens(
    till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    context = till.page.context
    till.page.close()
    customer.insert(2000)
    machine.wait_giving()
    machine.wait_idle()
    assert books.balance().machine == due

    till = Till(context.new_page(), till.url)
    till.open()
    till.expect_receipt()
    assert books.settle().payments == due


def test_second_tab_takes_the_payment_over(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    second = till.in_new_tab()
    customer.insert(2000)
    second.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert operation["amount_out"] == 2050 - due


def test_old_tab_that_is_slow_to_leave_does_not_book_the_sale_again(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    # Odoo sends the old tab to the backend. Until that answers, the old page is alive and sees the payment end as well.
    till.page.route(BACKEND, lambda _route: None)
    second = till.in_new_tab()
    customer.pay(due)
    second.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert operation["match_state"] == "matched"
