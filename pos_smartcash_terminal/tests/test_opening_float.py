from odoo.exceptions import AccessError, UserError

from .test_cash_control import CashControl, holds


class TestFirstFloat(CashControl):
    """What is in a machine when it is set up gets its counterpart, and is no difference of the opening."""

    def setUp(self):
        super().setUp()
        self.safe = self._cash_journal("Safe", "SAF")
        self.owner = self.env["account.account"].create(
            {"name": "Owner", "code": "300999", "account_type": "equity"}
        )
        self.till = self._device("New", "faketill")
        self.journal = self._cash_journal("New", "NEW")
        self.method = self._method("New", self.journal, self.till)
        self.shop = self.env["pos.config"].create(
            {"name": "New shop", "payment_method_ids": [(6, 0, self.method.ids)]}
        )

    def book(self, total=86694, source=None):
        return self.till._book_float(self.method, self.shop, total, source or self.safe)

    def balance(self, account):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("balance")), 2)

    def lines_of(self, session):
        return self.env["account.bank.statement.line"].search([("pos_session_id", "=", session.id)])

    def test_without_a_float_the_first_opening_is_all_difference(self):
        session = self.open(86694, config=self.shop)
        self.assertEqual(self.lines_of(session).mapped("amount"), [866.94])

    def test_the_first_opening_expects_the_float_and_books_no_difference(self):
        self.book()
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)
        self.assertEqual(self.balance(self.safe.default_account_id), -866.94)
        self.assertEqual(self.balance(self.company.transfer_account_id), 0)
        self.shop.with_user(self.cashier).open_ui()
        session = self.shop.current_session_id
        self.assertEqual(session.cash_register_balance_start, 866.94)
        count = self.seen(session, "opening", holds(86694))
        self.assertEqual((count["expected"], count["share"]), (86694, 86694))
        session.with_user(self.cashier).set_cashbox_pos(866.94, None)
        self.assertFalse(self.lines_of(session), "no difference")
        self.assertEqual(session.smartcash_float_line_ids.amount, 866.94)
        self.config = self.shop
        self.close(session, 86694)
        self.assertEqual(session.cash_register_difference, 0)
        self.assertFalse(self.lines_of(session))
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)

    def test_a_later_opening_goes_on_from_the_closing_and_not_from_the_float_again(self):
        self.book()
        self.close(self.open(86694, config=self.shop), 86694)
        again = self.open(86694, config=self.shop)
        self.assertEqual(again.cash_register_balance_start, 866.94)
        self.assertFalse(self.lines_of(again))
        self.close(again, 86694)
        self.assertEqual(again.cash_register_difference, 0)

    def test_what_is_really_missing_at_the_first_opening_is_still_a_difference(self):
        self.book()
        session = self.open(86600, config=self.shop)
        self.assertEqual([round(x, 2) for x in self.lines_of(session).mapped("amount")], [-0.94])

    def test_the_owner_s_account_is_the_counterpart(self):
        line = self.book(source=self.owner)
        self.assertEqual(line.move_id.state, "posted")
        self.assertEqual(self.balance(self.owner), -866.94)
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)

    def test_it_is_booked_once(self):
        self.book()
        with self.assert_invalid("were taken over from New", UserError):
            self.book()
        self.assertEqual(len(self.till.float_line_ids), 1)

    def test_a_machine_that_was_counted_is_in_the_books(self):
        self.close(self.open(86694, config=self.shop), 86694)
        with self.assert_invalid("counted in a session before", UserError):
            self.book()

    def test_an_open_session_is_closed_first(self):
        self.shop.open_ui()
        self.shop.current_session_id.state = "opened"
        with self.assert_invalid("session of New shop is open", UserError):
            self.book()

    def test_another_currency_or_the_machine_s_own_journal_is_refused(self):
        with self.assert_invalid("journal of the machine itself", UserError):
            self.book(source=self.journal)
        self.till.currency_id = self.env.ref("base.CHF")
        with self.assert_invalid("works in CHF", UserError):
            self.book()

    def test_a_drawer_that_becomes_a_machine_keeps_its_own_cash_in_its_own_books(self):
        """The last session left 200.00 in a drawer, in another journal: only what is in the machine counts."""
        drawer = self.env["pos.payment.method"].create(
            {"name": "Drawer", "journal_id": self._cash_journal("Drawer", "DRW").id}
        )
        self.shop.payment_method_ids = [(6, 0, drawer.ids)]
        self.shop.open_ui()
        old = self.shop.current_session_id
        old.set_cashbox_pos(0, None)
        old.try_cash_in_out("in", 200, "float", {"translatedType": "in", "formattedAmount": "200"})
        old.post_closing_cash_details(200)
        old.close_session_from_ui([])
        self.assertEqual((old.state, old.cash_register_balance_end_real), ("closed", 200))
        self.shop.payment_method_ids = [(6, 0, self.method.ids)]
        self.book()
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)
        session = self.open(86694, config=self.shop)
        self.assertEqual(session.cash_register_balance_start, 866.94)
        self.assertFalse(self.lines_of(session))
        self.close(session, 86694)
        self.assertFalse(self.lines_of(session))
        self.assertEqual(session.cash_register_difference, 0)

    def test_a_journal_with_cash_in_it_gets_what_is_missing(self):
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "amount": 100,
                "payment_ref": "before",
                "counterpart_account_id": self.owner.id,
            }
        )
        line = self.book()
        self.assertEqual(line.amount, 766.94)
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)
        session = self.open(86694, config=self.shop)
        self.assertFalse(self.lines_of(session))
        self.assertEqual(session.cash_register_balance_start, 866.94)

    def test_another_point_of_sale_on_the_machine_does_not_count_the_float_as_its_own(self):
        other = self._method("Other", self._cash_journal("Other", "OTH"), self.till)
        second = self.env["pos.config"].create(
            {"name": "Second", "payment_method_ids": [(6, 0, other.ids)]}
        )
        self.book()
        session = self.open(86694, config=second)
        self.assertEqual(session.cash_register_balance_start, 0)
        self.assertFalse(self.lines_of(session))

    def test_a_float_whose_entry_was_taken_back_is_not_expected(self):
        self.book().move_id.button_draft()
        session = self.open(86694, config=self.shop)
        self.assertEqual(self.lines_of(session).mapped("amount"), [866.94])

    def test_a_session_that_only_shows_its_opening_does_not_stand_in_the_way(self):
        """Somebody opened the till out of curiosity: its dialog counts, and expects nothing."""
        self.shop.with_user(self.cashier).open_ui()
        session = self.shop.current_session_id
        self.seen(session, "opening", holds(86694))
        self.assertIsNone(self.till._float_is_booked())
        line = self.book()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_bank_statement_line SET create_date = create_date + interval '1 s'"
            " WHERE id = %s",
            [line.id],
        )
        self.env.invalidate_all()
        with self.assert_invalid("has not been counted yet", UserError):
            session.with_user(self.cashier).set_cashbox_pos(866.94, None)
        self.env.cr.execute(
            "UPDATE account_bank_statement_line SET create_date = create_date - interval '2 s'"
            " WHERE id = %s",
            [line.id],
        )
        self.env.invalidate_all()
        count = self.seen(session, "opening", holds(86694))
        self.assertEqual(count["expected"], 86694)
        session.with_user(self.cashier).set_cashbox_pos(866.94, None)
        self.assertFalse(self.lines_of(session))

    def test_the_entry_of_a_float_that_a_session_was_opened_with_stays(self):
        line = self.book()
        other = line.smartcash_transfer_id
        self.open(86694, config=self.shop)
        for half in (line, other):
            for take_back in (
                half.move_id.button_draft,
                half.unlink,
                lambda half=half: half.write({"amount": 1}),
            ):
                with self.assert_invalid("holds what was in New", UserError):
                    take_back()
            for take_back in (half.move_id.button_cancel, half.move_id.unlink):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    take_back()
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)

    def test_a_float_that_was_taken_back_before_the_opening_can_be_booked_anew(self):
        for half in ("", "smartcash_transfer_id"):
            line = self.book()
            (line[half] if half else line).move_id.button_draft()
            self.assertIsNone(self.till._float_is_booked())
            self.assertFalse(self.shop._smartcash_waiting_floats())
            with self.assert_invalid("was taken back since", UserError):
                self.book()
            moves = (line | line.smartcash_transfer_id).move_id
            moves.filtered(lambda move: move.state == "posted").button_draft()
            moves.unlink()
        self.book()
        self.assertEqual(self.balance(self.journal.default_account_id), 866.94)
        self.assertFalse(self.lines_of(self.open(86694, config=self.shop)))

    def test_a_cashier_does_not_say_what_the_next_opening_expects(self):
        session = self.open(86694, config=self.shop)
        session.try_cash_in_out(
            "in", 10, "coins", {"translatedType": "in", "formattedAmount": "10"}
        )
        line = self.lines_of(session)[:1].with_user(self.cashier)
        values = {
            "smartcash_float_config_id": self.shop.id,
            "smartcash_float_device_id": self.till.id,
            "smartcash_float_offset": -510,
        }
        with self.assertRaises(AccessError):
            line.write(values)
        with self.assertRaises(AccessError):
            line.create({**values, "amount": 1, "payment_ref": "x", "journal_id": self.journal.id})

    def test_nor_does_the_context_of_a_call_that_books_in_sudo(self):
        context = {
            "default_smartcash_float_config_id": self.shop.id,
            "default_smartcash_float_device_id": self.till.id,
            "default_smartcash_float_offset": -510,
        }
        lines = self.env["account.bank.statement.line"].sudo().with_context(**context)
        line = lines.create({"amount": 1, "payment_ref": "x", "journal_id": self.journal.id})
        self.assertFalse(line.smartcash_float_device_id)
        self.assertFalse(line.smartcash_float_offset)
        self.assertFalse(self.shop._smartcash_waiting_floats())

    def test_every_machine_whose_float_is_expected_is_counted(self):
        """A rule of the second machine makes the first one nobody's: what it holds is counted all the same."""
        second = self._device("Second", "faketill")
        self.book()
        self.env["smartcash.rule"].create(
            {
                "user_id": self.cashier.id,
                "payment_method_id": self.method.id,
                "device_id": second.id,
            }
        )
        second._book_float(self.method, self.shop, 50000, self.safe)
        self.till.active = False
        self.shop.with_user(self.cashier).open_ui()
        session = self.shop.current_session_id
        self.assertEqual(session._smartcash_machines(), (self.till | second).sorted("id"))
        with self.assert_invalid("not been counted yet", UserError):
            session.with_user(self.cashier).set_cashbox_pos(1366.94, None)

    def test_a_float_of_another_journal_is_not_expected_here(self):
        self.book()
        method = self._method("Later", self._cash_journal("Later", "LAT"), self.till)
        self.shop.payment_method_ids = [(6, 0, method.ids)]
        self.assertFalse(self.shop._smartcash_waiting_floats())
        with self.assert_invalid("has no payment method New", UserError):
            self._device("Third", "faketill")._book_float(self.method, self.shop, 1, self.safe)

    def test_the_machine_of_the_method_comes_first(self):
        """Else nobody would know in which machine lies what the journal holds already."""
        second = self._device("Second", "faketill")
        with self.assert_invalid("set up its opening float first", UserError):
            second._book_float(self.method, self.shop, 50000, self.safe)

    def test_what_the_journal_has_too_much_is_no_float(self):
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "amount": 1000,
                "payment_ref": "before",
                "counterpart_account_id": self.owner.id,
            }
        )
        with self.assert_invalid("133.06 more than New", UserError):
            self.book()
        self.assertEqual(self.balance(self.safe.default_account_id), 0)

    def test_core_s_report_of_a_first_day_without_a_sale_has_its_moves(self):
        self.book()
        session = self.open(86694, config=self.shop)
        session.try_cash_in_out(
            "in", 50, "coins", {"translatedType": "in", "formattedAmount": "50"}
        )
        self.config = self.shop
        session.write(
            {
                "cash_real_transaction": 50,
                "cash_register_balance_end_real": 916.94,
                "state": "closed",
            }
        )
        report = self.env["report.point_of_sale.report_saledetails"]
        (cash,) = report.get_sale_details(session_ids=session.ids)["payments"]
        self.assertEqual([move["amount"] for move in cash["cash_moves"]], [866.94, 50])
        self.assertEqual((cash["final_count"], cash["money_difference"]), (916.94, 0))

    def test_an_empty_machine_does_not_expect_what_the_drawer_held(self):
        drawer = self.env["pos.payment.method"].create(
            {"name": "Drawer", "journal_id": self._cash_journal("Drawer", "DRW").id}
        )
        self.shop.payment_method_ids = [(6, 0, drawer.ids)]
        self.shop.open_ui()
        old = self.shop.current_session_id
        old.set_cashbox_pos(200, None)
        old.post_closing_cash_details(200)
        old.close_session_from_ui([])
        self.shop.payment_method_ids = [(6, 0, self.method.ids)]
        line = self.till._book_float(self.method, self.shop, 0)
        self.assertEqual((line.amount, line.smartcash_float_offset), (0, -200))
        session = self.open(0, config=self.shop)
        self.assertFalse(self.lines_of(session))
        self.close(session, 0)
        self.assertFalse(self.lines_of(session))

    def test_core_s_report_of_the_day_does_not_call_the_float_a_difference(self):
        self.book()
        session = self.open(86694, config=self.shop)
        self.session = self.pos_session = session
        self.config, self.machine, self.device = self.shop, self.method, self.till
        uuid = self.running()
        self.done(uuid)
        self.sync(9.90, uuid)
        self.close(session, 86694 + 990)
        report = self.env["report.point_of_sale.report_saledetails"]
        details = report.get_sale_details(session_ids=session.ids)
        (cash,) = (line for line in details["payments"] if line.get("cash"))
        self.assertEqual(
            (cash["final_count"], cash["money_counted"], cash["money_difference"]),
            (876.84, 876.84, 0),
        )

    def test_core_s_report_of_a_day_without_sales_does_not_either(self):
        self.book()
        session = self.open(86694, config=self.shop)
        self.close(session, 86694)
        report = self.env["report.point_of_sale.report_saledetails"]
        (cash,) = report.get_sale_details(session_ids=session.ids)["payments"]
        self.assertEqual((cash["final_count"], cash["money_difference"]), (866.94, 0))
