"""What the tours of every make need around them: a simulated machine, a shop, and its books."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from unittest.mock import patch

import requests
from odoo import Command, http
from odoo.addons.point_of_sale.tests.test_frontend import TestPointOfSaleHttpCommon
from odoo.tests import common

from .common_browser import TourBrowser

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT = 90  # seconds
CALL_TIMEOUT = 30  # seconds
#: Of a whole tour, seconds. A busy computer makes it slow, not wrong; each of its steps has an end too.
TOUR_TIMEOUT = 300
QUIET = 0.2  # seconds without a request
REQUEST = "odoo.service.http.request."  #: how Odoo names the thread of one


def tools_python():
    """The Python that has what gateway and simulators need; Odoo's own has not."""
    python = os.environ.get("SMARTCASH_TOOLS_PYTHON") or str(
        REPOSITORY / ".venv" / "tools" / "bin" / "python"
    )
    if not shutil.which(python):
        raise AssertionError(
            f"No Python for the gateway and the simulator at {python}. "
            "Run the set-up of the repository, or name one in SMARTCASH_TOOLS_PYTHON."
        )
    return python


def assert_browser():
    """Odoo skips browser tests in silence when something is missing; these must not be skipped."""
    if common.websocket is None:
        raise AssertionError("Browser tests need the Python package websocket-client.")
    names = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
    if not any(shutil.which(name) for name in names):
        raise AssertionError("Browser tests need Chromium or Chrome on the path.")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(method, url, body=None, token=None):
    """:returns: (status, JSON)"""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.request(method, url, json=body, headers=headers, timeout=CALL_TIMEOUT)
    return answer.status_code, answer.json()


class Process:
    """One of our own programs, run as it is run on a till."""

    def __init__(self, *arguments, environment=None):
        paths = [str(REPOSITORY / "gateway"), str(REPOSITORY / "simulators")]
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self.popen = subprocess.Popen(
            [tools_python(), "-m", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
        )

    def first_line(self):
        """What the program prints when it is ready."""
        watchdog = threading.Timer(START_TIMEOUT, self.popen.kill)
        watchdog.start()
        line = self.popen.stdout.readline()
        watchdog.cancel()
        if not line:
            raise AssertionError(f"{self.popen.args} did not start: {self.stderr()}")
        return line

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.popen.terminate()
        try:
            self.popen.wait(CALL_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.popen.stdout.close()
        self.log.close()


class Simulator:
    """A simulated machine, with the control API on its web port. Amounts: minor units."""

    def __init__(self, module, *arguments, speed=40, currency="EUR"):
        self.process = Process(
            module,
            *("--port", "0", "--web-port", "0", "--speed", str(speed), "--currency", currency),
            *arguments,
        )
        words = self.process.first_line().split()
        #: what the simulator says where to find, by name
        self.addresses = dict(word.split("=", 1) for word in words if "=" in word)
        self.web = self.addresses["web"]

    def post(self, path, **body):
        status, answer = call("POST", f"{self.web}/api/{path}", body)
        assert status < 300, answer
        return answer

    def state(self):
        return call("GET", f"{self.web}/api/state")[1]

    def renew(self, pieces="standard"):
        """A healthy machine with that float, for the next test."""
        self.post("power", on=True)
        call("DELETE", f"{self.web}/api/faults")
        self.post("reset", float=pieces)


class BrowserTourCase(TestPointOfSaleHttpCommon):
    """Core's shop, in a currency of our choice; a browser is there, or the test fails."""

    currency = "EUR"

    @classmethod
    def setup_company_data(cls, company_name, chart_template=None, **kwargs):
        # Core makes two companies, each with a chart of accounts; here one will do.
        if not cls.made_company:
            currency = cls.env.ref(f"base.{cls.currency}")
            currency.active = True
            cls.made_company = super().setup_company_data(
                company_name,
                chart_template=chart_template,
                **{**kwargs, "currency_id": currency.id},
            )
        return cls.made_company

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        assert_browser()
        cls.made_company = None
        # A password is hashed for half a second each time, and each tour logs in.
        cls.startClassPatcher(patch("odoo.addons.base.models.res_users.MIN_ROUNDS", 1))
        # The first request for a file reads all manifests. Python 3.11 sometimes raises SystemError when
        # two threads parse at once (cpython#106905), and the page stays without its scripts.
        assert http.root.statics
        cls.startClassPatcher(patch.object(common, "ChromeBrowser", TourBrowser))
        super().setUpClass(chart_template_ref=chart_template_ref)

    def start_tour(self, url_path, tour_name, step_delay=None, **kwargs):
        kwargs["timeout"] = max(kwargs.get("timeout", 0), TOUR_TIMEOUT)
        try:
            return super().start_tour(url_path, tour_name, step_delay, **kwargs)
        finally:
            self.wait_for_requests()

    def wait_for_requests(self):
        """Odoo may accept a page's last request after the page is gone, and requests share the
        cursor of the test: the test goes on when none was seen for a moment."""
        quiet_since = time.monotonic()
        end = quiet_since + CALL_TIMEOUT
        while time.monotonic() - quiet_since < QUIET:
            if any(thread.name.startswith(REQUEST) for thread in threading.enumerate()):
                quiet_since = time.monotonic()
            self.assertLess(time.monotonic(), end, "a request of the page does not end")
            time.sleep(0.02)


class SetupTourCase(BrowserTourCase):
    """A shop without a machine, a safe, and a manager with the rights for both."""

    price = 1.0  #: of a coffee

    def setUp(self):
        super().setUp()
        self.pos_admin.groups_id |= self.env.ref("account.group_account_invoice")
        self.safe = self.env["account.journal"].create(
            {"name": "Safe", "code": "SAFE", "type": "cash"}
        )
        bank = self.env["pos.payment.method"].search(
            [("name", "=", "Bank"), ("company_id", "=", self.env.company.id)], limit=1
        )
        self.shop = self.env["pos.config"].create(
            {
                "name": "New shop",
                "module_pos_restaurant": False,
                "payment_method_ids": [Command.set(bank.ids)],
            }
        )
        self.env["product.product"].create(
            {
                "name": "Coffee",
                "list_price": self.price,
                "available_in_pos": True,
                "taxes_id": False,
            }
        )

    def run_setup_tour(self, name):
        action = self.env.ref("pos_smartcash_terminal.smartcash_setup_begin")
        self.start_tour(f"/web#action={action.id}", name, login="pos_admin")

    def run_till_tour(self, name, simulator):
        """:param simulator: the web address of the customer's page"""
        address = f"/pos/ui?config_id={self.shop.id}"
        action = self.env["smartcash.setup"].search([]).with_user(self.pos_admin).action_open_till()
        self.assertIn(address, action["url"])
        self.start_tour(f"{address}&simulator={simulator}", name, login="pos_admin")

    def assert_first_sale(self, held):
        """The session was opened without a difference, and an order was paid.

        :param held: what was in the machine at its set-up
        """
        session = self.shop.current_session_id
        self.assertEqual((session.state, session.cash_register_balance_start), ("opened", held))
        self.assertFalse(session.statement_line_ids, "no difference was booked")
        self.assertEqual(session.order_ids.state, "paid")


class MachineTourCase(BrowserTourCase):
    """One shop whose cash is in a machine, with a terminal-free card method beside it."""

    make = None  #: the driver
    method_name = None
    pieces = "standard"  #: what is in the machine at the start
    products = (("Lunch", 9.9), ("Coffee", 2.5), ("Banquet", 35.0))

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.simulator = cls.make_simulator()
        cls.addClassCleanup(cls.simulator.process.stop)
        cls.device = cls.make_device()
        cls.machine_method = cls.make_machine_method(cls.method_name, "MACH")
        bank = cls.env["pos.payment.method"].search(
            [("name", "=", "Bank"), ("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.main_pos_config.payment_method_ids = [Command.set((cls.machine_method | bank).ids)]
        # Core's own automatism must not decide for our methods, neither way.
        cls.main_pos_config.auto_validate_terminal_payment = True
        cls.env["product.product"].create(
            [
                {"name": name, "list_price": price, "available_in_pos": True, "taxes_id": False}
                for name, price in cls.products
            ]
        )

    @classmethod
    def make_simulator(cls):
        """:rtype: Simulator"""
        raise NotImplementedError

    @classmethod
    def make_device(cls):
        """The device in front of the simulator."""
        raise NotImplementedError

    @classmethod
    def make_machine_method(cls, name, code, device=None):
        journal = cls.env["account.journal"].create({"name": name, "code": code, "type": "cash"})
        return cls.env["pos.payment.method"].create(
            {
                "name": name,
                "journal_id": journal.id,
                "use_payment_terminal": cls.make,
                "smartcash_device_id": (device or cls.device).id,
                # Most tours look at the line before they press Send.
                "smartcash_auto_start": False,
            }
        )

    def setUp(self):
        super().setUp()
        self.simulator.renew(self.pieces)
        self.total_before = self.simulator.state()["physical_total"]

    def allow_money_out(self):
        """Without a rule only managers take cash out, and only paid orders are refunded."""
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                "right_cash_in": True,
                "right_cash_out": True,
                "right_refund": True,
            }
        )

    def open_session(self, *devices):
        """As a cashier did while the machine was still sound; no opening is asked for any more.

        :param devices: all that the session may use, each as full as the first one
        """
        self.main_pos_config.with_user(self.pos_user).open_ui()
        session = self.main_pos_config.current_session_id.with_user(self.pos_user)
        seen = {"total": self.total_before, "reason": "The test knows it"}
        take = self.env["smartcash.count"].with_user(self.pos_user).take
        counts = [take(session.id, "opening", seen, device.id) for device in devices or self.device]
        session.set_cashbox_pos(sum(count["share"] for count in counts) / 100, "")

    def run_tour(self, name, login="pos_user", config=None, simulator=None):
        """:param simulator: the machine at which the tour's customer stands"""
        config = config or self.main_pos_config
        config.with_user(self.pos_user).open_ui()
        self.pos_session = config.current_session_id
        self.start_tour(
            f"/pos/ui?config_id={config.id}&simulator={(simulator or self.simulator).web}",
            name,
            login=login,
        )

    # ---- what must hold afterwards --------------------------------------------------------------

    def operations(self, device=None):
        """All of this device, oldest first."""
        return self.env["smartcash.operation"].search(
            [("device_id", "=", (device or self.device).id)], order="id"
        )

    def assert_order(self, *payments):
        """One paid order with exactly these payments: (method name, amount)."""
        order = self.pos_session.order_ids
        self.assertEqual(len(order), 1, "one order was expected")
        self.assertEqual(order.state, "paid")
        self.assertEqual(
            [
                (payment.payment_method_id.name, payment.amount)
                for payment in order.payment_ids.sorted("id")
            ],
            list(payments),
        )
        return order

    def assert_operation(self, operation, **values):
        found = {name: operation[name] for name in values}
        self.assertEqual(found, values)

    def assert_every_cent(self):
        """Machine, ledger and books agree: what is inside is what the payments say."""
        moved = self.simulator.state()["physical_total"] - self.total_before
        operations = self.operations()
        by_machine = operations.filtered(lambda operation: operation.evidence != "manual")
        self.assertAlmostEqual(
            sum(by_machine.mapped("net")), moved / 100, 5, "ledger and machine differ"
        )
        self.assertNotIn("running", operations.mapped("state"))
        payments = self.pos_session.order_ids.payment_ids.filtered(
            lambda payment: payment.payment_method_id == self.machine_method
        )
        worth = sum(operations.mapped("net")) + sum(operations.mapped("rounding"))
        self.assertAlmostEqual(sum(payments.mapped("amount")), worth, 5, "books and ledger differ")
        self.assertFalse(operations.filtered(lambda operation: operation.match_state == "open"))
