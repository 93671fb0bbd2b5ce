import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import file_open, mute_logger

from ..hesabe_protocol.mapping import INVOICE_FIELDS, STATUSES, TERMINAL_KINDS
from ..models.smartcash_device import MODELS
from .common import ACCOUNT, TERMINAL, HesabeCommon

SECRETS = ("access_code", "secret_key", "iv_key", "username", "password")


class TestAccount(HesabeCommon):
    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()
        self.managed = self.account.with_user(self.manager)

    def test_each_environment_has_its_hosts_and_a_manager_may_change_them(self):
        with Form(self.env["hesabe.account"].with_user(self.manager)) as form:
            form.name = "New"
            for name, value in ACCOUNT.items():
                form[name] = value
            self.assertEqual(form.merchant_url, "https://merchantapisandbox.hesabe.com")
            form.environment = "production"
            self.assertEqual(form.merchant_url, "https://merchantapi.hesabe.com")
            self.assertEqual(form.gateway_url, "https://api.hesabe.com")
            form.merchant_url = "https://merchantapi2.hesabe.com"
        self.assertEqual(form.record.merchant_url, "https://merchantapi2.hesabe.com")

    def test_only_https_and_this_machine(self):
        for address in (
            "http://merchantapi.hesabe.com",
            "https://user:secret@hesabe.com",
            "https://hesabe.com/path",
            "https://hesabe.com?x=1",
            "ftp://hesabe.com",
            "hesabe.com",
            "https://",
            "https://hesabe.com:99999",
            "https://hes abe.com",
        ):
            with self.subTest(address), self.assert_invalid("address of Hesabe"):
                self.account.merchant_url = address

    def test_keys_have_their_length(self):
        for name in ("secret_key", "iv_key"):
            with self.assert_invalid("without blanks"):
                self.account[name] = "short"

    def test_a_test_tells_who_we_are(self):
        toast = self.managed.action_test_connection()
        self.assertIn("Sandbox Merchant", toast["params"]["message"])
        self.assertTrue(self.account.tested_at)
        self.assertNotIn("KW81", self.account.test_message)

    def test_a_test_that_fails_says_why_and_no_secret(self):
        texts = []
        for values in (
            {"password": "wrong wrong"},
            {"access_code": "wrong"},
            {"secret_key": "w" * 32},
        ):
            before = {name: self.account[name] for name in values}
            self.account.write(values)
            with self.assertRaises(UserError) as caught:
                self.managed.action_test_connection()
            texts.append(str(caught.exception))
            self.account.write(before)
        self.account.merchant_url = "http://127.0.0.1:9"
        with self.assertRaises(UserError) as caught:
            self.managed.action_test_connection()
        texts.append(str(caught.exception))
        self.assertIn("cannot be reached", texts[-1])
        for text in texts:
            for secret in (*ACCOUNT.values(), "wrong wrong", "w" * 32):
                self.assertNotIn(secret, text)

    def test_an_account_that_is_not_complete_says_what_is_missing(self):
        self.account.write({"iv_key": False, "password": False})
        with self.assertRaisesRegex(UserError, "IV Key, API Password"):
            self.managed.action_test_connection()

    def test_secrets_are_for_managers_and_are_not_copied(self):
        for user in (self.cashier, self.employee, self.portal, self.foreigner):
            account = self.account.with_user(user)
            for call in (
                lambda account=account: account.read(["name"]),
                account.action_test_connection,
                account.action_sync_terminals,
                account.action_new_webhook_token,
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    call()
        for name in (*SECRETS, "webhook_token", "webhook_url"):
            field = self.account._fields[name]
            self.assertEqual(field.groups, "point_of_sale.group_pos_manager", name)
            self.assertFalse(field.copy, name)
        twin = self.account.copy()
        self.assertFalse(any(twin[name] for name in SECRETS))
        self.assertNotEqual(twin.webhook_token, self.account.webhook_token)

    def test_nobody_reads_tokens(self):
        self.managed.action_test_connection()
        tokens = self.env["hesabe.token"].sudo().search([])
        self.assertEqual(tokens.account_id, self.account)
        for user in (self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                tokens.with_user(user).read(["account_id"])

    def test_other_credentials_need_other_tokens(self):
        self.managed.action_test_connection()
        self.account.username = "somebody@example.com"
        self.assertFalse(self.env["hesabe.token"].sudo().search([]))

    def test_no_secret_is_in_the_data_of_the_till(self):
        self.managed.action_test_connection()
        data = self.kuwait_session.with_user(self.cashier).load_pos_data()
        text = json.dumps(data, default=str)
        self.assertIn(self.terminal.uid, text)
        tokens = self.env["hesabe.token"].sudo().search([])
        self.cr.execute("SELECT access_token, refresh_token FROM hesabe_token")
        self.assertTrue(tokens)
        hidden = [*(ACCOUNT[name] for name in SECRETS), self.account.webhook_token, self.hesabe.api]
        for secret in (*hidden, *self.cr.fetchone()):
            self.assertNotIn(secret, text)

    # ---- terminals ------------------------------------------------------------------------------

    def test_terminals_become_devices(self):
        self.managed.action_sync_terminals()
        devices = self.account.device_ids.sorted("hesabe_terminal_id")
        self.assertEqual(devices.mapped("hesabe_terminal_id"), ["29708454", "29708455", "29708456"])
        self.assertEqual(devices.mapped("model"), ["pax_a920", "pax_a50", "softpos"])
        self.assertEqual(set(devices.mapped("driver")), {"hesabe"})
        self.assertEqual(set(devices.mapped("transport")), {"server"})
        self.assertEqual(devices.currency_id, self.kwd)
        self.assertEqual(devices.mapped("name")[:2], ["Counter 1", "PAX A50 Till 2"])
        self.assertEqual(set(devices.mapped("state")), {"online"}, "seen, at the first time")
        self.assertEqual(devices.mapped("hesabe_terminal_name")[0], "PAX A920 Till 1")
        self.assertTrue(all(devices.mapped("last_seen")))

    def test_a_terminal_has_no_cash_to_round_or_to_keep(self):
        def shown(device):
            return [
                name
                for name in ("rounding_account_id", "safe_journal_id")
                if not form_of(device)._get_modifier(name, "invisible")
            ]

        def form_of(device):
            return Form(device.with_user(self.manager))

        self.assertEqual(shown(self.terminal), [])
        self.assertEqual(shown(self.device), ["rounding_account_id", "safe_journal_id"])

    def test_what_a_manager_changed_stays(self):
        self.managed.action_sync_terminals()
        second = self.account.device_ids.filtered(lambda d: d.hesabe_terminal_id == "29708455")
        second.write({"name": "Bakery", "model": "pax_other", "active": False})
        self.managed.action_sync_terminals()
        self.assertEqual((second.name, second.model, second.active), ("Bakery", "pax_other", False))
        count = self.env["smartcash.device"].with_context(active_test=False).search_count
        self.assertEqual(count([("hesabe_account_id", "=", self.account.id)]), 3)

    def test_a_terminal_that_hesabe_no_longer_lists_needs_attention(self):
        lost = self.new_terminal("11111111", "Lost")
        self.managed.action_sync_terminals()
        self.assertEqual(lost.state, "error")
        self.assertIn("no longer lists", lost.state_message)
        self.assertEqual(self.terminal.state, "online")

    def test_a_device_is_tested(self):
        self.terminal.with_user(self.manager).action_hesabe_check()
        self.assertEqual(self.terminal.state, "online")
        self.terminal.hesabe_terminal_id = "178"
        self.terminal.with_user(self.manager).action_hesabe_check()
        self.assertEqual(self.terminal.state, "error")
        self.account.merchant_url = "http://127.0.0.1:9"
        self.terminal.with_user(self.manager).action_hesabe_check()
        self.assertEqual(self.terminal.state, "offline")
        with self.assertRaises(AccessError):
            self.terminal.with_user(self.cashier).action_hesabe_check()

    def test_terminals_work_in_dinars_with_three_decimals(self):
        with self.assert_invalid("three decimals"):
            self.terminal.currency_id = self.env.ref("base.USD")
        self.kwd.active = False
        with self.assertRaisesRegex(UserError, "activate the currency KWD"):
            self.managed.action_sync_terminals()

    def test_dinars_with_two_decimals_are_refused(self):
        self.kwd.rounding = 0.01
        with self.assert_invalid("three decimals"):
            self.new_terminal("29708455", "Second")

    def test_a_terminal_belongs_to_an_account_of_its_company(self):
        for values in ({"hesabe_account_id": False}, {"hesabe_terminal_id": False}):
            with self.assert_invalid("needs its Hesabe account"):
                self.terminal.write(values)
        foreign = self.env["hesabe.account"].create(
            {"name": "Theirs", "company_id": self.company_b.id}
        )
        with self.assert_invalid(".", UserError):
            self.terminal.hesabe_account_id = foreign
        with (
            self.assertRaisesRegex(Exception, "unique"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.new_terminal(TERMINAL, "Twin")

    def test_cards_are_paid_into_a_bank(self):
        self.assertFalse(self.card_method._is_smartcash_machine())
        self.assertTrue(self.card_method._is_smartcash())
        with self.assert_invalid("bank journal"):
            drawer = self._cash_journal("Drawer", "DRW", currency_id=self.kwd.id)
            self._method("Drawer", drawer, self.terminal)

    # ---- what Hesabe does not publish -----------------------------------------------------------

    def test_a_manager_explains_hesabe_s_words(self):
        managed = self.managed
        managed.write(
            {
                "status_ids": [(0, 0, {"word": "CLOSED", "meaning": "paid"})],
                "field_ids": [(0, 0, {"name": "status", "path": "state.name"})],
            }
        )
        mapping = self.account._mapping()
        self.assertEqual(mapping.invoice_status({"state": {"name": "closed"}}).meaning, "paid")
        self.assertEqual(
            mapping.transaction_status({"payment_status": "closed"}).meaning, "pending"
        )
        self.assertEqual(mapping.invoice_value({"state": {"name": "x"}}, "status"), "x")
        with self.assert_invalid("no path"):
            managed.field_ids.path = "state name"
        for user in (self.cashier, self.foreigner):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self.account.status_ids.with_user(user).meaning = "pending"

    def test_the_choices_are_those_of_the_client(self):
        def keys(model, name):
            return [key for key, _label in self.env[model]._fields[name].selection]

        self.assertEqual(keys("hesabe.field", "name"), list(INVOICE_FIELDS))
        self.assertEqual(keys("hesabe.status", "meaning"), list(STATUSES))
        self.assertEqual({key for key, _label in MODELS}, {kind for kind, _ in TERMINAL_KINDS})

    def test_a_copy_of_the_database_knows_no_hesabe(self):
        self.managed.action_test_connection()
        self.env.flush_all()
        with file_open("pos_hesabe_smartpos/data/neutralize.sql") as script:
            self.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(self.account.merchant_url, "https://neutralized.invalid")
        self.assertFalse(any(self.account[name] for name in (*SECRETS, "webhook_token")))
        self.assertFalse(self.env["hesabe.token"].sudo().search([]))
        with self.assertRaises(UserError):
            self.managed.action_test_connection()

    def test_an_address_for_webhooks_can_be_made_anew(self):
        before = self.account.webhook_url
        self.assertIn(self.account.webhook_token, before)
        self.managed.action_new_webhook_token()
        self.assertNotEqual(self.account.webhook_url, before)
