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


@tagged("post_install", "-at_install", "smartcash_tour")
class TestBrowserTransportTours(BrowserTourCase):
    """A real browser talks to the machine itself."""

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
            }
        )
        cls.main_pos_config.payment_method_ids = [Command.set(cls.method.ids)]
        cls.env["product.product"].create(
            {"name": "Lunch", "list_price": 9.9, "available_in_pos": True, "taxes_id": False}
        )

    def setUp(self):
        super().setUp()
        self.cashdro = GenerousCustomer()
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

    def run_tour(self, name):
        self.main_pos_config.with_user(self.pos_user).open_ui()
        self.start_tour(f"/pos/ui?config_id={self.main_pos_config.id}", name, login="pos_user")

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
