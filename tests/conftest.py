"""One deployment and one browser for all end-to-end tests; each test balances the books."""

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Error as PlaywrightError

from tests import browser
from tests.books import Books
from tests.customer_page import CustomerPage
from tests.deployment import Deployment, deployed
from tests.machine import Machine
from tests.odoo_rpc import OdooRpc
from tests.till import Till
from tests.world import CASHIERS, install_language
from tools.stack.paths import RUN

SCREENSHOTS = RUN / "screenshots" / "e2e"
TILLS = 2

_reports = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    item.stash.setdefault(_reports, {})[report.when] = report
    return report


@pytest.fixture(scope="session")
def stack() -> Iterator[Deployment]:
    with deployed("e2e", tills=TILLS) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser.launched() as launched:
        yield launched


@pytest.fixture(scope="session")
def odoo(stack: Deployment) -> OdooRpc:
    return stack.rpc()


@pytest.fixture
def machine(stack: Deployment) -> Machine:
    """The machine, sound, with its standard float and nobody at it."""
    stack.machine.clear_faults()
    stack.machine.reset()
    stack.machine.wait_idle()
    return stack.machine


@pytest.fixture
def books(odoo: OdooRpc, machine: Machine) -> Books:
    """The books from this moment on."""
    return Books(odoo, machine)


@pytest.fixture
def contexts(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[list[BrowserContext]]:
    """The browser contexts of a test: closed at its end, photographed when it failed."""
    opened: list[BrowserContext] = []
    yield opened
    reports = request.node.stash.get(_reports, {})
    failed = "call" not in reports or reports["call"].failed
    name = re.sub(r"[^\w-]+", "_", request.node.name)
    for number, context in enumerate(opened):
        for index, page in enumerate(context.pages):
            if failed:
                # A page on its way to another one cannot be photographed; the test's own failure counts.
                with contextlib.suppress(PlaywrightError):
                    page.screenshot(path=SCREENSHOTS / f"{name}-{number}-{index}.png", timeout=5000)
        context.close()


@pytest.fixture
def new_till(
    stack: Deployment,
    chromium: Browser,
    odoo: OdooRpc,
    contexts: list[BrowserContext],
    books: Books,
) -> Callable[..., Till]:
    """A function that opens till number 1 or 2 in a browser of its own, with its own cashier."""

    def opened(number: int = 1, language: str = "en_US") -> Till:
        cashier = CASHIERS[number - 1]
        install_language(odoo, language)
        users = odoo.call("res.users", "search", [("login", "=", cashier)])
        odoo.call("res.users", "write", users, {"lang": language})
        context = chromium.new_context(locale=language.replace("_", "-"))
        contexts.append(context)
        return stack.open_till(context.new_page(), number)

    return opened


@pytest.fixture
def till(new_till: Callable[..., Till]) -> Till:
    return new_till()


@pytest.fixture
def customer(chromium: Browser, contexts: list[BrowserContext], machine: Machine) -> CustomerPage:
    """The customer's page of the machine, in a window of its own."""
    context = chromium.new_context()
    contexts.append(context)
    return CustomerPage(context.new_page(), machine.web)
