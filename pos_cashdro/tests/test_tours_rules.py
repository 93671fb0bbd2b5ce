from odoo.tests import tagged

from .common_tours import CashdroSimulator, CashdroTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroRules(CashdroTourCase):
    """Two cashiers, two machines, one Point of Sale."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.second_simulator = CashdroSimulator()
        cls.addClassCleanup(cls.second_simulator.process.stop)
        cls.second_device = cls.make_device("CashDro 2", cls.second_simulator)
        cls.env["smartcash.rule"].create(
            [
                {
                    "payment_method_id": cls.machine_method.id,
                    "user_id": user.id,
                    "device_id": device.id,
                }
                for user, device in (
                    (cls.pos_user, cls.device),
                    (cls.pos_admin, cls.second_device),
                )
            ]
        )

    def setUp(self):
        super().setUp()
        self.second_simulator.renew(self.pieces)

    def test_each_cashier_works_with_their_own_machine(self):
        """…and the session opens and closes with what both hold."""
        before = self.second_simulator.state()["physical_total"]
        self.run_tour("CashdroFirstCashier")
        self.run_tour("CashdroSecondCashier", login="pos_admin", simulator=self.second_simulator)
        first, second = self.operations(), self.operations(self.second_device)
        self.assertEqual((first.user_id, second.user_id), (self.pos_user, self.pos_admin))
        self.assertEqual(first.session_id, second.session_id)
        self.assertEqual((first.net, second.net), (9.9, 2.5))
        self.assertEqual({first.match_state, second.match_state}, {"matched"})
        for simulator, total, operation in (
            (self.simulator, self.total_before + 990, first),
            (self.second_simulator, before + 250, second),
        ):
            (said,) = simulator.operations()
            self.assertEqual(said["aliasid"], operation.uuid)
            self.assertEqual(simulator.state()["physical_total"], total)
        # One that is off while the session closes is counted by a person, the other one is not.
        self.second_simulator.post("power", on=False)
        self.run_tour("CashdroOneMachineOff", login="pos_admin")
        self.second_simulator.post("power", on=True)
        self.run_tour("CashdroCloseBoth", login="pos_admin")
        session = self.pos_session
        self.assertEqual(session.state, "closed")
        self.assertEqual(
            round(session.cash_register_balance_end_real * 100),
            self.total_before + before + 990 + 250,
        )
        counts = session.smartcash_count_ids.filtered(
            lambda count: (count.moment, count.source) == ("closing", "device")
        )
        self.assertEqual(counts.device_id, self.device | self.second_device)
        self.assertEqual(set(counts.mapped("difference")), {0})
        self.assertFalse(
            session.sudo().statement_line_ids.filtered(lambda line: "closing" in line.payment_ref)
        )
