"""The page with the terminals, in a real browser; and the webhook."""

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hesabe_wire import TERMINAL, Merchant
from playwright.sync_api import expect, sync_playwright

from smartcash_simulators.hesabe.testing import HesabeSimulator


@pytest.fixture(scope="module")
def shared():
    with HesabeSimulator() as simulator:
        yield simulator


@pytest.fixture
def hesabe(shared):
    shared.reset()
    return shared


@pytest.fixture
def merchant(hesabe):
    merchant = Merchant(hesabe.api)
    merchant.login()
    return merchant


@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, hesabe):
    page = browser.new_page(locale="en-GB")
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.goto(hesabe.web)
    yield page
    page.close()
    assert troubles == []


@pytest.fixture
def terminal(page):
    return page.locator(f"[data-terminal='{TERMINAL}']")


def test_a_customer_taps_a_card(hesabe, merchant, page, terminal) -> None:
    expect(terminal.get_by_role("button", name="Tap or insert")).to_be_disabled()
    merchant.create()
    expect(terminal.locator(".amount")).to_have_text("1.500 KWD")
    terminal.get_by_role("button", name="Tap or insert").click()
    expect(terminal.locator(".screen")).to_have_text("Ready")
    expect(page.get_by_role("status")).to_contain_text("paid")
    assert hesabe.state()["paid_total"] == 1500


@pytest.mark.parametrize(
    ("button", "state"),
    [("Decline", "declined"), ("Cancel", "cancelled"), ("Let it time out", "expired")],
)
def test_a_customer_does_not_pay(hesabe, merchant, terminal, button, state) -> None:
    merchant.create()
    terminal.get_by_role("button", name=button).click()
    expect(terminal.locator(".screen")).to_have_text("Ready")
    assert hesabe.state()["invoices"][0]["state"] == state


def test_a_customer_pays_late(hesabe, merchant, page, terminal) -> None:
    merchant.create()
    terminal.get_by_role("button", name="Let it time out").click()
    expect(page.get_by_role("status")).to_contain_text("timed out")
    terminal.get_by_role("button", name="Pay late").click()
    expect(page.get_by_role("status")).to_contain_text("paid")
    assert hesabe.state()["invoices"][0]["state"] == "paid"


def test_a_terminal_goes_offline_and_comes_back(merchant, terminal) -> None:
    merchant.create()
    terminal.get_by_role("button", name="Go offline").click()
    expect(terminal.locator(".screen")).to_have_text("No network")
    terminal.get_by_role("button", name="Go online").click()
    expect(terminal.locator(".amount")).to_be_visible()


def test_staff_approves_a_refund(hesabe, merchant, page) -> None:
    merchant.create()
    token = hesabe.pay(TERMINAL)["token"]
    merchant.ask("POST", "/api/v1/refund", refundAmount="1.500", refundMethod="1", token=token)
    page.locator("#refunds-box summary").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#refunds")).to_contain_text("approved")


class Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.heard.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()
        self.server.all_heard.release()

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def listener():
    server = HTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.all_heard = [], threading.Semaphore(0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_tells_as_often_as_it_is_told_to(hesabe, merchant, listener) -> None:
    hesabe.webhook(f"http://127.0.0.1:{listener.server_port}/hook", copies=2)
    merchant.create()
    hesabe.pay(TERMINAL)
    for _copy in range(2):
        assert listener.all_heard.acquire(timeout=10)
    first, second = listener.heard
    assert first == second
    assert (first["amount"], first["reference_number"], first["status"], first["status_code"]) == (
        "1.500",
        "INV-1",
        "SUCCESSFUL",
        1,
    )
