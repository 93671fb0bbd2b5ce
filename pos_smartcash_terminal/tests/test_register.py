from datetime import timedelta
from uuid import uuid4

import psycopg2.errors
from odoo.tools import mute_logger

from .common import SmartcashCommon


class TestRegister(SmartcashCommon):
    def test_a_sale_is_written_down_and_claims_its_device(self):
        answer = self.register()
        self.assertEqual(answer["state"], "running")
        self.assertEqual(answer["phase"], "registered")
        self.assertIsNone(answer["token"])
        operation = self.operation(answer["uuid"])
        self.assertEqual(operation.amount, 9.90)
        self.assertEqual(operation.device_id, self.device)
        self.assertEqual(operation.user_id, self.cashier)
        self.assertEqual(operation.cashier, "Ana")
        self.assertFalse(operation.match_state)
        self.assertEqual(operation.event_ids.mapped("kind"), ["registered"])
        self.assertEqual(operation.event_ids.user_id, self.cashier)

    def test_money_out_gets_a_token_for_exactly_this_operation(self):
        answer = self.register(kind="refund")
        self.assertEqual(answer["token"]["token"], f"status+operation:{answer['uuid']}")

    def test_registering_twice_is_registering_once(self):
        values = self.wish()
        model = self.Operation.with_user(self.cashier)
        first, second = model.register(values), model.register(values)
        self.assertEqual(first, second)
        self.assertEqual(len(self.operation(values["uuid"]).event_ids), 1)

    def test_registering_again_after_the_end_shows_the_end(self):
        values = self.wish()
        model = self.Operation.with_user(self.cashier)
        model.register(values)
        self.done(values["uuid"])
        self.assertEqual(model.register(values)["state"], "done")

    def test_the_customer_is_one_whom_the_cashier_may_see(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partners = self.env["res.partner"].create(
            [{"name": "Layla", "company_id": False}, {"name": "Hidden", "company_id": other.id}]
        )
        for partner, expected in ((partners[0], partners[0]), (partners[1], partners[:0])):
            answer = self.register(partner_id=partner.id)
            operation = self.operation(answer["uuid"])
            self.assertEqual(operation.partner_id, expected)
            self.done(answer["uuid"])

    def test_the_same_uuid_for_something_else_is_a_conflict(self):
        values = self.wish()
        model = self.Operation.with_user(self.cashier)
        model.register(values)
        for change in (
            {"amount": 991},
            {"kind": "refund"},
            {"manual": True},
            {"payment_method_id": self.bank_pm1.id},
        ):
            with self.subTest(change=change):
                self.assert_refused(model.register({**values, **change}), "uuid_conflict")
        operation = self.operation(values["uuid"])
        self.assertEqual(operation.amount, 9.90)
        self.assertEqual(operation.event_ids.mapped("kind"), ["registered"] + ["refused"] * 4)

    def test_one_operation_at_a_time_per_device(self):
        uuid = self.running()
        refused = self.assert_refused(self.register(), "device_busy")
        self.assertEqual(refused["operation"], uuid)
        self.assertTrue(refused["mine"])
        self.assertEqual(refused["unheardFor"], 0, "it was registered just now")
        self.report(uuid)
        refused = self.assert_refused(self.register(), "device_busy")
        self.assertIsNone(refused["unheardFor"], "its till has told of it")
        self.operation(uuid).sudo().started_at -= timedelta(minutes=11)
        refused = self.assert_refused(self.register(), "device_busy")
        self.assertIn("a manager decides", refused["message"])
        self.report(uuid, state="unknown", phase="ended")
        self.assertNotIn(
            "refused", self.register(), "an unknown outcome must not stop the next sale"
        )

    def test_the_database_itself_keeps_one_operation_per_device(self):
        operation = self.operation(self.running())
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                """
                INSERT INTO smartcash_operation (uuid, kind, device_id, company_id, currency_id, state, phase)
                SELECT %s, kind, device_id, company_id, currency_id, state, phase
                  FROM smartcash_operation WHERE id = %s
                """,
                [str(uuid4()), operation.id],
            )

    def test_wishes_that_make_no_sense_here_are_refused(self):
        for values in (
            {"session_id": 2**31 - 1},
            {"payment_method_id": self.cash_pm1.id},
            {"payment_method_id": self.bank_pm1.id},
            {"payment_method_id": 2**31 - 1},
            {"currency": "KWD"},
            {"parent_uuid": str(uuid4())},
            {"parent_uuid": str(uuid4()), "manual": True, "kind": "refund"},
        ):
            with self.subTest(values=values):
                self.assert_refused(self.register(**values), "bad_values")
        self.assertFalse(self.Operation.search([("session_id", "=", self.session.id)]))

    def test_a_closed_session_takes_no_operation(self):
        self.session.state = "closed"
        self.assert_refused(self.register(), "session_closed")
        self.session.state = "closing_control"
        self.assert_refused(self.register(), "session_closed")

    def test_what_was_given_up_before_odoo_heard_of_it_never_runs(self):
        wish = self.wish(kind="cash_in")
        model = self.Operation.with_user(self.cashier)
        given_up = model.register({**wish, "withdrawn": True})
        self.assertEqual((given_up["state"], given_up["token"]), ("failed", None))
        arrived = model.register(wish)  # it was on its way all the while
        self.assertEqual((arrived["state"], arrived["token"]), ("failed", None))
        operation = self.operation(wish["uuid"])
        self.assertEqual((operation.net, operation.evidence), (0, "client"))
        self.assertNotEqual(operation.match_state, "open", "nothing moved: nobody is asked")
        self.assertIn("Given up", operation.event_ids[:1].message)
        self.assertNotIn("refused", self.register(), "it keeps no machine")

    def test_what_was_given_up_is_written_down_while_another_one_runs(self):
        running = self.running()
        answer = self.register(withdrawn=True)
        self.assertEqual(answer["state"], "failed")
        self.assertEqual(self.operation(running).state, "running")

    def test_what_runs_already_is_not_given_up_by_its_registration(self):
        wish = self.wish()
        model = self.Operation.with_user(self.cashier)
        model.register(wish)
        self.assertEqual(model.register({**wish, "withdrawn": True})["state"], "running")

    def test_giving_up_is_refused_to_whom_the_operation_would_be(self):
        self.assert_refused(self.register(self.foreigner, withdrawn=True), "bad_values")
        self.assert_refused(self.register(withdrawn="yes"), "bad_values")
        self.assert_refused(self.register(withdrawn=True, manual=True), "bad_values")
        self.session.state = "closed"
        self.assert_refused(self.register(withdrawn=True), "session_closed")
        self.assertFalse(self.Operation.search([("session_id", "=", self.session.id)]))

    def test_a_session_of_another_company_does_not_exist(self):
        self.assert_refused(self.register(self.foreigner), "bad_values")

    def test_a_kind_that_the_machine_cannot_do_is_refused(self):
        self.device.capabilities = {"kinds": ["sale"], "partial": False, "inventory": False}
        self.assert_refused(self.register(kind="refund"), "bad_values")

    def test_fils_keep_their_third_decimal(self):
        session, machine = self.foreign_till("base.KWD")
        uuid = self.running(
            session_id=session.id, payment_method_id=machine.id, currency="KWD", amount=1234
        )
        answer = self.done(uuid, amount_in=2000, amount_out=766)
        operation = self.operation(uuid)
        self.assertEqual((operation.amount, operation.net), (1.234, 1.234))
        self.env.cr.execute(
            "SELECT net::text FROM smartcash_operation WHERE id = %s", [operation.id]
        )
        self.assertEqual(self.env.cr.fetchone()[0], "1.234")
        self.assertEqual((answer["amountIn"], answer["amountOut"]), (2000, 766))

    def test_registering_and_reporting_cost_few_queries_whatever_the_history(self):
        self.env["smartcash.rule"].create({"payment_method_id": self.machine.id})
        self.done(self.running())

        def sale():
            values = self.wish()
            signature = self.sign(values["uuid"])
            model = self.Operation.with_user(self.cashier)
            self.env.invalidate_all()
            model.register(values)
            self.env.flush_all()
            self.env.invalidate_all()
            self.done(values["uuid"], signature=signature)
            self.env.flush_all()

        before = self._count_queries(sale)
        for _number in range(30):
            self.done(self.running())
        after = self._count_queries(sale)
        self.assertLessEqual(after, before)
        # Three of them since an end stands whatever the books say: a savepoint, and the entries that
        # may hold the money.
        self.assertLessEqual(after, 28)

    def _count_queries(self, function):
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        function()
        return self.env.cr.sql_log_count - start

    def test_looking_for_what_runs_uses_indexes(self):
        self.done(self.running())
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # Both of the partial indexes hold only what is going on: the planner may take either.
        for index, query in [
            (
                "smartcash_operation_one_running_per_device|smartcash_operation_pending",
                "SELECT id FROM smartcash_operation WHERE device_id = 1 AND state = 'running'",
            ),
            (
                "smartcash_operation_uuid_unique",
                "SELECT id FROM smartcash_operation WHERE uuid = 'x' FOR UPDATE",
            ),
            (
                "pos_payment__smartcash_uuid_index",
                "SELECT id FROM pos_payment WHERE smartcash_uuid IN ('x', 'y')",
            ),
            (
                "smartcash_operation_pending",
                "SELECT id FROM smartcash_operation WHERE session_id = 1 "
                "AND (state IN ('draft', 'running', 'unknown') OR match_state = 'open')",
            ),
        ]:
            self.env.cr.execute("EXPLAIN " + query)  # pylint: disable=sql-injection
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertRegex(plan, index)
