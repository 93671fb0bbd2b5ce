from copy import deepcopy

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SmartcashCommon


class TestOrders(SmartcashCommon):
    """Whatever Odoo or another till does to an order, the machine's money stays with it or asks."""

    def save(self, data, *, draft=False):
        saved = self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=draft)
        return self.env["pos.order"].browse(saved[0]["id"])

    def older_copy(self, data, order):
        """The order as another till has it from before the machine took money."""
        copy = deepcopy(data)
        copy["data"].update(server_id=order.id, statement_ids=[], amount_paid=0)
        return copy

    def paid_draft(self):
        uuid = self.running()
        self.done(uuid)
        data, order = self.sync(9.90, uuid, draft=True)
        return uuid, data, order

    def test_an_older_copy_does_not_take_the_payment_off_the_order(self):
        uuid, data, order = self.paid_draft()
        self.save(self.older_copy(data, order), draft=True)
        self.assertEqual(order.payment_ids.mapped("amount"), [9.90])
        self.assertEqual(order.payment_ids.smartcash_uuid, uuid)
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_a_payment_that_was_given_back_is_taken_off_a_draft(self):
        uuid = self.running()
        data, order = self.sync(9.90, uuid, draft=True)
        self.report(uuid, state="cancelled", phase="ended")
        self.save(self.older_copy(data, order), draft=True)
        self.assertFalse(order.payment_ids)
        self.assertFalse(self.operation(uuid).match_state)

    def test_a_paid_order_is_not_paid_a_second_time(self):
        uuid = self.running()
        self.done(uuid)
        data, order = self.sync(9.90, uuid)
        again = self.older_copy(data, order)
        again["data"]["statement_ids"] = deepcopy(data["data"]["statement_ids"])
        line = again["data"]["statement_ids"][0][2]
        line.update(payment_method_id=self.bank_pm1.id, smartcash_uuid=None)
        with self.assert_invalid("was paid already", UserError):
            self.save(again)
        second = self.running()
        self.done(second)
        line.update(payment_method_id=self.machine.id, smartcash_uuid=second)
        with self.assert_invalid("was paid already", UserError):
            self.save(again)
        self.assertEqual(self.operation(uuid).match_state, "matched")
        self.assertEqual(self.operation(second).match_state, "open", "it asks a manager")

    def test_the_same_paid_order_may_be_sent_again(self):
        uuid = self.running()
        self.done(uuid)
        data, order = self.sync(9.90, uuid)
        orders = self.env["pos.order"].with_user(self.cashier)
        orders.create_from_ui([data], draft=False)
        self.assertEqual(orders.search([("pos_reference", "=", order.pos_reference)]), order)
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def tip(self, order, amount):
        """As the tip screen of Odoo's restaurants does it."""
        self.config.tip_product_id = self.product
        line = order.lines[0].export_for_ui()[0]
        line.update(price_unit=amount, price_subtotal=amount, price_subtotal_incl=amount, qty=1)
        order.with_user(self.cashier).set_tip(line)

    def test_a_tip_goes_to_the_card_beside_the_machine(self):
        uuid = self.running(amount=500)
        self.done(uuid, amount_in=500, amount_out=0)
        data = self.create_ui_order_data(
            [(self.product, 1)], payments=[(self.bank_pm1, 4.90), (self.machine, 5.0)]
        )
        data["data"]["statement_ids"][1][2]["smartcash_uuid"] = uuid
        order = self.save(data)
        self.tip(order, 1.0)
        amounts = {payment.payment_method_id: payment.amount for payment in order.payment_ids}
        self.assertEqual(amounts, {self.bank_pm1: 5.90, self.machine: 5.0})
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_a_tip_that_the_machine_did_not_take_is_refused(self):
        uuid = self.running()
        self.done(uuid)
        _data, order = self.sync(9.90, uuid)
        with self.assert_invalid("and no tip with it", UserError):
            self.tip(order, 1.0)
        self.assertEqual(order.payment_ids.amount, 9.90)

    def test_lookup_says_where_the_money_is_booked(self):
        """By this a till takes a settled payment off its older copy of an order."""
        uuid, data, order = self.paid_draft()
        look = self.Operation.with_user(self.cashier).lookup
        row = look(uuid)
        self.assertEqual((row["bookedOn"], row["isOrderPaid"]), (order.pos_reference, False))
        self.save(data)
        self.assertTrue(look(uuid)["isOrderPaid"])
        other = self.running()
        self.done(other)
        self.assertEqual((look(other)["bookedOn"], look(other)["isOrderPaid"]), (None, False))

    def close_kiosk(self):
        """Odoo's kiosk deletes what is not paid, then closes."""
        if hasattr(self.config, "action_close_kiosk_session"):
            return self.config.action_close_kiosk_session()
        unpaid = self.session.order_ids.filtered(
            lambda order: order.state not in ("paid", "invoiced")
        )
        return unpaid.unlink()

    def test_a_kiosk_s_closing_deletes_no_order_with_machine_money(self):
        uuid, _data, order = self.paid_draft()
        with self.assert_invalid("was not deleted", UserError):
            self.close_kiosk()
        self.assertEqual(order.exists().payment_ids.smartcash_uuid, uuid)
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_a_cancelled_order_is_in_no_kiosk_s_way_and_its_money_a_question(self):
        uuid, _data, order = self.paid_draft()
        order.action_pos_order_cancel()
        order.unlink()
        self.assertFalse(order.exists())
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_an_order_that_a_machine_works_for_is_not_deleted(self):
        data = self.create_ui_order_data([(self.product, 1)])
        data["data"].update(amount_paid=0, statement_ids=[])
        order = self.save(data, draft=True)
        uuid = self.running(order_name=order.pos_reference, order_uid=data["data"]["uid"])
        with self.assert_invalid("was not deleted", UserError):
            self.close_kiosk()
        orders = self.env["pos.order"].with_user(self.cashier)
        self.assertEqual(orders.remove_from_ui(order.ids), [])
        self.assertTrue(order.exists(), "it is here until the machine has ended")
        self.report(uuid, state="cancelled", phase="ended")
        order.unlink()
        self.assertFalse(order.exists())


@tagged("post_install", "-at_install")
class TestPaidTwice(SmartcashCommon):
    """Two tills take money for one order: both payments are in the books, and a manager is asked."""

    def setUp(self):
        super().setUp()
        self.uuid = self.running()
        self.done(self.uuid)
        self.data, self.order = self.sync(9.90, self.uuid)

    def again(self, method=None, uuid=None, **values):
        """The order as another till has it, paid there with another payment."""
        copy = deepcopy(self.data)
        copy["data"].update({"server_id": self.order.id, **values})
        line = copy["data"]["statement_ids"][0][2]
        line.update(payment_method_id=(method or self.bank_pm1).id, smartcash_uuid=uuid)
        return copy

    def send(self, copy, **context):
        orders = self.env["pos.order"].with_user(self.cashier).with_context(**context)
        return orders.create_from_ui([copy], draft=False)

    def second(self):
        orders = self.env["pos.order"].search([("pos_reference", "=", self.order.pos_reference)])
        return orders - self.order

    def closing(self):
        self.env.invalidate_all()
        return self.session.with_user(self.cashier).get_closing_control_data()["smartcash"]

    def refusal(self):
        self.env.invalidate_all()
        return self.session.sudo()._smartcash_obstacle() or ""

    def test_a_till_that_has_printed_the_receipt_is_rid_of_it_and_a_manager_asked(self):
        """Sold while Odoo was away: the customer has gone, and there is nothing to open at the till."""
        self.assertTrue(self.send(self.again(), is_receipt_printed=True))
        second = self.second()
        self.assertEqual(
            (second.state, second.payment_ids.payment_method_id), ("paid", self.bank_pm1)
        )
        self.assertEqual(second.smartcash_second_payment, "open")
        self.assertEqual(self.order.payment_ids.smartcash_uuid, self.uuid)
        self.assertIn(self.order.pos_reference, " ".join(self.closing()["problems"]))
        self.assertIn("paid twice", self.refusal())
        self.assertIn("paid twice", " ".join(self.session.message_ids.mapped("body")))

    def test_the_cashier_leaves_it_to_a_manager(self):
        with self.assert_invalid("was paid already", UserError):
            self.send(self.again())
        self.assertFalse(self.second())
        self.assertTrue(self.send(self.again(smartcash_paid_twice=True)))
        self.assertEqual(self.second().smartcash_second_payment, "open")

    def test_the_till_can_tell_this_refusal_from_others(self):
        with self.assertRaises(UserError) as caught:
            self.send(self.again())
        self.assertEqual(caught.exception.context, {"smartcash": "paid_already"})

    def test_it_is_saved_once_however_often_it_is_sent(self):
        for _time in range(2):
            self.send(self.again(smartcash_paid_twice=True))
            self.send(self.again(), is_receipt_printed=True)
        self.assertEqual(len(self.second()), 1)
        self.assertEqual(len(self.send(self.data)), 0, "the first one is known, too")
        self.assertEqual(len(self.second()), 1)

    def test_a_manager_keeps_it_as_a_sale(self):
        self.send(self.again(), is_receipt_printed=True)
        second = self.second()
        with self.assertRaises(AccessError):
            second.with_user(self.cashier).action_smartcash_keep_second_payment()
        second.with_user(self.manager).action_smartcash_keep_second_payment()
        self.assertEqual(second.smartcash_second_payment, "kept")
        self.assertNotIn("paid twice", self.refusal())
        self.assertFalse(self.closing()["problems"])
        with self.assert_invalid("asks for no decision", UserError):
            self.order.with_user(self.manager).action_smartcash_keep_second_payment()

    def test_what_is_refunded_asks_no_more(self):
        self.send(self.again(), is_receipt_printed=True)
        second = self.second()
        refund = self.env["pos.order"].browse(second.with_user(self.manager).refund()["res_id"])
        self.assertIn("paid twice", self.refusal(), "it is not paid out yet")
        wizard = self.env["pos.make.payment"].with_user(self.manager)
        wizard.with_context(active_id=refund.id).create({}).check()
        self.assertEqual(refund.state, "paid")
        self.assertNotIn("paid twice", self.refusal())

    def test_a_second_machine_payment_is_matched_to_it(self):
        other = self.running(order_name=self.order.pos_reference)
        self.done(other)
        self.send(self.again(self.machine, other), is_receipt_printed=True)
        self.assertEqual(self.operation(other).match_state, "matched")
        self.assertEqual(self.operation(other).pos_order_id, self.second())
        self.assertEqual(self.operation(self.uuid).pos_order_id, self.order)

    def test_what_a_manager_has_decided_already_is_not_booked_again(self):
        other = self.running(order_name=self.order.pos_reference)
        self.done(other)
        resolve = self.Operation.with_user(self.manager).resolve
        self.assertNotIn("refused", resolve(other, "cash_in", "The customer had gone"))
        self.send(self.again(self.machine, other), is_receipt_printed=True)
        self.assertFalse(self.second())
        self.assertEqual(self.operation(other).match_state, "resolved")

    def test_one_that_came_without_an_operation_may_be_sent_again(self):
        copy = self.again(self.machine, name="Order 00009-001-0001", uid="00009-001-0001")
        copy["data"]["server_id"] = False
        self.send(copy)
        self.closing()  # which makes an operation for it
        order = self.env["pos.order"].search([("pos_reference", "=", "Order 00009-001-0001")])
        self.assertTrue(order.payment_ids.smartcash_uuid)
        self.assertFalse(self.send(copy))
        self.assertFalse(self.send(copy, is_receipt_printed=True))

    def test_garbage_instead_of_the_wish(self):
        for garbage in ("yes", 1, [], {}, None, False):
            with self.subTest(garbage=garbage), self.assert_invalid("was paid already", UserError):
                self.send(self.again(smartcash_paid_twice=garbage))

    def test_without_a_machine_the_second_payment_is_asked_about_too(self):
        first = self.again(name="Order 00009-001-0001", uid="00009-001-0001", server_id=False)
        self.assertTrue(self.send(first))
        other = deepcopy(first)
        other["data"]["statement_ids"][0][2]["payment_method_id"] = self.bank_split_pm1.id
        with self.assert_invalid("was paid already", UserError):
            self.send(other)
        self.session.state = "closed"
        self.config.payment_method_ids = [Command.set((self.bank_pm1 | self.bank_split_pm1).ids)]
        self.session.state = "opened"
        self.assertTrue(self.send(other), "a shop without devices is none of our business")
