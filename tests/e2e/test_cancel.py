"""Cancelling gives back what the machine took, and never loses what was paid meanwhile."""

import re

CANCEL = re.compile(r"/v1/operations/[^/]+/cancel$")


def test_cancel_with_money_in_gives_it_back_and_a_retry_is_paid(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    till.cancel()
    till.wait_status("retry")
    machine.wait_idle()
    assert books.balance().machine == 0

    till.send()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due
    assert [row["state"] for row in books.operations()] == ["cancelled", "done"]


def test_cancel_pressed_many_times_cancels_once(till, machine, customer, books):
    till.add_product("Coffee")
    till.start_payment()
    machine.wait_accepting()
    customer.insert(100)
    till.expect_inserted("1.00")
    till.cancel(clicks=5)
    till.wait_status("retry")
    machine.wait_idle()
    assert books.settle().machine == 0
    (operation,) = books.operations()
    assert (operation["state"], operation["amount_in"], operation["amount_out"]) == (
        "cancelled",
        100,
        100,
    )


def test_last_coin_that_drops_while_the_cancel_is_on_its_way_ends_as_paid(
    till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    held = []
    till.page.route(CANCEL, lambda route: held.append(route))
    with till.page.expect_request(CANCEL):
        till.cancel()
    customer.pay(due - 50)
    machine.wait_idle()
    assert held
    for route in held:
        route.continue_()
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["state"], operation["amount_in"], operation["amount_out"]) == (
        "done",
        due,
        0,
    )
