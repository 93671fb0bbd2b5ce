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


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroOneTap(CashdroTourCase):
    """Choosing the payment method opens the machine. The tours count the taps."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.machine_method.smartcash_auto_start = True

    def test_two_taps_from_payment_to_the_receipt(self):
        self.run_tour("CashdroOneTap")
        self.assert_order(("CashDro", 9.9))
        self.assert_operation(self.operations(), state="done", amount_in=20, amount_out=10.1)
        self.assert_every_cent()

    def test_a_double_tap_starts_once(self):
        self.run_tour("CashdroOneTapTwice")
        self.assert_order(("CashDro", 9.9))
        self.assert_operation(self.operations(), state="done", match_state="matched")
        self.assert_every_cent()

    def test_a_refund_waits_for_a_person(self):
        self.allow_money_out()
        self.run_tour("CashdroOneTapRefund")
        self.assert_order(("CashDro", -9.9))
        self.assert_operation(self.operations(), kind="refund", state="done", amount_out=9.9)
        self.assert_every_cent()
