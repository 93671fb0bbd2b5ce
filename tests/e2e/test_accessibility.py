"""Our screens for people with a keyboard, a screen reader or weak eyes: axe-core finds nothing serious."""

from functools import cache

import pytest
from playwright.sync_api import Page, expect

from tests.till import LOAD_TIMEOUT, log_in
from tools.stack.node import node_modules

SIZES = ((1280, 800), (1024, 600), (800, 480), (360, 640))
#: These look as everywhere in Odoo.
ODOOS_OWN = [[".badge"], [".o_list_record_selector"], [".o_avatar"], [".fa-download"]]
GRAVE = ("serious", "critical")


@cache
def _axe() -> str:
    return (node_modules() / "axe-core" / "axe.min.js").read_text("utf-8")


def _find_grave(page: Page, part: str) -> list[str]:
    """What axe-core calls serious in the part of the page that this selector names."""
    expect(page.locator(part).first).to_be_visible()
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_axe())
    found = page.evaluate(
        """([include, exclude]) => axe.run({include, exclude}, {resultTypes: ["violations"]})
            .then((said) => said.violations)""",
        [part, ODOOS_OWN],
    )
    return [
        f"\n{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def _outside(page: Page, part: str) -> list[str]:
    """Texts of the buttons of this part that a person cannot reach without scrolling sideways."""
    return page.evaluate(
        """(part) => [...document.querySelectorAll(`${part} button, ${part} .button`)]
            .filter((button) => button.offsetParent)
            .filter((button) => {
                const box = button.getBoundingClientRect();
                return box.left < -1 || box.right > window.innerWidth + 1 || box.width < 24;
            })
            .map((button) => button.textContent.trim() || button.className)""",
        part,
    )


def _check(page: Page, part: str) -> None:
    before = page.viewport_size
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        where = f"{part} at {width}x{height}: "
        assert not (found := _find_grave(page, part)), where + "".join(found)
        assert not (found := _outside(page, part)), where + ", ".join(found)
    page.set_viewport_size(before)


@pytest.mark.parametrize("language", ["en_US", "ar_001"])
def test_a_payment_and_what_is_inside(new_till, machine, customer, books, language):
    till = new_till(language=language)
    till.page.locator(".smartcash-button").click()
    till.page.locator(".smartcash-level").first.wait_for()
    _check(till.page, ".smartcash-panel")
    till.page.locator(".smartcash-panel-close").click()
    till.add_product("Coffee")
    due = till.due()
    till.start_payment()
    machine.wait_accepting()
    customer.insert(100)
    _check(till.page, ".smartcash-dialog")
    customer.pay(due - 100)
    till.expect_receipt()
    assert books.settle().payments == due


def test_cash_out_and_the_closing(till, machine, books):
    till.page.locator(".menu-button").click()
    till.page.locator("li.navbar-button", has_text="Cash In/Out").click()
    popup = till.page.locator(".cash-move-popup")
    popup.locator(".input-type", has_text="Cash Out").click()
    popup.locator(".input-amount input").fill("5")
    _check(till.page, ".cash-move-popup")
    popup.locator(".button.cancel").click()
    till.page.locator(".menu-button").click()
    till.page.locator(".close-button").click()
    till.page.locator(".close-pos-popup .smartcash-verdict").wait_for()
    _check(till.page, ".close-pos-popup")
    till.page.locator(".close-pos-popup .footer .button", has_text="Discard").click()


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ("smartcash_device_action", ".o_kanban_record:not(.o_kanban_ghost)"),
        ("smartcash_operation_action", ".o_list_view tbody"),
        ("smartcash_alert_recipient_action", ".o_content"),
    ],
)
def test_the_back_end(stack, chromium, contexts, odoo, action, part):
    context = chromium.new_context()
    contexts.append(context)
    page = context.new_page()
    log_in(page, stack.url, stack.database, "admin", "admin")
    (row,) = odoo.search_read(
        "ir.model.data",
        [("module", "=", "pos_smartcash_terminal"), ("name", "=", action)],
        ["res_id"],
    )
    page.goto(f"{stack.url}/web#action={row['res_id']}", timeout=LOAD_TIMEOUT)
    expect(page.locator(".o_view_controller")).to_be_visible(timeout=LOAD_TIMEOUT)
    assert not (found := _find_grave(page, part)), "".join(found)
