from odoo import Command
from odoo.addons.pos_smartcash_terminal.tests.common_tours import BrowserTourCase, Simulator
from odoo.tests import tagged

from .common_tours import Gateway


@tagged("post_install", "-at_install", "smartcash_tour")
class TestGuidedSetupTours(BrowserTourCase):
    """A manager sets up a machine as an integrator would: left after the pairing, resumed, and to the sale."""

    def setUp(self):
        super().setUp()
        self.simulator = Simulator("smartcash_simulators.cashlogy", currency=self.currency)
        self.addCleanup(self.simulator.process.stop)
        self.pos_admin.groups_id |= self.env.ref("account.group_account_invoice")
        journals = self.env["account.journal"]
        self.safe = journals.create({"name": "Safe", "code": "SAFE", "type": "cash"})
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
            {"name": "Coffee", "list_price": 1.0, "available_in_pos": True, "taxes_id": False}
        )

    def run_setup_tour(self, name):
        action = self.env.ref("pos_smartcash_terminal.smartcash_setup_begin")
        self.start_tour(f"/web#action={action.id}", name, login="pos_admin")

    def run_till_tour(self, name):
        address = f"/pos/ui?config_id={self.shop.id}&simulator={self.simulator.web}"
        action = self.env["smartcash.setup"].search([]).with_user(self.pos_admin).action_open_till()
        self.assertIn(f"/pos/ui?config_id={self.shop.id}", action["url"])
        self.start_tour(address, name, login="pos_admin")

    def test_from_the_make_to_the_first_sale(self):
        self.run_setup_tour("SmartcashSetUpBegins")
        setup = self.env["smartcash.setup"].search([])
        device = setup.device_id
        self.assertEqual((setup.step, device.active, device.name), ("connect", False, "Front till"))
        gateway = Gateway(
            connector=self.simulator.addresses["connector"],
            device_uid=device.uid,
            pairing_key=device.sudo().gateway_pairing_key,
            origin=self.base_url(),
            currency=self.currency,
        )
        self.addCleanup(gateway.stop)
        device.endpoint = gateway.url
        before = self.simulator.state()["physical_total"] / 100
        self.run_setup_tour("SmartcashSetUpGoesOn")
        self.assertEqual((setup.step, device.active), ("test", True))
        self.assertEqual(device.float_line_ids.amount, before)
        self.run_till_tour("SmartcashSetUpFirstSale")
        session = self.shop.current_session_id
        self.assertEqual((session.state, session.cash_register_balance_start), ("opened", before))
        self.assertFalse(session.statement_line_ids, "no difference was booked")
        self.assertEqual(session.order_ids.state, "paid")
        self.run_setup_tour("SmartcashSetUpEnds")
        self.assertEqual(setup.step, "done")
