import time

import jwt
from odoo import Command
from odoo.addons.pos_smartcash_terminal.tests.common import SmartcashCommon
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import file_open, mute_logger

from ..hooks import uninstall_hook


class TestCashlogy(SmartcashCommon):
    def setUp(self):
        super().setUp()
        self.session.state = "closed"
        self.device = self._device("Cashlogy", "cashlogy")
        self.machine = self._method("Cashlogy", self._cash_journal("Cashlogy", "CLG"), self.device)
        self.config.payment_method_ids = [Command.set((self.machine | self.bank_pm1).ids)]
        self.open_new_session(0)
        self.session = self.pos_session
        self.key = self.pair()

    def pair(self):
        action = self.device.with_user(self.manager).action_new_pairing_key()
        return action["context"]["default_pairing_key"]

    def claims(self, token):
        return jwt.decode(token, self.key, algorithms=["HS256"], audience="smartcash-gateway")

    def signed(self, uuid, key=None, **claims):
        return jwt.encode(
            {
                "op": uuid,
                "device": self.device.uid,
                "kind": "sale",
                "state": "done",
                "amount": 990,
                "amount_in": 2000,
                "amount_out": 1010,
                "undispensed": 0,
                "iat": int(time.time()),
                **claims,
            },
            key or self.key,
            algorithm="HS256",
        )

    def test_a_new_device_knows_where_gateways_listen(self):
        self.assertEqual(
            (self.device.transport, self.device.endpoint), ("gateway", "http://127.0.0.1:8787")
        )
        with Form(self.env["smartcash.device"].with_user(self.manager)) as form:
            form.name = "Till 2"
            form.driver = "cashlogy"
            self.assertEqual((form.transport, form.endpoint), ("gateway", "http://127.0.0.1:8787"))
            form.model = "pos1500x"
            form.endpoint = "https://till2.local:8787"
        self.assertEqual(form.record.endpoint, "https://till2.local:8787")
        for values in ({"endpoint": False}, {"transport": "server"}):
            with self.assert_invalid("."):
                self.device.write(values)

    def test_the_key_is_shown_once_and_to_managers(self):
        action = self.device.with_user(self.manager).action_new_pairing_key()
        key = action["context"]["default_pairing_key"]
        self.assertGreaterEqual(len(key), 64)
        self.assertNotEqual(key, self.key)
        self.assertEqual(self.device.sudo().gateway_pairing_key, key)
        form = Form(
            self.env["smartcash.pairing"].with_user(self.manager).with_context(**action["context"])
        )
        self.assertEqual(form.pairing_key, key)
        for part in ("smartcash-gateway pair", self.device.uid, key, self.device.get_base_url()):
            self.assertIn(part, form.command)
        view = self.env["smartcash.device"].with_user(self.manager).get_views([(False, "form")])
        self.assertNotIn("gateway_pairing_key", view["views"]["form"]["arch"])
        for user in (self.cashier, self.employee, self.portal, self.foreigner):
            with self.subTest(user=user.id), self.assertRaises(AccessError):
                self.device.with_user(user).action_new_pairing_key()
        for user in (self.cashier, self.manager):
            with self.subTest(user=user.id), self.assertRaises(AccessError):
                self.device.with_user(user).read(["gateway_pairing_key"])
            self.assertNotIn("gateway_pairing_key", self.device.with_user(user).read()[0])
        self.assertFalse(self.device.copy().gateway_pairing_key)

    def test_the_key_is_not_changed_under_a_running_operation(self):
        self.running()
        with self.assert_invalid("running", UserError):
            self.pair()

    def test_the_key_is_not_in_the_pos(self):
        session = self.session.with_user(self.cashier)
        loaded = session._get_pos_ui_pos_payment_method(session._loader_params_pos_payment_method())
        self.assertNotIn(self.key, str(loaded))
        machine = next(method for method in loaded if method["id"] == self.machine.id)
        self.assertEqual(machine["use_payment_terminal"], "cashlogy")
        self.assertEqual(machine["smartcash"]["device"]["uid"], self.device.uid)

    def test_the_test_token_only_looks_and_only_for_managers(self):
        token = self.device.with_user(self.manager).gateway_test_token()
        claims = self.claims(token["token"])
        self.assertEqual(claims["scope"], ["status"])
        self.assertLessEqual(claims["exp"] - time.time(), 120)
        for user in (self.cashier, self.employee, self.portal, self.foreigner):
            with self.subTest(user=user.id), self.assertRaises(AccessError):
                self.device.with_user(user).gateway_test_token()
        other = self._device("Unpaired", "cashlogy")
        with self.assert_invalid("no pairing key", UserError):
            other.with_user(self.manager).gateway_test_token()

    def test_a_shift_s_token(self):
        issued = self.Operation.with_user(self.cashier).issue_token(
            self.session.id, ["status", "sale"]
        )
        claims = self.claims(issued["token"])
        self.assertEqual(claims["scope"], ["status", "sale"])
        self.assertEqual(claims["device"], self.device.uid)
        self.assertEqual(claims["sub"], str(self.cashier.id))
        self.assertEqual(
            claims["iss"], self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        )
        self.assertEqual(claims["exp"] - claims["iat"], 12 * 3600)
        self.assertEqual(claims["exp"], issued["expiresAt"])
        self.assertNotIn("op", claims)

    def test_money_out_gets_two_minutes_for_exactly_this(self):
        answer = self.register(kind="refund", amount=510)
        again = self.Operation.with_user(self.cashier).issue_token(self.session.id, answer["uuid"])
        for issued in (answer["token"], again):
            claims = self.claims(issued["token"])
            self.assertEqual(
                (claims["op"], claims["kind"], claims["max"]), (answer["uuid"], "refund", 510)
            )
            self.assertEqual(claims["exp"] - claims["iat"], 120)
            self.assertNotIn("sale", claims["scope"])

    def test_without_a_key_nothing_is_paid_out_and_the_device_stays_free(self):
        self.device.sudo().gateway_pairing_key = False
        self.assert_refused(self.register(kind="refund"), "not_paired")
        self.assertFalse(self.Operation.search([("device_id", "=", self.device.id)]))
        self.assert_refused(
            self.Operation.with_user(self.cashier).issue_token(self.session.id, ["status"]),
            "not_paired",
        )
        self.assertNotIn("refused", self.register())

    def test_a_result_signed_by_the_gateway_is_evidence(self):
        uuid = self.running()
        self.done(uuid, signature=self.signed(uuid))
        self.assertEqual(self.operation(uuid).evidence, "signed")

    def test_a_result_that_another_key_signed_is_refused(self):
        uuid = self.running()
        answer = self.done(uuid, signature=self.signed(uuid, key="a0" * 32))
        self.assert_refused(answer, "contradicts_signature")
        answer = self.done(uuid, signature=self.signed(uuid, amount_in=990))
        self.assert_refused(answer, "contradicts_signature")
        self.assertEqual(self.operation(uuid).state, "running")

    def test_uninstalling_keeps_the_ledger_and_frees_the_method(self):
        uuid = self.running()
        self.done(uuid)
        uninstall_hook(self.env)
        self.assertFalse(self.machine.use_payment_terminal)
        driver = self.env["smartcash.device"]._fields["driver"]
        driver.ondelete["cashlogy"](self.device)
        self.assertFalse(self.device.active)
        self.assertFalse(self.device.driver)
        self.assertEqual(self.operation(uuid).device_id, self.device)

    def test_a_copy_of_the_database_has_no_key(self):
        self.env.flush_all()
        with file_open("pos_smartcash_connector/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())  # pylint: disable=sql-injection
        self.env.invalidate_all()
        self.assertFalse(self.device.sudo().gateway_pairing_key)

    def test_a_bank_journal_is_refused_for_a_cashlogy(self):
        bank = self.env["account.journal"].create({"name": "Bank 2", "code": "BN2", "type": "bank"})
        with (
            mute_logger("odoo.sql_db"),
            self.assert_invalid("journal of type Cash", ValidationError),
        ):
            self._method("Wrong", bank, self.device)
