"""The customer's page, in a real browser."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(browser, simulator):
    page = browser.new_page(locale="en-GB")
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.goto(simulator.web)
    yield page
    page.close()
    assert troubles == []


def test_a_customer_pays_and_takes_the_change(simulator, line, page) -> None:
    line.send("#C#1#1#990#1#15360#0#0#0#1#0#0#")
    expect(page.locator("#to-pay")).to_have_text("€9.90")
    page.get_by_role("button", name="Insert €20.00 note").click()
    expect(page.locator("#inserted")).to_have_text("€20.00")
    assert line.receive() == "#0#2000#1010#0#0#"
    expect(page.locator("#tray-total")).to_have_text("€10.10")
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#tray-total")).to_have_text("")
    assert simulator.state()["customer_net"] == -990


def test_a_customer_presses_cancel(line, page) -> None:
    line.send("#C#1#1#990#1#15360#0#0#0#1#0#0#")
    page.get_by_role("button", name="Cancel").click()
    assert line.receive() == "#WR:CANCEL#0#0#0#0#"


def test_a_refused_piece_is_explained(page) -> None:
    page.get_by_role("button", name="Insert €5.00 note").click()
    expect(page.get_by_role("status")).to_contain_text("not accepting money now")


def test_the_plug_can_be_pulled(simulator, page) -> None:
    page.get_by_role("button", name="Pull the plug").click()
    expect(page.locator("#headline")).to_have_text("No power")
    assert not simulator.state()["powered"]
    page.get_by_role("button", name="Plug in").click()
    expect(page.locator("#headline")).to_have_text("Welcome")


def test_things_can_be_broken_and_repaired(simulator, page) -> None:
    page.get_by_text("Break something").click()
    page.get_by_label("No change to give").check()
    page.get_by_label("Late answers (ms)").fill("300")
    page.get_by_label("Late answers (ms)").blur()
    expect(page.locator("#broken")).to_have_text("2 broken")
    faults = simulator.state()["faults"]
    assert (faults["no_change"], faults["latency_ms"]) == (True, 300)
    page.get_by_role("button", name="Repair everything").click()
    expect(page.locator("#broken")).to_have_text("")
