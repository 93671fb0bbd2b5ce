"""A reload in each phase of a payment: it goes on, or shows how it ended, and is booked once."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Page, Route, WebSocketRoute

from tests.till import Till
from tests.waiting import until

REGISTER = re.compile(r"/smartcash\.operation/register$")
REPORT = re.compile(r"/smartcash\.operation/report$")
ORDER = re.compile(r"/pos\.order/create_from_ui$")
EVENTS = re.compile(r"/v1/events")
OPERATION = re.compile(r"/v1/operations/[^/]+$")


class Cut:
    """Requests of a page that get no answer; whether they arrive is up to ``arrives``."""

    def __init__(
        self,
        page: Page,
        address: re.Pattern,
        *,
        arrives: bool,
        method: str = "POST",
        answer: Callable[[Route], None] = lambda _route: None,
    ) -> None:
        self.seen = 0
        self._page, self._address, self._answer = page, address, answer
        self._method, self._arrives = method, arrives
        page.route(address, self._handle)

    def _handle(self, route: Route) -> None:
        if route.request.method != self._method:
            route.fallback()
            return
        if self._arrives:
            route.fetch()
        self.seen += 1
        self._answer(route)

    def wait(self) -> None:
        """Wait for the first of them; the page's own clock lets the handler run."""
        until("a request", lambda: self._page.wait_for_timeout(50) or self.seen, pause=0)

    def mend(self) -> None:
        """Let requests through again; one that still waits here goes on, so reload before."""
        self._page.unroute(self._address, self._handle)


def lose(route: Route) -> None:
    """End the request as a broken network does."""
    route.abort("connectionfailed")


def test_registering_starts_nothing_and_a_retry_is_paid(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    asked = Cut(till.page, REGISTER, arrives=True)
    till.start_payment()
    asked.wait()
    till.reload()
    asked.mend()
    till.wait_order_status("retry")
    till.dismiss_popups()
    assert not machine.state()["accepting"]
    assert books.settle().machine == 0

    till.back_to_payment()
    till.send()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due
    assert [row["state"] for row in books.operations()] == ["failed", "done"]


def test_start_that_never_arrived_ends_as_nothing(till, machine, books):
    till.add_product("Coffee")
    sent = Cut(till.page, OPERATION, arrives=False, method="PUT")
    till.start_payment()
    sent.wait()
    till.reload()
    sent.mend()
    till.wait_order_status("retry")
    till.dismiss_popups()
    assert not machine.state()["accepting"]
    assert books.settle().machine == 0
    assert [row["state"] for row in books.operations()] == ["failed"]


def test_start_whose_answer_is_lost_goes_on(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    sent = Cut(till.page, OPERATION, arrives=True, method="PUT")
    till.start_payment()
    sent.wait()
    till.reload()
    sent.mend()
    till.wait_dialog()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    assert books.settle().payments == due
    assert [row["state"] for row in books.operations()] == ["done"]


def test_accepting_beside_another_payment_pays_the_right_line(till, machine, customer, books):
    till.add_product("Menu")
    till.go_to_payment()
    till.choose_method("Card")
    till.set_amount(705)
    till.choose_method()
    due = till.payment_lines()[1]["amount"]
    assert due == 1000
    till.send()
    machine.wait_accepting()
    customer.insert(500)
    till.expect_inserted("5.00")
    till.reload()
    till.expect_inserted("5.00")
    customer.insert(500)
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["match_state"]) == (1000, "matched")


def test_dispensing_ends_paid_and_gives_change_once(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    machine.fault(latency_ms=1500)
    customer.insert(2000)
    machine.wait_giving()
    till.reload()
    machine.clear_faults()
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["amount_out"]) == (2000, 2000 - due)


def test_ended_and_neither_report_nor_order_reached_odoo(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    reports = Cut(till.page, REPORT, arrives=False, answer=lose)
    orders = Cut(till.page, ORDER, arrives=False, answer=lose)
    till.start_payment()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    reports.wait()
    orders.wait()
    assert books.balance().payments == 0
    till.reload()
    reports.mend()
    orders.mend()
    till.dismiss_popups()
    till.synchronise()
    assert books.settle(timeout=90).payments == due
    (operation,) = books.operations()
    assert (operation["state"], operation["evidence"]) == ("done", "signed")
    assert operation["match_state"] == "matched"


def test_reported_and_the_order_did_not_reach_odoo(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    orders = Cut(till.page, ORDER, arrives=False, answer=lose)
    till.start_payment()
    machine.wait_accepting()
    customer.pay(due)
    till.expect_receipt()
    orders.wait()
    balance = books.wait_balance(lambda now: now.ledger == due)
    assert balance.payments == 0
    till.reload()
    orders.mend()
    till.dismiss_popups()
    till.synchronise()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert operation["match_state"] == "matched"


def test_browser_that_crashed_goes_on_when_it_is_started_again(
    chromium: Browser, contexts: list[BrowserContext], till, machine, customer, books
):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    disk = till.page.context.storage_state()
    till.page.context.close()
    context = chromium.new_context(storage_state=disk)
    contexts.append(context)
    till = Till(context.new_page(), till.url)
    till.open()
    till.expect_inserted("0.50")
    customer.insert(2000)
    till.expect_receipt()
    assert books.settle().payments == due
    (operation,) = books.operations()
    assert (operation["amount_in"], operation["amount_out"]) == (2050, 2050 - due)


def test_till_without_network_finds_the_payment_when_it_is_back(till, machine, customer, books):
    # "Offline" leaves the browser's open web sockets alone; a cut cable does not.
    sockets = []

    def joined(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    till.page.route_web_socket(EVENTS, joined)
    till.reload()
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    assert sockets, "the till listens to the gateway"
    till.page.context.set_offline(True)
    for socket in sockets:
        socket.close()
    till.expect_connection_lost()
    customer.pay(due)
    machine.wait_idle()
    till.page.context.set_offline(False)
    till.expect_receipt()
    assert books.settle().payments == due
    assert len(books.operations()) == 1


def test_reloaded_twice_is_watched_once(till, machine, customer, books):
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(50)
    till.expect_inserted("0.50")
    for _ in range(2):
        till.reload()
        till.expect_inserted("0.50")
    customer.insert(2000)
    till.expect_receipt()
    assert till.page.evaluate("() => posmodel.env.services.smartcash.runners.size") == 0
    assert books.settle().payments == due
    assert len(books.operations()) == 1
