from uuid import uuid4

from odoo.tests import tagged

from .common import SmartcashCommon
from .test_cash_control import CashControl


@tagged("post_install", "-at_install")
class TestNotHandedOver(SmartcashCommon):
    """Nobody at the till has the cash that it should give out: a manager sees it, and decides."""

    def say(self, uuid, user=None):
        return self.Operation.with_user(user or self.manager).not_handed_over(uuid)

    def resolve(self, uuid, resolution):
        answer = self.Operation.with_user(self.manager).resolve(uuid, resolution, "asked around")
        self.assertNotIn("refused", answer)
        return self.operation(uuid)

    def refund_by_hand(self, *, saved=True):
        wish = self.wish(manual=True, kind="refund")
        self.assertNotIn("refused", self.Operation.with_user(self.manager).register(wish))
        if saved:
            self.sync(-9.90, wish["uuid"], quantity=-1)
        return wish["uuid"]

    def assert_asks(self, uuid, text, *resolutions):
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("done", "open"))
        self.assertTrue(operation.activity_id, "a manager has a to-do")
        self.assertEqual(operation.event_ids[-1].kind, "match")
        rows = self.Operation.with_user(self.colleague).pending(self.session.id)
        (row,) = [row for row in rows if row["uuid"] == uuid]
        self.assertIn(text, row["question"])
        offered = [decision["resolution"] for decision in row["decisions"]]
        self.assertEqual(offered, list(resolutions))

    # ---- booked as given out by hand ---------------------------------------------------------

    def test_what_was_booked_by_hand_and_not_given_is_a_question(self):
        uuid = self.refund_by_hand()
        self.assertEqual(self.operation(uuid).match_state, "matched")
        self.assertNotIn("refused", self.say(uuid))
        events = len(self.operation(uuid).event_ids)
        self.assertNotIn("refused", self.say(uuid), "said twice")
        self.assertEqual(len(self.operation(uuid).event_ids), events)
        self.assert_asks(
            uuid, "was not given", "returned", "cash_in", "as_booked", "counting_error"
        )
        self.assertIn(self.operation(uuid), self.session._smartcash_unsettled()[1])

    def test_given_after_all(self):
        uuid = self.refund_by_hand()
        self.say(uuid)
        operation = self.resolve(uuid, "as_booked")
        self.assertEqual((operation.match_state, operation.amount_out), ("resolved", 9.90))
        self.assertFalse(operation.statement_line_id)

    def test_given_later_from_today_s_drawer(self):
        uuid = self.refund_by_hand()
        self.say(uuid)
        operation = self.resolve(uuid, "returned")
        self.assertEqual((operation.amount_out, operation.child_ids.amount_out), (0, 9.90))
        self.assertFalse(operation._missing())

    def test_never_given(self):
        uuid = self.refund_by_hand()
        self.say(uuid)
        operation = self.resolve(uuid, "cash_in")
        self.assertEqual((operation.amount_out, operation.statement_line_id.amount), (0, 9.90))
        self.assertFalse(operation._missing())

    def test_never_given_and_no_order_says_so(self):
        uuid = self.refund_by_hand(saved=False)
        self.say(uuid)
        operation = self.resolve(uuid, "nothing_moved")
        self.assertEqual((operation.state, operation.net), ("done", 0))
        self.assertFalse(operation._missing())

    def test_what_is_decided_is_not_opened_again(self):
        uuid = self.refund_by_hand()
        self.say(uuid)
        self.resolve(uuid, "as_booked")
        self.assert_refused(self.say(uuid), "nothing_to_resolve")
        self.assertEqual(self.operation(uuid).match_state, "resolved")

    # ---- owed by the machine -----------------------------------------------------------------

    def short_cash_out(self):
        """50.00 asked for, 30.00 came out."""
        uuid = self.running(user=self.manager, kind="cash_out", amount=5000, order_uid=None)
        claims = {"kind": "cash_out", "amount": 5000, "undispensed": 2000}
        signature = self.sign(uuid, amount_in=0, amount_out=3000, **claims)
        self.done(uuid, 0, 3000, undispensed=2000, signature=signature)
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("done", "matched"))
        return uuid

    def test_what_a_cash_out_still_owes_is_a_question_in_odoo(self):
        uuid = self.short_cash_out()
        self.assertNotIn("refused", self.say(uuid))
        self.assertNotIn("refused", self.say(uuid), "said twice")
        self.assert_asks(uuid, "is still owed", "returned", "as_booked", "counting_error")
        self.assertIn(self.operation(uuid), self.session._smartcash_unsettled()[1])

    def test_another_till_hands_it_over(self):
        uuid = self.short_cash_out()
        self.say(uuid)
        wish = self.wish(
            manual=True, kind="cash_out", amount=2000, parent_uuid=uuid, order_uid=None
        )
        self.assertNotIn("refused", self.Operation.with_user(self.manager).register(wish))
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "matched")
        self.assertFalse(operation.activity_id.exists())
        self.assertFalse(operation._missing())

    def test_a_manager_hands_it_over(self):
        uuid = self.short_cash_out()
        self.say(uuid)
        operation = self.resolve(uuid, "returned")
        self.assertEqual(operation.child_ids.amount_out, 20.0)
        self.assertEqual(operation._in_books(operation._own_payments()), -5000)
        self.assertEqual((operation.match_state, operation.still_owed), ("resolved", False))

    def test_nobody_gets_it(self):
        uuid = self.short_cash_out()
        self.say(uuid)
        operation = self.resolve(uuid, "as_booked")
        self.assertFalse(operation.child_ids)
        self.assertEqual(operation.match_state, "resolved")
        operation._match()
        self.assertEqual(operation.match_state, "resolved")

    # ---- garbage, and whoever must not -------------------------------------------------------

    def test_nothing_is_owed(self):
        uuid = self.running()
        self.assert_refused(self.say(uuid), "bad_values")
        self.done(uuid)
        self.assert_refused(self.say(uuid), "bad_values")
        taken = self.wish(manual=True)
        self.Operation.with_user(self.manager).register(taken)
        self.assert_refused(self.say(taken["uuid"]), "bad_values")
        for garbage in (None, 7, "", "no uuid", [], {}):
            self.assertIn("refused", self.say(garbage))
        self.assert_refused(self.say(str(uuid4())), "unknown_operation")
        self.assertFalse(self.operation(uuid).still_owed)

    def test_a_colleague_without_the_right_cannot_open_it(self):
        uuid = self.short_cash_out()
        self.assert_refused(self.say(uuid, user=self.colleague), "not_yours")
        self.assertEqual(self.operation(uuid).match_state, "matched")


@tagged("post_install", "-at_install")
class TestNotHandedOverInTime(CashControl):
    """The till says so when the session of the shortfall is closed already."""

    def short_cash_out(self):
        """50.00 asked for, 30.00 came out, the session was closed, and then the till says it."""
        first = self.open(20000)
        claims = {"kind": "cash_out", "amount": 5000, "undispensed": 2000}
        uuid = self.running(kind="cash_out", amount=5000, session_id=first.id, order_uid=None)
        signature = self.sign(uuid, amount_in=0, amount_out=3000, **claims)
        self.done(uuid, 0, 3000, undispensed=2000, signature=signature)
        self.close(first, 17000)
        answer = self.Operation.with_user(self.manager).not_handed_over(uuid)
        self.assertNotIn("refused", answer)
        self.assertEqual(self.operation(uuid).match_state, "open")
        return self.operation(uuid)

    def offered(self, operation):
        return [decision["resolution"] for decision in operation.sudo()._decisions()]

    def test_it_is_given_out_of_the_drawer_of_the_session_that_is_open(self):
        operation = self.short_cash_out()
        second = self.open(17000, value=20000)
        self.assertEqual(self.offered(operation), ["returned", "as_booked", "counting_error"])
        resolve = self.Operation.with_user(self.manager).resolve
        self.assertNotIn("refused", resolve(operation.uuid, "returned", "Handed over today"))
        child = operation.child_ids
        self.assertEqual((child.session_id, child.amount_out), (second, 20.0))
        self.assertEqual(child.statement_line_id.pos_session_id, second)
        self.assertEqual(child.statement_line_id.amount, -20.0)
        self.assertEqual((operation._missing(), operation.match_state), (0, "resolved"))
        operation._match()
        self.assertEqual(operation.match_state, "resolved", "the books hold it")
        self.assertEqual(self.close(second, 17000, hand=1000)["difference"], 0)
        self.assertEqual(self.items(second), [-2000])

    def test_a_till_hands_it_over_on_another_day(self):
        operation = self.short_cash_out()
        second = self.open(17000, value=20000)
        wish = self.wish(
            manual=True,
            kind="cash_out",
            amount=2000,
            parent_uuid=operation.uuid,
            order_uid=None,
            session_id=second.id,
        )
        self.assertNotIn("refused", self.Operation.with_user(self.manager).register(wish))
        self.assertEqual(operation.child_ids.statement_line_id.pos_session_id, second)
        self.assertEqual((operation._missing(), operation.match_state), (0, "matched"))
        self.close(second, 17000, hand=1000)
        self.assertEqual((self.items(second), second.cash_register_difference), ([-2000], 0))

    def test_without_a_drawer_to_give_it_from_nobody_is_told_to_give_it(self):
        operation = self.short_cash_out()
        self.assertNotIn("returned", self.offered(operation))
        self.assertIn("Open a session", operation.sudo()._describe_question())
        resolve = self.Operation.with_user(self.manager).resolve
        answer = self.assert_refused(resolve(operation.uuid, "returned", "Given"), "bad_values")
        self.assertIn("Open a session", answer["message"])
        self.assertFalse(operation.child_ids)
