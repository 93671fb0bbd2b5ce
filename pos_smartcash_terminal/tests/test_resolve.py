from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import SmartcashCommon


class TestResolve(SmartcashCommon):
    """Each decision leaves books and cash in agreement, to the cent."""

    def resolve(self, uuid, resolution, order=None, user=None, reason="Ana counted"):
        return self.Operation.with_user(user or self.manager).resolve(
            uuid, resolution, reason, order.id if order else None
        )

    def orphan(self, amount_in=2000, amount_out=1010, **values):
        """A sale whose money is in the machine and in no order."""
        uuid = self.running(**values)
        self.done(uuid, amount_in=amount_in, amount_out=amount_out)
        self.assertEqual(self.operation(uuid).match_state, "open")
        return uuid

    def assert_resolved(self, uuid, resolution):
        operation = self.operation(uuid)
        self.assertEqual((operation.match_state, operation.resolution), ("resolved", resolution))
        self.assertEqual(
            (operation.resolved_by_id, operation.resolution_reason), (self.manager, "Ana counted")
        )
        event = operation.event_ids.filtered(lambda event: event.kind == "resolved")[-1]
        self.assertEqual(event.user_id, self.manager)
        self.assertIn("Ana counted", event.message)
        operation.sudo()._match()
        self.assertEqual(operation.match_state, "resolved", "matching again changes nothing")
        return operation

    def assert_untouched(self, uuid, answer, code="bad_values"):
        refused = self.assert_refused(answer, code)
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "open")
        self.assertFalse(operation.resolution)
        self.assertFalse(operation.child_ids)
        self.assertFalse(operation.statement_line_id)
        return refused["message"]

    def assert_cash_agrees(self, session=None):
        """Expected cash of the session == what machine and hands moved, in minor units."""
        session = session or self.session
        session.invalidate_recordset()
        operations = self.Operation.search([("session_id", "=", session.id)])
        expected = sum(
            session.order_ids.payment_ids.filtered(
                lambda payment: payment.payment_method_id.is_cash_count
            ).mapped("amount")
        ) + sum(session.statement_line_ids.mapped("amount"))
        decimals = session.currency_id.decimal_places
        self.assertEqual(round(sum(operations.mapped("net")), decimals), round(expected, decimals))

    # ---- returned --------------------------------------------------------------------------------

    def test_returned_is_an_operation_by_hand_of_what_the_machine_kept(self):
        uuid = self.orphan()
        self.assertNotIn("refused", self.resolve(uuid, "returned"))
        operation = self.assert_resolved(uuid, "returned")
        child = operation.child_ids
        self.assertEqual(
            (child.kind, child.evidence, child.state, child.net, child.match_state),
            ("refund", "manual", "done", -9.90, "resolved"),
        )
        self.assertEqual((child.user_id, child.session_id), (self.manager, self.session))
        self.assertEqual(sum((operation | child).mapped("net")), 0)
        self.assertFalse(self.session.statement_line_ids)
        self.assert_cash_agrees()

    def test_returned_gives_the_rounding_back_too(self):
        uuid = self.running()
        self.done(uuid, amount_in=2000, amount_out=1005, rounding=-5)
        self.resolve(uuid, "returned")
        operation = self.assert_resolved(uuid, "returned")
        self.assertEqual(
            (operation.child_ids.amount_out, operation.child_ids.rounding), (9.95, 0.05)
        )
        self.assertEqual(sum((operation | operation.child_ids).mapped("net")), 0)
        self.assertEqual(sum((operation | operation.child_ids).mapped("rounding")), 0)

    def test_only_what_is_not_in_the_books_is_returned(self):
        uuid = self.running()
        self.done(uuid, amount_in=5000, amount_out=3000, undispensed=1010)
        self.sync(9.90, uuid)
        self.assertEqual(self.operation(uuid).match_state, "open")
        self.resolve(uuid, "returned")
        operation = self.assert_resolved(uuid, "returned")
        self.assertEqual(operation.child_ids.net, -10.10)
        self.assert_cash_agrees()

    def test_what_is_owed_to_the_books_cannot_be_returned(self):
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.sync(9.90, uuid)
        text = self.assert_untouched(uuid, self.resolve(uuid, "returned"))
        self.assertIn("cash out", text)

    # ---- cash in, cash out -------------------------------------------------------------------

    def test_cash_in_is_a_statement_line_of_the_net_in_euro_and_in_fils(self):
        for currency, code, rate, wish, amounts, net, balance in (
            ("base.EUR", "EUR", 0.8, 990, (2000, 1010), 9.90, 12.38),
            ("base.KWD", "KWD", 0.3, 1234, (2000, 766), 1.234, 4.11),
        ):
            with self.subTest(currency=code):
                session, machine = self.foreign_till(currency, rate)
                uuid = self.orphan(
                    *amounts,
                    amount=wish,
                    currency=code,
                    session_id=session.id,
                    payment_method_id=machine.id,
                )
                self.assertNotIn("refused", self.resolve(uuid, "cash_in"))
                operation = self.assert_resolved(uuid, "cash_in")
                line = operation.statement_line_id
                self.assertEqual((line.amount, line.pos_session_id), (net, session))
                self.assertEqual(line.journal_id, machine.journal_id)
                self.assertIn("Ana counted", line.payment_ref)
                self.assert_items(
                    line.move_id,
                    operation.currency_id,
                    {
                        machine.journal_id.default_account_id: (net, balance),
                        machine.journal_id.suspense_account_id: (-net, -balance),
                    },
                )
                self.assert_cash_agrees(session)

    def assert_items(self, move, currency, expected):
        """:param expected: account -> (amount in ``currency``, balance in the company's currency)"""
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.line_ids.currency_id, currency)
        decimals = currency.decimal_places
        self.assertEqual(
            {
                line.account_id: (round(line.amount_currency, decimals), round(line.balance, 2))
                for line in move.line_ids
            },
            expected,
        )

    def test_cash_out_takes_from_the_books_what_the_machine_does_not_hold(self):
        uuid = self.running(kind="refund")
        self.done(uuid, amount_in=0, amount_out=990)
        self.assertIn("cash out", self.assert_untouched(uuid, self.resolve(uuid, "cash_in")))
        self.assertNotIn("refused", self.resolve(uuid, "cash_out"))
        line = self.assert_resolved(uuid, "cash_out").statement_line_id
        self.assertEqual(line.amount, -9.90)
        self.assert_items(
            line.move_id,
            self.usd,
            {
                self.journal.default_account_id: (-9.90, -9.90),
                self.journal.suspense_account_id: (9.90, 9.90),
            },
        )
        self.assert_cash_agrees()

    def test_the_session_closes_with_the_cash_of_the_ledger_in_the_general_ledger(self):
        paid = self.running()
        self.done(paid)
        self.sync(9.90, paid)
        for resolution in ("cash_in", "returned"):
            self.resolve(self.orphan(), resolution)
        refund = self.running(kind="refund", amount=250)
        self.done(refund, amount_in=0, amount_out=250)
        self.resolve(refund, "cash_out")
        net = round(
            sum(self.Operation.search([("session_id", "=", self.session.id)]).mapped("net")), 2
        )
        self.assertEqual(net, 17.30)
        self.count("closing", 1730)
        self.session.post_closing_cash_details(net)
        self.session.close_session_from_ui()
        self.assertEqual(self.session.state, "closed")
        self.assertEqual(self.session.cash_register_difference, 0)
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.journal.default_account_id.id),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertEqual(sorted(items.mapped("balance")), [-2.50, 9.90, 9.90])

    def test_after_closing_the_count_has_booked_it(self):
        uuid = self.orphan()
        self.session.state = "closed"
        self.assertIn("Counting error", self.assert_untouched(uuid, self.resolve(uuid, "cash_in")))
        self.resolve(uuid, "counting_error")
        self.assert_resolved(uuid, "counting_error")

    def test_money_returned_after_closing_leaves_today_s_drawer(self):
        uuid = self.orphan()
        self.session.state = "closed"
        self.open_new_session(0)
        self.resolve(uuid, "returned")
        child = self.assert_resolved(uuid, "returned").child_ids
        self.assertEqual(child.session_id, self.pos_session)

    # ---- counting error, nothing -------------------------------------------------------------

    def test_a_counting_error_books_nothing(self):
        uuid = self.orphan()
        self.resolve(uuid, "counting_error")
        operation = self.assert_resolved(uuid, "counting_error")
        self.assertFalse(operation.statement_line_id | self.session.statement_line_ids)
        self.assertFalse(operation.child_ids)
        self.assertEqual(operation.net, 9.90)

    def test_nothing_moved_is_not_said_of_money_that_the_books_hold(self):
        uuid = self.running()
        self.sync(9.90, uuid)
        self.report(uuid, state="unknown", phase="ended")
        self.assertIn("9.90", self.assert_untouched(uuid, self.resolve(uuid, "nothing_moved")))

    # ---- belongs to an order -----------------------------------------------------------------

    def test_an_order_paid_without_its_operation_gets_it(self):
        uuid = self.orphan()
        _data, order = self.sync(9.90, None)
        self.assertNotIn("refused", self.resolve(uuid, "order", order))
        operation = self.assert_resolved(uuid, "order")
        self.assertEqual(operation.pos_order_id, order)
        self.assertEqual(operation.pos_payment_id, order.payment_ids)
        self.assertEqual(order.payment_ids.smartcash_uuid, uuid)
        self.assert_cash_agrees()

    def test_a_draft_order_is_paid_with_the_money(self):
        uuid = self.orphan()
        data = self.create_ui_order_data([(self.product, 1)], payments=[])
        saved = self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=True)
        order = self.env["pos.order"].browse(saved[0]["id"])
        self.assertEqual(order.state, "draft")
        self.assertNotIn("refused", self.resolve(uuid, "order", order))
        self.assert_resolved(uuid, "order")
        self.assertEqual((order.state, order.payment_ids.amount), ("paid", 9.90))
        self.assertTrue(order.picking_ids or self.product.type == "consu")
        self.assert_cash_agrees()

    def test_an_unknown_outcome_takes_the_amount_of_its_order(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        _data, order = self.sync(9.90, None)
        self.assertEqual(self.resolve(uuid, "order", order)["state"], "done")
        self.assertEqual(self.assert_resolved(uuid, "order").net, 9.90)
        self.assert_cash_agrees()

    def test_an_order_that_does_not_fit_is_explained(self):
        uuid = self.orphan()
        _data, other_amount = self.sync(19.80, None, quantity=2)
        _data, by_card = self.sync(9.90, None, method=self.bank_pm1)
        matched = self.running()
        self.done(matched)
        _data, taken = self.sync(9.90, matched)
        for order, words in (
            (None, "which order"),
            (other_amount, "19.80"),
            (by_card, "no payment with Machine"),
            (taken, "another operation"),
        ):
            with self.subTest(words=words):
                self.assertIn(
                    words, self.assert_untouched(uuid, self.resolve(uuid, "order", order))
                )
        for order_id in ("1", True, 2**31 - 1, [1]):
            answer = self.Operation.with_user(self.manager).resolve(uuid, "order", "why", order_id)
            self.assert_untouched(uuid, answer)
        self.session.state = "closed"
        self.open_new_session(0)
        _data, elsewhere = self.sync(9.90, None)
        text = self.assert_untouched(uuid, self.resolve(uuid, "order", elsewhere))
        self.assertIn(self.session.name, text)
        self.assertEqual(self.operation(matched).match_state, "matched")

    # ---- afterwards --------------------------------------------------------------------------

    def test_an_order_saved_after_the_decision_is_a_question_again(self):
        uuid = self.orphan()
        self.resolve(uuid, "cash_in")
        first = self.operation(uuid).statement_line_id
        self.sync(9.90, uuid)
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "open", "9.90 are in the books twice")
        self.assertNotIn("refused", self.resolve(uuid, "cash_out"))
        operation = self.assert_resolved(uuid, "cash_out")
        self.assertEqual(operation.statement_line_id.amount, -9.90)
        self.assertEqual(operation.superseded_line_ids, first)
        self.assert_cash_agrees()

    def test_a_statement_line_that_vanishes_or_changes_is_a_question_again(self):
        uuid = self.orphan()
        self.resolve(uuid, "cash_in")
        line = self.operation(uuid).statement_line_id
        line.amount = 9
        self.assertEqual(self.operation(uuid).match_state, "open")
        line.amount = 9.90
        self.assertEqual(self.operation(uuid).match_state, "matched")
        line.unlink()
        self.assertEqual(self.operation(uuid).match_state, "open")
        self.resolve(uuid, "counting_error")
        self.assert_resolved(uuid, "counting_error")

    def test_what_the_books_refuse_changes_nothing(self):
        uuid = self.orphan()
        self.journal.suspense_account_id.deprecated = True
        self.assert_untouched(uuid, self.resolve(uuid, "cash_in"), "not_booked")

    def test_an_operation_that_never_started_moved_nothing(self):
        uuid = self.running()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE smartcash_operation SET state = 'draft' WHERE uuid = %s", [uuid]
        )
        self.env.invalidate_all()
        for resolution in ("returned", "cash_in", "counting_error"):
            self.assert_refused(self.resolve(uuid, resolution), "bad_values")
        self.assertEqual(self.resolve(uuid, "nothing_moved")["state"], "failed")

    def test_only_managers_decide(self):
        uuid = self.orphan()
        with self.assertRaises(AccessError):
            self.resolve(uuid, "cash_in", user=self.cashier)
        answer = self.resolve(uuid, "cash_in", user=self.foreigner)
        self.assertEqual(answer["refused"]["code"], "unknown_operation")
        self.assertEqual(self.operation(uuid).event_ids[-1].kind, "refused")
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_the_wizard_shows_what_is_missing_and_takes_an_order(self):
        uuid = self.orphan()
        _data, order = self.sync(9.90, None)
        wizard = (
            self.env["smartcash.resolve"]
            .with_user(self.manager)
            .with_context(active_id=self.operation(uuid).id)
        )
        with Form(wizard) as form:
            self.assertEqual((form.net, form.missing), (9.90, 9.90))
            form.resolution = "order"
            form.order_id = order
            form.reason = "Ana counted"
        form.record.action_resolve()
        self.assert_resolved(uuid, "order")
        with self.assert_invalid("no decision", UserError):
            form.record.action_resolve()
