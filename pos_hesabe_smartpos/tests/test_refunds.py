from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_refunds import RefundCase

ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"
REFUND = "odoo.addons.pos_hesabe_smartpos.models.hesabe_refund"


class TestRefunds(RefundCase):
    # ---- asked for ------------------------------------------------------------------------------

    def test_a_refund_is_in_the_books_when_hesabe_has_the_request(self):
        uuid, answer = self.refunded()
        self.assertEqual((answer["state"], answer["amountOut"]), ("done", 1500), answer)
        self.assertEqual(self.requests(), [(1500, "pending")])
        operation, refund = self.operation(uuid), self.refund_of(uuid)
        self.assertEqual((operation.evidence, operation.net), ("server", -1.5))
        self.assertEqual((refund.state, refund.amount), ("pending", 1.5))
        self.assertEqual(refund.sale_id.uuid, self.paid)
        self.order_of(uuid, -1.5)
        self.assertEqual(self.operation(uuid).match_state, "matched")
        refund = self.decide(uuid, "approve")
        self.assertEqual((refund.state, refund.next_look), ("approved", False))
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_parts_never_make_more_than_was_paid(self):
        for amount in (500, 700):
            self.assertEqual(self.refunded(amount)[1]["state"], "done")
        uuid, answer = self.refunded(301)
        self.assertEqual(answer["state"], "failed")
        self.assertIn("0.300", answer["messages"][0]["text"])
        self.assertFalse(self.refund_of(uuid))
        self.assertEqual(self.refunded(300)[1]["state"], "done")
        self.assertEqual(self.requests(), [(500, "pending"), (700, "pending"), (300, "pending")])

    def test_what_was_requested_in_hesabe_s_panel_counts_too(self):
        token = self.operation(self.paid).hesabe_token
        self.account._client().refund(token=token, amount=1000, full=False)
        self.assertEqual(self.refunded(501)[1]["state"], "failed")
        self.assertEqual(self.refunded(500)[1]["state"], "done")

    def test_only_a_payment_of_the_refunded_order_is_given_back(self):
        for lines in ([], self.order_of(False, 1.5).lines.ids):
            uuid = self.wished(refunded_line_ids=lines)
            self.assertEqual(self.call("start", uuid)["state"], "failed")
        self.assertEqual(self.requests(), [])

    def test_refunds_are_off_until_a_manager_switches_them_on(self):
        self.assertFalse(self.new_account(name="Another").refunds_allowed)
        uuid = self.wished()
        self.account.refunds_allowed = False
        wish = self.card_wish(kind="refund", refunded_line_ids=self.order.lines.ids)
        answer = self.Operation.with_user(self.cashier).register(wish)
        self.assertIn("switched off", self.assert_refused(answer, "bad_values")["message"])
        self.assertEqual(self.call("start", uuid)["state"], "failed")
        self.assertEqual(self.requests(), [])

    def test_a_request_that_hesabe_refuses_gives_nothing_back(self):
        self.hesabe.post("reset")
        self.hesabe.post("tokens", action="revoke", seconds=900)
        uuid, answer = self.refunded()
        self.assertEqual(answer["state"], "failed")
        self.assertIn("Nothing was refunded", answer["messages"][0]["text"])
        self.assertEqual(self.refund_of(uuid).state, "failed")

    # ---- lost answers ---------------------------------------------------------------------------

    def test_a_lost_answer_is_looked_up_and_never_asked_again(self):
        uuid = self.wished()
        self.hesabe.fault(on="refund", drop_after=1)
        with mute_logger(ENGINE):
            self.assertEqual(self.call("start", uuid)["state"], "running")
        self.assertEqual(self.refund_of(uuid).state, "asking")
        self.assertEqual(self.call("start", uuid)["state"], "done")
        self.assertEqual(self.requests(), [(1500, "pending")])
        self.assertEqual(self.hesabe.state()["calls"]["refund"], 1)

    def test_a_lost_request_has_failed_and_one_that_appears_late_is_a_question(self):
        uuid = self.wished()
        self.hesabe.fault(on="refund", drop_before=1)
        with mute_logger(ENGINE):
            self.call("start", uuid)
        self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.operation(uuid).started_at -= timedelta(minutes=1)
        self.assertEqual(self.call("poll", uuid)["state"], "failed")
        self.assertEqual(self.look(uuid).state, "failed")
        token = self.operation(self.paid).hesabe_token
        self.account._client().refund(token=token, amount=1500, full=True)
        self.assertEqual(self.refunded()[1]["state"], "failed", "not twice")
        self.assertEqual(self.look(uuid).state, "pending")
        self.assertEqual(
            (self.operation(uuid).match_state, self.operation(uuid).disputed), ("open", True)
        )

    def test_another_s_request_of_the_same_amount_is_not_taken_for_the_lost_one(self):
        token = self.operation(self.paid).hesabe_token
        self.account._client().refund(token=token, amount=500, full=False)
        uuid = self.wished(500)
        self.hesabe.fault(on="refund", drop_before=1)
        with mute_logger(ENGINE):
            self.call("start", uuid)
        self.operation(uuid).started_at -= timedelta(minutes=1)
        self.assertEqual(self.call("poll", uuid)["state"], "failed")

    # ---- what Hesabe decides --------------------------------------------------------------------

    def test_a_rejection_is_a_manager_s_question(self):
        uuid, _answer = self.refunded()
        self.order_of(uuid, -1.5)
        self.decide(uuid, "reject")
        refund = self.look(uuid)
        operation = self.operation(uuid)
        self.assertEqual((refund.state, refund.next_look), ("rejected", False))
        self.assertEqual((operation.state, operation.match_state), ("done", "open"))
        self.assertTrue(operation.activity_id, "a manager is told")
        self.assertEqual(operation.event_ids.mapped("kind").count("late"), 1)
        self.assertEqual(self.refunded()[1]["state"], "done", "it can be asked for again")

    def test_a_status_that_nobody_explained_is_still_waiting(self):
        self.account.refund_rejected = False
        uuid, _answer = self.refunded()
        refund = self.decide(uuid, "reject")
        self.assertEqual((refund.state, refund.status_text), ("pending", "2"))
        self.assertTrue(refund.next_look)

    def test_a_request_that_vanished_is_a_question_and_still_counts(self):
        uuid, _answer = self.refunded()
        self.account._client().cancel_refund(int(self.refund_of(uuid).hesabe_id))
        self.assertEqual(self.look(uuid).state, "unclear")
        self.assertTrue(self.operation(uuid).disputed)
        self.assertEqual(self.refunded()[1]["state"], "failed")

    def test_hesabe_s_silence_changes_nothing(self):
        uuid, _answer = self.refunded()
        self.hesabe.fault(on="refund_detail", server_error=9)
        with mute_logger(REFUND):
            self.assertEqual(self.look(uuid).state, "pending")

    def test_a_manager_withdraws_a_request(self):
        uuid, _answer = self.refunded()
        refund = self.refund_of(uuid).with_user(self.manager)
        refund.action_withdraw()
        self.assertEqual((self.refund_of(uuid).state, self.requests()), ("withdrawn", []))
        self.assertEqual(self.operation(uuid).match_state, "open")
        with self.assertRaises(UserError):
            refund.action_withdraw()

    def test_a_cashier_sees_what_became_of_a_refund_and_changes_nothing(self):
        uuid, _answer = self.refunded()
        refund = self.refund_of(uuid).with_user(self.cashier)
        menu = self.env["ir.ui.menu"].with_user(self.cashier)
        visible = menu._visible_menu_ids()
        self.assertIn(self.env.ref("pos_hesabe_smartpos.hesabe_menu_refunds").id, visible)
        (shown,) = refund.web_read({"state": {}, "amount": {}, "account_id": {"fields": {}}})
        self.assertEqual(shown["state"], "pending")
        for call in (refund.action_refresh, refund.action_withdraw):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            refund.write({"state": "approved"})

    def test_only_managers_of_the_company_see_and_touch_refunds(self):
        uuid, _answer = self.refunded()
        for user in (self.employee, self.portal, self.foreigner):
            refund = self.refund_of(uuid).with_user(user)
            for call in (
                lambda refund=refund: refund.read(["state"]),
                refund.action_refresh,
                refund.action_withdraw,
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    call()
        with self.assertRaises(AccessError):
            self.refund_of(uuid).with_user(self.manager).write({"state": "approved"})
