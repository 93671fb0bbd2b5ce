from odoo.exceptions import AccessError, UserError

from .common import HesabeCommon


class TestGuidedSetupOfHesabe(HesabeCommon):
    """The connect page of a terminal of Hesabe: the account, and what Hesabe lists."""

    def setUp(self):
        super().setUp()
        self.manager.groups_id |= self.env.ref("account.group_account_invoice")
        self.kuwait_session.state = "closed"
        self.commits_end_with_the_test()
        self.setup = (
            self.env["smartcash.setup"]
            .with_user(self.manager)
            .create({"name": "Counter", "driver": "hesabe", "config_id": self.kuwait.id})
        )

    def terminal_of(self, number):
        return self.account.device_ids.filtered(lambda one: one.hesabe_terminal_id == number)

    def test_from_the_account_to_the_test_payment(self):
        self.setup.action_choose()
        self.assertEqual((self.setup.step, bool(self.setup.device_id)), ("connect", False))
        with self.assert_invalid("Choose the machine first", UserError):
            self.setup.action_connected()
        with self.assert_invalid("Choose the Hesabe account", UserError):
            self.setup.action_hesabe_fetch()
        self.setup.hesabe_account_id = self.account
        self.setup.action_hesabe_fetch()
        self.setup.device_id = self.terminal_of("29708455")
        self.assertIn("Connected", self.setup.action_hesabe_test()["params"]["message"])
        self.setup.action_connected()
        self.setup.action_checked()
        self.assertFalse(self.setup.method_id, "the other terminal's method is not this one's")
        self.setup.action_make_books()
        method = self.setup.method_id
        self.assertEqual(
            (self.setup.step, method.journal_id.type, method.journal_id.currency_id, method.name),
            ("test", "bank", self.kwd, "Counter"),
        )
        self.assertEqual(self.kuwait.payment_method_ids, self.card_method | method)
        self.setup.action_finish()
        self.assertEqual(self.setup.step, "done")

    def test_a_shop_in_another_currency_is_refused(self):
        self.session.state = "closed"
        self.setup.write({"config_id": self.config.id, "hesabe_account_id": self.account.id})
        self.setup.action_choose()
        self.setup.device_id = self.terminal
        self.setup.action_connected()
        with self.assert_invalid("works in KWD", UserError):
            self.setup.action_checked()

    def test_a_terminal_of_another_company_is_refused(self):
        theirs = self.env["hesabe.account"].create(
            {
                "name": "Theirs",
                "company_id": self.company_b.id,
                "merchant_code": self.account.merchant_code,
            }
        )
        self._device(
            "Theirs",
            "hesabe",
            company_id=self.company_b.id,
            currency_id=self.kwd.id,
            hesabe_account_id=theirs.id,
            hesabe_terminal_id=self.terminal.hesabe_terminal_id,
        )
        self.setup.action_choose()
        self.setup.device_id = self.terminal
        with self.assert_invalid("Another company uses this machine", UserError):
            self.setup.action_connected()

    def test_only_managers_of_the_company_ask_hesabe(self):
        self.setup.hesabe_account_id = self.account
        for user in (self.cashier, self.foreigner):
            for name in ("action_hesabe_fetch", "action_hesabe_test"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(self.setup.with_user(user), name)()
