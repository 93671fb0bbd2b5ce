"""Whoever presses twice pays once."""


def test_everything_pressed_twice_sells_once(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.go_to_payment(clicks=2)
    till.choose_method(clicks=2)  # the second click goes on with the line of the first
    assert len(till.payment_lines()) == 1
    till.send(clicks=3)
    till.wait_dialog()
    machine.wait_accepting()
    customer.insert(2000)
    till.expect_receipt()
    assert books.settle().payments == due
    assert [row["state"] for row in books.operations()] == ["done"]


def test_send_pressed_by_script_many_times_at_once_starts_one_operation(
    till, machine, customer, books
):
    till.add_product("Cake")
    due = till.due()
    till.go_to_payment()
    till.choose_method()
    till.page.locator(".send_payment_request").evaluate(
        "(button) => { for (let time = 0; time < 5; time++) button.click(); }"
    )
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due
    assert len(books.operations()) == 1
