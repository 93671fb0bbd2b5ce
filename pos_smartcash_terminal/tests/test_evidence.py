from .common import SmartcashCommon


class TestEvidence(SmartcashCommon):
    """A browser can be made to say anything."""

    def assert_refused_and_noted(self, uuid, answer, code, user=None):
        """Refused in words, an event in the ledger, nothing changed."""
        refused = self.assert_refused(answer, code)
        operation = self.operation(uuid)
        event = operation.event_ids[-1]
        self.assertEqual((event.kind, event.data["code"]), ("refused", code))
        self.assertEqual(event.user_id, user or self.cashier)
        self.assertEqual(event.state_from, event.state_to)
        return refused

    def test_an_end_that_the_gateway_did_not_sign_is_unproven(self):
        uuid = self.running()
        self.done(uuid)
        _data, order = self.sync(9.90, uuid)
        operation = self.operation(uuid)
        self.assertEqual((operation.evidence, operation.unproven), ("client", True))
        self.assertEqual((operation.match_state, operation.pos_order_id), ("matched", order))
        self.assertEqual(operation.event_ids[1].kind, "unproven")
        self.assertIn("did not sign", operation.event_ids[1].message)
        self.assertIn(operation, self.Operation.search([("unproven", "=", True)]))

    def test_a_signed_end_is_proven_at_once_or_later(self):
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.assertEqual(
            (self.operation(uuid).evidence, self.operation(uuid).unproven), ("signed", False)
        )
        later = self.running()
        self.done(later)
        self.assertTrue(self.operation(later).unproven)
        self.done(later, signature=self.sign(later))
        operation = self.operation(later)
        self.assertEqual((operation.evidence, operation.unproven), ("signed", False))

    def test_what_never_started_needs_no_proof(self):
        for state in ("failed", "cancelled"):
            uuid = self.running()
            self.report(uuid, state=state, phase="ended")
            self.assertFalse(self.operation(uuid).unproven)
        forged = self.running()
        self.report(forged, amountIn=500, deviceRef="j:7")
        self.report(forged, state="cancelled", phase="ended")
        self.assertTrue(self.operation(forged).unproven, "the machine had begun")

    def test_a_colleague_s_word_alone_does_not_end_what_another_till_runs(self):
        """It frees the device, whose gateway knows better whether it is free. But it is a question."""
        for state in ("failed", "cancelled"):
            uuid = self.running(kind="refund")
            self.assertEqual(
                self.report(uuid, self.colleague, state=state, phase="ended")["state"], state
            )
            operation = self.operation(uuid)
            self.assertTrue(operation.unproven)
            self.assertEqual(operation.event_ids[-1].kind, "unproven")
            self.assertEqual(operation.event_ids[-1].user_id, self.colleague)
            self.assertTrue(operation.activity_id, "a manager is asked")

    def test_the_machine_s_word_overrules_a_colleague_s(self):
        uuid = self.running()
        self.report(uuid, self.colleague, state="failed", phase="ended")
        self.done(uuid, signature=self.sign(uuid))
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("failed", "open"))
        self.assertTrue(operation.disputed)
        proven = self.running()
        self.report(proven, self.colleague, state="failed", phase="ended")
        signature = self.sign(proven, 0, 0, state="failed")
        self.report(proven, state="failed", phase="ended", signature=signature)
        operation = self.operation(proven)
        self.assertFalse(operation.unproven or operation.activity_id or operation.match_state)

    def test_what_the_machine_has_begun_does_not_fail_without_proof(self):
        uuid = self.running()
        self.report(uuid, phase="accepting")
        self.report(uuid, state="failed", phase="ended")
        self.assertTrue(self.operation(uuid).unproven)

    def test_the_same_attempt_again_and_again_is_noted_once(self):
        uuid = self.running()
        for _attempt in range(3):
            answer = self.done(uuid, amount_in=5000, amount_out=0)
            self.assert_refused_and_noted(uuid, answer, "bad_values")
        self.done(uuid, amount_in=5001, amount_out=0)
        self.report(uuid, self.foreigner, state="failed", phase="ended")
        self.report(uuid, self.foreigner, state="failed", phase="ended")
        self.assertEqual(
            self.operation(uuid).event_ids.mapped("kind"), ["registered", *["refused"] * 3]
        )

    def test_a_make_that_does_not_sign_is_not_unproven(self):
        self.patch(self.fake_till, "_signs", False)
        uuid = self.running()
        self.done(uuid)
        self.assertFalse(self.operation(uuid).unproven)

    def test_a_manager_confirms_an_unproven_result(self):
        uuid = self.running()
        self.done(uuid)
        model = self.Operation.with_user(self.manager)
        self.assert_refused(model.resolve(uuid, "confirmed", "why"), "nothing_to_resolve")
        self.sync(9.90, uuid)
        self.assertNotIn("refused", model.resolve(uuid, "confirmed", "The journal says so too"))
        operation = self.operation(uuid)
        self.assertEqual((operation.unproven, operation.match_state), (False, "matched"))
        self.assertEqual(operation.event_ids[-1].kind, "resolved")
        self.assert_refused(model.resolve(uuid, "confirmed", "again"), "nothing_to_resolve")

    def test_a_till_s_word_does_not_go_beyond_the_request(self):
        for kind, progress in (
            ("sale", {"state": "done", "amountIn": 2000}),
            ("sale", {"state": "done", "amountIn": 2000, "amountOut": 1009}),
            ("sale", {"state": "done", "amountIn": 500, "amountOut": 600}),
            ("sale", {"state": "done", "amountIn": 990, "undispensed": 991}),
            ("sale", {"state": "done", "amountIn": 990, "rounding": 1}),
            ("sale", {"state": "cancelled", "amountIn": 2000}),
            ("sale", {"state": "running", "amountOut": 1}),
            ("refund", {"state": "done", "amountOut": 991}),
            ("refund", {"state": "done", "amountOut": 990, "undispensed": 1}),
            ("refund", {"state": "running", "amountOut": 100000}),
            ("cash_out", {"state": "unknown", "amountOut": 991}),
            ("cash_in", {"state": "done", "amountIn": 991}),
        ):
            with self.subTest(kind=kind, progress=progress):
                uuid = self.running(kind=kind)
                before = self.operation(uuid).read()[0]
                phase = "accepting" if progress["state"] == "running" else "ended"
                answer = self.report(uuid, phase=phase, **progress)
                user = self.operation(uuid).user_id
                self.assert_refused_and_noted(uuid, answer, "bad_values", user)
                after = self.operation(uuid).read()[0]
                before.pop("event_ids"), after.pop("event_ids")
                self.assertEqual(after, before)
                self.report(uuid, state="failed", phase="ended")

    def test_what_the_gateway_signed_is_a_fact_however_odd(self):
        uuid = self.running()
        signature = self.sign(uuid, amount_in=2000, amount_out=0)
        self.assertEqual(self.done(uuid, 2000, 0, signature=signature)["state"], "done")
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_a_signed_result_cannot_be_rounded_by_the_browser(self):
        uuid = self.running()
        answer = self.done(uuid, rounding=-500, signature=self.sign(uuid))
        self.assert_refused_and_noted(uuid, answer, "contradicts_signature")

    def test_states_do_not_go_backwards(self):
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        for state, phase in (
            ("running", "accepting"),
            ("draft", "registered"),
            ("unknown", "ended"),
        ):
            answer = self.report(uuid, state=state, phase=phase)
            self.assert_refused_and_noted(uuid, answer, "backwards")
        self.assertEqual(self.operation(uuid).state, "done")

    def test_the_same_uuid_with_other_values_is_noted(self):
        uuid = self.running()
        answer = self.register(uuid=uuid, amount=991)
        self.assert_refused_and_noted(uuid, answer, "uuid_conflict")
        answer = self.register(uuid=uuid, manual=True)
        self.assert_refused_and_noted(uuid, answer, "uuid_conflict")

    def test_another_company_s_attempts_are_noted_and_learn_nothing(self):
        uuid = self.running()
        report = self.report(uuid, self.foreigner, state="done", phase="ended")
        self.assert_refused_and_noted(uuid, report, "unknown_operation", self.foreigner)
        unknown = self.report(
            "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d", self.foreigner, state="done", phase="ended"
        )
        self.assertEqual(report, unknown)

    def test_another_user_s_attempts_are_noted(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        uuid = self.running(kind="refund")
        answer = self.report(uuid, self.colleague, state="done", phase="ended", amountOut=990)
        self.assert_refused_and_noted(uuid, answer, "not_yours", self.colleague)
        model = self.Operation.with_user(self.colleague)
        answer = model.issue_token(self.session.id, uuid)
        self.assert_refused_and_noted(uuid, answer, "not_yours", self.colleague)
        answer = self.register(self.colleague, uuid=uuid, kind="refund")
        self.assert_refused_and_noted(uuid, answer, "not_yours", self.colleague)

    def test_another_session_s_operation_is_not_this_one_s(self):
        uuid = self.running()
        self.done(uuid, amount_in=5000, amount_out=3000, undispensed=1010)
        session, machine = self.foreign_till("base.EUR")
        answer = self.register(
            kind="refund",
            manual=True,
            amount=1010,
            parent_uuid=uuid,
            session_id=session.id,
            payment_method_id=machine.id,
        )
        self.assert_refused_and_noted(uuid, answer, "bad_values")
        payout = self.running(kind="refund")
        answer = self.Operation.with_user(self.cashier).issue_token(session.id, payout)
        self.assert_refused_and_noted(payout, answer, "not_yours")

    def test_a_refused_wish_leaves_a_trace_and_no_operation(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "right_refund": False, "limit_sale": 5}
        )
        for values, code in (
            ({"kind": "refund"}, "right_missing"),
            ({"kind": "cash_out"}, "right_missing"),
            ({"manual": True}, "right_missing"),
            ({"amount": 501}, "amount_limit"),
            ({"session_id": 2**31 - 1}, "bad_values"),
        ):
            with self.subTest(values=values):
                answer = self.register(**values)
                self.assert_refused(answer, code)
                event = self.env["smartcash.operation.event"].search([], order="id desc", limit=1)
                self.assertEqual((event.kind, event.data["code"]), ("refused", code))
                self.assertEqual((event.user_id, event.company_id), (self.cashier, self.company))
                self.assertFalse(event.operation_id)
        self.assertFalse(self.Operation.search([("session_id", "=", self.session.id)]))
        self.assertFalse(self.env["smartcash.operation.event"].with_user(self.foreigner).search([]))

    def test_a_busy_device_is_everyday_life(self):
        self.running()
        count = self.env["smartcash.operation.event"].search_count([])
        self.assert_refused(self.register(), "device_busy")
        self.assertEqual(self.env["smartcash.operation.event"].search_count([]), count)
