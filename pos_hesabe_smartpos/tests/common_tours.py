"""A shop in Kuwait in a browser, with (simulated) card terminals behind Hesabe's cloud."""

import os
import subprocess
import sys
from pathlib import Path

from odoo import Command
from odoo.addons.pos_smartcash_terminal.tests.common_tours import BrowserTourCase

from .common import ACCOUNT, REPOSITORY, TERMINAL, Hesabe


def path_with_rtlcss():
    """A PATH with the tool by which Odoo makes its right-to-left styles; without, it serves the others.

    It comes with the linters that the repository installs for Node.
    """
    where = [sys.executable, "tools/smartcash.py", "node", "-p", "process.execPath"]
    said = subprocess.run(where, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    node = Path(said.stdout.split()[-1]).parent
    return os.pathsep.join(
        [str(REPOSITORY / "node_modules" / ".bin"), str(node), os.environ["PATH"]]
    )


class HesabeTourCase(BrowserTourCase):
    """One till with a terminal, and a bank method without one beside it. The company uses KWD."""

    currency = "KWD"

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.hesabe = Hesabe()
        cls.addClassCleanup(cls.hesabe.stop)
        cls.env.ref("product.decimal_price").digits = 3
        cls.account = cls.env["hesabe.account"].create(
            {
                "name": "Our shops",
                "merchant_url": cls.hesabe.api,
                "gateway_url": cls.hesabe.api,
                **ACCOUNT,
            }
        )
        cls.terminal = cls.new_terminal(TERMINAL, "Counter 1")
        journal = cls.env["account.journal"].create(
            {"name": "Cards", "code": "CRD", "type": "bank"}
        )
        cls.card_method = cls.env["pos.payment.method"].create(
            {
                "name": "KNET",
                "journal_id": journal.id,
                "use_payment_terminal": "hesabe",
                "smartcash_device_id": cls.terminal.id,
                # Most tours look at the line before they press Send.
                "smartcash_auto_start": False,
            }
        )
        bank = cls.env["pos.payment.method"].search(
            [("name", "=", "Bank"), ("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.main_pos_config.payment_method_ids = [Command.set((cls.card_method | bank).ids)]
        cls.env["product.product"].create(
            {"name": "Dates", "list_price": 1.255, "available_in_pos": True, "taxes_id": False}
        )

    @classmethod
    def new_terminal(cls, number, name):
        return cls.env["smartcash.device"].create(
            {
                "name": name,
                "driver": "hesabe",
                "transport": "server",
                "currency_id": cls.env.company.currency_id.id,
                "hesabe_account_id": cls.account.id,
                "hesabe_terminal_id": number,
            }
        )

    def setUp(self):
        super().setUp()
        self.hesabe.renew()
        self.env["hesabe.token"].sudo().search([]).unlink()

    def run_tour(self, name):
        self.main_pos_config.with_user(self.pos_user).open_ui()
        self.pos_session = self.main_pos_config.current_session_id
        self.start_tour(
            f"/pos/ui?config_id={self.main_pos_config.id}&simulator={self.hesabe.web}",
            name,
            login="pos_user",
        )

    # ---- what must hold afterwards --------------------------------------------------------------

    def operations(self):
        """Oldest first."""
        return self.env["smartcash.operation"].search(
            [("device_id.driver", "=", "hesabe")], order="id"
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

    def assert_paid_by_card(self, *states, invoices=None):
        """Hesabe, ledger and books agree: 1.255 KWD were charged, once.

        :param states: of the operations, oldest first
        """
        order = self.assert_order(("KNET", 1.255))
        operations = self.operations()
        self.assertEqual(tuple(operations.mapped("state")), states or ("done",))
        paid = operations[-1]
        self.assertEqual((paid.net, paid.match_state), (1.255, "matched"))
        self.assertEqual(
            [invoice["state"] for invoice in self.hesabe.invoices].count("paid"), invoices or 1
        )
        return order.payment_ids
