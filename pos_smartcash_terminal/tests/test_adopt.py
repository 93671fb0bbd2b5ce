from uuid import uuid4

from odoo.tests import tagged

from .common import SmartcashCommon


@tagged("post_install", "-at_install")
class TestAdopt(SmartcashCommon):
    """A payment without an operation is found before the closing, and its till tells about it afterwards."""

    def setUp(self):
        super().setUp()
        self.uuid = str(uuid4())
        self.sync(9.90, self.uuid)
        questions = self.session.sudo()._smartcash_unsettled()[1]
        self.assertEqual((questions.uuid, questions.state), (self.uuid, "unknown"))

    def by_hand(self, **values):
        return self.register(uuid=self.uuid, manual=True, late=True, **values)

    def allow_by_hand(self, **values):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "device_id": self.device.id,
                "right_by_hand": True,
                **values,
            }
        )

    def test_taken_by_hand_while_odoo_was_away(self):
        self.allow_by_hand()
        answer = self.by_hand()
        self.assertNotIn("refused", answer)
        operation = self.operation(self.uuid)
        self.assertEqual(
            (operation.state, operation.evidence, operation.net, operation.match_state),
            ("done", "manual", 9.9, "matched"),
        )
        self.assertEqual(operation.user_id, self.cashier)
        self.assertFalse(self.session.sudo()._smartcash_unsettled()[1])
        events = len(operation.event_ids)
        self.assertEqual(self.by_hand(), answer)
        self.assertEqual(len(self.operation(self.uuid).event_ids), events)

    def test_taken_by_hand_without_the_right_stays_a_question(self):
        self.allow_by_hand(right_by_hand=False)
        self.assert_refused(self.by_hand(), "right_missing")
        operation = self.operation(self.uuid)
        self.assertEqual((operation.state, operation.match_state), ("unknown", "open"))

    def test_a_manager_has_decided_before_the_till_tells_the_same(self):
        self.allow_by_hand()
        order = self.env["pos.order"].search([("session_id", "=", self.session.id)])
        self.Operation.with_user(self.manager).resolve(self.uuid, "order", "Seen", order.id)
        self.assertNotIn("refused", self.by_hand())
        operation = self.operation(self.uuid)
        self.assertEqual(operation.match_state, "resolved")
        self.assertFalse(operation.disputed)

    def test_a_manager_has_decided_that_nothing_was_taken(self):
        self.allow_by_hand()
        answer = self.Operation.with_user(self.manager).resolve(self.uuid, "cash_out", "Not there")
        self.assertNotIn("refused", answer)
        self.assertNotIn("refused", self.by_hand())
        operation = self.operation(self.uuid)
        self.assertEqual((operation.match_state, operation.disputed), ("open", True))

    def test_the_machine_kept_less_than_was_asked_for(self):
        """The amount of the payment is what the machine kept; what was asked for, only the till knows."""
        other = self._device("Till 2", "faketill")
        self.allow_by_hand(device_id=other.id)
        answer = self.register(
            uuid=self.uuid, amount=1500, device_id=other.id, allow_partial=True, late=True
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(answer["deviceId"], other.id)
        self.assertNotIn("refused", self.done(self.uuid, amount_in=990, amount_out=0))
        operation = self.operation(self.uuid)
        self.assertEqual((operation.device_id, operation.amount), (other, 15.0))
        self.assertEqual((operation.state, operation.net), ("done", 9.9))

    def test_what_the_machine_did_is_heard_whatever_the_rules_say_by_now(self):
        self.allow_by_hand(limit_sale=5)
        self.assertNotIn("refused", self.register(uuid=self.uuid, late=True))
        self.assertNotIn("refused", self.done(self.uuid, signature=self.sign(self.uuid)))
        operation = self.operation(self.uuid)
        self.assertEqual(
            (operation.state, operation.evidence, operation.match_state),
            ("done", "signed", "matched"),
        )

    def test_another_kind_is_somebody_s_mistake(self):
        answer = self.register(uuid=self.uuid, kind="cash_in", late=True, user=self.manager)
        self.assert_refused(answer, "uuid_conflict")
        self.assertEqual(self.operation(self.uuid).kind, "sale")


@tagged("post_install", "-at_install")
class TestNothingToAdopt(SmartcashCommon):
    def test_a_line_that_is_only_planned_is_no_question(self):
        """Whoever looks at the closing while a table is served finds a line that nobody has sent yet."""
        self.sync(9.90, None, draft=True)
        for _time in range(2):
            data = self.session.with_user(self.cashier).get_closing_control_data()["smartcash"]
            self.assertEqual((data["running"], data["open"]), ([], []))
        self.assertFalse(self.Operation.search([("session_id", "=", self.session.id)]))

    def test_a_draft_whose_machine_may_be_at_work_is_one(self):
        uuid = str(uuid4())
        self.sync(9.90, uuid, draft=True)
        self.assertEqual(self.session.sudo()._smartcash_unsettled()[1].uuid, uuid)
