"""Makes the pictures of the guides against a running demo: `make demo`, then `make screenshots`.

Reads the demo's ports from the same variables (ODOO_PORT and so on). Names of pictures on the
command line make only those.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import launched
from tests.customer_page import CustomerPage
from tests.odoo_rpc import OdooRpc
from tests.till import Till, log_in
from tools.stack.demo import DATABASE, ports_from_env

IMAGES = Path(__file__).with_name("images")
MAX_BYTES = 250_000
TILL_SIZE = {"width": 1280, "height": 800}
DESK_SIZE = {"width": 1280, "height": 1250}
LIST_SIZE = {"width": 1440, "height": 640}
CUSTOMER_SIZE = {"width": 1240, "height": 665}
SLOW = 60_000  # ms
SECOND_DEVICE = "Cashlogy at the bar"
#: Nobody listens on the discard port.
NO_GATEWAY = "http://127.0.0.1:9"


class Demo:
    """The running demo, seen by its users."""

    def __init__(self, browser: Browser) -> None:
        ports = ports_from_env(os.environ)
        self.odoo = f"http://127.0.0.1:{ports['odoo']}"
        self.gateway = f"http://127.0.0.1:{ports['gateway']}"
        self.customers = {
            "Cashlogy": f"http://127.0.0.1:{ports['customer']}",
            "CashDro": f"http://127.0.0.1:{ports['cashdro_customer']}",
        }
        self.terminals = f"http://127.0.0.1:{ports['terminals']}"
        self.rpc = OdooRpc(self.odoo, DATABASE, "admin", "admin")
        self._browser = browser

    def page(self, login: str, size: dict[str, int]) -> Page:
        """A page of a browser of its own, logged in."""
        page = self._browser.new_context(viewport=size, locale="en-GB").new_page()
        page.set_default_timeout(SLOW)
        log_in(page, self.odoo, DATABASE, login, login)
        return page

    def customer_page(self, make: str) -> CustomerPage:
        """The simulator's page, made smaller: its gradients make heavy pictures."""
        context = self._browser.new_context(viewport=CUSTOMER_SIZE, device_scale_factor=0.67)
        return CustomerPage(context.new_page(), self.customers[make])

    def record(self, model: str, record_id: int, page: Page) -> Locator:
        """Open a record's form in the backend, whichever company it is of; return its sheet."""
        rows = self.rpc.search_read("res.company", [], ["id"], order="id")
        companies = ",".join(str(row["id"]) for row in rows)
        page.goto(f"{self.odoo}/web#model={model}&view_type=form&id={record_id}&cids={companies}")
        sheet = page.locator(".o_form_sheet")
        sheet.wait_for()
        # The address alone does not reload a client that is there already.
        page.reload()
        sheet.wait_for()
        return sheet

    def till(self, name: str, login: str, size: dict[str, int]) -> Till:
        """A till with a session, not loaded yet, in a browser of its own."""
        (row,) = self.rpc.search_read("pos.config", [("name", "=", name)], ["id"])
        OdooRpc(self.odoo, DATABASE, login, login).call("pos.config", "open_ui", [row["id"]])
        return Till(self.page(login, size), f"{self.odoo}/pos/ui?config_id={row['id']}")

    def named(self, xml_name: str) -> tuple[str, int]:
        """Model and id of a record of the demo's data."""
        domain = [("module", "=", "smartcash_demo"), ("name", "=", xml_name)]
        (row,) = self.rpc.search_read("ir.model.data", domain, ["model", "res_id"])
        return row["model"], row["res_id"]

    def device(self) -> int:
        (row,) = self.rpc.search_read(
            "smartcash.device", [("endpoint", "=", self.gateway)], ["id"], limit=1
        )
        return row["id"]

    def machine(self, call: str, make: str = "Cashlogy", **values: object) -> None:
        """Ask the simulator's control API."""
        answer = requests.post(f"{self.customers[make]}/api/{call}", json=values, timeout=10)
        answer.raise_for_status()

    def wait_machine(self, page: Page, state: str) -> None:
        """Wait until the gateway has seen what became of the machine."""
        health = f"{self.gateway}/v1/health"
        while requests.get(health, timeout=5).json()["device_state"] != state:
            page.wait_for_timeout(300)

    def repair(self, make: str = "Cashlogy") -> None:
        """A machine with a usual float and nothing broken."""
        requests.delete(f"{self.customers[make]}/api/faults", timeout=10).raise_for_status()
        self.machine("reset", make, float="standard")


def save(name: str, what: Locator | Page) -> None:
    """Write one picture, animations at rest."""
    target = IMAGES / f"{name}.png"
    page = what if isinstance(what, Page) else what.page
    page.mouse.move(0, 0)  # nothing is under a pointer that a till does not have
    what.screenshot(path=target, animations="disabled")
    size = target.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{target.name} has {size} bytes, more than {MAX_BYTES}")
    print(f"{target.name}  {size // 1024} KB")


# -- the manager ---------------------------------------------------------------------------


def device(demo: Demo) -> None:
    """The device's form after a good test."""
    page = demo.page("admin", DESK_SIZE)
    sheet = demo.record("smartcash.device", demo.device(), page)
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".o_smartcash_verdict")).to_have_attribute("data-code", "ok")
    save("device", sheet)


def test_failed(demo: Demo) -> None:
    """A verdict that names the next step."""
    page = demo.page("admin", DESK_SIZE)
    with_second_device(demo, lambda number: _fail_test(demo, page, number))


def _fail_test(demo: Demo, page: Page, number: int) -> None:
    demo.record("smartcash.device", number, page)
    page.get_by_role("button", name="Test connection").click()
    verdict = page.locator(".o_smartcash_verdict")
    expect(verdict).to_have_attribute("data-code", "gateway_down")
    save("test-failed", page.locator(".o_smartcash_gateway_test"))


def pairing(demo: Demo) -> None:
    """The key that is shown once, of a device that is deleted afterwards."""
    page = demo.page("admin", DESK_SIZE)
    with_second_device(demo, lambda number: _pair(demo, page, number))


def _pair(demo: Demo, page: Page, number: int) -> None:
    demo.record("smartcash.device", number, page)
    page.get_by_role("button", name="Make a pairing key").click()
    dialog = page.locator(".modal-content")
    expect(dialog.get_by_text("smartcash-gateway pair")).to_be_visible()
    save("pairing", dialog)


def with_second_device(demo: Demo, use: Callable[[int], None]) -> None:
    """Have a device without pairing and without gateway meanwhile."""
    values = {"name": SECOND_DEVICE, "driver": "cashlogy", "endpoint": NO_GATEWAY}
    number = demo.rpc.call("smartcash.device", "create", values)
    try:
        use(number)
    finally:
        demo.rpc.call("smartcash.device", "unlink", [number])


def payment_method(demo: Demo) -> None:
    """The payment method with its device."""
    (method,) = demo.rpc.search_read(
        "pos.payment.method", [("smartcash_device_id", "=", demo.device())], ["id"], limit=1
    )
    page = demo.page("admin", DESK_SIZE)
    save("payment-method", demo.record("pos.payment.method", method["id"], page))


def rule(demo: Demo) -> None:
    """A rule: who, what, rights, limits."""
    (row,) = demo.rpc.search_read(
        "smartcash.rule", [("device_id", "=", demo.device())], ["id"], limit=1
    )
    page = demo.page("admin", DESK_SIZE)
    save("rule", demo.record("smartcash.rule", row["id"], page))


def operations(demo: Demo) -> None:
    """The ledger as a list, and the newest sale with change as a story."""
    page = demo.page("admin", LIST_SIZE)
    (action,) = demo.rpc.search_read(
        "ir.model.data",
        [("module", "=", "pos_smartcash_terminal"), ("name", "=", "smartcash_operation_action")],
        ["res_id"],
    )
    page.goto(f"{demo.odoo}/web#action={action['res_id']}")
    page.locator(".o_list_view .o_data_row").first.wait_for()
    save("operations", page)
    (sale,) = demo.rpc.search_read(
        "smartcash.operation",
        [("match_state", "=", "matched"), ("kind", "=", "sale"), ("amount_out", ">", 0)],
        ["id"],
        limit=1,
        order="id desc",
    )
    page.set_viewport_size(DESK_SIZE)
    save("operation", demo.record("smartcash.operation", sale["id"], page))


# -- the cashier ---------------------------------------------------------------------------


class Shop:
    """A till and the customer's page of its machine, ready for a sale."""

    def __init__(self, demo: Demo, make: str = "Cashlogy", login: str = "cashier") -> None:
        demo.repair(make)
        self.demo = demo
        self.make = make
        self.till = demo.till(f"{make} till", login, TILL_SIZE)
        self.page = self.till.page
        self.till.open()
        self.customer = demo.customer_page(make)
        if make == "Cashlogy":
            demo.wait_machine(self.page, "online")

    def order(self, *products: str) -> None:
        for name in products:
            self.till.add_product(name)
        self.till.go_to_payment()

    def start(self) -> None:
        """One tap: the demo's methods start as soon as they are chosen."""
        self.till.choose_method(self.make)
        self.wait_accepting()

    def retry(self) -> None:
        self.till.send()
        self.wait_accepting()

    def wait_accepting(self) -> None:
        expect(self.till.dialog).to_have_class("smartcash-dialog smartcash-dialog--accepting")

    def wait_receipt(self) -> None:
        """Until the order is closed, and Odoo has it."""
        expect(self.till.receipt).to_be_visible(timeout=SLOW)
        self.page.wait_for_function("() => posmodel.db.get_orders().length === 0")

    def insert(self, *values: int) -> None:
        for value in values:
            self.customer.insert(value)


BREAKFAST = ("Bocadillo de tortilla", "Café con leche", "Zumo de naranja")  # 8.75


def sale(demo: Demo) -> None:
    """Accepting, giving change, receipt."""
    shop = Shop(demo)
    shop.order(*BREAKFAST)
    shop.start()
    shop.insert(500)
    shop.till.expect_inserted("5.00")
    save("accepting", shop.page)
    save("customer", shop.customer.page)
    shop.customer._piece(1000).click()
    expect(shop.till.dialog.locator(".smartcash-change")).to_be_visible()
    save("change", shop.page)
    shop.wait_receipt()
    save("receipt", shop.page)
    shop.customer.take()
    shop.till.next_order()


def send(demo: Demo) -> None:
    """The line of a method that does not start as soon as it is chosen."""
    shop = Shop(demo)
    # Odoo changes no payment method while a session is open: this page alone sees the option off.
    shop.page.evaluate(
        """() => {
            const [method] = posmodel.payment_methods.filter(({ name }) => name === "Cashlogy");
            method.smartcash.autoStart = false;
        }"""
    )
    shop.order(*BREAKFAST)
    shop.till.choose_method("Cashlogy")
    save("send", shop.page)
    shop.page.locator(".delete-button").click()


def cancel(demo: Demo) -> None:
    """Giving back, and the line that may be sent again."""
    shop = Shop(demo)
    shop.order(*BREAKFAST)
    shop.start()
    shop.insert(500, 200)
    shop.till.cancel()
    expect(shop.till.dialog.locator(".smartcash-giving-back")).to_be_visible()
    save("cancelling", shop.page)
    expect(shop.till.dialog).to_be_hidden(timeout=SLOW)
    save("cancelled", shop.page)


def partial(demo: Demo) -> None:
    """A part in cash, the rest with another method."""
    shop = Shop(demo)
    shop.order(*BREAKFAST)
    shop.start()
    shop.insert(500)
    shop.till.dialog.locator(".smartcash-accept").click()
    expect(shop.till.dialog).to_be_hidden(timeout=SLOW)
    shop.till.choose_method("Bank")
    save("partial", shop.page)
    shop.page.locator(".payment-screen .button.next.highlight").click()
    shop.wait_receipt()
    shop.till.next_order()


def by_hand(demo: Demo) -> None:
    """Change that the machine does not have."""
    shop = Shop(demo)
    demo.machine("reset", pieces=[{"value": 100, "recycler": 1}])
    shop.order(*BREAKFAST)
    shop.start()
    shop.customer._piece(5000).click()
    button = shop.till.dialog.locator(".smartcash-handed-over")
    expect(button).to_be_visible(timeout=SLOW)
    save("by-hand", shop.page)
    button.click()
    shop.wait_receipt()
    shop.till.next_order()
    demo.repair()


def refund(demo: Demo) -> None:
    """Money out for a returned order."""
    shop = Shop(demo)
    shop.page.evaluate(
        """() => {
            const order = posmodel.get_order();
            const product = posmodel.db.search_product_in_category(0, "Menú")[0];
            order.add_product(product, { quantity: -1 });
        }"""
    )
    shop.till.go_to_payment()
    shop.till.choose_method("Cashlogy")
    shop.till.send()
    shop.till.confirm_payout()
    shop.till.wait_dialog()
    expect(shop.till.dialog).to_have_class("smartcash-dialog smartcash-dialog--dispensing")
    save("refund", shop.page)
    shop.wait_receipt()
    shop.till.next_order()


def trouble(demo: Demo) -> None:
    """The machine is off; the till loses the gateway; the page comes back after a reload."""
    shop = Shop(demo)
    shop.order(*BREAKFAST)
    demo.machine("power", on=False)
    demo.wait_machine(shop.page, "offline")
    shop.till.choose_method("Cashlogy")
    popup = shop.page.locator(".popup-error")
    popup.wait_for()
    save("machine-off", shop.page)
    popup.locator(".button.cancel, .button.confirm, button").first.click()
    demo.machine("power", on=True)
    demo.wait_machine(shop.page, "online")
    shop.retry()
    shop.insert(500)
    shop.till.expect_inserted("5.00")
    shop.page.reload()
    expect(shop.till.dialog.locator(".smartcash-resumed")).to_be_visible(timeout=SLOW)
    save("resumed", shop.page)
    shop.page.context.set_offline(True)
    expect(shop.till.dialog.locator(".smartcash-lost")).to_be_visible(timeout=SLOW)
    expect(shop.till.dialog.locator(".smartcash-lost-advice")).to_be_visible(timeout=SLOW)
    save("lost", shop.page)
    shop.page.context.set_offline(False)
    expect(shop.till.dialog.locator(".smartcash-lost")).to_be_hidden(timeout=SLOW)
    shop.insert(200, 100, 50, 20, 5)
    shop.wait_receipt()
    shop.till.next_order()


def levels(demo: Demo) -> None:
    """A machine that has given out most of its small coins, looked at from the till."""
    shop = Shop(demo)
    left = {1: 156, 2: 124, 5: 98, 10: 20, 20: 3, 50: 54, 100: 60, 200: 119}
    left |= {500: 20, 1000: 4, 2000: 18}
    pieces = [{"value": value, "recycler": count} for value, count in left.items()]
    demo.machine("reset", pieces=[*pieces, {"value": 5000, "cassette": 12}])
    shop.page.locator(".smartcash-button").click()
    shop.page.locator(".smartcash-level").first.wait_for()
    save("levels", shop.page)
    demo.repair()


def services(demo: Demo) -> None:
    """What a manager may have a machine do."""
    shop = Shop(demo, login="admin")
    shop.page.locator(".smartcash-button").click()
    shop.page.locator(".smartcash-services button").first.wait_for()
    shop.page.locator(".smartcash-level").first.wait_for()
    save("services", shop.page)


def cash_day(demo: Demo) -> None:
    """The opening, cash in, the closing."""
    demo.repair()
    till = demo.till("Cashlogy till", "cashier", TILL_SIZE)
    till.open()
    close(till)
    till = demo.till("Cashlogy till", "cashier", TILL_SIZE)
    till.page.goto(till.url)
    till.page.locator(".opening-cash-control .smartcash-count--counted").wait_for()
    save("opening", till.page)
    till.wait_ready()
    customer = demo.customer_page("Cashlogy")
    till.page.locator(".menu-button").click()
    till.page.locator("li.navbar-button", has_text="Cash In/Out").click()
    popup = till.page.locator(".cash-move-popup")
    popup.locator(".input-type", has_text="Cash In").click()
    popup.locator(".input-amount input").fill("50")
    popup.locator("#reason").fill("Change from the bank")
    popup.locator(".smartcash-move-confirm").click()
    expect(till.dialog).to_have_class("smartcash-dialog smartcash-dialog--accepting")
    customer.insert(2000)
    till.expect_inserted("20.00")
    save("cash-move", till.page)
    customer.pay(3000)
    expect(till.dialog).to_be_hidden(timeout=SLOW)
    till.dismiss_popups()
    till.page.locator(".menu-button").click()
    till.page.locator(".close-button").click()
    till.page.locator(".close-pos-popup .smartcash-verdict").wait_for()
    save("closing", till.page)
    till.page.locator(".close-pos-popup .footer .button", has_text="Discard").click()


def close(till: Till) -> None:
    """Close the session, as it is counted, with the difference that repairs have made."""
    till.page.locator(".menu-button").click()
    till.page.locator(".close-button").click()
    till.page.locator(".close-pos-popup .footer .button.highlight:not(:disabled)").click()
    accept = till.page.locator(".popup-confirm .button.confirm")
    back_end = till.page.locator(".o_web_client")
    accept.or_(back_end).wait_for(timeout=SLOW)
    if accept.is_visible():
        accept.click()
    back_end.wait_for(timeout=SLOW)


def press(page: Page, button: str) -> None:
    """Press a button of a form, and wait for what it says."""
    page.get_by_role("button", name=button).click()
    page.locator(".o_notification").first.wait_for()


def cashdro_forms(demo: Demo) -> None:
    """The machine's device with its pinned certificate, and a rule."""
    page = demo.page("admin", DESK_SIZE)
    machine = demo.named("device_cashdro")
    demo.record(*machine, page)
    press(page, "Test connection")
    demo.record(*machine, page)
    page.locator(".smartcash-level").first.wait_for()
    save("cashdro-device", page)
    save("cashdro-rule", demo.record(*demo.named("rule_cashdro"), page))


def cashdro_sale(demo: Demo) -> None:
    """A sale on the machine that Odoo itself talks to."""
    shop = Shop(demo, "CashDro")
    shop.order(*BREAKFAST)
    shop.start()
    shop.insert(500)
    shop.till.expect_inserted("5.00")
    save("cashdro-payment", shop.page)
    save("cashdro-machine", shop.customer.page)
    shop.insert(1000)
    shop.wait_receipt()
    shop.customer.take()
    shop.till.next_order()


def hesabe_forms(demo: Demo) -> None:
    """The merchant's account after a good test, and its terminals."""
    page = demo.page("admin", DESK_SIZE)
    account = demo.named("hesabe_account")
    demo.record(*account, page)
    press(page, "Test connection")
    sheet = demo.record(*account, page)
    expect(page.locator(".alert", has_text="Connected to Hesabe")).to_be_visible()
    save("hesabe-account", sheet)
    press(page, "Fetch terminals")
    demo.record(*account, page)
    expect(page.locator(".o_notebook .o_data_row")).to_have_count(3)
    save("hesabe-terminals", page.locator(".o_notebook"))


def hesabe_sale(demo: Demo) -> None:
    """Present the card, paid, the receipt."""
    till = demo.till("Hesabe till", "kuwait", TILL_SIZE)
    till.open()
    for name in ("Machboos with chicken", "Karak tea", "Karak tea"):
        till.add_product(name)
    till.go_to_payment()
    # Its method does not go straight to the receipt: the result is seen.
    till.choose_method("Card 2")
    expect(till.dialog).to_have_class("smartcash-dialog smartcash-dialog--accepting")
    save("hesabe-payment", till.page)
    pay = f"{demo.terminals}/api/terminals/29708455/pay"
    requests.post(pay, json={"brand": "KNET"}, timeout=10).raise_for_status()
    till.dialog.locator(".smartcash-result--paid").wait_for()
    save("hesabe-paid", till.page)
    till.page.locator(".payment-screen .button.next.highlight").click()
    expect(till.receipt).to_be_visible(timeout=SLOW)
    save("hesabe-receipt", till.page)
    till.next_order()


def hesabe_arabic(demo: Demo) -> None:
    """First cancel on the terminal, for a cashier who reads Arabic.

    The demo has to run with node_modules/.bin on its PATH: there is rtlcss.
    """
    (arabic,) = demo.rpc.search_read(
        "res.lang", [("code", "=", "ar_001"), ("active", "in", [True, False])], ["id"]
    )
    wizard = demo.rpc.call(
        "base.language.install", "create", {"lang_ids": [(6, 0, [arabic["id"]])]}
    )
    demo.rpc.call("base.language.install", "lang_install", [wizard])
    (user,) = demo.rpc.search_read("res.users", [("login", "=", "kuwait")], ["id", "lang"])
    demo.rpc.call("res.users", "write", [user["id"]], {"lang": "ar_001"})
    try:
        till = demo.till("Hesabe till", "kuwait", TILL_SIZE)
        till.open()
        till.add_product("Karak tea")
        till.go_to_payment()
        till.choose_method("Card 2")
        expect(till.dialog).to_have_class("smartcash-dialog smartcash-dialog--accepting")
        till.dialog.locator(".smartcash-cancel").click()
        till.dialog.locator(".smartcash-first-cancel").wait_for()
        save("hesabe-arabic", till.page)
        cancel = f"{demo.terminals}/api/terminals/29708455/cancel"
        requests.post(cancel, json={}, timeout=10).raise_for_status()
        till.page.locator(".popup-error .button").click()
        till.page.locator(".delete-button").click()
    finally:
        demo.rpc.call("res.users", "write", [user["id"]], {"lang": user["lang"]})


def unknown(demo: Demo) -> None:
    """A machine that was switched off with money inside, and a manager's decision."""
    shop = Shop(demo)
    shop.order(*BREAKFAST)
    shop.start()
    shop.insert(500)
    demo.machine("power", on=False)
    demo.machine("power", on=True)
    question = shop.till.dialog.locator(".smartcash-leave-open")
    expect(question).to_be_visible(timeout=SLOW)
    save("unknown", shop.page)
    question.click()
    expect(shop.till.dialog).to_be_hidden()
    (operation,) = demo.rpc.search_read(
        "smartcash.operation", [("state", "=", "unknown")], ["id"], limit=1, order="id desc"
    )
    page = demo.page("admin", DESK_SIZE)
    demo.record("smartcash.operation", operation["id"], page)
    page.get_by_role("button", name="Resolve").click()
    dialog = page.locator(".modal-content")
    dialog.get_by_label("Returned to the customer").check()
    dialog.get_by_text("given back by hand").wait_for()
    dialog.locator("[name=reason] input").fill("The 5.00 were taken out by hand and given back")
    save("resolve", dialog)
    dialog.get_by_role("button", name="Resolve").click()
    dialog.wait_for(state="hidden")


PICTURES = (
    sale,
    send,
    cancel,
    partial,
    by_hand,
    refund,
    trouble,
    levels,
    services,
    cash_day,
    unknown,
    device,
    test_failed,
    pairing,
    payment_method,
    rule,
    operations,
    cashdro_forms,
    cashdro_sale,
    hesabe_forms,
    hesabe_sale,
    hesabe_arabic,
)


def main(names: list[str]) -> None:
    known = {make.__name__: make for make in PICTURES}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SystemExit(f"no pictures {', '.join(unknown)}; there are {', '.join(known)}")
    IMAGES.mkdir(exist_ok=True)
    for name in names or known:
        with launched() as browser:
            known[name](Demo(browser))


if __name__ == "__main__":
    main(sys.argv[1:])
