import time

from odoo import Command
from odoo.addons.pos_smartcash_terminal.tests.common_tours import BrowserTourCase
from odoo.tests import tagged

from .common import PASSWORD, FakeCashdro


class GenerousCustomer(FakeCashdro):
    """Pays with a 20 as soon as the machine asks, and takes the change."""

    def _ask(self, handler):
        operation = self.operations[self._query["operationId"]]
        if operation["state"] == "E":
            change = 2000 - int(operation["total"])
            operation.update(state="F", totalin="2000", totalout=f"-{change}")
        return super()._ask(handler)


class BusyManager(FakeCashdro):
    """Somebody puts 250.00 in after the first count; then 50.00 come in and out again from the till."""

    def _levels(self, handler):
        super()._levels(handler)
        if not self.operations:
            self.add(state="F", type="16", totalin="25000", posid="")

    def _ask(self, handler):
        operation = self.operations[self._query["operationId"]]
        if operation["state"] == "E" and operation["type"] == "1":
            operation["totalin"] = "5000"
        return super()._ask(handler)

    def _finish(self, handler):
        super()._finish(handler)
        if self._query["type"] == "4":
            self.set(self._query["operationId"], totalout="-5000")


class UnpluggedMachine(FakeCashdro):
    """Has 5.00 of the price, then no power for a while; when it comes back it has ended with them."""

    AWAY = 15  # seconds
    unplugged_at = None

    def _serve(self, handler):
        if self.unplugged_at and time.monotonic() < self.unplugged_at + self.AWAY:
            handler.connection.close()
            return
        super()._serve(handler)

    def _ask(self, handler):
        operation = self.operations[self._query["operationId"]]
        if self.unplugged_at:
            operation.update(state="F", totalin="500")
        elif operation["totalin"] == "500":
            self.unplugged_at = time.monotonic()
        elif operation["state"] == "E":
            operation["totalin"] = "500"
        return super()._ask(handler)


class BrowserTransportTours(BrowserTourCase):
    """A machine that a real browser talks to itself."""

    make = FakeCashdro

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.device = cls.env["smartcash.device"].create(
            {
                "name": "The CashDro",
                "driver": "cashdro",
                "transport": "browser",
                "currency_id": cls.main_pos_config.currency_id.id,
                "cashdro_host": "127.0.0.1",
                "cashdro_tls": "http",
                "cashdro_user": "pos",
                "cashdro_password": PASSWORD,
            }
        )
        journal = cls.env["account.journal"].create(
            {"name": "CashDro", "code": "CDR", "type": "cash"}
        )
        cls.method = cls.env["pos.payment.method"].create(
            {
                "name": "CashDro",
                "journal_id": journal.id,
                "use_payment_terminal": "cashdro",
                "smartcash_device_id": cls.device.id,
                "smartcash_auto_start": False,
            }
        )
        cls.main_pos_config.payment_method_ids = [Command.set(cls.method.ids)]
        cls.env["product.product"].create(
            {"name": "Lunch", "list_price": 9.9, "available_in_pos": True, "taxes_id": False}
        )

    def setUp(self):
        super().setUp()
        self.cashdro = self.make()
        self.cashdro.__enter__()
        self.addCleanup(self.cashdro.__exit__)
        currency = self.main_pos_config.currency_id.name
        self.cashdro.levels = [
            {
                "CurrencyId": currency,
                "Value": "100",
                "Type": "1",
                "Destination": "1",
                "MaxLevel": "400",
                "State": "-1",
                "LevelRecycler": "50",
                "LevelCasete": "0",
            }
        ]
        self.device.cashdro_port = self.cashdro.port

    def run_tour(self, name, user=None):
        user = user or self.pos_user
        self.main_pos_config.with_user(user).open_ui()
        self.start_tour(f"/pos/ui?config_id={self.main_pos_config.id}", name, login=user.login)


@tagged("post_install", "-at_install", "smartcash_tour")
class TestBrowserTransportTours(BrowserTransportTours):
    """What a till does without the server."""

    make = GenerousCustomer

    def test_a_sale_is_paid_counted_and_imported_without_the_server(self):
        self.run_tour("CashdroBrowserSale")
        operation = self.env["smartcash.operation"].search([("device_id", "=", self.device.id)])
        self.assertEqual(
            (operation.state, operation.evidence, operation.amount_in, operation.amount_out),
            ("done", "client", 20.0, 10.1),
        )
        self.assertEqual(operation.match_state, "matched")
        machine = self.cashdro.operations[operation.device_ref]
        self.assertEqual(machine["aliasid"], operation.uuid)
        self.assertTrue(machine["imported"])
        self.assertEqual(len(self.cashdro.starts()), 1)
        count = self.env["smartcash.count"].search([("device_id", "=", self.device.id)], limit=1)
        self.assertEqual((count.source, count.total), ("device", 50.0))

    def test_a_machine_that_is_off_is_explained(self):
        self.cashdro.__exit__()
        self.run_tour("CashdroBrowserMachineOff")

    def test_a_manager_tests_from_the_browser(self):
        self.start_tour(
            f"/web#id={self.device.id}&model=smartcash.device&view_type=form",
            "CashdroConnectionTest",
            login="pos_admin",
        )
        self.assertEqual(self.device.state, "online")


@tagged("post_install", "-at_install", "smartcash_tour")
class TestBrowserPowerCut(BrowserTransportTours):
    make = UnpluggedMachine

    def test_the_plug_is_pulled_in_mid_sale(self):
        self.run_tour("CashdroBrowserPowerCut")
        operation = self.env["smartcash.operation"].search([("device_id", "=", self.device.id)])
        self.assertEqual(
            (operation.amount_in, operation.amount_out, operation.match_state), (5.0, 0.0, "open")
        )
        self.assertEqual(len(self.cashdro.starts()), 1)


@tagged("post_install", "-at_install", "smartcash_tour")
class TestBrowserServiceTours(BrowserTransportTours):
    """What is done at the machine itself, and what a manager does with it."""

    make = BusyManager

    def test_a_manager_fills_and_empties_it_and_finds_what_was_done_there(self):
        self.run_tour("CashdroBrowserServices", self.pos_admin)
        deposit, fill, empty = self.env["smartcash.operation"].search(
            [("device_id", "=", self.device.id)], order="id"
        )
        self.assertEqual(
            (deposit.kind, deposit.evidence, deposit.amount_in, deposit.match_state),
            ("cash_in", "client", 250.0, "open"),
        )
        self.assertEqual((fill.kind, fill.statement_line_id.amount), ("fill", 50.0))
        self.assertEqual((empty.kind, empty.statement_line_id.amount), ("empty", -50.0))
        self.assertTrue(all(one["imported"] for one in self.cashdro.operations.values()))
