"""The POS as a cashier sees it: a page object over Odoo 17's own screens and our dialog."""

import contextlib
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.customer_page import CustomerPage
from tests.machine import Machine
from tests.world import METHOD

#: Generous: the first load of a database builds the assets.
LOAD_TIMEOUT = 90_000  # ms
STEP_TIMEOUT = 20_000  # ms
OUTCOME_TIMEOUT = 60_000  # ms; a machine that was lost needs time to be found again


def log_in(page: Page, url: str, database: str, login: str, password: str) -> None:
    """Open a backend session in the page's browser context."""
    # The redirect saves loading the whole backend.
    page.goto(f"{url}/web/login?db={database}&redirect=/web/health", timeout=LOAD_TIMEOUT)
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click(".oe_login_buttons button[type=submit]")
    page.wait_for_url(f"{url}/web/health", timeout=LOAD_TIMEOUT)


class Till:
    """One browser page that shows one POS."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        page.set_default_timeout(STEP_TIMEOUT)
        # "Leave this page?" is answered with yes, as by somebody who has just pressed reload.
        page.on("dialog", lambda dialog: dialog.accept())

    # Screens

    @property
    def dialog(self) -> Locator:
        return self.page.locator(".smartcash-dialog")

    @property
    def receipt(self) -> Locator:
        return self.page.locator(".receipt-screen")

    @property
    def line(self) -> Locator:
        """The selected payment line."""
        return self.page.locator(".paymentline.selected")

    def open(self) -> None:
        """Load the POS and confirm the opening, if it is asked for."""
        self.page.goto(self.url, timeout=LOAD_TIMEOUT)
        self.wait_ready()
        # Odoo hides a style sheet that does not compile behind a line of text.
        style = self.page.evaluate("() => getComputedStyle(document.body, '::before').content")
        if "css error" in style:
            raise AssertionError(f"the POS has no style: {style}; see Odoo's log")

    def wait_ready(self) -> None:
        """Wait for a loaded POS; confirm the opening, if it is asked for.

        A payment that ended meanwhile may bring its order's screen up before the products are seen.
        """
        products = self.page.locator(".product-screen .product-list article.product").first
        screens = self.page.locator(".payment-screen, .receipt-screen").first
        expect(products.or_(screens).first).to_be_visible(timeout=LOAD_TIMEOUT)
        if self.page.evaluate("() => posmodel.pos_session.state") == "opening_control":
            popup = self.page.locator(".opening-cash-control")
            popup.locator("footer .btn-primary").click()
            popup.wait_for(state="hidden")

    # An order

    def add_product(self, name: str, count: int = 1) -> None:
        card = self.page.locator(
            "article.product", has=self.page.get_by_text(name, exact=True)
        ).first
        for _ in range(count):
            card.click()

    def due(self) -> int:
        """What the selected order still asks for, minor units."""
        return self.page.evaluate(
            "() => Math.round(posmodel.get_order().get_due() * 10 ** posmodel.currency.decimal_places)"
        )

    def go_to_payment(self, clicks: int = 1) -> None:
        self.page.locator(".product-screen .pay-order-button").click(click_count=clicks)
        self.page.locator(".payment-screen").wait_for()

    def choose_method(self, name: str = METHOD, clicks: int = 1) -> None:
        method = self.page.locator(".paymentmethods .button.paymentmethod", has_text=name)
        method.click(click_count=clicks)

    def send(self, clicks: int = 1) -> None:
        """Press Send (or Retry), ``clicks`` times as fast as a finger can."""
        self.page.locator(".send_payment_request").click(click_count=clicks)

    def confirm_payout(self) -> None:
        """Touch the button that says how much goes out."""
        self.page.locator(".smartcash-money-out-confirm:enabled").click()

    def back_to_payment(self) -> None:
        """Bring up the payment screen of the order that has payment lines, wherever the POS is."""
        self.page.evaluate(
            """() => {
                const [order] = posmodel.get_order_list().filter((one) => one.paymentlines.length);
                posmodel.set_order(order);
                posmodel.showScreen("PaymentScreen");
            }"""
        )
        self.page.locator(".payment-screen").wait_for()

    def set_amount(self, amount: int) -> None:
        """Give the selected payment line an amount, minor units."""
        self.page.evaluate(
            """(amount) => posmodel.get_order().selected_paymentline.set_amount(
                amount / 10 ** posmodel.currency.decimal_places
            )""",
            amount,
        )

    def make_refund(self) -> None:
        """The selected line of the order gives back what it would sell."""
        self.page.evaluate("() => posmodel.get_order().get_selected_orderline().set_quantity(-1)")

    def start_payment(self, method: str = METHOD) -> None:
        """From the product screen to a running payment on the machine."""
        self.go_to_payment()
        self.choose_method(method)
        self.send()
        self.wait_dialog()

    def sell(self, product: str, machine: Machine, customer: CustomerPage) -> None:
        """A whole sale of one piece, paid exactly, up to the receipt."""
        self.add_product(product)
        due = self.due()
        self.start_payment()
        machine.wait_accepting()
        customer.pay(due)
        self.expect_receipt()

    # The dialog of a running payment

    def wait_dialog(self) -> None:
        self.dialog.wait_for()

    def expect_inserted(self, amount: str) -> None:
        """Wait until the dialog shows what was inserted; ``amount`` as the cashier reads it."""
        expect(self.dialog.locator(".smartcash-inserted")).to_contain_text(amount)

    def expect_connection_lost(self) -> None:
        expect(self.dialog.locator(".smartcash-lost")).to_be_visible()

    def cancel(self, clicks: int = 1) -> None:
        self.dialog.locator(".smartcash-cancel").click(click_count=clicks)

    def wait_status(self, *statuses: str) -> str:
        """Wait until the newest payment line is in one of ``statuses`` (core's words); return it."""
        handle = self.page.wait_for_function(
            """(statuses) => {
                const lines = posmodel.get_order().get_paymentlines();
                const line = lines[lines.length - 1];
                return line && statuses.includes(line.payment_status) && line.payment_status;
            }""",
            arg=list(statuses),
            timeout=OUTCOME_TIMEOUT,
            polling=200,
        )
        return handle.json_value()

    def wait_order_status(self, *statuses: str) -> None:
        """Wait until the till's only order has its newest payment line in one of ``statuses``."""
        self.page.wait_for_function(
            """(statuses) => {
                const [order] = posmodel.get_order_list().filter((one) => one.paymentlines.length);
                const lines = order?.get_paymentlines() || [];
                return lines.length && statuses.includes(lines[lines.length - 1].payment_status);
            }""",
            arg=list(statuses),
            timeout=OUTCOME_TIMEOUT,
            polling=200,
        )

    # What pops up

    def expect_refused(self, words: str = "") -> None:
        """Wait for the words that say why a payment did not start."""
        expect(self.page.locator(".popup-error", has_text=words).first).to_be_visible()

    def dismiss_popups(self) -> None:
        """Confirm whatever the POS has to say; some of it goes away by itself meanwhile."""
        kinds = (".confirm", ".cancel", ".dont-show-again")
        buttons = self.page.locator(", ".join(f".popup .footer .button{kind}" for kind in kinds))
        while buttons.count():
            with contextlib.suppress(PlaywrightTimeout):
                buttons.first.click(timeout=1000)

    def synchronise(self) -> None:
        """Press the sign in the bar that sends what waits, until nothing does."""
        self.page.locator(".pos-topheader .oe_status").click()
        expect(self.page.locator(".oe_status .js_connected")).to_be_visible(timeout=OUTCOME_TIMEOUT)

    # The end

    def expect_receipt(self) -> None:
        """Wait until the order is validated, which it does by itself once it is paid."""
        expect(self.receipt).to_be_visible(timeout=OUTCOME_TIMEOUT)

    def next_order(self) -> None:
        self.page.locator(".receipt-screen .button.next").click()
        self.page.locator(".product-screen").wait_for()

    # What the page knows

    def payment_lines(self) -> list[dict[str, Any]]:
        """The lines of the selected order: method, status, amount in minor units."""
        return self.page.evaluate(
            """() => posmodel.get_order().get_paymentlines().map((line) => ({
                method: line.payment_method.name,
                status: line.payment_status || "",
                amount: Math.round(line.get_amount() * 10 ** posmodel.currency.decimal_places),
            }))"""
        )

    def reload(self) -> None:
        self.page.reload(timeout=LOAD_TIMEOUT)
        self.wait_ready()

    def in_new_tab(self) -> "Till":
        """Open the same POS in another tab of the same browser."""
        till = Till(self.page.context.new_page(), self.url)
        till.open()
        return till
