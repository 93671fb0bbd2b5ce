from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashControl(CashlogyTourCase):
    """Opening, cash in and out, and closing, with a real browser, gateway and (simulated) machine."""

    def machine_total(self):
        return self.simulator.state()["physical_total"] / 100

    def counts(self, moment):
        return self.env["smartcash.count"].search(
            [("session_id", "=", self.pos_session.id), ("moment", "=", moment)], order="id"
        )

    def cash_moves(self):
        """Amounts of the statement lines that operations have booked, oldest first."""
        return self.operations().sorted("id").statement_line_id.mapped("amount")

    def test_a_machine_that_is_off_at_the_opening_is_counted_by_hand(self):
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashCashMachineOff")
        count = self.counts("opening")
        self.assertEqual((count.source, count.total, count.reason), ("manual", 100, "Switched off"))
        self.assertEqual(self.pos_session.state, "opened")
        self.assertAlmostEqual(self.pos_session.cash_register_balance_start, 105.5)
        self.assertAlmostEqual(count.hand, 5.5)

    def test_the_session_is_open_only_when_odoo_has_said_so(self):
        self.run_tour("SmartcashCashOpeningRefused")
        self.assertEqual(self.pos_session.state, "opened")
        self.assertEqual(self.pos_session.cash_register_balance_start, self.total_before / 100)

    def test_close_with_hand_cash(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                "right_cash_in": True,
                "right_by_hand": True,
            }
        )
        self.run_tour("SmartcashCashHand")
        session = self.pos_session
        self.assertEqual(session.state, "closed")
        self.assert_operation(
            self.operations(), kind="cash_in", evidence="manual", amount_in=20, state="done"
        )
        self.assertEqual(self.cash_moves(), [20])
        closing = self.counts("closing")[-1]
        self.assertEqual(closing.total, self.total_before / 100)
        self.assertEqual(closing.hand, 18.5)
        self.assertAlmostEqual(
            session.cash_register_balance_end_real, self.total_before / 100 + 18.5
        )
        self.assertAlmostEqual(session.cash_register_difference, -1.5)

    def test_cash_out_by_hand_whose_answer_got_lost_is_booked_once(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                "right_cash_out": True,
                "right_by_hand": True,
            }
        )
        self.run_tour("SmartcashCashHandUnheard")
        self.assert_operation(
            self.operations(), kind="cash_out", evidence="manual", amount_out=7, state="done"
        )
        self.assertEqual(self.cash_moves(), [-7])

    def test_a_cash_in_goes_on_after_a_reload(self):
        self.run_tour("SmartcashCashReload")
        self.assert_operation(
            self.operations(), kind="cash_in", state="done", amount_in=15, evidence="signed"
        )
        self.assertEqual(self.cash_moves(), [15])
        self.assertEqual(self.machine_total(), self.total_before / 100 + 15)

    def test_a_cancelled_cash_in_books_nothing(self):
        self.run_tour("SmartcashCashCancel")
        self.assert_operation(self.operations(), state="cancelled", amount_in=5, amount_out=5)
        self.assertEqual(self.cash_moves(), [])
        self.assertEqual(self.machine_total(), self.total_before / 100)

    def test_a_cash_out_that_jams_is_completed_by_hand(self):
        self.allow_money_out()
        self.run_tour("SmartcashCashShortfall")
        by_machine = self.operations().filtered(lambda operation: not operation.parent_id)
        by_hand = self.operations() - by_machine
        self.assertEqual((by_machine.kind, by_hand.kind), ("cash_out", "cash_out"))
        self.assertEqual(by_hand.evidence, "manual")
        self.assertEqual(by_machine.amount_out + by_hand.amount_out, 35)
        self.assertEqual(by_machine.undispensed, by_hand.amount_out)
        self.assertEqual(self.machine_total(), self.total_before / 100 - by_machine.amount_out)
        lines = by_machine.superseded_line_ids | by_machine.statement_line_id
        self.assertEqual(sum(lines.mapped("amount")), -35)

    def test_a_manager_decides_before_the_closing(self):
        self.run_tour("SmartcashCashQuestions", login="pos_admin")
        question = self.operations().filtered(lambda operation: operation.kind == "sale")
        self.assert_operation(
            question,
            match_state="resolved",
            resolution="returned",
            resolution_reason="The customer left",
        )
        self.assertEqual(self.pos_session.state, "opened")

    def test_a_cashier_does_not_decide(self):
        self.run_tour("SmartcashCashAskManager")
        self.assertEqual(self.operations().match_state, "open")
        self.assertEqual(self.pos_session.state, "opened")
