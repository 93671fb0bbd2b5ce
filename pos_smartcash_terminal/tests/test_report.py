from .common import SmartcashCommon


class TestReport(SmartcashCommon):
    def claims(self, uuid, **claims):
        return {
            "op": uuid,
            "device": self.device.uid,
            "kind": "sale",
            "state": "done",
            "amount": 990,
            "amount_in": 2000,
            "amount_out": 1010,
            "undispensed": 0,
            "iat": 1,
            **claims,
        }

    def test_the_story_of_a_sale_is_kept_step_by_step(self):
        uuid = self.running()
        self.report(uuid, amountIn=500, cancellable=True, acceptable=True)
        answer = self.report(uuid, amountIn=2000)
        self.assertEqual(answer["amountIn"], 2000)
        answer = self.done(uuid, deviceRef="j:7")
        self.assertEqual(
            (answer["state"], answer["phase"], answer["deviceRef"]), ("done", "ended", "j:7")
        )
        self.assertFalse(answer["cancellable"])
        operation = self.operation(uuid)
        self.assertEqual(
            (operation.amount_in, operation.amount_out, operation.net), (20.0, 10.1, 9.9)
        )
        self.assertEqual(operation.evidence, "client")
        self.assertTrue(operation.started_at <= operation.ended_at)
        steps = operation.event_ids._fields["state_to"].convert_to_export
        self.assertEqual(
            [steps(event.state_to, event) for event in operation.event_ids][::3],
            ["Running", "Done"],
            "the story speaks in words",
        )
        story = operation.event_ids.mapped("message")
        self.assertEqual(len(story), 4)
        self.assertIn("5.00", story[1])
        self.assertIn("inserted", story[1])
        self.assertIn("10.10", story[3])
        self.assertEqual(
            operation.match_state, "open", "9.90 are in the machine and in no order yet"
        )

    def test_replays_are_harmless(self):
        uuid = self.running()
        self.report(uuid, amountIn=500)
        self.report(uuid, amountIn=500)
        first = self.done(uuid)
        self.assertEqual(self.done(uuid), first)
        self.assertEqual(len(self.operation(uuid).event_ids), 3)

    def test_states_never_move_back(self):
        uuid = self.running()
        self.done(uuid)
        refused = self.assert_refused(self.report(uuid, amountIn=500), "backwards")
        self.assertEqual(refused["state"], "done")
        self.assert_refused(self.report(uuid, state="unknown", phase="ended"), "backwards")
        self.assert_refused(self.report(uuid, state="draft", phase="registered"), "backwards")
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.net), ("done", 9.9))
        self.assertEqual(operation.event_ids.mapped("kind")[-3:], ["refused"] * 3)

    def test_a_till_that_does_not_know_the_end_is_told_what_a_manager_decided(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        self.Operation.with_user(self.manager).resolve(uuid, "returned", "From the drawer")
        refused = self.assert_refused(
            self.report(uuid, state="unknown", phase="ended", amountIn=500), "backwards"
        )
        row = refused["operation"]
        self.assertEqual(
            (row["uuid"], row["state"], row["amountIn"], row["resolution"], row["matchState"]),
            (uuid, "cancelled", 500, "returned", "resolved"),
        )
        self.assertIsNone(row["signature"])
        self.assertIsNone(row["bookedOn"])

    def test_a_till_is_told_on_which_order_the_money_is_booked(self):
        uuid = self.running()
        self.done(uuid)
        self.sync(9.90, uuid)
        refused = self.assert_refused(
            self.report(uuid, state="unknown", phase="ended"), "backwards"
        )
        order = self.operation(uuid).pos_order_id
        self.assertTrue(order.pos_reference)
        self.assertEqual(refused["operation"]["bookedOn"], order.pos_reference)

    def test_an_unknown_outcome_can_become_known(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        self.assertEqual(self.operation(uuid).match_state, "open")
        self.report(uuid, state="cancelled", phase="ended", amountIn=500, amountOut=500)
        operation = self.operation(uuid)
        self.assertEqual(operation.state, "cancelled")
        self.assertFalse(
            operation.match_state, "everything was given back: nothing is left to match"
        )

    def test_a_late_fact_reopens_the_match_and_not_the_state(self):
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.assertFalse(self.operation(uuid).match_state)
        answer = self.done(uuid, amount_in=990, amount_out=0)
        self.assertEqual(answer["state"], "cancelled")
        self.done(uuid, amount_in=990, amount_out=0)
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.net), ("cancelled", 0))
        self.assertEqual((operation.match_state, operation.disputed), ("open", True))
        self.assertEqual(operation.event_ids.mapped("kind").count("late"), 1)
        self.assertIn("9.90", operation.event_ids[-1].message)

    def test_two_words_for_nothing_are_no_question(self):
        uuid = self.running()
        self.report(uuid, state="cancelled", phase="ended")
        self.report(uuid, state="failed", phase="ended")
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.disputed), ("cancelled", False))
        self.assertFalse(operation.match_state)
        self.assertIn("late", operation.event_ids.mapped("kind"), "the story has both")

    def test_a_matched_operation_is_reopened_by_a_late_fact_for_good(self):
        uuid = self.running()
        self.done(uuid)
        self.sync(9.90, uuid)
        self.assertEqual(self.operation(uuid).match_state, "matched")
        self.done(uuid, amount_in=2000, amount_out=2000)
        self.assertEqual(self.operation(uuid).match_state, "open")
        self.operation(uuid).sudo()._match()
        self.assertEqual(
            self.operation(uuid).match_state, "open", "only a manager closes a dispute"
        )

    def test_a_signed_result_is_evidence(self):
        uuid = self.running()
        self.fake.signatures["good"] = self.claims(uuid)
        self.done(uuid, signature="good")
        operation = self.operation(uuid)
        self.assertEqual((operation.evidence, operation.signature), ("signed", "good"))
        self.assertNotIn("good", str(operation.event_ids.mapped("data")))

    def test_a_signature_that_comes_later_strengthens_the_evidence(self):
        uuid = self.running()
        self.done(uuid)
        self.fake.signatures["good"] = self.claims(uuid)
        self.done(uuid, signature="good")
        self.assertEqual(self.operation(uuid).evidence, "signed")
        self.done(uuid)
        self.assertEqual(self.operation(uuid).evidence, "signed")

    def test_the_till_cannot_say_otherwise_than_the_gateway_signed(self):
        for claims in (
            {"amount_in": 990},
            {"amount_out": 0},
            {"undispensed": 10},
            {"state": "cancelled"},
            {"amount": 1},
            {"kind": "refund"},
            {"device": "another"},
            {"op": "another"},
            {"amount_in": True},
            {"amount_in": 2000.0},
            {"amount_in": None},
        ):
            uuid = self.running()
            self.fake.signatures["other"] = self.claims(uuid, **claims)
            with self.subTest(claims=claims):
                self.assert_refused(self.done(uuid, signature="other"), "contradicts_signature")
                self.assertEqual(self.operation(uuid).state, "running")
            self.assert_refused(self.done(uuid, signature="forged"), "contradicts_signature")
            self.report(uuid, state="failed", phase="ended")

    def test_bad_progress_changes_nothing_and_is_noted(self):
        uuid = self.running()
        for wire in (
            None,
            {},
            [],
            {"state": "done"},
            {"state": "done", "phase": "ended", "amountIn": -5},
        ):
            with self.subTest(wire=wire):
                refused = self.assert_refused(
                    self.Operation.with_user(self.cashier).report(uuid, wire), "bad_values"
                )
                noted = self.operation(uuid).event_ids.filtered(
                    lambda event: event.kind == "refused"
                )
                self.assertIn(refused["message"], noted.mapped("message"))
        self.assertEqual(self.operation(uuid).state, "running")

    def test_what_is_not_in_the_ledger_cannot_be_reported_on(self):
        self.assert_refused(self.done("0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"), "unknown_operation")
        for uuid in (None, 42, "x", "0B6F1C0E-8F5B-4B0A-9C5E-1D2F3A4B5C6D"):
            self.assert_refused(self.done(uuid), "bad_values")

    def test_another_company_does_not_learn_of_an_operation(self):
        uuid = self.running()
        answer = self.report(uuid, self.foreigner, state="done", phase="ended")
        self.assert_refused(answer, "unknown_operation")
        self.assertEqual(self.operation(uuid).state, "running")
        taken = self.Operation.with_user(self.foreigner).register(self.wish(uuid=uuid))
        self.assertIn(taken["refused"]["code"], ("bad_values", "uuid_conflict"))

    def test_a_colleague_who_may_use_the_machine_can_finish_what_another_began(self):
        uuid = self.running()
        answer = self.report(uuid, self.colleague, state="done", phase="ended", amountIn=990)
        self.assertEqual(answer["state"], "done")

    def test_whom_no_rule_admits_cannot_report_for_others(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        uuid = self.running()
        answer = self.report(uuid, self.colleague, state="done", phase="ended", amountIn=990)
        self.assert_refused(answer, "not_yours")
        operation = self.operation(uuid)
        self.assertEqual(operation.state, "running")
        self.assertEqual(operation.event_ids[-1].user_id, self.colleague)
        self.assertEqual(self.report(uuid, self.manager, amountIn=100)["amountIn"], 100)

    def test_pending_lists_what_runs_and_what_is_open(self):
        gone = self.running()
        self.report(gone, state="cancelled", phase="ended")
        matched = self.running()
        self.done(matched)
        self.sync(9.90, matched)
        asking = self.running(order_name="Order 7")
        self.done(asking)
        runs = self.running()
        pending = self.Operation.with_user(self.cashier).pending(self.session.id)
        self.assertEqual([row["uuid"] for row in pending], [runs, asking])
        row = pending[1]
        self.assertEqual(
            (
                row["net"],
                row["matchState"],
                row["orderName"],
                row["deviceId"],
                row["paymentMethodId"],
                row["unproven"],
            ),
            (990, "open", "Order 7", self.device.id, self.machine.id, True),
        )
        self.assertFalse(pending[0]["unproven"])
        self.assertRegex(row["startedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assert_refused(
            self.Operation.with_user(self.foreigner).pending(self.session.id), "bad_values"
        )
        self.assert_refused(self.Operation.with_user(self.cashier).pending("1"), "bad_values")

    def test_who_does_not_know_an_operation_asks_the_ledger_for_it(self):
        uuid = self.running()
        events = len(self.operation(uuid).event_ids)
        lookup = self.Operation.with_user(self.colleague).lookup
        found = lookup(uuid)
        self.assertEqual((found["uuid"], found["state"], found["unheardFor"]), (uuid, "running", 0))
        self.assertEqual(found["deviceId"], self.device.id)
        self.done(uuid)
        self.assertEqual((lookup(uuid)["state"], lookup(uuid)["net"]), ("done", 990))
        self.assertEqual(len(self.operation(uuid).event_ids), events + 1, "nothing is written")
        stranger = self.Operation.with_user(self.foreigner)
        self.assert_refused(stranger.lookup(uuid), "unknown_operation")
        self.assert_refused(lookup("0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"), "unknown_operation")
        for nonsense in ("", 7, None, {"uuid": uuid}, uuid.upper()):
            self.assert_refused(lookup(nonsense), "bad_values")

    def test_a_manager_decides_about_an_unknown_outcome(self):
        uuid = self.running()
        self.report(uuid, state="unknown", phase="ended", amountIn=500)
        model = self.Operation.with_user(self.manager)
        self.assert_refused(model.resolve(uuid, "returned", "  "), "bad_values")
        self.assert_refused(model.resolve(uuid, "forgotten", "why"), "bad_values")
        self.assert_refused(model.resolve(uuid, "nothing_moved", "why"), "bad_values")
        self.assertEqual(
            model.resolve(uuid, "returned", "Customer has the 5.00 back")["state"], "cancelled"
        )
        operation = self.operation(uuid)
        self.assertEqual(
            (operation.match_state, operation.resolved_by_id), ("resolved", self.manager)
        )
        self.assertEqual(operation.resolution_reason, "Customer has the 5.00 back")
        self.assert_refused(model.resolve(uuid, "returned", "again"), "nothing_to_resolve")

    def test_a_manager_frees_a_device_whose_till_is_gone(self):
        uuid = self.running()
        self.Operation.with_user(self.manager).resolve(
            uuid, "nothing_moved", "The till broke down before"
        )
        self.assertEqual(self.operation(uuid).state, "failed")
        self.assertNotIn("refused", self.register())
