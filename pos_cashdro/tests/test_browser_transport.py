import json

from odoo.exceptions import AccessError, UserError

from .common import PASSWORD, CashdroCommon


class TestBrowserTransport(CashdroCommon):
    """A machine that the till's browser talks to itself: what the page is told, and who is told."""

    def setUp(self):
        super().setUp()
        self.device.write(
            {
                "transport": "browser",
                "cashdro_host": "192.168.1.50",
                "cashdro_port": 0,
                "cashdro_tls": "pin",
            }
        )

    def rule(self, user, **values):
        return self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": user.id, **values}
        )

    def told(self, user=None):
        return self.Operation.with_user(user or self.cashier).issue_token(
            self.session.id, ["status"], self.device.id
        )

    def loaded(self, user=None):
        data = self.session.with_user(user or self.cashier).load_pos_data()
        return json.dumps(data, default=str, ensure_ascii=False)

    def address(self, **values):
        self.device.write(values)
        return self.device._pos_data()["endpoint"]

    def test_the_page_knows_the_address_and_nothing_secret(self):
        self.rule(self.cashier, cashdro_user="ana", cashdro_password="rule's own")
        loaded = self.loaded()
        self.assertIn('"endpoint": "https://192.168.1.50"', loaded)
        self.assertIn('"cashdro": {"tolerance": 1, "timeout": 8000, "busyPatience": 0}', loaded)
        for secret in (PASSWORD, "rule's own"):
            self.assertNotIn(secret, loaded)

    def test_the_address_is_as_a_browser_spells_it(self):
        self.assertEqual(self.address(), "https://192.168.1.50")
        self.assertEqual(self.address(cashdro_port=8443), "https://192.168.1.50:8443")
        self.assertEqual(self.address(cashdro_tls="http"), "http://192.168.1.50:8443")
        self.assertEqual(self.address(cashdro_port=80), "http://192.168.1.50")
        # The machine cannot be where the browser is.
        self.assertIsNone(self.address(cashdro_host=False))
        rule = self.rule(self.cashier, cashdro_host="192.168.1.60", cashdro_port=81)
        self.assertEqual(self.device._pos_data(rule)["endpoint"], "http://192.168.1.60:81")

    def test_without_rules_a_cashier_of_this_pos_is_told_the_device_s_user(self):
        self.assertEqual(
            self.told(),
            {
                "user": "pos",
                "password": PASSWORD,
                "terminal": f"odoo-{self.session.config_id.id}",
            },
        )

    def test_with_rules_only_whom_one_leads_here_is_told(self):
        self.rule(self.cashier, cashdro_user="ana", cashdro_password="ana's")
        told = self.told()
        self.assertEqual((told["user"], told["password"]), ("ana", "ana's"))
        refused = self.told(self.colleague)
        self.assertEqual(refused["refused"]["code"], "no_rule")
        self.assertNotIn("password", refused)

    def test_a_rule_that_leads_to_another_machine_tells_of_that_one_only(self):
        other = self.device.copy(
            {"name": "CashDro 2", "cashdro_user": "pos2", "cashdro_password": "other's"}
        )
        self.rule(self.cashier, device_id=other.id)
        self.rule(self.colleague)
        self.assertEqual(self.told()["refused"]["code"], "no_rule")
        self.assertEqual(self.told(self.colleague)["password"], PASSWORD)

    def test_a_machine_behind_odoo_gives_nothing_away(self):
        self.device.transport = "server"
        self.assertEqual(self.told(), {"token": None, "expiresAt": None})
        self.assertIsNone(self.device._pos_data()["endpoint"])

    def test_only_a_manager_tries_it_from_the_backend(self):
        self.assertEqual(
            self.device.with_user(self.manager).cashdro_test_access(),
            {
                "endpoint": "https://192.168.1.50",
                "name": "CashDro",
                "user": "pos",
                "password": PASSWORD,
                "currency": "USD",
                "network_account_warning": self.device._driver()._network_account_warning(
                    self.device
                ),
                "timeout": 8000,
                "busyPatience": 0,
            },
        )
        with self.assertRaises(AccessError):
            self.device.with_user(self.cashier).cashdro_test_access()
        self.device.cashdro_host = False
        with self.assertRaisesRegex(UserError, "Enter the host"):
            self.device.with_user(self.manager).cashdro_test_access()

    def test_a_machine_without_a_user_says_what_to_do(self):
        self.device.cashdro_user = False
        self.assertIn("no machine user", self.told()["refused"]["message"])

    def test_the_till_s_word_about_a_sale_is_evidence_of_the_till(self):
        uuid = self.running(amount=197)
        answer = self.Operation.with_user(self.cashier).report(
            uuid,
            {
                "state": "done",
                "phase": "ended",
                "amountIn": 200,
                "amountOut": 4,
                "undispensed": 0,
                "rounding": 1,
                "deviceRef": "451",
            },
        )
        self.assertNotIn("refused", answer)
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.evidence), ("done", "client"))
        self.assertFalse(self.cashdro.calls, "the server has nobody to ask")

    def ended(self, kind, amount, user=None, **said):
        """An operation of the till, and how the till says that it ended. :returns: Odoo's answer"""
        uuid = self.running(user, kind=kind, amount=amount)
        ended = {"state": "done", "phase": "ended", "amountIn": 0, "amountOut": 0, **said}
        amounts = {"undispensed": 0, "rounding": 0, **ended}
        return self.Operation.with_user(user or self.cashier).report(uuid, amounts)

    def test_what_the_machine_rounds_up_is_booked_as_it_came_out(self):
        self.rule(self.cashier, right_cash_out=True)
        answer = self.ended("cash_out", 501, amountOut=502)
        self.assertEqual(answer["state"], "done")
        operation = self.operation(answer["uuid"])
        self.assertAlmostEqual(operation.statement_line_id.amount, -5.02)
        self.assertEqual(operation.match_state, "matched")

    def test_more_than_the_machine_rounds_is_not_believed(self):
        self.rule(self.cashier, right_cash_in=True, right_cash_out=True, right_refund=True)
        for kind, said in (
            ("cash_out", {"amountOut": 503}),
            ("cash_out", {"amountOut": 500, "undispensed": 2}),
            ("refund", {"amountOut": 502}),
            ("refund", {"amountOut": 503, "rounding": 2}),
            ("sale", {"amountIn": 499, "rounding": 2}),
            ("cash_in", {"amountIn": 502}),
        ):
            with self.subTest(kind=kind, said=said):
                answer = self.ended(kind, 501, **said)
                self.assertEqual(answer["refused"]["code"], "bad_values")
                self.Operation.sudo().search([("state", "=", "running")])._move("failed")

    def test_managers_fill_and_empty_it_and_nobody_else(self):
        fill = self.ended("fill", 0, self.manager, amountIn=5000)
        empty = self.ended("empty", 0, self.manager, amountOut=1234)
        for answer, amount in ((fill, 50.0), (empty, -12.34)):
            line = self.operation(answer["uuid"]).statement_line_id
            self.assertAlmostEqual(line.amount, amount)
        for kind in ("transfer", "exchange"):
            self.assertEqual(self.ended(kind, 0, self.manager)["state"], "done")
        refused = self.register(self.cashier, kind="fill", amount=0)
        self.assertEqual(refused["refused"]["code"], "right_missing")
