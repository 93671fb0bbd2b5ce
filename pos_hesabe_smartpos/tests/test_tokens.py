import threading
from concurrent.futures import ThreadPoolExecutor

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged

from .common import ACCOUNT, Hesabe

TILLS = 20
PATIENCE = 30  # seconds


@tagged("post_install", "-at_install")
class TestTokens(TransactionCase):
    """Several workers: threads with real transactions, committed and removed again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hesabe = Hesabe()
        cls.addClassCleanup(cls.hesabe.stop)

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["hesabe.account"].create(
                {
                    "name": "Raced",
                    "merchant_url": self.hesabe.api,
                    "gateway_url": self.hesabe.api,
                    **ACCOUNT,
                }
            )
            self.account_id = account.id
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["hesabe.account"].browse(self.account_id).unlink()

    def tills(self):
        """Twenty workers that ask Hesabe at the same moment."""
        together = threading.Barrier(TILLS)

        def work(_till):
            together.wait(PATIENCE)
            with self.registry.cursor() as cr:
                account = api.Environment(cr, SUPERUSER_ID, {})["hesabe.account"]
                return account.browse(self.account_id)._client().profile().active

        with ThreadPoolExecutor(TILLS) as pool:
            return list(pool.map(work, range(TILLS), timeout=PATIENCE))

    def test_twenty_tills_cause_one_login_and_one_refresh(self):
        self.hesabe.fault(on="login", latency_ms=300)
        self.hesabe.post("tokens", seconds=30)  # over at once: renewed a minute before its end
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["hesabe.account"].browse(self.account_id)._client().profile()
        self.assertEqual(self.hesabe.state()["calls"]["login"], 1)
        self.hesabe.post("tokens", seconds=900)
        self.hesabe.fault(on="refresh", latency_ms=300)
        self.assertEqual(self.tills(), [True] * TILLS)
        calls = self.hesabe.state()["calls"]
        self.assertEqual((calls["login"], calls["refresh"], calls["profile"]), (1, 1, TILLS + 1))
