from odoo import Command
from odoo.tests import tagged

from ..core.bounds import exceeds_request
from ..core.progress import SERVICES, Progress
from .test_cash_control import CashControl, holds


class Service(CashControl):
    """Filling, emptying and changing notes as a manager's till asks for them."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.safe = cls._cash_journal("Safe", "SAF")
        cls.transfer = cls.company.transfer_account_id

    def setUp(self):
        super().setUp()
        self.session = self.open(20000)

    def wish(self, **values):
        return {**super().wish(), "amount": 0, "order_uid": None, "order_name": None, **values}

    def serve(self, kind, *, into=0, out=0, state="done", **progress):
        """A signed operation of a manager, from its registration to its end; minor units."""
        uuid = self.running(self.manager, kind=kind)
        signature = self.sign(uuid, into, out, kind=kind, amount=0, state=state, **progress)
        answer = self.report(
            uuid,
            self.manager,
            state=state,
            phase="ended",
            amountIn=into,
            amountOut=out,
            signature=signature,
            **progress,
        )
        self.assertNotIn("refused", answer)
        return self.operation(uuid)

    def use_safe(self):
        self.device.safe_journal_id = self.safe

    def safe_lines(self):
        return self.env["account.bank.statement.line"].search([("journal_id", "=", self.safe.id)])

    def transfer_items(self):
        return self.env["account.move.line"].search([("account_id", "=", self.transfer.id)])


@tagged("post_install", "-at_install")
class TestServiceRights(Service):
    def test_only_managers(self):
        for kind in sorted(SERVICES):
            with self.subTest(kind=kind):
                refused = self.assert_refused(
                    self.register(self.cashier, kind=kind), "right_missing"
                )
                self.assertIn("Only a manager", refused["message"])
        self.assertFalse(self.Operation.search([("kind", "in", list(SERVICES))]))
        for kind in sorted(SERVICES):
            self.assertEqual(self.serve(kind, state="cancelled").user_id, self.manager)

    def test_no_rule_makes_a_cashier_a_manager(self):
        rights = {f"right_{right}": True for right in ("cash_in", "cash_out", "by_hand", "count")}
        self.env["smartcash.rule"].create({"payment_method_id": self.machine.id, **rights})
        self.assert_refused(self.register(self.cashier, kind="collect"), "right_missing")
        self.assertNotIn("refused", self.register(self.manager, kind="collect"))

    def test_a_manager_whom_no_rule_admits_moves_nothing(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        self.assert_refused(self.register(self.manager, kind="collect"), "no_rule")

    def test_the_token_of_a_manager_s_operation_is_not_for_the_cashier(self):
        """Though the session is the cashier's."""
        uuid = self.running(self.manager, kind="empty")
        operations = self.Operation.with_user(self.cashier)
        self.assertEqual(self.session.user_id, self.cashier)
        self.assert_refused(operations.issue_token(self.session.id, uuid), "right_missing")
        token = self.Operation.with_user(self.manager).issue_token(self.session.id, uuid)
        self.assertEqual(token["token"], f"status+operation:{uuid}")

    def test_there_is_no_amount_to_ask_for_and_no_doing_it_by_hand(self):
        for kind in ("collect", "transfer", "exchange", "empty"):
            self.assert_refused(self.register(self.manager, kind=kind, amount=1), "bad_values")
        for kind in sorted(SERVICES):
            by_hand = self.register(self.manager, kind=kind, amount=0, manual=True)
            self.assert_refused(by_hand, "bad_values")
        self.assert_refused(self.register(self.manager, kind="fill", amount=-1), "bad_values")
        self.assertNotIn("refused", self.register(self.manager, kind="fill", amount=500))

    def test_a_machine_that_cannot_is_not_asked(self):
        self.device.capabilities = {"kinds": ["sale"], "partial": True, "inventory": True}
        self.assert_refused(self.register(self.manager, kind="transfer"), "bad_values")

    def test_without_an_open_session_nothing_is_booked(self):
        self.close(self.session, 20000)
        refused = self.assert_refused(self.register(self.manager, kind="fill"), "session_closed")
        self.assertIn("Open a new one", refused["message"])
        self.config.with_user(self.cashier).open_ui()
        self.session = self.config.current_session_id
        refused = self.assert_refused(self.register(self.manager, kind="fill"), "session_closed")
        self.assertIn("Open the session first", refused["message"])

    def test_what_the_till_alone_says_is_unproven(self):
        uuid = self.running(self.manager, kind="collect")
        self.report(uuid, self.manager, state="done", phase="ended", amountOut=5000)
        collect = self.operation(uuid)
        self.assertTrue(collect.unproven)
        self.assertEqual(self.items(self.session), [-5000])

    def test_what_cannot_be_is_not_believed(self):
        ended = {"state": "done", "phase": "ended"}
        for kind, said, exceeds in (
            ("collect", {"amount_out": 5000}, False),
            ("empty", {"amount_out": 5000}, False),
            ("collect", {"amount_in": 1, "amount_out": 5000}, True),
            ("empty", {"amount_out": 5000, "undispensed": 1}, True),
            ("exchange", {"amount_in": 2000, "amount_out": 2000}, False),
            ("exchange", {"amount_in": 2000, "amount_out": 2001}, True),
            ("transfer", {"amount_in": 2000, "amount_out": 2000}, False),
            ("transfer", {"amount_out": 2000}, True),
            ("fill", {"amount_in": 2000}, False),
            ("fill", {"amount_out": 2000}, True),
        ):
            with self.subTest(kind=kind, said=said):
                self.assertEqual(exceeds_request(kind, 0, Progress(**ended, **said)), exceeds)


@tagged("post_install", "-at_install")
class TestServiceBooks(Service):
    def test_without_a_safe_it_is_booked_as_a_cash_move(self):
        fill = self.serve("fill", into=5000)
        collect = self.serve("collect", out=12000)
        self.assertEqual(self.items(self.session), [-12000, 5000])
        for operation, amount in ((fill, 50), (collect, -120)):
            self.assertEqual(operation.statement_line_id.amount, amount)
            self.assertEqual(operation.match_state, "matched")
            self.assertEqual(operation.statement_line_id.pos_session_id, self.session)
        self.assertIn("Empty the stacker", collect.statement_line_id.payment_ref)
        self.assertFalse(self.transfer_items())

    def test_with_a_safe_both_journals_hold_the_transfer(self):
        self.use_safe()
        fill = self.serve("fill", into=5000)
        collect = self.serve("collect", out=12000)
        empty = self.serve("empty", out=1234)
        self.assertEqual(self.items(self.session), [-12000, -1234, 5000])
        self.assertEqual(sorted(self.safe_lines().mapped("amount")), [-50, 12.34, 120])
        self.assertFalse(self.safe_lines().pos_session_id)
        self.assertEqual(set((fill | collect | empty).mapped("match_state")), {"matched"})
        items = self.transfer_items()
        self.assertEqual(len(items), 6)
        self.assertTrue(all(items.mapped("reconciled")), "both halves meet")
        self.assertEqual(set((self.safe_lines().move_id).mapped("state")), {"posted"})

    def test_told_twice_it_is_booked_once(self):
        self.use_safe()
        collect = self.serve("collect", out=12000)
        self.report(collect.uuid, self.manager, state="done", phase="ended", amountOut=12000)
        self.assertEqual(self.items(self.session), [-12000])
        self.assertEqual(len(self.safe_lines()), 1)

    def test_money_that_stays_needs_no_line(self):
        for kind in ("exchange", "transfer"):
            operation = self.serve(kind, into=5000, out=5000)
            self.assertFalse(operation.statement_line_id)
            self.assertFalse(operation.match_state)
        cancelled = self.serve("fill", into=500, out=500, state="cancelled")
        self.assertFalse(cancelled.statement_line_id)
        self.assertEqual(self.items(self.session), [])

    def test_change_that_the_machine_owes_is_given_by_hand(self):
        exchange = self.serve("exchange", into=2000, out=1500, undispensed=500)
        self.assertEqual(self.items(self.session), [500])
        answer = self.register(
            self.manager, kind="cash_out", amount=500, manual=True, parent_uuid=exchange.uuid
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(self.items(self.session), [-500, 500])
        self.assertEqual(exchange.match_state, "matched")

    def test_without_a_transfer_account_it_is_a_question(self):
        self.use_safe()
        self.company.transfer_account_id = False
        collect = self.serve("collect", out=12000)
        self.assertEqual((collect.net, collect.match_state), (-120, "open"))
        self.assertIn("internal transfers", collect.event_ids[-1].message)
        self.assertEqual(self.items(self.session), [])
        self.assertFalse(self.safe_lines())
        self.company.transfer_account_id = self.transfer
        answer = self.Operation.with_user(self.manager).resolve(
            collect.uuid, "cash_out", "The account is there now"
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(self.items(self.session), [-12000])
        self.assertEqual(self.safe_lines().amount, 120)

    def test_a_stacker_that_did_not_come_back_is_decided_by_a_manager(self):
        self.use_safe()
        collect = self.serve("collect", out=12000, state="unknown")
        self.assertEqual((collect.match_state, self.items(self.session)), ("open", []))
        self.Operation.with_user(self.manager).resolve(
            collect.uuid, "cash_out", "It is in the safe"
        )
        self.assertEqual(self.items(self.session), [-12000])
        self.assertEqual(self.safe_lines().amount, 120)

    def test_expected_is_the_opening_and_the_ledger(self):
        self.use_safe()
        self.serve("fill", into=5000)
        self.serve("collect", out=12000)
        self.serve("exchange", into=2000, out=2000)
        self.serve("transfer", into=3000, out=3000)
        self.serve("empty", out=1000)
        data = self.session.with_user(self.cashier).get_closing_control_data()
        self.assertEqual(data["smartcash"]["expected"], 20000 + 5000 - 12000 - 1000)
        self.assertAlmostEqual(data["default_cash_details"]["amount"], 120)
        cause = data["smartcash"]["cause"]
        self.assertEqual((cause["filled"], cause["emptied"], cause["exchanged"]), (5000, -13000, 0))
        count = self.close(self.session, 12000)
        self.assertEqual(count["difference"], 0)
        self.assertEqual(self.items(self.session), [-12000, -1000, 5000])
        self.assertEqual(self.session.cash_register_balance_end_real, 120)
        report = self.session._smartcash_report()
        amounts = {row["name"]: row["amount"] for row in report["causes"]}
        self.assertEqual((amounts["filled"], amounts["emptied"]), (50, -130))
        self.assertEqual((report["expected"], report["difference"]), (120, 0))

    def test_a_count_is_old_after_it(self):
        self.seen(self.session, "closing", holds(20000))
        self.serve("collect", out=12000)
        posted = self.session.with_user(self.cashier).post_closing_cash_details(200)
        self.assertIn("Money has moved", posted["message"])

    def test_on_a_shared_machine_the_sum_is_right(self):
        """Who empties it takes the others' cash too: together the books hold what is inside."""
        other, machine = self.second_till()
        self.cash_move("cash_in", 10000, other, into=10000, payment_method_id=machine.id)
        self.use_safe()
        self.serve("collect", out=25000)
        first = self.session._smartcash_books(self.device, "closing")
        self.assertEqual(first["expected"], 20000 - 25000)
        self.assertEqual(first["expected"] + first["others"], 5000)
        self.assertEqual(first["shared_with"], other)

    def second_till(self):
        journal = self._cash_journal("Machine 2", "MC2")
        machine = self._method("Machine 2", journal, self.device)
        config = self.env["pos.config"].create(
            {"name": "Second", "payment_method_ids": [Command.set(machine.ids)]}
        )
        return self.open(20000, config=config), machine

    def test_a_safe_that_does_not_fit_is_refused(self):
        euro = self._cash_journal("Euro safe", "EUS", currency_id=self.env.ref("base.EUR").id)
        with self.assert_invalid("another currency"):
            self.device.safe_journal_id = euro
        with self.assert_invalid("journal of the machine itself"):
            self.device.safe_journal_id = self.journal
