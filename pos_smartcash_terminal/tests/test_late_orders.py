from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_cash_control import CashControl, holds
from .test_two_machines import TwoMachines


class LateOrders(CashControl):
    """Orders that a till kept to itself until their session was closed."""

    def late_order(self, session, uuid=None, amount=9.90):
        """The till sends an order of ``session``, which is closed.

        :returns: the session that Odoo makes for it
        """
        self.session = self.pos_session = session
        _data, order = self.sync(amount, uuid)
        self.assertTrue(order.session_id.rescue)
        self.env.invalidate_all()
        return order.session_id

    def close_late(self, session):
        self.env.invalidate_all()
        self.decide_unheard(session)
        session.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual(session.state, "closed")
        self.env.invalidate_all()

    def decide_unheard(self, session):
        """A manager says that the payments of which the ledger has heard nothing were taken for their orders."""
        for operation in session.sudo()._smartcash_unsettled()[1]:
            payment = self.env["pos.payment"].search([("smartcash_uuid", "=", operation.uuid)])
            if operation.state == "unknown" and payment:
                answer = self.Operation.with_user(self.manager).resolve(
                    operation.uuid, "order", "Taken", payment.pos_order_id.id
                )
                self.assertNotIn("refused", answer)
        self.env.invalidate_all()

    def books(self, journal=None):
        """What the machine's cash account holds, minor units."""
        account = (journal or self.journal).default_account_id
        items = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(items.mapped("balance")) * 100)

    def expected(self, session):
        """What the closing dialog says, minor units: the books', and the count's."""
        self.env.invalidate_all()
        data = session.with_user(self.cashier).get_closing_control_data()
        books = round(data["default_cash_details"]["amount"] * 100)
        self.assertEqual(data["smartcash"]["expected"] + data["smartcash"]["handExpected"], books)
        self.assertEqual(
            sum(data["smartcash"]["cause"].values()) - data["smartcash"]["cause"]["rounding"], books
        )
        return books


@tagged("post_install", "-at_install")
class TestLateOrders(LateOrders):
    def setUp(self):
        super().setUp()
        self.first = self.open(20000)
        self.close(self.first, 20000)

    def test_closed_before_the_next_opening(self):
        late = self.late_order(self.first)
        self.close_late(late)
        self.assertEqual(self.books(), 20990, "the books change by the order only")
        second = self.open(20000)
        self.assertEqual(self.items(second, opening=True), [-990])
        self.assertEqual((self.books(), self.expected(second)), (20000, 20000))
        self.assertEqual(self.close(second, 20000)["difference"], 0)
        self.assertEqual((self.books(), self.items(second)), (20000, []))

    def test_closed_while_the_next_one_is_open(self):
        second = self.open(20000)
        late = self.late_order(self.first)
        self.assertEqual(self.expected(second), 20000, "it is not in the books yet")
        self.close_late(late)
        self.assertEqual((self.books(), self.expected(second)), (20990, 20990))
        self.assertEqual(self.close(second, 20000)["difference"], -990)
        self.assertEqual((self.books(), self.items(second)), (20000, [-990]))
        third = self.open(20000)
        self.assertEqual(self.items(third, opening=True), [])

    def test_the_money_came_while_the_next_one_was_open(self):
        second = self.open(20000)
        self.close_late(self.late_order(self.first))
        self.assertEqual(self.close(second, 20990)["difference"], 0)
        self.assertEqual((self.books(), self.items(second)), (20990, []))

    def test_waits_while_the_next_one_closes(self):
        second = self.open(20000)
        late = self.late_order(self.first)
        self.assertEqual(self.close(second, 20000)["difference"], 0)
        self.assertEqual(self.books(), 20000)
        self.close_late(late)
        self.assertEqual(self.books(), 20990)
        self.assertEqual(second.cash_register_balance_end_real, 200, "what was counted stays")
        third = self.open(20000)
        self.assertEqual((self.items(third, opening=True), self.books()), ([-990], 20000))
        self.close(third, 20000)
        self.assertEqual((self.items(third), self.books()), ([], 20000))

    def test_arrives_between_the_creation_of_the_next_one_and_its_opening(self):
        self.config.with_user(self.cashier).open_ui()
        second = self.config.current_session_id
        late = self.late_order(self.first)
        self.assertEqual(self.seen(second, "opening", holds(20000))["expected"], 20000)
        self.close_late(late)
        self.assertEqual(self.seen(second, "opening", holds(20000))["expected"], 20990)
        second.with_user(self.cashier).set_cashbox_pos(200, None)
        self.assertEqual((self.items(second, opening=True), self.books()), ([-990], 20000))
        self.close(second, 20000)
        self.assertEqual((self.items(second), self.books()), ([], 20000))

    def test_waits_since_before_the_opening(self):
        self.config.with_user(self.cashier).open_ui()
        second = self.config.current_session_id
        late = self.late_order(self.first)
        self.seen(second, "opening", holds(20000))
        second.with_user(self.cashier).set_cashbox_pos(200, None)
        self.assertEqual((self.items(second, opening=True), self.books()), ([], 20000))
        self.close_late(late)
        self.close(second, 20000)
        self.assertEqual((self.items(second), self.books()), ([-990], 20000))

    def test_several(self):
        second = self.open(20000)
        one = self.late_order(self.first)
        self.assertEqual(self.late_order(self.first), one)
        self.close_late(one)
        another = self.late_order(self.first)
        self.assertNotEqual(another, one)
        self.close(second, 20000)
        self.assertEqual((self.items(second), self.books()), ([-1980], 20000))
        self.close_late(another)
        third = self.open(20000)
        self.assertEqual((self.items(third, opening=True), self.books()), ([-990], 20000))
        yet_another = self.late_order(second)
        self.close_late(yet_another)
        self.close(third, 20990)
        self.assertEqual((self.items(third), self.books()), ([], 20990))

    def test_the_other_one_is_counted_already(self):
        """Its closing was begun; the order is booked before it ends."""
        second = self.open(20000)
        late = self.late_order(self.first)
        self.decide_unheard(late)
        count = self.seen(second, "closing", holds(20000))
        till = second.with_user(self.cashier)
        self.assertEqual(count["difference"], 0)
        self.assertTrue(till.post_closing_cash_details(200)["successful"])
        till.update_closing_control_state_session("")
        self.close_late(late)
        self.assertTrue(till.close_session_from_ui([])["successful"])
        self.assertEqual((self.items(second), self.books()), ([-990], 20000))
        self.assertEqual(self.items(self.open(20000), opening=True), [])

    def test_what_a_person_took_for_it_is_in_the_drawer(self):
        answer = self.register(self.manager, session_id=self.open(20000).id, manual=True)
        second = self.config.current_session_id
        self.Operation.with_user(self.manager).resolve(answer["uuid"], "cash_in", "No order came")
        self.close(second, 20000, hand=990)
        third = self.open(20000, value=20990)
        self.close_late(self.late_order(second, answer["uuid"]))
        data = third.with_user(self.cashier).get_closing_control_data()["smartcash"]
        self.assertEqual((data["expected"], data["handExpected"]), (20000, 1980))
        self.close(third, 20000, hand=990)
        self.assertEqual((self.items(third), self.books()), ([-990], 20990))

    def test_from_the_back_end(self):
        second = self.open(20000)
        self.close_late(self.late_order(self.first))
        action = second.with_user(self.manager).action_pos_session_closing_control()
        wizard = (
            self.env["smartcash.close.session"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"machine": 200, "reason": "The till is broken"})
        )
        self.assertEqual(wizard.expected_machine, 209.90)
        wizard.action_close()
        self.assertEqual((second.state, self.items(second)), ("closed", [-990]))
        self.assertEqual(self.books(), 20000)

    def test_a_payment_of_which_the_ledger_has_heard_nothing_asks_before_it_is_booked(self):
        late = self.late_order(self.first)
        payment = late.order_ids.payment_ids
        action = late.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual(action["res_model"], "smartcash.operation", "not raised: it is kept")
        self.assertEqual(self.Operation.search(action["domain"]).session_id, late)
        with self.assert_invalid("decision", UserError):
            late.with_user(self.manager).action_pos_session_closing_control()
        operation = self.Operation.search([("session_id", "=", late.id)])
        self.assertEqual(
            (operation.state, operation.evidence, operation.match_state, operation.amount),
            ("unknown", "client", "open", 9.90),
        )
        self.assertEqual(payment.smartcash_uuid, operation.uuid)
        self.assertEqual((late.state, self.books()), ("opened", 20000), "nothing is booked yet")
        self.close_late(late)
        self.assertEqual((self.operation(operation.uuid).net, self.books()), (9.90, 20990))

    def test_a_late_order_with_an_open_question_does_not_close(self):
        second = self.open(20000)
        late = self.late_order(self.first)
        self.decide_unheard(late)
        uuid = self.running(session_id=late.id)
        for words in ("at work", "decision"):
            with self.assert_invalid(words, Exception):
                late.with_user(self.manager).action_pos_session_closing_control()
            if words == "at work":
                self.done(uuid)
        self.assertEqual(late.state, "opened")
        self.close(second, 20990)
        self.assertEqual(self.books(), 20990)


@tagged("post_install", "-at_install")
class TestLateOrdersOfSeveral(LateOrders):
    def setUp(self):
        super().setUp()
        self.second_journal = self._cash_journal("Machine, second till", "MC2")
        self.second = self._method("Machine B", self.second_journal, self.device)
        self.other = self.env["pos.config"].create(
            {"name": "Second till", "payment_method_ids": [Command.set(self.second.ids)]}
        )

    def both(self):
        return self.books() + self.books(self.second_journal)

    def test_two_points_of_sale_on_one_machine(self):
        first = self.open(20000)
        other = self.open(20000, config=self.other)
        self.close(first, 20000)
        late = self.late_order(first)
        again = self.open(20000)
        self.close_late(late)
        self.assertEqual(self.both(), 20990)
        self.close(other, 20000)
        self.close(again, 20000)
        self.assertEqual(self.both(), 20000)
        self.assertEqual((self.books(), self.books(self.second_journal)), (20000, 0))

    def test_the_late_order_is_booked_while_only_the_other_shop_is_open(self):
        first = self.open(20000)
        other = self.open(20000, config=self.other)
        self.close(first, 20000)
        self.close_late(self.late_order(first))
        self.close(other, 20000)
        self.assertEqual(self.books(self.second_journal), 0, "it is none of the other shop's")
        again = self.open(20000)
        self.assertEqual((self.items(again, opening=True), self.both()), ([-990], 20000))
        self.close(again, 20000)
        self.assertEqual(self.both(), 20000)


@tagged("post_install", "-at_install")
class TestLateOperations(LateOrders):
    """Sold while Odoo was away; when it is back, the session is closed."""

    def setUp(self):
        super().setUp()
        self.first = self.open(20000)
        self.close(self.first, 20000)

    def late_sale(self, **values):
        """What the till's outbox sends."""
        return self.running(session_id=self.first.id, late=True, **values)

    def test_a_closed_session_begins_nothing(self):
        self.assert_refused(self.register(session_id=self.first.id), "session_closed")
        self.assert_refused(self.register(session_id=self.first.id, late="yes"), "bad_values")
        self.assertFalse(self.config.session_ids.filtered("rescue"))

    def test_a_sale_goes_where_its_order_goes(self):
        uuid = self.late_sale()
        self.assertEqual(self.late_sale(uuid=uuid), uuid, "told twice, written down once")
        self.done(uuid)
        operation = self.operation(uuid)
        self.assertEqual((operation.net, operation.match_state), (9.90, "open"))
        late = self.late_order(self.first, uuid)
        self.assertEqual((operation.session_id, operation.match_state), (late, "matched"))
        second = self.open(20990)
        self.assertEqual(self.items(second, opening=True), [990])
        self.close_late(late)
        self.close(second, 20990)
        self.assertEqual((self.items(second), self.books()), ([-990], 20990))

    def test_the_order_may_come_first(self):
        second = self.open(20000)
        uuid = self.wish()["uuid"]
        late = self.late_order(self.first, uuid)
        self.late_sale(uuid=uuid)
        self.done(uuid)
        self.assertEqual(self.operation(uuid).session_id, late)
        self.assertEqual(self.operation(uuid).match_state, "matched")
        self.close_late(late)
        self.assertEqual(self.close(second, 20990)["difference"], 0)
        self.assertEqual((self.items(second), self.books()), ([], 20990))

    def test_its_order_never_comes(self):
        uuid = self.late_sale()
        self.done(uuid)
        late = self.operation(uuid).session_id
        self.assertTrue(late.rescue)
        with self.assert_invalid("decision", Exception):
            late.with_user(self.manager).action_pos_session_closing_control()
        answer = self.Operation.with_user(self.manager).resolve(uuid, "cash_in", "No order came")
        self.assertNotIn("refused", answer)
        self.close_late(late)
        self.assertEqual((self.items(late), self.books()), ([990], 20990))
        second = self.open(20990)
        self.assertEqual((self.items(second, opening=True), self.books()), ([], 20990))

    def test_what_was_handed_over_and_a_cash_move(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "right_cash_out": True}
        )
        uuid = self.late_sale(kind="cash_out", amount=3000, order_uid=None)
        self.report(uuid, state="done", phase="ended", amountOut=2000, undispensed=1000)
        answer = self.register(
            kind="cash_out",
            amount=1000,
            session_id=self.first.id,
            manual=True,
            late=True,
            parent_uuid=uuid,
        )
        self.assertNotIn("refused", answer)
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "matched")
        self.close_late(operation.session_id)
        self.assertEqual((self.items(operation.session_id), self.books()), ([-2000, -1000], 17000))
        second = self.open(18000)
        self.assertEqual((self.items(second, opening=True), self.books()), ([1000], 18000))

    def test_what_the_machine_rounded_is_booked_with_it(self):
        self.device.rounding_account_id = self.company_data["default_account_revenue"]
        uuid = self.late_sale()
        self.done(uuid, amount_in=1000, amount_out=0, rounding=-10)
        late = self.late_order(self.first, uuid)
        self.close_late(late)
        self.assertEqual((self.items(late), self.books()), ([10, 990], 21000))
        self.assertEqual(self.items(self.open(21000), opening=True), [])


@tagged("post_install", "-at_install")
class TestLateOrderOfTwoMachines(TwoMachines, LateOrders):
    """The late money is expected where it is: in the machine that took it."""

    def late_sale_at_the_second(self):
        """Sold at the second machine while Odoo was away; then the session was closed.

        :returns: the session that Odoo makes for the order
        """
        first = self.open_both(10000, 5000)
        self.close_both(first, 10000, 5000)
        uuid = self.running(
            self.colleague, session_id=first.id, late=True, device_id=self.second_device.id
        )
        progress = {"amountIn": 2000, "amountOut": 1010}
        self.report(uuid, self.colleague, state="done", phase="ended", **progress)
        late = self.late_order(first, uuid)
        operation = self.operation(uuid)
        self.assertEqual((operation.device_id, operation.session_id), (self.second_device, late))
        self.assertEqual(operation.match_state, "matched")
        return late

    def expected_in_each(self, session):
        self.env.invalidate_all()
        data = session.with_user(self.cashier).get_closing_control_data()["smartcash"]
        machines = {machine["id"]: machine["expected"] for machine in data["machines"]}
        return [machines[device.id] for device in self.devices]

    def test_booked_before_the_next_opening(self):
        self.close_late(self.late_sale_at_the_second())
        second = self.open_both(10000, 5990)
        self.assertEqual(self.items(second, opening=True), [], "it is where it is expected")
        self.assertEqual(self.expected_in_each(second), [10000, 5990])
        counts = self.close_both(second, 10000, 5990)
        self.assertEqual([count["difference"] for count in counts], [0, 0])
        self.assertEqual(self.balance(), 15990)

    def test_booked_while_the_next_one_is_open(self):
        late = self.late_sale_at_the_second()
        second = self.open_both(10000, 5990)
        self.assertEqual(self.items(second, opening=True), [990], "the opening counted it")
        self.close_late(late)
        self.assertEqual(self.expected_in_each(second), [10000, 6980])
        counts = self.close_both(second, 10000, 5990)
        self.assertEqual([count["difference"] for count in counts], [0, -990])
        self.assertEqual(self.balance(), 15990, "together they are zero")
        third = self.open_both(10000, 5990)
        self.assertEqual(self.items(third, opening=True), [])

    def test_taken_by_hand_meanwhile_it_is_in_no_machine(self):
        late = self.late_sale_at_the_second()
        self.close_late(late)
        second = self.open_both(10000, 5000, hand=990)
        self.assertEqual(self.expected_in_each(second), [10000, 5000])
        self.close_both(second, 10000, 5000, hand=990)
        self.assertEqual((self.items(second), self.balance()), ([], 15990))
