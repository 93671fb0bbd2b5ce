from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestService(CashlogyTourCase):
    """Filling, emptying and changing notes from the till, on a real gateway and (simulated) machine."""

    def inside(self):
        return self.simulator.state()["physical_total"] / 100

    def machine_lines(self):
        return self.operations().statement_line_id.filtered(
            lambda line: line.journal_id == self.machine_method.journal_id
        )

    def test_a_manager_s_day_at_the_machine(self):
        safe = self.env["account.journal"].create({"name": "Safe", "code": "SAF", "type": "cash"})
        self.device.safe_journal_id = safe
        self.run_tour("SmartcashServiceDay", login="pos_admin")
        operations = self.operations()
        self.assertEqual(
            operations.mapped("kind"), ["fill", "sale", "collect", "exchange", "transfer"]
        )
        self.assertEqual(set(operations.mapped("state")), {"done"})
        self.assertEqual(set(operations.mapped("evidence")), {"signed"})
        fill, _sale, collect, exchange, transfer = operations
        self.assertEqual((fill.amount_in, fill.net), (11, 11))
        self.assertEqual((collect.amount_out, collect.net), (50, -50))
        self.assertEqual((exchange.amount_in, exchange.net), (20, 0))
        self.assertEqual((transfer.amount_out, transfer.net), (645, 0))
        self.assertEqual(self.machine_lines().mapped("amount"), [11, -50])
        in_safe = self.env["account.bank.statement.line"].search([("journal_id", "=", safe.id)])
        self.assertEqual(sorted(in_safe.mapped("amount")), [-11, 50])
        session = self.pos_session
        self.assertEqual(session.state, "closed")
        self.assertAlmostEqual(session.cash_register_difference, 0)
        self.assertAlmostEqual(session.cash_register_balance_end_real, self.inside())
        self.assertEqual(self.simulator.state()["collected"], 5000)

    def test_a_collection_goes_on_after_a_reload(self):
        self.run_tour("SmartcashServiceReload", login="pos_admin")
        collect = self.operations()[-1]
        self.assert_operation(collect, kind="collect", state="done", amount_out=50)
        self.assertEqual((collect.evidence, collect.match_state), ("signed", "matched"))
        self.assertEqual(self.machine_lines().mapped("amount"), [-50])

    def test_the_whole_machine_is_emptied(self):
        self.run_tour("SmartcashServiceEmptyAll", login="pos_admin")
        empty, collect, exchange = self.operations()
        self.assert_operation(empty, kind="empty", state="done", amount_out=866.94)
        self.assert_operation(collect, kind="collect", state="cancelled", amount_out=0)
        self.assert_operation(exchange, state="cancelled", amount_in=20, amount_out=20)
        self.assertEqual(self.machine_lines().mapped("amount"), [-866.94])
        self.assertEqual(self.inside(), 0)

    def test_a_cashier_is_offered_nothing(self):
        self.run_tour("SmartcashServiceCashier")
        self.assertFalse(self.operations())
