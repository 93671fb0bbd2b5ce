from odoo import Command
from odoo.exceptions import AccessError, UserError

from .common import SmartcashCommon


class BooksCase(SmartcashCommon):
    def assert_open(self, uuid, *words):
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "open")
        for word in words:
            self.assertIn(word, operation.event_ids[-1].message)
        return operation

    def assert_matched(self, uuid):
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def paid(self, **values):
        """A sale of 9.90 by the machine, and its order."""
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        _data, order = self.sync(9.90, uuid, **values)
        self.assert_matched(uuid)
        return uuid, order

    def close(self, cash):
        self.count("closing", cash)
        answer = self.session.post_closing_cash_details(cash / 100)
        self.assertTrue(answer["successful"], answer)
        self.session.close_session_from_ui()
        self.assertEqual(self.session.state, "closed")


class TestEntries(BooksCase):
    """What somebody does to an entry in Accounting re-opens the match (invariant 8)."""

    def cash_in(self):
        uuid = self.running(kind="cash_in", amount=0)
        self.done(uuid, amount_in=2000, amount_out=0)
        self.assert_matched(uuid)
        return uuid, self.operation(uuid).statement_line_id

    def test_the_statement_line_s_entry_is_reset_cancelled_and_posted_again(self):
        uuid, line = self.cash_in()
        line.move_id.button_draft()
        self.assert_open(uuid, "not posted", line.move_id.name)
        line.move_id.action_post()
        self.assert_matched(uuid)
        line.move_id.button_cancel()
        self.assert_open(uuid, "not posted")
        line.move_id.button_draft()
        self.assertEqual(self.operation(uuid).match_state, "open")
        line.move_id.action_post()
        self.assert_matched(uuid)

    def test_the_statement_line_or_its_entry_is_deleted(self):
        for way in ("line", "entry"):
            with self.subTest(way=way):
                uuid, line = self.cash_in()
                if way == "line":
                    line.unlink()
                else:
                    line.move_id.button_draft()
                    line.move_id.unlink()
                self.assert_open(uuid, "A question again")

    def test_a_line_of_an_earlier_decision_counts_when_the_later_one_is_deleted(self):
        uuid = self.running()
        self.done(uuid)
        resolve = self.Operation.with_user(self.manager).resolve
        resolve(uuid, "cash_in", "why")
        self.sync(9.90, uuid)
        resolve(uuid, "cash_out", "why")
        self.operation(uuid).statement_line_id.unlink()
        operation = self.assert_open(uuid)
        self.assertEqual(operation._missing(), -990, "9.90 are in the books twice")

    def test_a_statement_line_is_moved_to_another_session_or_journal(self):
        uuid, line = self.cash_in()
        line.pos_session_id = False
        self.assert_open(uuid, "something else")
        line.pos_session_id = self.session
        self.assert_matched(uuid)

    def test_half_of_a_transfer_to_the_safe_is_reset_or_deleted(self):
        self.company.transfer_account_id = self.env["account.account"].create(
            {
                "name": "Transfers",
                "code": "X1042",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        self.device.safe_journal_id = self._cash_journal("Safe", "SAF")
        uuid = self.running(self.manager, kind="collect", amount=0)
        self.done(uuid, amount_in=0, amount_out=5000)
        self.assert_matched(uuid)
        half = self.operation(uuid).statement_line_id.smartcash_transfer_id
        self.assertEqual((half.journal_id.code, half.amount), ("SAF", 50))
        half.move_id.button_draft()
        self.assert_open(uuid)
        half.move_id.action_post()
        self.assert_matched(uuid)
        half.unlink()
        self.assert_open(uuid)

    def test_the_closing_entry_of_a_session_is_reset_and_posted_again(self):
        uuid, _order = self.paid()
        self.close(990)
        self.assert_matched(uuid)
        self.session.move_id.button_draft()
        self.assert_open(uuid, "not posted", self.session.move_id.name)
        self.session.move_id.action_post()
        self.assert_matched(uuid)

    def test_a_closing_entry_that_is_reset_is_one_to_do_however_many_sales_it_holds(self):
        uuids = [self.paid()[0] for _sale in range(3)]
        self.close(2970)
        self.session.move_id.button_draft()
        operations = self.Operation.search([("uuid", "in", uuids)])
        self.env.flush_all()
        self.env.cr.execute("UPDATE smartcash_operation SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        self.Operation.sudo()._cron_tell_managers()
        todo = operations.activity_id
        self.assertEqual(len(todo), 1)
        self.assertEqual(operations.mapped("match_state"), ["open"] * 3)
        self.Operation.with_user(self.manager).resolve(uuids[0], "counting_error", "why")
        self.assertTrue(todo.exists(), "two sales still ask")
        self.session.move_id.action_post()
        self.assertFalse(todo.exists())

    def test_the_line_that_books_the_cash_of_a_session_is_reset(self):
        uuid, _order = self.paid()
        moved, line = self.cash_in()
        self.close(2990)
        cash = self.session.statement_line_ids - line
        self.assertEqual(cash.amount, 9.90)
        cash.move_id.button_draft()
        self.assert_open(uuid)
        self.assert_matched(moved)
        cash.move_id.action_post()
        self.assert_matched(uuid)

    def test_the_closing_entries_are_not_deleted(self):
        self.paid()
        self.close(990)
        entry, line = self.session.move_id, self.session.statement_line_ids
        with self.assert_invalid("Nothing was deleted", UserError):
            line.unlink()
        entry.button_draft()
        with self.assert_invalid("Nothing was deleted", UserError):
            entry.unlink()

    def test_the_payment_entry_of_an_invoiced_order_is_reset(self):
        customer = self.env["res.partner"].create({"name": "Customer"})
        uuid, order = self.paid()
        order.partner_id = customer
        order.action_pos_order_invoice()
        self.assert_matched(uuid)
        entry = order.payment_ids.account_move_id
        entry.button_draft()
        self.assert_open(uuid, "not posted")
        entry.action_post()
        self.assert_matched(uuid)


class TestOrdersBehindOurBack(BooksCase):
    def test_an_order_that_is_cancelled_is_a_question(self):
        uuid, order = self.paid(draft=True)
        order.with_user(self.cashier).action_pos_order_cancel()
        self.assert_open(uuid, "was cancelled")
        order.state = "draft"
        self.assert_matched(uuid)

    def test_an_order_that_the_till_sends_again_after_it_was_cancelled(self):
        """Core saves it as a second one when a payment came in between: its money is there once."""
        uuid, order = self.paid(draft=True)
        order.action_pos_order_cancel()
        self.assert_open(uuid, "was cancelled")
        _data, again = self.sync(9.90, uuid, draft=True)
        self.assertNotEqual(again, order)
        self.assert_matched(uuid)
        self.assertEqual(self.operation(uuid).pos_order_id, again)

    def test_a_cancelled_order_s_money_can_be_decided(self):
        uuid, order = self.paid(draft=True)
        order.action_pos_order_cancel()
        answer = self.Operation.with_user(self.manager).resolve(uuid, "returned", "given back")
        self.assertNotIn("refused", answer)
        self.assertEqual(self.operation(uuid).child_ids.net, -9.90)

    def test_an_order_that_is_removed_at_another_till_is_a_question(self):
        uuid, order = self.paid(draft=True)
        self.env["pos.order"].with_user(self.cashier).remove_from_ui(order.ids)
        self.assert_open(uuid)
        events = self.operation(uuid).event_ids.mapped("message")
        self.assertTrue(any("A question again" in message for message in events))

    def test_a_sync_that_makes_payments_anew_says_nothing(self):
        uuid = self.running()
        self.done(uuid)
        data, order = self.sync(9.90, uuid, draft=True)
        data["data"]["server_id"] = order.id
        events = len(self.operation(uuid).event_ids)
        self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=True)
        added = self.operation(uuid).event_ids[events:].mapped("message")
        self.assertFalse([text for text in added if "question again" in text])


class TestBackendPayments(BooksCase):
    """A payment in the back end moves no money: it is refused, or done by hand on purpose."""

    def returned(self):
        """The order of *Return Products*, of an order of 9.90."""
        _uuid, order = self.paid()
        return self.env["pos.order"].browse(order.with_user(self.manager).refund()["res_id"])

    def wizard(self, order, user=None, **values):
        return (
            self.env["pos.make.payment"]
            .with_user(user or self.manager)
            .with_context(active_id=order.id)
            .create(values)
        )

    def test_another_method_than_the_machine_s_is_proposed(self):
        wizard = self.wizard(self.returned())
        self.assertEqual(wizard.payment_method_id, self.bank_pm1)
        self.assertEqual(wizard.amount, -9.90)
        wizard.check()

    def test_the_machine_s_method_is_refused_with_what_to_do(self):
        order = self.returned()
        wizard = self.wizard(order, payment_method_id=self.machine.id)
        with self.assert_invalid("Orders > Refund.*Done by hand", UserError):
            wizard.check()
        self.assertFalse(order.payment_ids)

    def test_done_by_hand_is_an_operation_and_counts_in_the_drawer(self):
        order = self.returned()
        wizard = self.wizard(order, payment_method_id=self.machine.id, smartcash_by_hand=True)
        wizard.check()
        operation = self.Operation.search([], order="id desc", limit=1)
        self.assertEqual(
            (operation.kind, operation.evidence, operation.net, operation.match_state),
            ("refund", "manual", -9.90, "matched"),
        )
        self.assertEqual((operation.pos_order_id, operation.user_id), (order, self.manager))
        self.assertEqual((order.state, order.payment_ids.amount), ("paid", -9.90))
        machines, hand = self.session.sudo()._smartcash_expected()
        self.assertEqual((machines[self.device], hand), (990, -990))

    def test_part_of_it_by_hand_leaves_the_rest_to_be_paid(self):
        order = self.returned()
        values = {"payment_method_id": self.machine.id, "smartcash_by_hand": True, "amount": -5}
        action = self.wizard(order, **values).check()
        self.assertEqual(action["res_model"], "pos.make.payment")
        self.assertFalse(
            [
                value
                for value in action["context"].values()
                if isinstance(value, object) and type(value).__name__ == "_Source"
            ]
        )
        self.assertEqual((order.state, order.amount_paid), ("draft", -5))

    def test_who_has_no_right_by_hand_is_refused(self):
        order = self.returned()
        self.env["smartcash.rule"].create({"payment_method_id": self.machine.id})
        values = {"payment_method_id": self.machine.id, "smartcash_by_hand": True}
        with self.assert_invalid("Take by Hand", UserError):
            self.wizard(order, **values).check()
        with self.assertRaises(AccessError):
            self.wizard(order, self.cashier, **values)

    def test_payments_from_elsewhere_are_refused(self):
        _data, order = self.sync(9.90, None, method=self.bank_pm1, draft=True)
        values = {"pos_order_id": order.id, "amount": 1, "payment_method_id": self.machine.id}
        model = self.env["pos.payment"].with_user(self.manager)
        for forged in (None, "nonsense", "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"):
            with self.subTest(uuid=forged), self.assert_invalid("moves no money", UserError):
                model.create({**values, "smartcash_uuid": forged})
        for context in ({"smartcash_payment_source": True}, {"smartcash_payment_source": {}}):
            with self.subTest(context=context), self.assert_invalid("moves no money", UserError):
                model.with_context(**context).create(values)
        with self.assert_invalid("moves no money", UserError):
            order.with_user(self.manager).write({"payment_ids": [Command.create(values)]})
        with self.assert_invalid("moves no money", UserError):
            order.with_user(self.manager).add_payment(values)
        payment = order.payment_ids.with_user(self.manager)
        with self.assert_invalid("moves no money", UserError):
            payment.payment_method_id = self.machine
        payment.amount = 9  # another method's payment is none of our business

    def test_what_a_till_sent_without_an_operation_is_not_changed_afterwards(self):
        _data, order = self.sync(9.90, None)
        with self.assert_invalid("moves no money", UserError):
            order.payment_ids.sudo().amount = 12

    def test_what_a_till_sent_without_an_operation_is_asked_before_the_closing(self):
        _data, order = self.sync(9.90, None)
        lost = "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"
        self.sync(19.80, lost, quantity=2)
        for _look in range(2):
            data = self.session.with_user(self.cashier).get_closing_control_data()
        found = {row["uuid"]: row for row in data["smartcash"]["open"]}
        self.assertEqual(set(found), {order.payment_ids.smartcash_uuid, lost})
        for row in found.values():
            self.assertIn("Nobody knows how it ended", row["question"])
            self.assertEqual(
                [one["resolution"] for one in row["decisions"]],
                ["order", "cash_out", "counting_error"],
            )
        self.count("closing", 990)
        answer = self.session.post_closing_cash_details(9.90)
        self.assertIn("ask for a decision", answer["message"])
        resolve = self.Operation.with_user(self.manager).resolve
        uuid = order.payment_ids.smartcash_uuid
        self.assertNotIn("refused", resolve(uuid, "order", "It was put in", order.id))
        self.assertNotIn("refused", resolve(lost, "cash_out", "Nothing was put in"))
        self.assertEqual(self.operation(uuid).net, 9.90)
        self.assertEqual(self.operation(lost).statement_line_id.amount, -19.80)
        self.close(990)
        self.assertEqual(self.session.cash_register_difference, 0)

    def test_an_operation_s_second_payment_is_a_question(self):
        uuid, order = self.paid()
        self.env["pos.payment"].create(
            {
                "pos_order_id": order.id,
                "amount": 9.90,
                "payment_method_id": self.machine.id,
                "smartcash_uuid": uuid,
            }
        )
        self.assert_open(uuid)
