"""Gateway or Odoo vanish in mid-sale; the money does not."""


def test_gateway_killed_before_any_money_sells_nothing_and_a_retry_is_paid(
    stack, till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    stack.gateway.kill()
    till.expect_connection_lost()
    stack.gateway.start()
    till.wait_status("retry")
    till.expect_refused()
    till.dismiss_popups()
    machine.wait_idle()
    assert books.balance().machine == 0

    till.send()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due


def test_gateway_killed_while_the_customer_pays_finds_the_payment(
    stack, till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    stack.gateway.kill()
    till.expect_connection_lost()
    customer.pay(due)
    stack.gateway.start()
    till.expect_receipt()
    assert books.settle().payments == due


def test_gateway_killed_with_part_of_the_money_in_asks_for_a_decision_and_sells_on(
    stack, odoo, new_till, machine, customer, books
):
    till, neighbour = new_till(1), new_till(2)
    till.add_product("Coffee")
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    stack.gateway.kill()
    till.expect_connection_lost()
    stack.gateway.start()
    (question,) = books.wait_questions(1)
    assert (question["state"], question["amount_in"], question["amount_out"]) == ("unknown", 50, 0)
    assert books.balance().machine == 50

    neighbour.add_product("Cake")
    due = neighbour.due()
    neighbour.start_payment()
    machine.wait_accepting()
    customer.pay(due)
    neighbour.expect_receipt()
    balance = books.wait_balance(lambda now: now.payments == due)
    assert balance.machine == balance.ledger == due + 50

    odoo.call("smartcash.operation", "resolve", question["uuid"], "cash_in", "Left by a customer")
    assert not books.questions()


def test_gateway_killed_while_giving_change_pays_it_once(stack, till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    machine.fault(latency_ms=1500)
    customer.insert(2000)
    machine.wait_giving()
    stack.gateway.kill()
    machine.clear_faults()
    till.expect_connection_lost()
    stack.gateway.start()
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["amount_out"]) == (2000, 2000 - due)


def test_odoo_down_during_a_sale_is_told_once_when_it_is_back(
    stack, till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    stack.odoo.stop()
    try:
        customer.insert(2000)
        till.expect_receipt()
        machine.wait_idle()
    finally:
        stack.odoo.start()
    till.dismiss_popups()
    till.synchronise()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["state"], operation["evidence"]) == ("done", "signed")
    assert operation["match_state"] == "matched"


def test_odoo_down_before_a_sale_does_not_stop_it(stack, till, machine, customer, books):
    till.sell("Coffee", machine, customer)
    first = books.settle().payments
    till.next_order()

    till.add_product("Cake")
    due = till.due()
    till.go_to_payment()
    till.choose_method()
    stack.odoo.stop()
    try:
        till.send()
        machine.wait_accepting()
        customer.pay(due)
        till.expect_receipt()
    finally:
        stack.odoo.start()
    till.dismiss_popups()
    till.synchronise()
    # What waits in the browser is sent again at growing intervals.
    assert books.settle(timeout=90).payments == first + due
    assert [row["state"] for row in books.operations()] == ["done", "done"]


def test_odoo_down_pays_nothing_out_and_says_why(stack, till, machine, customer, books):
    till.sell("Coffee", machine, customer)
    sold = books.settle().payments
    till.next_order()

    till.add_product("Cake")
    till.make_refund()
    till.go_to_payment()
    till.choose_method()
    stack.odoo.stop()
    try:
        till.send()
        till.confirm_payout()
        till.expect_refused("without it the machine moves no money")
        assert machine.state()["tray"] == []
        assert till.payment_lines()[0]["status"] == "retry"
        machine.wait_idle()
        assert books.machine_moved() == sold
    finally:
        stack.odoo.start()
    till.dismiss_popups()
    paid_out = -till.payment_lines()[0]["amount"]
    till.send()
    till.confirm_payout()
    till.expect_receipt()
    assert books.settle().payments == sold - paid_out
    assert [row["state"] for row in books.operations() if row["amount_out"]] == ["done"]
