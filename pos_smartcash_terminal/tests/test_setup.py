from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_cash_control import CashControl, holds


@tagged("post_install", "-at_install")
class TestSetup(CashControl):
    """What a closing will need is asked for when the device is set up, and said by name."""

    def test_the_device_says_what_is_missing(self):
        self.assertFalse(self.device.setup_warning, "all is there")
        safe = self._cash_journal("Safe", "SAF")
        self.journal.loss_account_id = False
        self.journal.suspense_account_id.deprecated = True
        self.device.safe_journal_id = safe
        self.company.transfer_account_id = False
        with patch.object(self.fake_till, "_tolerance", lambda driver, device: 4):
            missing = self.device._missing_setup()
            for words in (
                "Till 1 can round",
                "no account for internal transfers",
                "journal Machine has no usable account as “Loss Account”",
                "journal Machine has no usable account as “Suspense Account”",
            ):
                self.assertTrue(any(words in text for text in missing), words)
            self.assertEqual(len(missing), 4, missing)
            self.device.rounding_account_id = self.company_data["default_account_revenue"]
            self.assertEqual(len(self.device._missing_setup()), 3)
        self.device.invalidate_recordset(["setup_warning"])
        self.assertIn("Loss Account", self.device.with_user(self.manager).setup_warning)

    def test_the_opening_says_it_when_there_is_time(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id.with_user(self.cashier)
        params = session._loader_params_pos_payment_method()

        def problems():
            loaded = session._get_pos_ui_pos_payment_method(params)
            (machine,) = (data for data in loaded if data["id"] == self.machine.id)
            return machine["smartcash"]["problems"]

        self.assertEqual(problems(), [])
        self.journal.loss_account_id = False
        with patch.object(self.fake_till, "_tolerance", lambda driver, device: 4):
            rounding, loss = problems()
        self.assertIn("can round", rounding)
        self.assertIn("Loss Account", loss)

    def test_the_closing_says_it_before_anything_is_closed(self):
        session = self.open(20000)
        self.seen(session, "closing", holds(20000))
        self.journal.loss_account_id = False
        till = session.with_user(self.cashier)
        (problem,) = till.get_closing_control_data()["smartcash"]["problems"]
        self.assertIn("Loss Account", problem)
        self.assertIn(problem, till.post_closing_cash_details(200)["message"])
        with self.assert_invalid("Loss Account", UserError):
            session.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual((session.state, session.cash_register_balance_end_real), ("opened", 0))

    def test_locked_books_are_named(self):
        session = self.open(20000)
        self.seen(session, "closing", holds(20000))
        # Odoo's form refuses a date to come; an import, or a till's clock, does not.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_company SET fiscalyear_lock_date = '2999-12-31' WHERE id = %s",
            [self.company.id],
        )
        self.env.invalidate_all()
        (problem,) = session.with_user(self.cashier).get_closing_control_data()["smartcash"][
            "problems"
        ]
        self.assertIn("locked until 2999-12-31", problem)

    def test_what_fails_anyway_is_told_in_its_own_words(self):
        session = self.open(20000)
        self.seen(session, "closing", holds(19900))
        till = session.with_user(self.cashier)
        self.assertTrue(till.post_closing_cash_details(199)["successful"])
        sentence = UserError("The journal is on holiday.")
        with patch.object(
            self.registry["pos.session"], "_post_statement_difference", side_effect=sentence
        ):
            answer = till.close_session_from_ui([])
        self.assertEqual(
            answer,
            {"successful": False, "message": "The journal is on holiday.", "redirect": False},
        )
        self.env.invalidate_all()
        self.assertEqual(
            (session.state, session.move_id.id), ("opened", False), "nothing is left of it"
        )
        self.assertTrue(till.close_session_from_ui([])["successful"])
        self.assertEqual(self.items(session), [-100])
