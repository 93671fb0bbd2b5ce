from unittest.mock import patch

from odoo.tests import tagged

from .common import SmartcashCommon


@tagged("post_install", "-at_install")
class TestByHand(SmartcashCommon):
    """Cash that a person takes or gives while the machine is down."""

    def take(self, **values):
        """:returns: the wish and the answer"""
        wish = self.wish(manual=True, **values)
        return wish, self.Operation.with_user(self.manager).register(wish)

    def test_told_twice_it_is_booked_once(self):
        wish, answer = self.take()
        again = self.Operation.with_user(self.manager).register(wish)
        self.assertEqual(again, answer)
        operation = self.operation(wish["uuid"])
        self.assertEqual(
            (operation.state, operation.evidence, operation.amount_in, len(operation.event_ids)),
            ("done", "manual", 9.90, 1),
        )

    def test_the_same_uuid_never_becomes_a_payment_of_the_machine(self):
        wish, _answer = self.take()
        machine = {**wish, "manual": False}
        self.assert_refused(
            self.Operation.with_user(self.manager).register(machine), "uuid_conflict"
        )

    def test_the_order_may_come_before_the_till_s_outbox(self):
        wish = self.wish(manual=True)
        _data, order = self.sync(9.90, wish["uuid"])
        self.Operation.with_user(self.manager).register(wish)
        operation = self.operation(wish["uuid"])
        self.assertEqual((operation.match_state, operation.pos_order_id), ("matched", order))

    def test_a_refund_by_hand_is_matched_to_its_order(self):
        wish, _answer = self.take(kind="refund")
        self.assertEqual(self.operation(wish["uuid"]).match_state, "open")
        self.sync(-9.90, wish["uuid"], quantity=-1)
        operation = self.operation(wish["uuid"])
        self.assertEqual((operation.match_state, operation.amount_out), ("matched", 9.90))

    def test_a_card_terminal_takes_no_cash_by_hand(self):
        method_class = self.registry["pos.payment.method"]
        with patch.object(method_class, "_smartcash_machine_keys", lambda self: []):
            _wish, answer = self.take()
        self.assert_refused(answer, "bad_values")

    def test_others_learn_how_long_a_registered_operation_is_unheard(self):
        """Another till leaves it alone as long as its own may still start it."""
        uuid = self.running()
        (row,) = self.Operation.with_user(self.colleague).pending(self.session.id)
        self.assertEqual(row["id"], self.operation(uuid).id)
        self.assertIsInstance(row["unheardFor"], int)
        self.assertLess(row["unheardFor"], 120)
        self.report(uuid)
        (row,) = self.Operation.with_user(self.colleague).pending(self.session.id)
        self.assertIsNone(row["unheardFor"])

    def test_a_draft_of_the_server_is_left_alone_as_well(self):
        with patch.object(self.registry["smartcash.device"], "transport", "server"):
            self.running()
        (row,) = self.Operation.with_user(self.colleague).pending(self.session.id)
        self.assertEqual(row["state"], "draft")
        self.assertLess(row["unheardFor"], 120)
