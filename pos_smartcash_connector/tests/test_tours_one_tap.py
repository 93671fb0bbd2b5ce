from odoo import Command
from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestOneTap(CashlogyTourCase):
    """Choosing the payment method opens the machine. The tours count the taps."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.machine_method.smartcash_auto_start = True

    def test_two_taps_from_payment_to_the_receipt(self):
        self.run_tour("SmartcashOneTap")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done", amount_in=20, amount_out=10.1)
        self.assert_every_cent()

    def test_a_double_tap_starts_once(self):
        self.run_tour("SmartcashOneTapTwice")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done", match_state="matched")
        self.assert_every_cent()

    def test_one_tap_after_a_cancel(self):
        self.run_tour("SmartcashOneTapRetry")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(self.operations().mapped("state"), ["cancelled", "cancelled", "done"])
        self.assert_every_cent()

    def test_a_part_is_still_possible(self):
        self.machine_method.sequence = -1
        self.machine_method.smartcash_close_sale = False
        self.run_tour("SmartcashOneTapPart")
        self.assert_order(("Cashlogy", 4), ("Cashlogy", 5), ("Bank", 0.9))
        self.assertEqual(self.operations().mapped("net"), [4, 5])
        self.assert_every_cent()

    def test_a_refund_waits_for_a_person(self):
        self.allow_money_out()
        self.run_tour("SmartcashOneTapRefund")
        self.assert_order(("Cashlogy", -9.9))
        self.assert_operation(self.operations(), kind="refund", state="done", amount_out=9.9)
        self.assert_every_cent()

    def test_a_reload_does_not_start_again(self):
        self.run_tour("SmartcashOneTapReload")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done", amount_in=10)
        self.assert_every_cent()

    def test_a_machine_that_is_off_says_so(self):
        self.open_session()
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashOneTapMachineOff")
        self.assert_order(("Bank", 9.9))
        self.assert_every_cent()

    def test_an_only_method_is_not_chosen_by_looking(self):
        self.main_pos_config.payment_method_ids = [Command.set(self.machine_method.ids)]
        self.run_tour("SmartcashOneTapOnlyMethod")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done")

    def test_nothing_starts_when_nothing_is_due(self):
        self.run_tour("SmartcashOneTapNothingDue")
        self.assertFalse(self.operations())


@tagged("post_install", "-at_install", "smartcash_tour")
class TestLowScreen(CashlogyTourCase):
    """A netbook on the counter, and hands that hold a keyboard."""

    browser_size = "1024x600"

    def test_everything_is_in_sight_and_within_reach(self):
        self.run_tour("SmartcashLowScreen")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(self.operations().mapped("state"), ["cancelled", "done"])
        self.assert_every_cent()
