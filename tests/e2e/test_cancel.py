"""Cancelling gives back what the machine took."""


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
