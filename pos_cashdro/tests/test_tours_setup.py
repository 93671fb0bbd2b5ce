from odoo.addons.pos_smartcash_terminal.tests.common_tours import SetupTourCase
from odoo.tests import tagged

from .common_tours import CashdroSimulator


@tagged("post_install", "-at_install", "smartcash_tour")
class TestGuidedSetupTours(SetupTourCase):
    """A manager sets up a CashDro: address, certificate, books, float, and the first sale."""

    def setUp(self):
        super().setUp()
        self.simulator = CashdroSimulator(currency=self.currency)
        self.addCleanup(self.simulator.process.stop)
        self.env["account.account"].create(
            {"name": "Rounding of tills", "code": "ROUND.1", "account_type": "expense"}
        )

    def test_from_the_make_to_the_first_sale(self):
        action = self.env.ref("pos_smartcash_terminal.smartcash_setup_begin")
        before = self.simulator.state()["physical_total"] / 100
        self.start_tour(
            f"/web?port={self.simulator.port}#action={action.id}", "CashdroSetUp", login="pos_admin"
        )
        setup = self.env["smartcash.setup"].search([])
        self.assertEqual((setup.step, setup.device_id.active), ("test", True))
        self.assertEqual(
            setup.device_id.cashdro_fingerprint.replace(":", "").lower(),
            self.simulator.fingerprint.replace(":", "").lower(),
        )
        self.assertEqual(setup.device_id.float_line_ids.amount, before)
        self.run_till_tour("CashdroSetUpFirstSale", self.simulator.web)
        self.assert_first_sale(before)
