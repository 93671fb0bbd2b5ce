from odoo.addons.pos_smartcash_terminal.tests.common_tours import SetupTourCase, Simulator
from odoo.tests import tagged

from .common_tours import Gateway


@tagged("post_install", "-at_install", "smartcash_tour")
class TestGuidedSetupTours(SetupTourCase):
    """A manager sets up a machine as an integrator would: left after the pairing, resumed, and to the sale."""

    def setUp(self):
        super().setUp()
        self.simulator = Simulator("smartcash_simulators.cashlogy", currency=self.currency)
        self.addCleanup(self.simulator.process.stop)

    def start_gateway(self, device):
        gateway = Gateway(
            connector=self.simulator.addresses["connector"],
            device_uid=device.uid,
            pairing_key=device.sudo().gateway_pairing_key,
            origin=self.base_url(),
            currency=self.currency,
        )
        self.addCleanup(gateway.stop)
        device.endpoint = gateway.url

    def test_from_the_make_to_the_first_sale(self):
        self.run_setup_tour("SmartcashSetUpBegins")
        setup = self.env["smartcash.setup"].search([])
        device = setup.device_id
        self.assertEqual((setup.step, device.active, device.name), ("connect", False, "Front till"))
        self.start_gateway(device)
        before = self.simulator.state()["physical_total"] / 100
        self.run_setup_tour("SmartcashSetUpGoesOn")
        self.assertEqual((setup.step, device.active), ("test", True))
        self.assertEqual(device.float_line_ids.amount, before)
        self.run_till_tour("SmartcashSetUpFirstSale", self.simulator.web)
        self.assert_first_sale(before)
        self.run_setup_tour("SmartcashSetUpEnds")
        self.assertEqual(setup.step, "done")
