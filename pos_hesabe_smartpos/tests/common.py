"""A shop in Kuwait in front of a simulated Hesabe, a process of its own."""

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import requests
from odoo import Command
from odoo.addons.pos_smartcash_terminal.tests.common import SmartcashCommon

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30  # seconds
CALL_TIMEOUT = 20
TERMINAL = "29708454"
#: Hesabe publishes these for its sandbox.
ACCOUNT = {
    "merchant_code": "842217",
    "access_code": "c333729b-d060-4b74-a49d-7686a8353481",
    "secret_key": "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg",
    "iv_key": "5NVdrlPVNnjo2Jy9",
    "username": "sandbox@example.com",
    "password": "a password of the sandbox",
}


def tools_python():
    """The Python that has what the simulators need; Odoo's own has not."""
    python = os.environ.get("SMARTCASH_TOOLS_PYTHON") or str(
        REPOSITORY / ".venv" / "tools" / "bin" / "python"
    )
    if not shutil.which(python):
        raise AssertionError(
            f"No Python for the simulator at {python}. "
            "Run the set-up of the repository, or name one in SMARTCASH_TOOLS_PYTHON."
        )
    return python


class Hesabe:
    """The simulated cloud, with the control API on its web port. Amounts: fils."""

    def __init__(self):
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        command = [tools_python(), "-m", "smartcash_simulators.hesabe"]
        command += ["--port", "0", "--web-port", "0", "--password", ACCOUNT["password"]]
        self.popen = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "simulators")},
        )
        watchdog = threading.Timer(START_TIMEOUT, self.popen.kill)
        watchdog.start()
        line = self.popen.stdout.readline()
        watchdog.cancel()
        if not line.startswith("READY "):
            self.log.seek(0)
            raise AssertionError(f"The simulator did not start: {self.log.read()}")
        addresses = dict(word.split("=", 1) for word in line.split()[1:])
        self.api, self.web = addresses["api"], addresses["web"]

    def stop(self):
        self.popen.terminate()
        self.popen.wait(START_TIMEOUT)
        self.popen.stdout.close()
        self.log.close()

    def post(self, path, **body):
        answer = requests.post(f"{self.web}/api/{path}", json=body, timeout=CALL_TIMEOUT)
        assert answer.ok, answer.text
        return answer.json()

    def at(self, action, terminal=TERMINAL, **values):
        """pay, decline, cancel, expire or switch, at a terminal."""
        return self.post(f"terminals/{terminal}/{action}", **values)

    def fault(self, **faults):
        return self.post("faults", **faults)

    def renew(self):
        """Nothing sold, nothing broken, nobody logged in."""
        self.post("reset")
        self.post("tokens", action="revoke", seconds=900)

    def state(self):
        return requests.get(f"{self.web}/api/state", timeout=CALL_TIMEOUT).json()

    @property
    def invoices(self):
        """The newest first."""
        return self.state()["invoices"]


class HesabeCommon(SmartcashCommon):
    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.hesabe = Hesabe()
        cls.addClassCleanup(cls.hesabe.stop)
        cls.kwd = cls.env.ref("base.KWD")
        cls.kwd.active = True
        cls.account = cls.new_account()
        cls.terminal = cls.new_terminal(TERMINAL, "Counter 1")
        cls.card_journal = cls.env["account.journal"].create(
            {"name": "Cards", "code": "CRD", "type": "bank", "currency_id": cls.kwd.id}
        )
        cls.card_method = cls.env["pos.payment.method"].create(
            {
                "name": "KNET",
                "journal_id": cls.card_journal.id,
                "use_payment_terminal": "hesabe",
                "smartcash_device_id": cls.terminal.id,
            }
        )
        cls.kuwait = cls.new_shop(cls.card_method)

    def setUp(self):
        super().setUp()
        self.hesabe.renew()
        self.env["hesabe.token"].sudo().search([]).unlink()
        self.kuwait.open_ui()
        self.kuwait_session = self.kuwait.current_session_id

    def commits_end_with_the_test(self):
        """The engine commits: with one cursor for all, its commits end with the test."""
        self.env.flush_all()
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    @classmethod
    def new_account(cls, **values):
        return cls.env["hesabe.account"].create(
            {
                "name": "Our shops",
                "merchant_url": cls.hesabe.api,
                "gateway_url": cls.hesabe.api,
                **ACCOUNT,
                **values,
            }
        )

    @classmethod
    def new_terminal(cls, number, name):
        return cls._device(
            name,
            "hesabe",
            currency_id=cls.kwd.id,
            hesabe_account_id=cls.account.id,
            hesabe_terminal_id=number,
        )

    @classmethod
    def new_shop(cls, methods):
        pricelist = cls.env["product.pricelist"].create({"name": "KWD", "currency_id": cls.kwd.id})
        sales = cls.env["account.journal"].create(
            {"name": "Sales KWD", "code": "SKWD", "type": "sale", "currency_id": cls.kwd.id}
        )
        return cls.env["pos.config"].create(
            {
                "name": "Kuwait",
                "journal_id": sales.id,
                "invoice_journal_id": sales.id,
                "use_pricelist": True,
                "pricelist_id": pricelist.id,
                "available_pricelist_ids": [Command.set(pricelist.ids)],
                "payment_method_ids": [Command.set(methods.ids)],
            }
        )

    # ---- the till -------------------------------------------------------------------------------

    def card_wish(self, **values):
        return self.wish(
            **{
                "amount": 1500,
                "currency": "KWD",
                "session_id": self.kuwait_session.id,
                "payment_method_id": self.card_method.id,
                **values,
            }
        )

    def operation(self, uuid):
        """For tests, which also turn the clock back."""
        return super().operation(uuid).sudo()

    def look_after(self):
        """The scheduled job."""
        self.env.flush_all()
        self.Operation.sudo()._cron_hesabe_look()

    def registered(self, **values):
        """The uuid of a card sale that has just been registered."""
        answer = self.Operation.with_user(self.cashier).register(self.card_wish(**values))
        self.assertNotIn("refused", answer)
        return answer["uuid"]

    def call(self, method, uuid, user=None):
        return getattr(self.Operation.with_user(user or self.cashier), method)(uuid)

    def started(self, **values):
        """The uuid of a card sale that the terminal shows."""
        uuid = self.registered(**values)
        answer = self.call("start", uuid)
        self.assertEqual((answer["state"], answer["phase"]), ("running", "accepting"), answer)
        return uuid
