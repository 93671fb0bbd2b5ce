"""Two tills on one machine: one at a time, and each knows why."""

import requests

from tests.waiting import until


def _device_state(stack):
    return requests.get(f"{stack.gateway_url}/v1/health", timeout=5).json()["device_state"]


def test_second_till_is_told_that_the_machine_is_busy_and_sells_afterwards(
    new_till, machine, customer, books
):
    first, second = new_till(1), new_till(2)
    first.add_product("Coffee")
    first_due = first.due()
    first.start_payment()
    machine.wait_accepting()
    customer.insert(50)

    second.add_product("Cake")
    second_due = second.due()
    second.go_to_payment()
    second.choose_method()
    second.send()
    second.expect_refused()
    second.dismiss_popups()
    assert machine.state()["inserted"] == 50

    customer.pay(first_due - 50)
    first.expect_receipt()
    second.send()
    machine.wait_accepting()
    customer.pay(second_due)
    second.expect_receipt()
    assert books.settle().payments == first_due + second_due
    assert [row["state"] for row in books.operations() if row["amount_in"]] == ["done", "done"]


def test_a_till_that_vanished_keeps_the_machine_only_until_the_machine_has_ended(
    stack, new_till, machine, customer, books, odoo
):
    first, second = new_till(1), new_till(2)
    first.add_product("Coffee")
    first_due = first.due()
    first.start_payment()
    machine.wait_accepting()
    first.page.context.close()

    second.add_product("Cake")
    second_due = second.due()
    second.go_to_payment()
    second.choose_method()
    second.send()
    second.expect_refused()
    second.dismiss_popups()
    (vanished,) = books.operations()
    assert vanished["state"] == "running", "the machine is still at it, whoever asks"

    customer.pay(first_due)
    until("the gateway to be done with it", lambda: _device_state(stack) == "online")
    second.send()
    machine.wait_accepting()
    customer.pay(second_due)
    second.expect_receipt()
    balance = books.wait_balance(lambda now: now.payments == second_due)
    assert balance.machine == balance.ledger == first_due + second_due
    (question,) = books.wait_questions(1)
    assert (question["uuid"], question["state"]) == (vanished["uuid"], "done")
    assert question["evidence"] == "signed", "the second till passed on what the machine signed"
    answer = odoo.call(
        "smartcash.operation", "resolve", vanished["uuid"], "cash_in", "its till is gone"
    )
    assert "refused" not in answer
