from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ..models.smartcash_operation import LOOKS, WATCH
from .common import HesabeCommon
from .test_driver import DRIVER


class TestLatePayments(HesabeCommon):
    """Nobody waits any more, and the card is charged all the same."""

    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()

    def look(self, uuid):
        """The job, at the time when it is due."""
        operation = self.operation(uuid)
        operation.hesabe_next_look = fields.Datetime.now()
        self.look_after()
        return self.operation(uuid)

    def test_a_payment_after_the_till_stopped_waiting_is_a_question(self):
        uuid = self.started()
        self.call("cancel", uuid)
        self.hesabe.at("pay", late=True)
        operation = self.look(uuid)
        self.assertEqual((operation.state, operation.net), ("cancelled", 0))
        self.assertEqual((operation.match_state, operation.disputed), ("open", True))
        self.assertTrue(operation.activity_id, "a manager is told")
        self.assertIn("late", operation.event_ids.mapped("kind"))
        pending = self.Operation.with_user(self.cashier).pending(self.kuwait_session.id)
        self.assertEqual([row["uuid"] for row in pending], [uuid])

    def test_a_late_payment_is_told_once(self):
        uuid = self.started()
        self.hesabe.at("decline")
        self.call("poll", uuid)
        invoice = self.hesabe.invoices[0]
        self.assertEqual(invoice["state"], "declined")
        resent = self.operation(uuid)
        self.account._client().resend_invoice(
            transaction_id=resent.device_ref, **resent.device_id._driver()._invoice_values(resent)
        )
        self.hesabe.at("pay")
        for _again in range(3):
            operation = self.look(uuid)
        self.assertEqual(operation.event_ids.mapped("kind").count("late"), 1)
        self.assertEqual((operation.state, operation.match_state), ("failed", "open"))

    def test_one_that_breaks_keeps_the_job_from_no_other(self):
        first, second = self.started(), None
        self.call("cancel", first)
        second = self.started()
        self.call("cancel", second)
        looked = []

        def look_for_money(operation):
            looked.append(operation.uuid)
            if operation.uuid == first:
                raise KeyError("a bug")

        for uuid in (first, second):
            self.operation(uuid).hesabe_next_look = fields.Datetime.now()
        owner = self.registry["smartcash.operation"]
        with (
            patch.object(owner, "_hesabe_look_for_money", look_for_money),
            mute_logger("odoo.addons.pos_smartcash_terminal.core.one_by_one"),
        ):
            self.look_after()
        self.assertEqual(looked, [first, second])

    def test_nothing_late_changes_nothing(self):
        uuid = self.started()
        self.call("cancel", uuid)
        events = len(self.operation(uuid).event_ids)
        for _again in range(2):
            operation = self.look(uuid)
        self.hesabe.fault(on="detail", server_error=9)
        with mute_logger("odoo.addons.pos_hesabe_smartpos.models.smartcash_operation"):
            operation = self.look(uuid)
        self.assertEqual((operation.state, operation.match_state), ("cancelled", False))
        self.assertEqual(len(operation.event_ids), events)

    def test_the_job_follows_what_its_till_left_behind(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.assertEqual(self.look(uuid).state, "done")

    def test_the_job_finds_out_what_nobody_knew(self):
        uuid = self.started()
        self.hesabe.fault(on="detail", server_error=3)
        with mute_logger(DRIVER):
            self.assertEqual(self.call("cancel", uuid)["state"], "unknown")
        self.hesabe.at("cancel")
        operation = self.look(uuid)
        self.assertEqual((operation.state, operation.match_state), ("cancelled", False))

    def test_an_invoice_that_appears_after_it_was_given_up(self):
        uuid = self.registered()
        self.hesabe.fault(on="create", drop_before=1)
        with mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.engine"):
            self.call("start", uuid)
        operation = self.operation(uuid)
        operation.started_at -= timedelta(minutes=1)
        self.assertEqual(self.call("poll", uuid)["state"], "failed")
        operation = self.operation(uuid)
        self.account._client().create_invoice(
            **operation.device_id._driver()._invoice_values(operation)
        )
        self.hesabe.at("pay")
        self.assertEqual(self.look(uuid).match_state, "open")

    def test_looks_become_rare_and_end(self):
        uuid = self.started()
        self.call("cancel", uuid)
        pauses = []
        for _look in range(len(LOOKS) + 1):
            operation = self.look(uuid)
            pause = operation.hesabe_next_look - fields.Datetime.now()
            pauses.append(round(pause.total_seconds() / 60))
        self.assertEqual(pauses, [*LOOKS[1:], 60, 60])
        operation.started_at -= WATCH + timedelta(minutes=1)
        self.assertFalse(self.look(uuid).hesabe_next_look)

    def test_a_customer_who_took_long_is_looked_after_soon_all_the_same(self):
        uuid = self.started()
        for _look in range(4):
            operation = self.look(uuid)
        self.assertEqual(operation.hesabe_looks, 4)
        self.call("cancel", uuid)
        wait = self.operation(uuid).hesabe_next_look - fields.Datetime.now()
        self.assertLessEqual(wait, timedelta(minutes=LOOKS[0]))

    def test_a_late_payment_ends_the_search(self):
        uuid = self.started()
        self.call("cancel", uuid)
        self.hesabe.at("pay", late=True)
        self.assertFalse(self.look(uuid).hesabe_next_look)

    def test_a_paid_operation_is_left_alone(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.call("poll", uuid)
        calls = self.hesabe.state()["calls"]
        self.assertFalse(self.look(uuid).hesabe_next_look)
        self.assertEqual(self.hesabe.state()["calls"], calls)
