import threading
import time
import uuid

from odoo import Command, fields
from odoo.addons.pos_smartcash_terminal.tests.common_tours import call, free_port
from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashlogySale(CashlogyTourCase):
    """Sales through a real browser, gateway and (simulated) machine; the books after each."""

    def test_exact_amount_goes_straight_to_the_receipt(self):
        self.run_tour("SmartcashExact")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(
            self.operations(),
            state="done",
            amount=9.9,
            amount_in=9.9,
            amount_out=0,
            evidence="signed",
        )
        self.assertEqual(self.operations().match_state, "matched")
        self.assert_every_cent()

    def test_change_is_given_by_the_machine_and_never_booked_again(self):
        self.run_tour("SmartcashChange")
        order = self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(order.amount_return, 0)
        self.assert_operation(
            self.operations(), state="done", amount_in=20, amount_out=10.1, evidence="signed"
        )
        self.assertEqual(self.operations().match_state, "matched")
        self.assert_every_cent()

    def test_several_pieces_add_up(self):
        self.run_tour("SmartcashSeveralPieces")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done", amount_in=11.5, amount_out=1.6)
        self.assert_every_cent()

    def test_cancel_before_money_leaves_the_order_to_another_method(self):
        self.run_tour("SmartcashCancelBeforeMoney")
        self.assert_order(("Bank", 9.9))
        self.assert_operation(self.operations(), state="cancelled", amount_in=0, amount_out=0)
        self.assert_every_cent()

    def test_cancel_gives_back_what_was_inserted(self):
        self.run_tour("SmartcashCancelAfterMoney")
        self.assert_operation(
            self.operations(), state="cancelled", amount_in=5, amount_out=5, evidence="signed"
        )
        self.assertFalse(self.operations().match_state, "nothing to match: nothing was kept")
        self.assert_every_cent()

    def test_retry_after_cancel_is_a_new_operation(self):
        self.run_tour("SmartcashRetryAfterCancel")
        self.assert_order(("Cashlogy", 9.9))
        first, second = self.operations()
        self.assert_operation(first, state="cancelled", amount_in=2, amount_out=2)
        self.assert_operation(
            second, state="done", amount_in=10, amount_out=0.1, match_state="matched"
        )
        self.assert_every_cent()

    def test_a_second_tap_on_the_method_goes_on_with_the_line_that_waits(self):
        self.run_tour("SmartcashSecondTap")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(self.operations().mapped("state"), ["cancelled", "done"])
        self.assert_every_cent()

    def test_a_partial_payment_is_kept_and_the_rest_paid_otherwise(self):
        self.run_tour("SmartcashPartial")
        self.assert_order(("Cashlogy", 5.0), ("Bank", 4.9))
        self.assert_operation(
            self.operations(), state="done", amount=9.9, amount_in=5, match_state="matched"
        )
        self.assert_every_cent()

    def test_without_close_sale_the_cashier_validates(self):
        self.machine_method.smartcash_close_sale = False
        self.run_tour("SmartcashStaysOnPaymentScreen")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_every_cent()

    def test_a_double_click_starts_one_operation(self):
        self.run_tour("SmartcashDoubleClick")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(len(self.operations()), 1)
        self.assert_every_cent()

    def test_money_lands_on_the_order_that_asked_for_it(self):
        self.run_tour("SmartcashTwoOrders")
        orders = self.pos_session.order_ids.sorted("amount_total")
        self.assertEqual(orders.mapped("amount_total"), [2.5, 9.9])
        self.assertEqual(orders.payment_ids.mapped("payment_method_id"), self.machine_method)
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        for operation in self.operations():
            self.assertEqual(operation.amount, operation.pos_order_id.amount_total)
        self.assert_every_cent()

    def test_a_reload_while_money_goes_in_resumes_the_payment(self):
        self.run_tour("SmartcashReload")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(len(self.operations()), 1)
        self.assert_operation(
            self.operations(), state="done", amount_in=10, amount_out=0.1, evidence="signed"
        )
        self.assert_every_cent()

    def test_a_refund_is_not_validated_before_the_machine_paid(self):
        self.allow_money_out()
        self.run_tour("SmartcashRefund")
        self.assert_order(("Cashlogy", -9.9))
        self.assert_operation(
            self.operations(), kind="refund", state="done", amount_out=9.9, match_state="matched"
        )
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashlogyTraps(CashlogyTourCase):
    """Where Odoo's own payment screen would lose or invent money."""

    def test_a_running_line_is_neither_dropped_nor_forced_nor_edited(self):
        self.run_tour("SmartcashRunningLineStays")
        self.assert_operation(self.operations(), state="cancelled", amount_in=5, amount_out=5)
        self.assert_every_cent()

    def test_an_order_that_grows_meanwhile_is_not_closed_unpaid(self):
        self.run_tour("SmartcashOrderEditedMeanwhile")
        self.assert_order(("Cashlogy", 9.9), ("Bank", 2.5))
        self.assert_every_cent()

    def test_change_is_never_typed_in(self):
        self.run_tour("SmartcashTypedTooMuch")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), amount=9.9, amount_in=20, amount_out=10.1)
        self.assert_every_cent()

    def test_an_order_that_shrinks_afterwards_is_paid_back_by_the_machine(self):
        self.machine_method.smartcash_close_sale = False
        self.run_tour("SmartcashOrderShrinksAfterwards")
        self.assert_order(("Cashlogy", 12.4), ("Cashlogy", -2.5))
        self.assertEqual(self.operations().mapped("kind"), ["sale", "refund"])
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assert_every_cent()

    def test_two_machine_payments_of_one_order_that_was_a_draft_between_them(self):
        self.run_tour("SmartcashTwoMachineLines")
        self.assert_order(("Cashlogy", 5.0), ("Cashlogy", 4.9))
        self.assertEqual(self.operations().mapped("net"), [5, 4.9])
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assert_every_cent()

    def test_a_line_that_was_not_sent_pays_nothing(self):
        self.run_tour("SmartcashPendingLineIsNoPayment")
        self.assert_order(("Bank", 9.9))
        self.assertFalse(self.operations())
        self.assert_every_cent()

    def test_a_driver_that_fails_leaves_no_line_waiting(self):
        self.run_tour("SmartcashDriverThrows")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(self.operations().mapped("state"), ["failed", "done"])
        self.assert_every_cent()

    def _refuse_refund(self, tour, **rule):
        self.env["smartcash.rule"].create({"payment_method_id": self.machine_method.id, **rule})
        self.run_tour(tour)
        self.assertFalse(self.operations().filtered("amount_out"))
        self.assertFalse(self.pos_session.order_ids)
        self.assert_every_cent()

    def test_a_refund_beyond_the_limit_pays_nothing_out(self):
        self._refuse_refund("SmartcashRefundTooLarge", limit_refund=9.89)

    def test_a_refund_without_the_right_pays_nothing_out(self):
        self._refuse_refund("SmartcashRefundNotAllowed", right_refund=False)


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashlogyTrouble(CashlogyTourCase):
    """What the cashier is told when it does not go well, and that no cent is lost on the way."""

    def test_missing_change_is_given_by_hand_and_booked(self):
        self.simulator.post("faults", no_change=True)
        self.run_tour("SmartcashChangeByHand")
        self.assert_order(("Cashlogy", 35.0))
        sale, by_hand = self.operations()
        self.assert_operation(sale, state="done", amount_in=50, amount_out=0, undispensed=15)
        self.assert_operation(
            by_hand, kind="refund", amount_out=15, evidence="manual", parent_id=sale
        )
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assert_every_cent()

    def test_a_reload_does_not_lose_what_is_given_by_hand(self):
        self.simulator.post("faults", no_change=True)
        self.run_tour("SmartcashByHandReload")
        self.assert_order(("Cashlogy", 35.0))
        self.assertEqual(self.operations().mapped("evidence"), ["signed", "manual"])
        self.assert_every_cent()

    def test_what_a_cancel_cannot_give_back_is_given_by_hand_and_booked(self):
        self.run_tour("SmartcashCancelByHand")
        sale, by_hand = self.operations()
        self.assert_operation(sale, state="cancelled", amount_in=20, amount_out=0, undispensed=20)
        self.assert_operation(
            by_hand, kind="refund", amount_out=20, evidence="manual", parent_id=sale
        )
        self.assert_every_cent()

    def test_a_machine_that_is_off_says_so(self):
        self.open_session()
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashMachineOff")
        self.assertFalse(self.pos_session.order_ids.filtered(lambda order: order.state == "paid"))
        self.assert_every_cent()

    def test_a_busy_machine_names_who_uses_it(self):
        self.open_session()
        other = self._other_till_pays()
        self.run_tour("SmartcashMachineBusy")
        self.assertEqual(
            self.operations().mapped("uuid"), [other.uuid], "nothing may be registered"
        )
        self.assertEqual(other.state, "running")

    def test_a_user_without_rule_reads_the_fix(self):
        self.open_session()
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine_method.id, "user_id": self.pos_admin.id}
        )
        self.run_tour("SmartcashNoRule")
        self.assertFalse(self.operations())

    def test_a_wrong_key_is_told_apart(self):
        self.open_session()
        self.device.action_new_pairing_key()
        self.run_tour("SmartcashWrongKey")
        self.assertNotIn("running", self.operations().mapped("state"))
        self.assert_every_cent()

    def test_an_unknown_outcome_keeps_the_order_until_somebody_decides(self):
        cut = threading.Thread(target=self._cut_off_gateway_after, args=(500,))
        cut.start()
        self.addCleanup(cut.join)
        self.run_tour("SmartcashGatewayDies")
        operation = self.operations()
        self.assert_operation(operation, state="unknown", amount_in=5, match_state="open")
        self.assertFalse(self.pos_session.order_ids.filtered(lambda order: order.state == "paid"))
        decide = self.env["smartcash.operation"].with_user(self.pos_admin).resolve
        answer = decide(operation.uuid, "returned", "Given back from the drawer")
        self.assertEqual(answer.get("state"), "cancelled", answer)
        self.assertEqual(operation.match_state, "resolved")

    def test_what_a_manager_decides_ends_the_question_at_the_till(self):
        cut = threading.Thread(target=self._cut_off_gateway_after, args=(500,))
        cut.start()
        self.addCleanup(cut.join)
        self.run_tour("SmartcashResolvedByManager", login="pos_admin")
        self.assert_operation(
            self.operations()[0],
            state="cancelled",
            amount_in=5,
            match_state="resolved",
            resolution="returned",
        )
        self.assertFalse(self.pos_session.order_ids.payment_ids)

    def test_a_payout_without_pieces_says_so_until_it_is_read(self):
        self.simulator.post("faults", no_change=True)
        self.allow_money_out()
        self.run_tour("SmartcashRefundWithoutPieces")
        self.assert_operation(self.operations(), kind="refund", state="failed", amount_out=0)
        self.assert_every_cent()

    def test_the_dialog_of_a_payout_claims_no_progress_that_nobody_knows(self):
        self.run_tour("SmartcashPayoutDialog")
        self.assertFalse(self.operations())

    def _cut_off_gateway_after(self, inserted):
        """Kill the gateway once that much is in the machine, and start it again."""
        end = time.monotonic() + 60
        while self.simulator.state()["inserted"] < inserted and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)
        self.gateway.kill()
        time.sleep(3)
        self.gateway.start()

    def _other_till_pays(self):
        """A sale of another shop runs on the same machine; the operation as the ledger has it."""
        config = self.env["pos.config"].create(
            {
                "name": "Kiosk",
                "payment_method_ids": [
                    Command.set(self.make_machine_method("Kiosk cash", "KCL").ids)
                ],
            }
        )
        config.with_user(self.pos_admin).open_ui()
        session = config.current_session_id
        operation_uuid = str(uuid.uuid4())
        operations = self.env["smartcash.operation"].with_user(self.pos_admin)
        answer = operations.register(
            {
                "uuid": operation_uuid,
                "kind": "sale",
                "amount": 100,
                "currency": "EUR",
                "session_id": session.id,
                "payment_method_id": config.payment_method_ids.id,
                "order_uid": "00001-001-0001",
                "order_name": f"Order {fields.Date.today()}",
                "cashier": "Berta",
                "allow_partial": False,
                "reference": "Order of the kiosk",
                "manual": False,
                "parent_uuid": None,
            }
        )
        self.assertEqual(answer.get("state"), "running", answer)
        token = operations.issue_token(session.id, ["status", "sale"], self.device.id)["token"]
        url = f"{self.gateway.url}/v1/operations/{operation_uuid}"
        body = {
            "kind": "sale",
            "amount": 100,
            "currency": "EUR",
            "reference": "Order of the kiosk",
            "allow_partial": False,
        }
        self.assertEqual(call("PUT", url, body, token)[0], 201)
        self.addCleanup(call, "POST", f"{url}/cancel", {}, token)
        return operations.sudo().search([("uuid", "=", operation_uuid)])


@tagged("post_install", "-at_install", "smartcash_tour")
class TestConnectionTest(CashlogyTourCase):
    """The button on the device form tells what is wrong on the way to the machine."""

    def run_tour(self, name):
        self.start_tour(
            f"/web#model=smartcash.device&view_type=form&id={self.device.id}",
            name,
            login="pos_admin",
        )

    def test_ready(self):
        self.run_tour("SmartcashConnectionReady")
        self.assertEqual(self.device.state, "online")
        self.assertTrue(self.device.last_seen)

    def test_machine_off(self):
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashConnectionMachineOff")
        self.assertEqual(self.device.state, "offline")

    def test_wrong_key(self):
        self.device.action_new_pairing_key()
        self.run_tour("SmartcashConnectionWrongKey")

    def test_the_pairing_command_can_be_read_whole(self):
        self.run_tour("SmartcashPairingCommand")

    def test_gateway_down(self):
        self.device.endpoint = f"http://127.0.0.1:{free_port()}"
        self.run_tour("SmartcashConnectionGatewayDown")
