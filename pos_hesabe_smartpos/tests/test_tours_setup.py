from odoo.addons.pos_smartcash_terminal.tests.common_tours import SetupTourCase
from odoo.tests import tagged

from .common import ACCOUNT, TERMINAL, Hesabe


@tagged("post_install", "-at_install", "smartcash_tour")
class TestGuidedSetupTours(SetupTourCase):
    """A merchant in Kuwait sets up a terminal: account, terminals, books, and the first sale."""

    currency = "KWD"

    def setUp(self):
        super().setUp()
        self.hesabe = Hesabe()
        self.addCleanup(self.hesabe.stop)
        self.env["hesabe.account"].create(
            {
                "name": "Our shops",
                "merchant_url": self.hesabe.api,
                "gateway_url": self.hesabe.api,
                **ACCOUNT,
            }
        )

    def test_from_the_account_to_the_first_sale(self):
        self.run_setup_tour("HesabeSetUp")
        setup = self.env["smartcash.setup"].search([])
        self.assertEqual((setup.step, setup.device_id.hesabe_terminal_id), ("test", TERMINAL))
        self.assertFalse(setup.device_id.float_line_ids)
        self.run_till_tour("HesabeSetUpFirstSale", self.hesabe.web)
        session = self.shop.current_session_id
        self.assertEqual(session.order_ids.state, "paid")
        self.assertEqual(setup.test_operation_ids.mapped("state"), ["done"])
