from odoo.tests import tagged

from .common_tours import CashdroTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroSale(CashdroTourCase):
    """Sales through a real browser, the server and a (simulated) machine; the books after each."""

    def test_change_is_given_by_the_machine_and_never_booked_again(self):
        self.run_tour("CashdroChange")
        order = self.assert_order(("CashDro", 9.9))
        self.assertEqual(order.amount_return, 0)
        self.assert_operation(
            self.operations(),
            state="done",
            amount_in=20,
            amount_out=10.1,
            evidence="server",
            match_state="matched",
        )
        self.assert_every_cent()
