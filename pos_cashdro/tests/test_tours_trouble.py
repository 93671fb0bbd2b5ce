from odoo.tests import tagged

from .common_tours import CashdroTourCase

SALE = 4  # the machine's number for this type of operation


class CashdroTroubleCase(CashdroTourCase):
    def assert_by_hand(self, amount, **sale):
        """The machine owed ``amount``, and a person has handed it over."""
        operation, by_hand = self.operations()
        self.assert_operation(operation, undispensed=amount, **sale)
        self.assert_operation(
            by_hand, kind="refund", amount_out=amount, evidence="manual", parent_id=operation
        )
        self.assertNotIn("open", self.operations().mapped("match_state"))
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroAdvanced(CashdroTroubleCase):
    """The maker's advanced situations: a machine that starts empty and keeps what it cannot change."""

    pieces = "empty"

    def setUp(self):
        super().setUp()
        self.simulator.post("settings", control=False)

    def test_a_cancel_that_cannot_be_given_back_is_given_by_hand(self):
        self.run_tour("CashdroCancelByHand")
        self.assert_by_hand(20, state="cancelled", amount_in=20, amount_out=0)
        self.assertFalse(self.pos_session.order_ids.payment_ids)

    def test_change_that_cannot_be_given_is_given_by_hand(self):
        self.run_tour("CashdroChangeByHand")
        self.assert_order(("CashDro", 9.9))
        self.assert_by_hand(10.1, state="done", amount_in=20, amount_out=0)

    def test_a_part_that_was_finalised_is_kept_and_the_rest_stays_due(self):
        self.run_tour("CashdroFinalise")
        self.assert_order(("CashDro", 5.0), ("CashDro", 2.0), ("Bank", 2.9))
        self.assertEqual(self.operations().mapped("net"), [5, 2])
        self.assert_every_cent()

    def test_with_control_on_the_customer_is_asked_for_another_piece(self):
        self.simulator.post("settings", control=True)
        self.run_tour("CashdroPieceRefused")
        self.assert_order(("CashDro", 5.0))
        self.assert_every_cent()

    def test_a_payout_without_pieces_pays_nothing(self):
        self.allow_money_out()
        self.run_tour("CashdroNothingPaidOut")
        self.assert_operation(self.operations(), kind="refund", state="failed", amount_out=0)
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroTrouble(CashdroTroubleCase):
    """Power cuts, lost answers, other tills: no cent is lost on the way."""

    def test_a_power_cut_while_money_goes_in_keeps_what_is_inside(self):
        self.run_tour("CashdroPowerCutInSale")
        self.assert_order(("CashDro", 5.0), ("Bank", 4.9))
        self.assert_operation(self.operations(), state="done", amount_in=5, amount_out=0)
        self.assert_every_cent()

    def test_a_power_cut_while_change_comes_out_leaves_the_rest_to_a_person(self):
        self.simulator.post("faults", power_cut_at="dispense")
        self.run_tour("CashdroPowerCutInChange")
        self.assert_order(("CashDro", 9.9))
        owed = self.operations()[0].undispensed
        self.assertTrue(0 < owed <= 10.1, owed)
        self.assert_by_hand(owed, state="done", amount_in=20)

    def test_a_machine_that_forgot_the_sale_is_a_question_for_a_manager(self):
        self.run_tour("CashdroForgets")
        operation = self.operations()
        self.assert_operation(operation, state="unknown", amount_in=5, match_state="open")
        self.assertFalse(self.pos_session.order_ids.filtered(lambda order: order.state == "paid"))

    def test_a_reload_while_money_goes_in_resumes_the_payment(self):
        self.run_tour("CashdroReload")
        self.assert_order(("CashDro", 9.9))
        self.assert_operation(self.operations(), state="done", amount_in=10, amount_out=0.1)
        self.assert_every_cent()

    def test_lost_answers_start_nothing_twice(self):
        """Whose number got lost was never acknowledged: it stays without money, and is not repeated
        by anybody but the cashier."""
        self.run_tour("CashdroLostAnswers")
        self.assert_order(("CashDro", 9.9))
        self.assertEqual(self.operations().mapped("state"), ["failed", "done"])
        self.assertEqual(
            [(one["state"], one["total_in"]) for one in self.simulator.operations()],
            [("I", 0), ("F", 1000)],
        )
        self.assert_every_cent()

    def test_a_cancelled_sale_gives_everything_back(self):
        self.run_tour("CashdroCancel")
        self.assert_operation(self.operations(), state="cancelled", amount_in=5, amount_out=5)
        self.assertFalse(self.operations().match_state)
        self.assert_every_cent()

    def test_what_runs_at_the_machine_itself_is_left_alone(self):
        self.open_session()
        self.simulator.post("operations", type=SALE, amount=500)
        self.run_tour("CashdroBusy")
        (at_machine,) = self.simulator.operations()
        self.assertEqual((at_machine["state"], at_machine["cancelled"]), ("E", False))
        self.assertEqual(self.operations().mapped("state"), ["failed"])
        self.assert_every_cent()
