"""The customer's page in front of a CashDro, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

SALE = 4


@pytest.fixture
def page(browser, till):
    page = browser.new_page(locale="en-GB")
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(till.machine.web)
    yield page
    page.close()
    assert troubles == []


def test_a_customer_pays_a_cashdro_and_takes_the_change(till, page) -> None:
    number = till.begin(SALE, 500)
    expect(page.locator("#to-pay")).to_have_text("€5.00")
    page.get_by_role("button", name="Insert €20.00 note").click()
    assert till.wait(number)["totalout"] == "-1500"
    expect(page.locator("#tray-total")).to_have_text("€15.00")
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#tray-total")).to_have_text("")
    assert till.look(number)["payOutProgress"] == "1"


def test_a_refused_note_says_why(till, page) -> None:
    till.machine.reset(float="empty")
    till.begin(SALE, 500)
    page.get_by_role("button", name="Insert €20.00 note").click()
    expect(page.locator("#answer")).to_contain_text("no change for it")


def test_the_seller_presses_the_machines_own_buttons(till, page) -> None:
    number = till.begin(SALE, 1000)
    page.get_by_role("button", name="Insert €5.00 note").click()
    expect(page.locator("#inserted")).to_have_text("€5.00")
    page.get_by_role("button", name="Cancel").click()
    assert till.wait(number)["totalout"] == "-500"


def test_the_service_can_be_broken_from_the_page(till, page) -> None:
    page.get_by_text("Break something").click()
    page.get_by_label("Service not ready").select_option("loading")
    expect(page.locator("#broken")).to_have_text(re.compile("1 broken"))
    assert till.code("startOperation", type="4", parameters={"amount": "100"}) == -1900
    page.get_by_role("button", name="Repair everything").click()
    expect(page.locator("#broken")).to_have_text("")


def test_the_control_can_be_switched_off_from_the_page(till, page) -> None:
    till.machine.reset(float="empty")
    page.get_by_text("Inside the machine").click()
    page.get_by_label("refuses money").uncheck()
    number = till.begin(SALE, 500)
    page.get_by_role("button", name="Insert €20.00 note").click()
    assert till.wait(number)["amountchangenotavailable"] == "1500"


@pytest.mark.parametrize("entry", ["index3", "index"])
def test_a_till_in_a_browser_reads_answers_from_another_origin(browser, till, entry: str) -> None:
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(till.machine.web)
        url = (
            f"{till.machine.url}/Cashdro3WS/{entry}.php?operation=doTest&name=admin&password=admin"
        )
        answer = page.evaluate("url => fetch(url).then((answer) => answer.json())", url)
    assert answer["code"] == 1
