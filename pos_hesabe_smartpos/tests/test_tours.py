import os
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common_tours import HesabeTourCase, path_with_rtlcss


@tagged("post_install", "-at_install", "smartcash_tour")
class TestHesabeTours(HesabeTourCase):
    """Card payments through a real browser, the server, and a (simulated) Hesabe."""

    def test_a_paid_card_goes_straight_to_the_receipt(self):
        self.run_tour("HesabePaid")
        payment = self.assert_paid_by_card()
        self.assertEqual(payment.card_type, "KNET")
        self.assertTrue(payment.transaction_id)
        self.assertEqual(self.hesabe.state()["calls"]["create"], 1)

    def test_without_close_sale_the_cashier_sees_the_card_and_validates(self):
        self.card_method.smartcash_close_sale = False
        self.run_tour("HesabeStaysOnPaymentScreen")
        self.assertEqual(self.assert_paid_by_card().card_type, "VISA")

    def test_a_declined_card_is_tried_again(self):
        self.run_tour("HesabeDeclinedThenRetried")
        self.assert_paid_by_card("failed", "done")

    def test_cancelled_and_timed_out_at_the_terminal(self):
        self.run_tour("HesabeCancelledAtTerminal")
        self.assert_order(("Bank", 1.255))
        self.assertEqual(self.operations().mapped("state"), ["cancelled", "cancelled"])
        self.assertEqual(self.hesabe.state()["paid_total"], 0)

    def test_a_customer_who_pays_after_the_till_stopped_waiting(self):
        self.run_tour("HesabeStopWaiting")
        order = self.assert_order(("Bank", 1.255))
        operation = self.operations()
        self.assertEqual((operation.state, operation.match_state), ("cancelled", False))
        self.hesabe.at("pay", late=True)
        operation.sudo().hesabe_next_look = operation.create_date
        self.env["smartcash.operation"].sudo()._cron_hesabe_look()
        self.assertEqual((operation.state, operation.match_state), ("cancelled", "open"))
        self.assertTrue(operation.disputed)
        self.assertTrue(operation.activity_id, "a manager is told")
        self.assertIn("late", operation.event_ids.mapped("kind"))
        self.assertEqual(order.payment_ids.mapped("payment_method_id.name"), ["Bank"])

    def test_who_pays_while_the_cashier_is_asked_has_paid(self):
        self.run_tour("HesabePaidWhileAsked")
        self.assert_paid_by_card()

    def test_shown_again_it_is_one_invoice(self):
        self.run_tour("HesabeResend")
        self.assert_paid_by_card()
        self.assertEqual([invoice["sent"] for invoice in self.hesabe.invoices], [2])

    def test_a_reload_goes_on_waiting(self):
        self.run_tour("HesabeReload")
        self.assert_paid_by_card()
        self.assertEqual(self.hesabe.state()["calls"]["create"], 1)

    def test_a_cloud_that_fails_for_a_while(self):
        self.run_tour("HesabeLostAnswers")
        self.assert_paid_by_card()

    def test_a_hint_is_quicker_than_the_next_look(self):
        driver = self.registry["smartcash.driver.hesabe"]
        with patch.object(driver, "_pacing", {"fast": 600000, "idle": 600000}):
            self.run_tour("HesabeHint")
        self.assert_paid_by_card()

    def test_another_terminal_ends_nothing_here(self):
        second = self.new_terminal("29708455", "Counter 2")
        rule = {"payment_method_id": self.card_method.id, "right_sale": True}
        self.env["smartcash.rule"].create(
            [
                {**rule, "user_id": self.pos_user.id, "device_id": second.id},
                {**rule, "user_id": False, "device_id": self.terminal.id},
            ]
        )
        client = self.account._client()
        self.addCleanup(client.close)
        client.create_invoice(
            customer_name="Another till",
            amount=9000,
            terminal_id=self.terminal.hesabe_terminal_id,
            invoice_number="OTHER-1",
            description="",
        )
        self.run_tour("HesabeTwoTerminals")
        self.assert_paid_by_card(invoices=2)

    def test_the_shop_has_a_slip_of_each_card_payment_and_refund(self):
        self.account.refunds_allowed = True
        self.card_method.smartcash_close_sale = False
        self.run_tour("HesabeMerchantCopy")
        sale, refund = self.operations()
        self.assertEqual((sale.net, refund.net), (1.255, -1.255))
        self.assertTrue(self.told_of(refund)["smartcash_requested"])
        (request,) = self.hesabe.state()["refunds"]
        self.hesabe.post(f"refunds/{request['id']}/approve")
        self.env["hesabe.refund"].sudo().search([])._look()
        self.assertFalse(self.told_of(refund)["smartcash_requested"])

    def told_of(self, operation):
        """What a till that loads the order hears of its payment."""
        payment = self.env["pos.payment"].search([("smartcash_uuid", "=", operation.uuid)])
        return payment._export_for_ui(payment)

    def test_a_cashier_who_reads_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.pos_user.lang = "ar_001"
        self.card_method.smartcash_close_sale = False
        with patch.dict(os.environ, PATH=path_with_rtlcss()):
            self.run_tour("HesabeArabic")
        self.assert_paid_by_card("failed", "done")


@tagged("post_install", "-at_install", "smartcash_tour")
class TestHesabeOneTap(HesabeTourCase):
    """Choosing the payment method sends the amount to the terminal. The tours count the taps."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.card_method.smartcash_auto_start = True

    def test_two_taps_from_payment_to_the_receipt(self):
        self.run_tour("HesabeOneTap")
        self.assert_paid_by_card()

    def test_a_double_tap_starts_once(self):
        self.run_tour("HesabeOneTapTwice")
        self.assert_paid_by_card(invoices=1)
        self.assertEqual(len(self.hesabe.invoices), 1)

    def test_one_tap_after_a_declined_card(self):
        self.run_tour("HesabeOneTapRetry")
        self.assert_paid_by_card("failed", "done")

    def test_a_refund_waits_for_a_person(self):
        self.run_tour("HesabeOneTapRefund")
        self.assertFalse(self.operations())


@tagged("post_install", "-at_install", "smartcash_tour")
class TestInvoiceTours(HesabeTourCase):
    def test_a_customer_invoice_is_paid_on_a_terminal(self):
        """From the button on the invoice to its ribbon, without a look at Hesabe by hand."""
        groups = (
            "base.group_user",
            "point_of_sale.group_pos_user",
            "account.group_account_invoice",
        )
        self.env["res.users"].create(
            {
                "name": "Dana",
                "login": "hesabe_biller",
                "password": "hesabe_biller",
                "company_id": self.env.company.id,
                "company_ids": [Command.set(self.env.company.ids)],
                "groups_id": [Command.set([self.env.ref(group).id for group in groups])],
            }
        )
        partner = self.env["res.partner"].create({"name": "Noura"})
        line = {"name": "Catering", "price_unit": 10.5, "tax_ids": False}
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "currency_id": self.terminal.currency_id.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        invoice.action_post()
        self.start_tour(
            f"/web?simulator={self.hesabe.web}#id={invoice.id}&model=account.move&view_type=form",
            "HesabePayOnTerminal",
            login="hesabe_biller",
        )
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(invoice.hesabe_invoice_ids.payment_id.amount, 10.5)
        self.assertEqual(self.hesabe.state()["calls"]["create"], 1)
