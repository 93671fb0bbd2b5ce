from .common import SmartcashCommon


class TestTokens(SmartcashCommon):
    def issue(self, scope, user=None, device_id=None, session_id=None):
        model = self.Operation.with_user(user or self.cashier)
        return model.issue_token(session_id or self.session.id, scope, device_id)

    def test_a_shift_s_token_sells_and_looks(self):
        self.assertEqual(
            self.issue(["status", "sale"]), {"token": "status+sale:shift", "expiresAt": 1}
        )
        self.assertEqual(self.issue(["status"], device_id=self.device.id)["token"], "status:shift")

    def test_a_shift_s_token_never_pays_out(self):
        for scope in (
            ["refund"],
            ["status", "operation"],
            ["cash_out"],
            [],
            None,
            1,
            {"a": 1},
            [["sale"]],
        ):
            with self.subTest(scope=scope):
                self.assert_refused(self.issue(scope), "bad_values")

    def test_a_token_for_money_out_is_for_a_registered_operation(self):
        self.assert_refused(self.issue("0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"), "unknown_operation")
        uuid = self.running(kind="refund")
        self.assertEqual(self.issue(uuid)["token"], f"status+operation:{uuid}")
        self.done(uuid, amount_in=0, amount_out=990)
        self.assert_refused(self.issue(uuid), "ended")

    def test_a_sale_s_token_is_the_shift_s(self):
        uuid = self.running()
        self.assertEqual(self.issue(uuid)["token"], "status+sale:shift")

    def test_the_rule_is_asked_again_for_each_token(self):
        rule = self.env["smartcash.rule"].create({"payment_method_id": self.machine.id})
        uuid = self.running(kind="refund")
        rule.write({"right_refund": False, "right_sale": False})
        self.assert_refused(self.issue(uuid), "right_missing")
        self.assert_refused(self.issue(["status", "sale"]), "right_missing")
        self.assertEqual(self.issue(["status"])["token"], "status:shift")
        rule.user_id = self.colleague
        self.assert_refused(self.issue(["status"]), "no_rule")
        self.assert_refused(self.issue(uuid), "no_rule")

    def test_others_get_no_token(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        uuid = self.running(kind="refund")
        self.assert_refused(self.issue(uuid, self.colleague), "not_yours")
        self.assert_refused(self.issue(["status"], self.foreigner), "bad_values")
        self.assert_refused(self.issue(["status"], device_id=self.device.id + 1000), "no_rule")

    def test_a_closed_session_gets_no_token(self):
        self.session.state = "closed"
        self.assert_refused(self.issue(["status"]), "session_closed")
