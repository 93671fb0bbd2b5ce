from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestAmounts(CashlogyTourCase):
    """What people and scanners type, and what the machine then gives out."""

    def inside(self):
        return self.simulator.state()["physical_total"] / 100

    def allow(self, **values):
        return self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                "right_cash_out": True,
                "right_by_hand": True,
                **values,
            }
        )

    def assert_paid_out(self, kind, amount):
        self.assert_operation(self.operations(), kind=kind, state="done", amount_out=amount)
        self.assertAlmostEqual(self.inside(), self.total_before / 100 - amount)

    def test_twelve_point_fifty_is_twelve_fifty_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.pos_user.lang = "es_ES"
        self.allow()
        self.run_tour("SmartcashAmountSpanish")
        self.assert_paid_out("cash_out", 12.5)
        session = self.pos_session
        self.assertEqual(session.state, "closed")
        self.assertAlmostEqual(
            session.cash_register_balance_end_real, self.total_before / 100 - 12.5 + 12.5
        )
        self.assertAlmostEqual(session.cash_register_difference, 0)

    def test_a_scan_and_enter_pay_nothing_out(self):
        self.allow(limit_cash_out=500)
        self.run_tour("SmartcashAmountScanned")
        self.assert_paid_out("cash_out", 30)

    def test_more_than_the_machine_holds_is_not_even_asked_for(self):
        self.allow()
        self.run_tour("SmartcashAmountNotInside")
        self.assertFalse(self.operations())

    def test_a_refund_pays_out_what_was_on_the_button(self):
        self.allow()
        self.run_tour("SmartcashAmountRefund")
        self.assert_paid_out("refund", 4.5)

    def test_a_refund_that_nobody_confirms_pays_nothing_out(self):
        self.allow()
        self.run_tour("SmartcashAmountRefundBack")
        self.assertFalse(self.operations())
        self.assertEqual(self.inside(), self.total_before / 100)

    def test_a_rule_s_limit_is_read_as_at_the_till(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.pos_admin.lang = "es_ES"
        rule = self.allow(limit_cash_out=7)
        self.start_tour(
            f"/web#model=smartcash.rule&view_type=form&id={rule.id}",
            "SmartcashAmountOnAForm",
            login="pos_admin",
        )
        self.assertEqual(rule.limit_cash_out, 12.5)
