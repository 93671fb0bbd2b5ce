import re
from datetime import timedelta

from odoo import fields

from .common import SmartcashCommon


class TestQuestions(SmartcashCommon):
    """Managers learn of what asks for a decision, once, and only of that."""

    def todo(self, uuid):
        return self.operation(uuid).activity_id

    def grow_old(self, uuid):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE smartcash_operation SET write_date = %s WHERE uuid = %s",
            [fields.Datetime.now() - timedelta(minutes=11), uuid],
        )
        self.env.invalidate_all()

    def test_an_ordinary_sale_bothers_nobody(self):
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.assertEqual(self.operation(uuid).match_state, "open", "its order is on the way")
        self.Operation.sudo()._cron_tell_managers()
        self.assertFalse(self.todo(uuid))
        self.sync(9.90, uuid)
        self.grow_old(uuid)
        self.Operation.sudo()._cron_tell_managers()
        self.assertFalse(self.todo(uuid))

    def test_money_without_an_order_becomes_a_to_do_of_one_manager(self):
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.grow_old(uuid)
        self.Operation.sudo()._cron_tell_managers()
        todo = self.todo(uuid)
        self.assertEqual((todo.res_model, todo.res_id), ("smartcash.device", self.device.id))
        self.assertTrue(todo.user_id.has_group("point_of_sale.group_pos_manager"))
        self.assertIn(self.company, todo.user_id.company_ids)
        self.assertIn("9.90", todo.summary)
        self.grow_old(uuid)
        self.Operation.sudo()._cron_tell_managers()
        self.assertEqual(self.device.activity_ids, todo, "one per operation")
        self.sync(9.90, uuid)
        self.assertFalse(todo.exists(), "the order came: done")
        self.assertFalse(self.device.activity_ids)

    def test_an_unknown_outcome_is_told_at_once_and_done_when_resolved(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        todo = self.todo(uuid)
        self.assertTrue(todo)
        self.Operation.with_user(self.manager).resolve(uuid, "returned", "Given back")
        self.assertFalse(todo.exists())
        self.assertTrue(
            self.device.message_ids.filtered(lambda message: message.mail_activity_type_id)
        )

    def test_a_to_do_leads_to_its_operation(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        link = re.search(r"<a[^>]*>", self.todo(uuid).note)[0]
        self.assertIn('data-oe-model="smartcash.operation"', link)
        self.assertIn(f'data-oe-id="{self.operation(uuid).id}"', link)

    def test_a_late_fact_is_told_at_once(self):
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.assertFalse(self.todo(uuid))
        self.done(uuid, amount_in=990, amount_out=0)
        self.assertTrue(self.todo(uuid))

    def test_an_unproven_result_is_told_until_it_is_proven_or_confirmed(self):
        signed_later, confirmed = self.running(), None
        self.done(signed_later)
        todo = self.todo(signed_later)
        self.assertTrue(todo)
        self.sync(9.90, signed_later)
        self.assertTrue(todo.exists(), "matched, and still unproven")
        self.done(signed_later, signature=self.sign(signed_later))
        self.assertFalse(todo.exists())
        confirmed = self.running()
        self.done(confirmed)
        self.sync(9.90, confirmed)
        todo = self.todo(confirmed)
        self.Operation.with_user(self.manager).resolve(confirmed, "confirmed", "Compared")
        self.assertFalse(todo.exists())

    def test_who_opened_the_session_is_asked_first(self):
        self.session.user_id = self.manager
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended")
        self.assertEqual(self.todo(uuid).user_id, self.manager)
        self.assertEqual(
            self.device.with_user(self.manager).activity_ids.mapped("user_id"), self.manager
        )

    def test_what_was_done_by_hand_is_no_question_of_its_own(self):
        uuid = self.running()
        self.done(uuid, 5000, 3000, undispensed=1010)
        child = self.register(kind="refund", amount=1000, manual=True, parent_uuid=uuid)["uuid"]
        self.assertEqual(self.operation(child).match_state, "open")
        self.grow_old(child)
        self.grow_old(uuid)
        self.Operation.sudo()._cron_tell_managers()
        self.assertFalse(self.todo(child))
        self.assertEqual(len(self.device.activity_ids), 1)
