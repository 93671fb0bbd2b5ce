from odoo.exceptions import UserError
from odoo.tests import Form

from .common import SmartcashCommon


class TestDecisions(SmartcashCommon):
    """Every question says its direction, offers what fits, and says what each decision books."""

    def decide(self, uuid, resolution, order=None):
        return self.Operation.with_user(self.manager).resolve(
            uuid, resolution, "Ana counted", order.id if order else None
        )

    def asked(self, uuid):
        """The question and its decisions, as the till gets them."""
        rows = self.Operation.with_user(self.manager).pending(self.session.id)
        row = next(row for row in rows if row["uuid"] == uuid)
        return row["question"], {one["resolution"]: one["effect"] for one in row["decisions"]}

    def orphan(self, amount_in=2000, amount_out=1010, **values):
        uuid = self.running(**values)
        self.done(uuid, amount_in=amount_in, amount_out=amount_out)
        return uuid

    def books_hold_more(self):
        """The order is paid with 9.90, and the machine has given all of it back."""
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.sync(9.90, uuid)
        return uuid

    # ---- cash -----------------------------------------------------------------------------------

    def test_the_machine_kept_more_than_the_books_hold(self):
        question, decisions = self.asked(self.orphan())
        self.assertIn("kept $\xa09.90 that are not in the books", question)
        self.assertEqual(list(decisions), ["returned", "order", "cash_in", "counting_error"])
        self.assertIn("9.90", decisions["returned"])
        self.assertIn(self.session.name, decisions["returned"])
        self.assertIn("with Machine", decisions["order"])
        for words in (
            "9.90",
            f"from {self.journal.suspense_account_id.display_name}",
            f"to {self.journal.default_account_id.display_name}",
            "journal Machine",
            self.session.name,
        ):
            self.assertIn(words, decisions["cash_in"])
        self.assertIn("left to the count", decisions["counting_error"])

    def test_the_books_hold_more_than_the_machine_kept(self):
        uuid = self.books_hold_more()
        question, decisions = self.asked(uuid)
        self.assertIn("books hold $\xa09.90 more than was kept", question)
        self.assertEqual(list(decisions), ["cash_out", "counting_error"])
        self.assertIn(f"from {self.journal.default_account_id.display_name}", decisions["cash_out"])
        refused = self.assert_refused(self.decide(uuid, "cash_in"), "bad_values")["message"]
        self.assertIn("9.90 more", refused)
        self.assertIn("Booked as cash out", refused)
        self.assertNotIn("Belongs to an order", refused)
        self.assertNotIn("refused", self.decide(uuid, "cash_out"))
        self.assertEqual(self.operation(uuid).statement_line_id.amount, -9.90)

    def test_the_machine_gave_out_what_the_books_do_not_know(self):
        question, decisions = self.asked(self.orphan(0, 990, kind="refund"))
        self.assertIn("gave out $\xa09.90", question)
        self.assertEqual(list(decisions), ["order", "cash_out", "counting_error"])

    def test_after_the_closing_the_count_holds_it(self):
        uuid = self.orphan()
        self.session.state = "closed"
        _question, decisions = self.asked(uuid)
        self.assertEqual(list(decisions), ["returned", "order", "counting_error"])
        self.assertIn(f"the count at the end of {self.session.name}", decisions["counting_error"])

    def test_nobody_knows_how_it_ended(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended")
        question, decisions = self.asked(uuid)
        self.assertIn("Nobody knows how it ended", question)
        self.assertEqual(list(decisions), ["order", "nothing_moved", "counting_error"])

    def test_half_of_a_transfer_is_a_question_of_its_own(self):
        self.company.transfer_account_id.reconcile = True
        self.device.safe_journal_id = self._cash_journal("Safe", "SAF")
        uuid = self.running(self.manager, kind="collect", amount=0)
        self.done(uuid, amount_in=0, amount_out=5000)
        half = self.operation(uuid).statement_line_id.smartcash_transfer_id
        half.move_id.button_draft()
        half.unlink()
        question, decisions = self.asked(uuid)
        self.assertIn("transfer with the safe", question)
        self.assertEqual(list(decisions), ["as_booked", "counting_error"])
        self.decide(uuid, "as_booked")
        operation = self.operation(uuid)
        operation.sudo()._match()
        self.assertEqual(operation.match_state, "resolved")

    def test_a_service_s_decision_names_the_transfer_account(self):
        self.device.safe_journal_id = self._cash_journal("Safe", "SAF")
        uuid = self.running(self.manager, kind="collect", amount=0)
        transfer = self.company.transfer_account_id
        self.company.transfer_account_id = False
        self.done(uuid, amount_in=0, amount_out=5000)
        self.company.transfer_account_id = transfer
        _question, decisions = self.asked(uuid)
        self.assertIn(f"to {transfer.display_name}", decisions["cash_out"])

    # ---- two reports ----------------------------------------------------------------------------

    def late(self):
        """It ended without money, and a later report says that 9.90 were kept."""
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.done(uuid)
        self.assertTrue(self.operation(uuid).disputed)
        return uuid

    def test_a_later_report_is_what_the_decisions_are_about(self):
        uuid = self.late()
        question, decisions = self.asked(uuid)
        self.assertIn("$\xa020.00 went in and $\xa010.10 came out", question)
        self.assertIn("kept $\xa09.90", question)
        self.assertEqual(
            list(decisions), ["returned", "order", "cash_in", "as_booked", "counting_error"]
        )
        self.assertIn("9.90", decisions["cash_in"])

    def test_a_later_report_is_booked(self):
        uuid = self.late()
        self.assertNotIn("refused", self.decide(uuid, "cash_in"))
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.net), ("cancelled", 9.90))
        self.assertEqual(operation.statement_line_id.amount, 9.90)
        operation.sudo()._match()
        self.assertEqual(operation.match_state, "resolved")

    def test_the_first_report_stands(self):
        uuid = self.late()
        self.assertNotIn("refused", self.decide(uuid, "as_booked"))
        operation = self.operation(uuid)
        self.assertEqual((operation.net, operation.disputed), (0, False))
        self.assertFalse(operation.statement_line_id)
        operation.sudo()._match()
        self.assertEqual(operation.match_state, "resolved")

    # ---- cards ----------------------------------------------------------------------------------

    def as_cards(self):
        """The device is a card terminal from now on."""
        self.patch(type(self.Operation), "_takes_cash", lambda operation: False)

    def test_a_late_card_payment_can_be_booked_in_each_way_that_fits(self):
        uuid = self.late()
        self.as_cards()
        question, decisions = self.asked(uuid)
        self.assertIn("terminal took $\xa09.90", question)
        self.assertEqual(list(decisions), ["returned", "order", "credit", "as_booked"])
        refused = self.assert_refused(self.decide(uuid, "counting_error"), "bad_values")["message"]
        self.assertIn("On the customer's account", refused)

    def test_a_late_card_payment_on_the_customer_s_account(self):
        uuid = self.late()
        self.as_cards()
        self.operation(uuid).sudo().payment_method_id = self.bank_pm1
        _question, decisions = self.asked(uuid)
        self.assertNotIn("refused", self.decide(uuid, "credit"))
        operation = self.operation(uuid)
        payment = operation.booked_payment_ids
        self.assertEqual((payment.state, payment.payment_type), ("posted", "inbound"))
        self.assertEqual(payment.journal_id, self.bank_pm1.journal_id)
        self.assertEqual(operation.net, 9.90)
        items = {item.account_id: item.balance for item in payment.move_id.line_ids}
        self.assertEqual(
            items, {payment.outstanding_account_id: 9.90, payment.destination_account_id: -9.90}
        )
        for account in items:
            self.assertIn(account.display_name, decisions["credit"])
        operation.sudo()._match()
        self.assertEqual(operation.match_state, "resolved")
        payment.action_draft()
        self.assertEqual(self.operation(uuid).match_state, "open")
        payment.action_post()
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_a_card_payment_that_the_books_hold_too_much(self):
        uuid = self.books_hold_more()
        self.as_cards()
        _question, decisions = self.asked(uuid)
        self.assertEqual(list(decisions), ["credit"])
        self.assertNotIn("refused", self.decide(uuid, "credit"))
        self.assertEqual(self.operation(uuid).booked_payment_ids.payment_type, "outbound")

    # ---- the back end ---------------------------------------------------------------------------

    def test_the_wizard_offers_the_same(self):
        uuid = self.books_hold_more()
        question, decisions = self.asked(uuid)
        wizard = (
            self.env["smartcash.resolve"]
            .with_user(self.manager)
            .with_context(active_id=self.operation(uuid).id)
        )
        with Form(wizard) as form:
            self.assertEqual(form.question, question)
            self.assertEqual([one["resolution"] for one in form.choices], list(decisions))
            form.resolution = "cash_out"
            self.assertEqual(form.effect, decisions["cash_out"])
            form.reason = "Counted"
        form.record.action_resolve()
        self.assertEqual(self.operation(uuid).resolution, "cash_out")

    def test_a_decision_about_many_says_what_each_books(self):
        uuid = self.books_hold_more()
        wizard = (
            self.env["smartcash.resolve.many"]
            .with_user(self.manager)
            .with_context(active_ids=self.operation(uuid).ids)
        )
        with Form(wizard) as form:
            keys = dict(wizard._fields["resolution"].selection)
            self.assertEqual([one["resolution"] for one in form.choices], list(keys))
            self.assertTrue(all(one["effect"] for one in form.choices))
            form.reason = "Counted"

    def test_what_does_not_fit_is_refused_by_the_server(self):
        uuid = self.orphan()
        wizard = self.env["smartcash.resolve"].with_user(self.manager)
        values = {"operation_id": self.operation(uuid).id, "reason": "why"}
        for resolution in ("cash_out", "nothing_moved", "as_booked", "credit"):
            with self.subTest(resolution=resolution), self.assert_invalid("not fit", UserError):
                wizard.create({**values, "resolution": resolution}).action_resolve()
