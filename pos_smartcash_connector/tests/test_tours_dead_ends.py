from odoo.addons.pos_smartcash_terminal.tests.common_tours import Simulator
from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestDeadEnds(CashlogyTourCase):
    """Whatever hangs or fails, the cashier can go on, and the operation stays a question."""

    def test_the_plug_is_pulled_in_mid_sale(self):
        self.run_tour("SmartcashPowerCut")
        self.assert_found()

    def test_the_plug_is_pulled_and_nobody_waits_for_it(self):
        self.run_tour("SmartcashPowerCutLeft")
        self.assert_found()

    def assert_found(self):
        """The 5.00 that the machine holds are a question with exactly that amount."""
        operation = self.operations()
        self.assert_operation(
            operation, state="unknown", amount_in=5, amount_out=0, match_state="open"
        )
        self.assertEqual(self.simulator.state()["physical_total"] - self.total_before, 500)

    def test_no_cash_at_the_till_stays_a_question_until_somebody_has_some(self):
        self.simulator.post("faults", no_change=True)
        self.run_tour("SmartcashNoCashHere")
        self.assert_order(("Cashlogy", 35.0))
        operation = self.operations()
        self.assert_operation(
            operation, state="done", amount_in=50, undispensed=15, match_state="open"
        )
        self.run_tour("SmartcashCashLater")
        sale, by_hand = self.operations()
        self.assert_operation(by_hand, amount_out=15, evidence="manual", parent_id=sale)
        self.assert_every_cent()

    def test_a_cancel_that_nobody_can_give_back_stays_a_question(self):
        self.run_tour("SmartcashCancelNoCashHere")
        self.assert_operation(
            self.operations(), state="cancelled", amount_in=20, undispensed=20, match_state="open"
        )

    def test_an_order_paid_at_another_till_is_left_to_a_manager(self):
        self.run_tour("SmartcashPaidTwice")
        first, second = self.env["pos.order"].search([], order="id")
        self.assertEqual(first.pos_reference, second.pos_reference)
        self.assertEqual(
            (first.smartcash_second_payment, second.smartcash_second_payment), (False, "open")
        )
        self.assertEqual(second.payment_ids.payment_method_id.name, "Cashlogy")
        self.assertEqual(self.operations().pos_order_id, second)
        self.assertEqual(self.operations().match_state, "matched")

    def test_an_order_paid_at_another_till_leaves_this_one_once_a_manager_has_decided(self):
        self.run_tour("SmartcashPaidAtAnotherTill", login="pos_admin")
        self.assert_order(("Bank", 9.9))
        by_hand, sale = self.operations().sorted(lambda operation: operation.evidence or "")[:2]
        self.assertEqual({by_hand.match_state, sale.match_state}, {"resolved"})
        self.assertEqual((by_hand | sale).mapped("evidence"), ["manual", "signed"])
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestHangingPayout(CashlogyTourCase):
    """A machine that is so slow that it can be made to hang while it gives out."""

    @classmethod
    def make_simulator(cls):
        return Simulator("smartcash_simulators.cashlogy", currency=cls.currency, speed=0.1)

    def test_a_payout_that_hangs_keeps_nobody_from_other_orders(self):
        self.allow_money_out()
        self.open_session()
        self.run_tour("SmartcashPayoutHangs")
        self.assert_order(("Cashlogy", -9.9))
        self.assert_operation(
            self.operations(), kind="refund", state="done", amount_out=9.9, match_state="matched"
        )
        self.assert_every_cent()
