from uuid import uuid4

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import SmartcashCommon


class TestMatch(SmartcashCommon):
    def hand_over(self, parent, amount, user=None, **values):
        return self.register(
            user, kind="refund", amount=amount, manual=True, parent_uuid=parent, **values
        )

    def assert_matched(self, uuid, order=None):
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "matched")
        if order:
            self.assertEqual(operation.pos_order_id, order)
            self.assertIn(operation.pos_payment_id, order.payment_ids)

    def test_report_first_then_payment(self):
        uuid = self.running()
        self.done(uuid)
        self.assertEqual(self.operation(uuid).match_state, "open")
        _data, order = self.sync(9.90, uuid)
        self.assert_matched(uuid, order)
        self.assertIn(order.pos_reference, self.operation(uuid).event_ids[-1].message)
        self.assertEqual(order.payment_ids.smartcash_uuid, uuid)

    def test_payment_first_then_report(self):
        uuid = self.running()
        _data, order = self.sync(9.90, uuid)
        self.assertFalse(self.operation(uuid).match_state, "it still runs")
        self.done(uuid)
        self.assert_matched(uuid, order)

    def test_each_sync_makes_new_payments_and_the_link_follows(self):
        uuid = self.running()
        self.done(uuid)
        data, order = self.sync(9.90, uuid, draft=True)
        first = order.payment_ids
        data["data"]["server_id"] = order.id
        self.env["pos.order"].create_from_ui([data], draft=True)
        self.assertNotEqual(order.payment_ids, first)
        self.assert_matched(uuid, order)

    def test_a_payment_that_vanishes_is_a_question_again(self):
        uuid = self.running()
        self.done(uuid)
        _data, order = self.sync(9.90, uuid, draft=True)
        order.payment_ids.unlink()
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "open")
        self.assertFalse(operation.pos_payment_id)

    def test_a_payment_that_is_changed_afterwards_is_a_question_again(self):
        uuid = self.running()
        self.done(uuid)
        _data, order = self.sync(9.90, uuid)
        self.assert_matched(uuid, order)
        order.payment_ids.sudo().amount = 9
        self.assertEqual(self.operation(uuid).match_state, "open")
        order.payment_ids.sudo().amount = 9.90
        self.assert_matched(uuid, order)
        order.payment_ids.sudo().smartcash_uuid = False
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_a_payment_of_another_amount_does_not_match(self):
        uuid = self.running()
        self.done(uuid, amount_in=2000, amount_out=1020)
        self.sync(9.90, uuid)
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_rounding_belongs_to_the_payment(self):
        uuid = self.running()
        self.done(uuid, amount_in=2000, amount_out=1005, rounding=-5)
        _data, order = self.sync(9.90, uuid)
        self.assert_matched(uuid, order)

    def test_a_payment_of_another_method_does_not_match(self):
        uuid = self.running()
        self.done(uuid)
        self.sync(9.90, uuid, method=self.bank_pm1)
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_one_operation_pays_one_order(self):
        uuid = self.running()
        self.done(uuid)
        self.sync(9.90, uuid)
        self.sync(9.90, uuid)
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_a_refund_is_matched_to_its_negative_payment(self):
        uuid = self.running(kind="refund")
        self.done(uuid, amount_in=0, amount_out=990)
        _data, order = self.sync(-9.90, uuid, quantity=-1)
        self.assert_matched(uuid, order)
        self.assertEqual(self.operation(uuid).net, -9.90)

    def test_missing_change_given_by_hand_belongs_to_the_sale(self):
        uuid = self.running()
        end = {"amount_in": 5000, "amount_out": 3000, "undispensed": 1010}
        self.assertIs(self.done(uuid, **end)["handedOver"], False)
        _data, order = self.sync(9.90, uuid)
        self.assertEqual(self.operation(uuid).match_state, "open", "10.10 are still owed")
        child = self.hand_over(uuid, 1010)
        self.assertIs(self.done(uuid, **end)["handedOver"], True, "nobody gives it twice")
        self.assertEqual((child["state"], child["amountOut"], child["token"]), ("done", 1010, None))
        self.assert_matched(uuid, order)
        self.assert_matched(child["uuid"], order)
        operation = self.operation(child["uuid"])
        self.assertEqual((operation.evidence, operation.parent_id.uuid), ("manual", uuid))

    def test_a_cancelled_sale_given_back_by_hand_needs_no_payment(self):
        uuid = self.running()
        self.report(
            uuid, state="cancelled", phase="ended", amountIn=5000, amountOut=1000, undispensed=4000
        )
        self.assertEqual(self.operation(uuid).match_state, "open")
        child = self.hand_over(uuid, 4000)
        self.assert_matched(uuid)
        self.assert_matched(child["uuid"])

    def test_a_refund_completed_by_hand(self):
        uuid = self.running(kind="refund")
        self.done(uuid, amount_in=0, amount_out=700, undispensed=290)
        self.hand_over(uuid, 290)
        _data, order = self.sync(-9.90, uuid, quantity=-1)
        self.assert_matched(uuid, order)

    def test_by_hand_may_overtake_the_report_of_its_parent(self):
        uuid = self.running()
        child = self.hand_over(uuid, 4000)
        self.assertEqual(child["state"], "done")
        self.assertFalse(self.operation(uuid).match_state)
        self.report(
            uuid, state="cancelled", phase="ended", amountIn=5000, amountOut=1000, undispensed=4000
        )
        self.assert_matched(uuid)
        self.assert_matched(child["uuid"])

    def test_nobody_hands_over_more_than_the_machine_owes(self):
        uuid = self.running()
        self.done(uuid, amount_in=5000, amount_out=3000, undispensed=1010)
        refused = self.assert_refused(self.hand_over(uuid, 1011), "bad_values")
        self.assertEqual(refused["owed"], 1010)
        self.hand_over(uuid, 1000)
        self.assertEqual(self.assert_refused(self.hand_over(uuid, 11), "bad_values")["owed"], 10)
        child = self.hand_over(uuid, 10)
        self.assert_refused(self.hand_over(child["uuid"], 10), "bad_values")
        self.assert_refused(self.hand_over(str(uuid4()), 10), "bad_values")

    def test_by_hand_is_booked_whatever_the_rule_says_when_the_machine_owes(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "right_refund": False}
        )
        uuid = self.running()
        self.done(uuid, amount_in=5000, amount_out=3000, undispensed=1010)
        self.assert_refused(self.register(kind="refund", manual=True), "right_missing")
        self.assertNotIn("refused", self.hand_over(uuid, 1010))

    def test_cash_taken_by_hand_does_not_wait_for_the_machine(self):
        self.running()
        answer = self.register(self.manager, manual=True, amount=990)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 990))
        self.assertEqual(self.operation(answer["uuid"]).match_state, "open")
        _data, order = self.sync(9.90, answer["uuid"])
        self.assert_matched(answer["uuid"], order)

    def test_an_order_is_saved_whatever_its_lines_carry(self):
        for value in ("nonsense", 42, {"a": 1}, str(uuid4()), None):
            with self.subTest(value=value):
                _data, order = self.sync(9.90, value)
                self.assertEqual(order.state, "paid")

    def test_a_resolved_operation_stays_resolved(self):
        uuid = self.running()
        self.done(uuid)
        self.Operation.with_user(self.manager).resolve(uuid, "counting_error", "Counted twice")
        self.sync(9.90, uuid)
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "resolved")

    def test_a_decision_is_about_the_operation_and_what_was_done_by_hand_for_it(self):
        uuid = self.running()
        self.done(uuid, amount_in=5000, amount_out=3000, undispensed=1010)
        child = self.hand_over(uuid, 1010)["uuid"]
        self.assertEqual(self.device.question_count, 1)
        self.device.invalidate_recordset()
        answer = self.Operation.with_user(self.manager).resolve(
            child, "cash_in", "The customer did not wait for a receipt"
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(
            {self.operation(uuid).match_state, self.operation(child).match_state}, {"resolved"}
        )
        self.assertEqual(self.device.question_count, 0)

    def test_a_manager_resolves_in_the_backend(self):
        uuid = self.running()
        self.done(uuid)
        operation = self.operation(uuid)
        wizard = (
            self.env["smartcash.resolve"]
            .with_user(self.manager)
            .with_context(active_id=operation.id)
        )
        with Form(wizard) as form:
            form.resolution = "cash_in"
            form.reason = "Money of the owner"
        form.record.action_resolve()
        self.assertEqual(self.operation(uuid).resolution, "cash_in")
        with self.assert_invalid("no decision", UserError):
            form.record.action_resolve()
        with self.assertRaises(AccessError):
            wizard.with_user(self.cashier).create({"resolution": "cash_in", "reason": "mine"})

    def test_the_uuid_goes_back_to_the_till_with_the_order(self):
        uuid = self.running()
        _data, order = self.sync(9.90, uuid)
        exported = order.with_user(self.cashier).export_for_ui()
        self.assertEqual(exported[0]["statement_ids"][0][2]["smartcash_uuid"], uuid)

    def test_matching_costs_the_same_whatever_the_history(self):
        def sync():
            uuid = self.running()
            self.done(uuid)
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.sync(9.90, uuid)
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        sync()
        before = sync()
        for _number in range(10):
            sync()
        self.assertLessEqual(sync(), before)
