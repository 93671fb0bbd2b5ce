"""Gateway or Odoo vanish in mid-sale; the money does not."""

import pytest


@pytest.mark.parametrize("moment", ["before money", "with money in"])
def test_gateway_killed_while_accepting_ends_with_the_truth(
    stack, till, machine, customer, books, moment
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    if moment == "with money in":
        customer.insert(50)
        till.expect_inserted("0.50")
    stack.gateway.kill()
    till.expect_connection_lost()
    stack.gateway.start()
    till.wait_ended()
    machine.wait_idle()
    statuses = [line["status"] for line in till.payment_lines()]
    balance = books.balance()
    if statuses == ["retry"]:
        assert balance.machine == 0
        till.send()
        machine.wait_accepting()
        customer.pay(due)
    till.finish()
    assert books.settle().payments == due
