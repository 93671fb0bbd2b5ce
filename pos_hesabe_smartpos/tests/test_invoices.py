from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.addons.pos_smartcash_terminal.core.money import to_minor
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_invoices import InvoicesCommon

ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"
QUIET = mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


class TestInvoices(InvoicesCommon):
    """A customer invoice is paid on a terminal, without a till."""

    def creates(self):
        return self.hesabe.state()["calls"].get("create", 0)

    # ---- paid -----------------------------------------------------------------------------------

    def test_a_paid_card_pays_the_customer_invoice_once(self):
        row = self.send()
        self.assertEqual((row.state, row.origin, row.amount), ("pending", "backend", 10.5))
        there = self.hesabe.invoices[0]
        self.assertEqual((there["amount"], there["customer_name"]), (10500, "Noura"))
        self.assertEqual(there["description"], self.invoice.name)
        self.assertEqual(there["invoice_number"], row.invoice_number)
        self.assertFalse(self.payments())
        row = self.paid(row)
        self.assertEqual((row.state, row.booking, row.amount_paid), ("paid", "booked", 10.5))
        payment = self.payments()
        self.assertEqual(row.payment_id, payment)
        self.assertEqual(
            (payment.state, payment.amount, payment.currency_id, payment.journal_id),
            ("posted", 10.5, self.kwd, self.card_journal),
        )
        self.assertIn(self.invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertIn(row.rrn, payment.message_ids[0].body)
        for _again in range(2):
            self.check(row)
            self.job()
        self.assertEqual(self.payments(), payment)
        self.assertEqual(row.operation_id.match_state, "matched")
        self.assertFalse(row.operation_id.session_id)

    def test_its_journal_items(self):
        self.paid(self.send())
        payment = self.payments()
        outstanding = payment.outstanding_account_id
        receivable = self.payer.property_account_receivable_id
        rows = [
            (line.account_id, to_minor(line.amount_currency, 3), line.currency_id)
            for line in payment.line_ids.sorted("amount_currency")
        ]
        self.assertEqual(rows, [(receivable, -10500, self.kwd), (outstanding, 10500, self.kwd)])
        paid = payment.line_ids.filtered(lambda line: line.account_id == receivable)
        self.assertTrue(paid.reconciled)
        self.assertEqual(payment.reconciled_invoice_ids, self.invoice)

    def test_a_part_can_be_paid_and_then_the_rest(self):
        row = self.paid(self.send(amount=4.001))
        self.assertEqual((row.booking, self.invoice.payment_state), ("booked", "partial"))
        self.assertEqual(to_minor(self.invoice.amount_residual, 3), 6499)
        wish = self.asked()
        self.assertEqual(to_minor(wish.amount, 3), 6499)
        with self.assertRaisesRegex(UserError, "6.499"):
            self.asked(amount=6.5).action_send()
        self.paid(self.sent(wish))
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertEqual([to_minor(one.amount, 3) for one in self.payments()], [4001, 6499])

    def test_the_job_registers_what_nobody_looked_at(self):
        row = self.send()
        self.hesabe.at("pay")
        row = self.due_now(row)
        self.assertEqual((row.state, row.booking), ("paid", "booked"))
        self.assertEqual(len(self.payments()), 1)

    def test_without_a_customer_invoice_it_is_the_customer_s_credit(self):
        row = self.paid(self.free())
        payment = row.payment_id
        self.assertEqual((payment.state, payment.amount), ("posted", 2.0))
        self.assertEqual((payment.partner_id, payment.is_reconciled), (self.payer, False))
        self.assertEqual(row.operation_id.match_state, "matched")

    def test_paid_otherwise_meanwhile_it_is_the_customer_s_credit(self):
        row = self.send()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        ).create({})._create_payments()
        row = self.paid(row)
        self.assertEqual(row.booking, "booked")
        self.assertEqual([one.amount for one in self.payments()], [10.5, 10.5])
        self.assertFalse(row.payment_id.is_reconciled)

    # ---- once -----------------------------------------------------------------------------------

    def test_the_button_twice_is_one_payment(self):
        wish = self.asked()
        rows = [self.sent(wish) for _press in range(3)]
        self.assertEqual(len(set(rows)), 1)
        self.assertEqual((self.creates(), len(self.hesabe.invoices)), (1, 1))

    def test_a_customer_invoice_waits_on_one_terminal_only(self):
        self.account.invoice_journal_id = self.card_journal
        self.send()
        other = self.new_terminal("29708455", "Counter 2")
        with self.assertRaisesRegex(UserError, "waiting on a terminal already"):
            self.asked(device_id=other.id).action_send()
        self.assertEqual(self.creates(), 1)

    def test_the_database_itself_refuses_two_for_one_customer_invoice(self):
        """Two people at the same moment: each looked before the other wrote."""
        self.account.invoice_journal_id = self.card_journal
        other = self.new_terminal("29708455", "Counter 2")
        wish = self.asked(device_id=other.id)
        self.send()
        invoices = type(self.env["hesabe.invoice"])
        unseen = patch.object(invoices, "_check_move", lambda *args: None)
        with unseen, self.assertRaisesRegex(UserError, "waiting on a terminal already"):
            wish.action_send()
        self.assertEqual(self.creates(), 1)

    def test_a_payment_that_another_worker_registered_is_not_registered_again(self):
        row = self.paid(self.send())
        operation = row.operation_id
        for _again in range(2):
            operation._commit(lambda own: own._hesabe_invoice()._book().id)
        self.assertEqual(len(self.payments()), 1)

    def test_who_waited_for_another_worker_sees_its_payment(self):
        row = self.send()
        with patch.object(type(row), "_settle", lambda self: None):
            self.paid(row)
        operations = type(self.Operation)
        relock, waiting = operations._relock, [True]

        def wait(operation):
            if waiting.pop():
                waiting.append(False)
                operation._commit(lambda own: own._hesabe_invoice()._book().id)
            else:
                waiting.append(False)
            relock(operation)

        with patch.object(operations, "_relock", wait):
            row._settle()
        self.assertEqual(len(self.payments()), 1)
        self.assertEqual(self.seen(row).booking, "booked")

    # ---- answers that are lost ------------------------------------------------------------------

    def test_a_lost_answer_is_looked_up_and_never_sent_again(self):
        self.hesabe.fault(on="create", drop_after=1)
        with mute_logger(ENGINE):
            row = self.send()
        self.assertEqual(row.state, "looking")
        row = self.check(row)
        self.assertEqual(row.state, "pending")
        self.assertEqual((self.creates(), len(self.hesabe.invoices)), (1, 1))
        self.assertEqual(self.paid(row).booking, "booked")

    def test_a_request_that_never_arrived_is_not_sent_again_and_not_failed_at_once(self):
        self.hesabe.fault(on="create", drop_before=1)
        with mute_logger(ENGINE):
            row = self.send()
        self.assertEqual(self.check(row).state, "looking")
        with self.assertRaises(UserError):
            self.send()
        row.operation_id.started_at -= timedelta(minutes=1)
        row = self.check(row)
        self.assertEqual((row.state, self.creates()), ("not_sent", 1))
        self.assertEqual(self.send().state, "pending", "it can be sent anew")

    def test_nothing_is_sent_when_hesabe_says_no(self):
        self.hesabe.fault(on="create", rate_limit=9, retry_after=9)
        action = self.asked().action_send()
        self.assertIn("Nothing was charged", action["params"]["message"])
        self.assertEqual(self.hesabe.invoices, [])
        row = self.env["hesabe.invoice"].browse(action["params"]["next"]["res_id"])
        self.assertEqual(row.state, "not_sent")

    def test_a_server_that_died_before_it_asked_can_go_on(self):
        start = patch.object(type(self.Operation), "_engine_start", side_effect=ZeroDivisionError)
        wish = self.asked()
        with start, suppress(ZeroDivisionError):  # assertRaises would undo what was committed
            wish.action_send()
        row = self.seen(self.env["hesabe.invoice"].sudo().search([("move_id", "!=", False)]))
        self.assertEqual((row.state, self.creates()), ("draft", 0))
        row.with_user(self.biller).action_send()
        self.assertEqual((self.seen(row).state, self.creates()), ("pending", 1))

    # ---- not paid -------------------------------------------------------------------------------

    def test_what_is_not_paid_books_nothing(self):
        for action, state in (
            ("decline", "declined"),
            ("cancel", "cancelled"),
            ("expire", "expired"),
        ):
            row = self.send()
            self.hesabe.at(action)
            self.assertEqual(self.check(row).state, state)
            self.assertFalse(row.booking)
        self.assertFalse(self.payments())
        self.assertEqual(self.invoice.payment_state, "not_paid")

    def test_an_unknown_word_is_pending(self):
        row = self.send()
        self.hesabe.post("dialect", words={"paid": "ALL GOOD"})
        self.addCleanup(self.hesabe.post, "dialect", words={"paid": "SUCCESSFUL"})
        row = self.paid(row)
        self.assertEqual((row.state, row.status_text), ("pending", "ALL GOOD"))
        self.assertFalse(self.payments())

    def test_another_amount_registers_nothing_and_asks_a_manager(self):
        row = self.paid(self.send(), amount=10499)
        self.assertEqual((row.state, row.booking), ("unclear", "open"))
        self.assertTrue(row.operation_id.activity_id, "a manager is told")
        self.assertFalse(self.payments())
        with self.assertRaises(AccessError):
            row.with_user(self.biller).action_register()
        with self.assertRaisesRegex(UserError, "not in the books yet"):
            self.send()
        row.with_user(self.manager).action_register()
        row = self.seen(row)
        self.assertEqual(to_minor(row.payment_id.amount, 3), 10499)
        self.assertEqual(row.operation_id.match_state, "resolved")
        self.assertEqual(to_minor(self.invoice.amount_residual, 3), 1)

    def test_another_merchant_s_invoice_is_not_believed(self):
        row = self.send()
        self.hesabe.fault(on="detail", foreign_invoice=1)
        row = self.check(row)
        self.assertEqual((row.state, row.status), ("pending", "pending"))
        self.assertNotIn("NOT-YOURS", (row.invoice_number, row.transaction_id))

    # ---- nobody waits ---------------------------------------------------------------------------

    def test_a_late_payment_is_a_manager_s_question(self):
        row = self.send()
        row.with_user(self.biller).action_stop()
        row = self.seen(row)
        self.assertEqual(row.state, "stopped")
        self.assertIn("First cancel it on", self.asked().warning)
        self.hesabe.at("pay", late=True)
        row = self.due_now(row)
        self.assertEqual((row.state, row.booking, row.amount_paid), ("paid", "open", 10.5))
        self.assertTrue(row.operation_id.activity_id, "a manager is told")
        self.assertFalse(self.payments(), "nothing is booked by itself")
        with self.assertRaises(AccessError):
            row.with_user(self.biller).action_register()
        row.with_user(self.manager).action_register()
        row = self.seen(row)
        self.assertEqual((row.booking, row.payment_id.amount), ("decided", 10.5))
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertFalse(row.operation_id.disputed)
        row.operation_id._match()
        self.assertEqual(row.operation_id.match_state, "resolved", "and it stays decided")

    def test_a_late_payment_that_was_given_back_is_not_booked(self):
        row = self.send()
        row.with_user(self.biller).action_stop()
        self.hesabe.at("pay", late=True)
        row = self.due_now(self.seen(row))
        resolve = self.Operation.with_user(self.manager).resolve
        answer = resolve(row.operation_id.uuid, "returned", "Refunded in the panel")
        self.assertNotIn("refused", answer)
        row.operation_id._match()
        self.assertEqual(self.seen(row).booking, "decided")
        with self.assertRaises(UserError):
            row.with_user(self.manager).action_register()
        self.assertFalse(self.payments())

    def test_stopping_without_an_answer_is_unclear_and_followed(self):
        row = self.send()
        self.hesabe.fault(on="detail", server_error=9)
        with mute_logger("odoo.addons.pos_hesabe_smartpos.models.driver"):
            row.with_user(self.biller).action_stop()
        self.assertEqual(self.seen(row).state, "unclear")
        self.hesabe.fault(on=None, server_error=0)
        self.hesabe.at("pay")
        self.assertEqual(self.due_now(row).booking, "booked")

    def test_send_again_stays_one_payment(self):
        row = self.send()
        row.with_user(self.biller).action_resend()
        there = self.hesabe.invoices
        self.assertEqual((len(there), there[0]["sent"]), (1, 2))
        self.assertEqual(self.paid(row).booking, "booked")

    # ---- the books say no -----------------------------------------------------------------------

    def test_books_that_refuse_leave_it_paid_and_not_booked_until_somebody_mends_it(self):
        row = self.send()
        payments = type(self.env["account.payment"])
        closed = patch.object(payments, "action_post", side_effect=UserError("Closed period"))
        with closed:
            row = self.paid(row)
            self.assertEqual((row.state, row.booking), ("paid", "open"))
            self.assertEqual(row.book_message, "Closed period")
            self.assertTrue(row.operation_id.activity_id, "a manager is told")
            self.job()
            with self.assertRaisesRegex(UserError, "Closed period"):
                row.with_user(self.biller).action_register()
            self.assertFalse(self.payments())
        row.with_user(self.biller).action_register()
        row = self.seen(row)
        self.assertEqual((row.booking, row.book_message), ("booked", False))
        self.assertEqual(self.invoice.amount_residual, 0)
        with self.assertRaisesRegex(UserError, "nothing to register"):
            row.with_user(self.biller).action_register()

    def test_a_worker_that_died_before_the_books_is_made_up_for(self):
        row = self.send()
        with patch.object(type(row), "_settle", lambda self: None):
            self.paid(row)
        self.assertEqual((row.state, row.booking), ("paid", "open"))
        self.job()
        self.assertEqual(self.seen(row).booking, "booked")

    def test_a_payment_that_is_cancelled_is_a_question_again(self):
        row = self.paid(self.send())
        entry = row.payment_id.move_id
        for change in (row.payment_id.action_draft, entry.button_draft, entry.button_cancel):
            change()
            self.assertEqual(row.operation_id.match_state, "open")
            self.assertIn("A question again", row.operation_id.event_ids[-1].message)
            if entry.state == "cancel":
                entry.button_draft()
            row.payment_id.action_post()
            self.assertEqual(row.operation_id.match_state, "matched")

    def test_nothing_is_sent_that_could_not_be_booked(self):
        lonely = self.new_terminal("29708455", "Counter 2")
        with self.assertRaisesRegex(UserError, "No bank journal"):
            self.asked(device_id=lonely.id).action_send()
        self.account.invoice_journal_id = self.card_journal
        self.assertEqual(self.send(device_id=lonely.id).state, "pending")

    # ---- one terminal, one payment --------------------------------------------------------------

    def test_a_terminal_that_a_till_uses_is_busy(self):
        self.started()
        with self.assertRaisesRegex(UserError, "busy"):
            self.asked().action_send()
        self.assertEqual(self.creates(), 1)
        self.assertFalse(self.env["hesabe.invoice"].search([("move_id", "=", self.invoice.id)]))

    def test_a_till_is_told_that_the_back_end_uses_the_terminal(self):
        row = self.send()
        answer = self.Operation.with_user(self.cashier).register(self.card_wish())
        text = self.assert_refused(answer, "device_busy")["message"]
        self.assertIn("back end", text)
        self.assertIn(self.invoice.name, text)
        self.hesabe.at("decline")
        self.check(row)
        self.assertNotIn(
            "refused", self.Operation.with_user(self.cashier).register(self.card_wish())
        )

    def test_a_till_that_was_faster_leaves_it_not_sent(self):
        uuid = self.registered()
        wish = self.asked()
        real = type(self.Operation)._check_device_free
        calls = []

        def once(operation, device, session):
            calls.append(1)
            if len(calls) == 1:
                self.call("start", uuid)
                return None
            return real(operation, device, session)

        with patch.object(type(self.Operation), "_check_device_free", once):
            row = self.sent(wish)
        self.assertEqual((row.state, self.creates()), ("draft", 1))
        self.hesabe.at("decline")
        self.call("poll", uuid)
        self.assertEqual(self.sent(wish).state, "pending")

    # ---- who ------------------------------------------------------------------------------------

    def test_who_may_send(self):
        for user in (self.cashier, self.accountant, self.employee, self.portal, self.foreigner):
            with self.subTest(user=user.login), QUIET, self.assertRaises(AccessError):
                self.asked(user=user).action_send()
        self.assertEqual(self.creates(), 0)
        self.assertEqual(self.send(user=self.biller).state, "pending")

    def test_who_may_see_and_touch(self):
        row = self.send()
        for user in (self.cashier, self.employee, self.portal, self.foreigner):
            own = row.with_user(user)
            for name in ("read", "action_check", "action_stop", "action_resend", "action_register"):
                case = self.subTest(user=user.login, name=name)
                with case, QUIET, self.assertRaises(AccessError):
                    getattr(own, name)()
        self.assertEqual(row.with_user(self.accountant).read(["state"])[0]["state"], "pending")
        with self.assertRaises(AccessError):
            row.with_user(self.accountant).action_stop()
        for user in (self.manager, self.biller, self.accountant):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"state": "paid"})
            with self.assertRaises(AccessError):
                row.with_user(user).unlink()
        self.assertEqual(self.seen(row).state, "pending")

    def test_a_till_s_user_cannot_drive_it_through_the_ledger(self):
        row = self.send()
        answer = self.call("cancel", row.operation_id.uuid)
        self.assert_refused(answer, "not_yours")
        self.assertEqual(self.seen(row).state, "pending")

    def test_the_button_is_there_for_what_can_be_paid(self):
        self.assertTrue(self.invoice.with_user(self.biller).hesabe_payable)
        self.assertFalse(self.invoice.with_user(self.accountant).hesabe_payable)
        dollars = self.new_customer_invoice(currency_id=self.usd.id)
        refund = self.new_customer_invoice(move_type="out_refund")
        for move in (dollars, refund):
            self.assertFalse(move.with_user(self.biller).hesabe_payable)
            with self.assertRaises(UserError):
                self.asked(move, partner_id=self.payer.id, amount=1).action_send()
        self.paid(self.send())
        self.invoice.invalidate_recordset()
        self.assertFalse(self.invoice.with_user(self.biller).hesabe_payable)
        self.assertEqual(self.invoice.hesabe_invoice_count, 1)

    def test_a_webhook_makes_the_job_look(self):
        row = self.send()
        later = row.operation_id.hesabe_next_look
        row.operation_id._hint()
        self.assertLess(row.operation_id.hesabe_next_look, later)

    def test_the_company_s_currency_may_be_another(self):
        self.assertNotEqual(self.invoice.company_id.currency_id, self.kwd)
        rate = {"currency_id": self.kwd.id, "name": fields.Date.today(), "rate": 0.3}
        self.kwd.rate_ids = [
            Command.clear(),
            Command.create({**rate, "company_id": self.company.id}),
        ]
        move = self.new_customer_invoice(1.005)
        self.paid(self.send(move))
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(to_minor(self.payments().amount, 3), 1005)
