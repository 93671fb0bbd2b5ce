from datetime import timedelta

from odoo.tools import mute_logger

from .common import TERMINAL, HesabeCommon

ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"
DRIVER = "odoo.addons.pos_hesabe_smartpos.models.driver"


class TestDriver(HesabeCommon):
    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()

    def pass_time(self, uuid, seconds):
        """As if the operation had started that long ago."""
        operation = self.operation(uuid)
        operation.started_at = operation.started_at - timedelta(seconds=seconds)

    def lost_start(self, **faults):
        """The uuid of a sale whose start ended in an error."""
        uuid = self.registered()
        self.hesabe.fault(on="create", **faults)
        with mute_logger(ENGINE):
            answer = self.call("start", uuid)
        self.hesabe.fault(**dict.fromkeys(faults, 0), on=None)
        return uuid, answer

    # ---- paid and not paid ----------------------------------------------------------------------

    def test_a_card_is_charged_once_and_in_the_books(self):
        uuid = self.started()
        shown = self.hesabe.invoices[0]
        self.assertEqual((shown["terminal"], shown["amount"]), (TERMINAL, 1500))
        self.assertEqual(shown["invoice_number"], "SC" + uuid.replace("-", "")[:20].upper())
        self.assertEqual(shown["description"], "Kuwait Order 00001-001-0001")
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["cancellable"]), ("running", True))
        self.hesabe.at("pay")
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 1500))
        card = answer["card"]
        self.assertEqual((card["brand"], card["number"]), ("KNET", "888888******0001"))
        self.assertEqual(
            set(card), {"brand", "number", "authorisation", "rrn", "terminal", "invoice"}
        )
        operation = self.operation(uuid)
        self.assertEqual((operation.evidence, operation.net), ("server", 1.5))
        self.assertEqual(operation.hesabe_token, self.hesabe.invoices[0]["token"])
        self.assertEqual(operation.match_state, "open")
        self.assertFalse(operation.hesabe_next_look, "nothing can come any more")

    def test_hesabe_is_told_who_pays_when_the_till_knows(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.call("poll", uuid)
        self.assertEqual(self.hesabe.invoices[0]["customer_name"], "Walk-in customer")
        layla = self.env["res.partner"].create(
            {"name": "ليلى", "mobile": "+965 5000 0000", "email": "layla@example.com"}
        )
        self.started(partner_id=layla.id)
        told = self.hesabe.invoices[0]
        self.assertEqual(
            (told["customer_name"], told["customer_phone"], told["customer_email"]),
            ("ليلى", "+965 5000 0000", "layla@example.com"),
        )

    def test_all_fils_arrive(self):
        for amount in (1, 999, 1234567):
            with self.subTest(amount):
                uuid = self.started(amount=amount)
                self.assertEqual(self.hesabe.invoices[0]["amount"], amount)
                self.hesabe.at("pay")
                self.assertEqual(self.call("poll", uuid)["amountIn"], amount)

    def test_a_decline_says_why_and_a_retry_is_another_invoice(self):
        uuid = self.started()
        self.hesabe.at("decline", reason="رصيد غير كاف")
        answer = self.call("poll", uuid)
        self.assertEqual(answer["state"], "failed")
        self.assertIn("رصيد غير كاف", answer["messages"][0]["text"])
        again = self.started()
        self.hesabe.at("pay")
        self.assertEqual(self.call("poll", again)["state"], "done")
        self.assertEqual(len({row["invoice_number"] for row in self.hesabe.invoices}), 2)

    def test_what_the_terminal_ends_is_cancelled(self):
        for action in ("cancel", "expire"):
            with self.subTest(action):
                uuid = self.started()
                self.hesabe.at(action)
                answer = self.call("poll", uuid)
                self.assertEqual((answer["state"], answer["amountIn"]), ("cancelled", 0))
                self.assertTrue(answer["messages"][0]["text"])

    def test_it_is_shown_again_on_the_terminal_and_is_still_one_invoice(self):
        uuid = self.started()
        self.assertEqual(self.call("resend", uuid)["state"], "running")
        self.assertEqual([row["sent"] for row in self.hesabe.invoices], [2])
        self.hesabe.at("pay")
        self.assertEqual(self.call("resend", uuid)["state"], "done")
        self.assertEqual([row["sent"] for row in self.hesabe.invoices], [2])

    def test_a_start_is_never_repeated(self):
        uuid = self.started()
        self.call("start", uuid)
        self.call("start", uuid)
        self.assertEqual(self.hesabe.state()["calls"]["create"], 1)

    def test_two_terminals_do_not_disturb_each_other(self):
        second = self.new_terminal("29708455", "Counter 2")
        rule = {"payment_method_id": self.card_method.id, "right_sale": True}
        self.env["smartcash.rule"].create(
            [
                {**rule, "user_id": self.colleague.id, "device_id": second.id},
                {**rule, "user_id": False, "device_id": self.terminal.id},
            ]
        )
        first = self.started()
        other = self.Operation.with_user(self.colleague).register(self.card_wish(amount=2500))[
            "uuid"
        ]
        self.call("start", other, self.colleague)
        self.hesabe.at("pay", terminal="29708455")
        self.assertEqual(self.call("poll", other, self.colleague)["amountIn"], 2500)
        self.assertEqual(self.call("poll", first)["state"], "running")

    # ---- nothing was sent -----------------------------------------------------------------------

    def test_who_cannot_log_in_has_charged_nothing(self):
        self.account.password = "wrong"
        uuid = self.registered()
        answer = self.call("start", uuid)
        self.assertEqual(
            (answer["state"], answer["messages"][0]["code"]), ("failed", "device_refused")
        )
        self.assertIn("Nothing was charged", answer["messages"][0]["text"])
        self.assertFalse(self.hesabe.invoices)
        self.assertFalse(self.operation(uuid).hesabe_next_look)

    def test_who_is_refused_has_charged_nothing(self):
        self.terminal.hesabe_terminal_id = "178"
        uuid = self.registered()
        answer = self.call("start", uuid)
        self.assertEqual(answer["state"], "failed")
        self.assertFalse(self.operation(uuid).hesabe_next_look, "there is nothing to look for")

    def test_a_busy_hesabe_has_charged_nothing(self):
        _uuid, answer = self.lost_start(rate_limit=9, retry_after=30)
        self.assertEqual(answer["state"], "failed")
        self.assertFalse(self.hesabe.invoices)

    # ---- lost answers ---------------------------------------------------------------------------

    def test_a_lost_answer_is_looked_up_and_not_asked_for_again(self):
        for fault in ("drop_after", "server_error_after", "unauthorized_after", "garbage", "html"):
            with self.subTest(fault):
                self.hesabe.renew()
                self.env["hesabe.token"].sudo().search([]).unlink()
                uuid, answer = self.lost_start(**{fault: 1})
                self.assertEqual((answer["state"], answer["phase"]), ("running", "starting"))
                answer = self.call("poll", uuid)
                self.assertEqual((answer["state"], answer["phase"]), ("running", "accepting"))
                self.assertTrue(self.operation(uuid).device_ref)
                self.hesabe.at("pay")
                self.assertEqual(self.call("poll", uuid)["state"], "done")
                self.assertEqual(self.hesabe.state()["calls"]["create"], 1)

    def test_an_invoice_that_fell_off_the_list_is_found_in_the_report(self):
        uuid, _answer = self.lost_start(drop_after=1)
        self.hesabe.at("pay")
        self.hesabe.post("dialect", number_field="somewhere_else")
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_what_was_never_created_failed_after_a_while_and_not_at_once(self):
        uuid, answer = self.lost_start(drop_before=1)
        self.assertEqual(answer["state"], "running")
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["messages"][0]["code"]), ("running", "looking"))
        self.pass_time(uuid, 31)
        answer = self.call("poll", uuid)
        self.assertEqual(
            (answer["state"], answer["messages"][0]["code"]), ("failed", "not_started")
        )
        self.assertEqual(self.hesabe.state()["calls"]["create"], 1)
        self.assertTrue(self.operation(uuid).hesabe_next_look, "it may still come")

    def test_a_list_that_was_not_read_to_its_end_proves_nothing(self):
        self.hesabe.post("dialect", page_size=1)
        for _other in range(8):
            uuid = self.started()
            self.hesabe.at("decline")
            self.call("poll", uuid)
        uuid, _answer = self.lost_start(drop_before=1)
        self.pass_time(uuid, 31)
        self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.pass_time(uuid, 100)
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("unknown", 0))

    # ---- nothing is believed --------------------------------------------------------------------

    def test_an_unknown_word_is_pending_until_a_manager_explains_it(self):
        self.hesabe.post("dialect", words={"paid": "CLOSED"})
        uuid = self.started()
        self.hesabe.at("pay")
        self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.account.status_ids = [(0, 0, {"word": "closed", "meaning": "paid"})]
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_two_statuses_that_contradict_pay_nothing(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.hesabe.fault(contradiction=1)
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("running", 0))
        self.assertIn("SUCCESSFUL / FAILED", answer["messages"][0]["text"])
        self.assertEqual(self.call("poll", uuid)["state"], "done")
        uuid = self.started()
        self.hesabe.at("decline")
        self.hesabe.fault(contradiction=1)
        self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.assertEqual(self.call("poll", uuid)["state"], "failed")

    def test_another_amount_is_a_question(self):
        uuid = self.started()
        self.hesabe.at("pay", amount=150)
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("unknown", 150))
        self.assertIn("0.150 KWD", answer["messages"][0]["text"])
        operation = self.operation(uuid)
        self.assertEqual(operation.match_state, "open")
        self.assertTrue(operation.activity_id, "a manager is told at once")

    def test_answers_that_cannot_be_read_pay_nothing(self):
        uuid = self.started()
        self.hesabe.at("pay")
        for fault in ("foreign_invoice", "garbage", "wrong_padding", "html", "redirect", "huge"):
            with self.subTest(fault):
                self.hesabe.fault(on="detail", **{fault: 3})
                answer = self.call("poll", uuid)
                self.assertEqual((answer["state"], answer["amountIn"]), ("running", 0))
                self.assertEqual(answer["messages"][-1]["code"], "device_protocol")
                self.hesabe.fault(**{fault: 0}, on=None)
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_no_secret_is_in_the_story(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            uuid = self.started()
            self.hesabe.fault(on="detail", server_error=3)
            self.call("poll", uuid)
            self.call("cancel", uuid)
            self.lost_start(drop_before=1)
        operation = self.operation(uuid)
        texts = [
            *logs.output,
            str(operation.read()),
            str(operation.event_ids.read(["message", "data"])),
        ]
        secrets = [
            self.account[name] for name in ("access_code", "secret_key", "iv_key", "password")
        ]
        self.cr.execute("SELECT access_token, refresh_token FROM hesabe_token")
        for secret in (*secrets, *self.cr.fetchone()):
            # What the SQL log shows is the database's own.
            self.assertFalse(
                [text for text in texts if secret in text and "odoo.sql_db" not in text], secret
            )

    # ---- stop waiting ---------------------------------------------------------------------------

    def test_to_cancel_is_to_stop_waiting(self):
        uuid = self.started()
        answer = self.call("cancel", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("cancelled", 0))
        operation = self.operation(uuid)
        self.assertFalse(operation.match_state)
        self.assertTrue(operation.hesabe_next_look)
        self.assertEqual(self.hesabe.invoices[0]["state"], "open", "Hesabe cannot be told")
        self.started()  # the terminal is free for the next customer

    def test_a_cancel_that_came_too_late_is_a_payment(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.assertEqual(self.call("cancel", uuid)["state"], "done")

    def test_a_cancel_without_hesabe_frees_the_till_and_asks(self):
        uuid = self.started()
        self.hesabe.fault(on="detail", server_error=3)
        with mute_logger(DRIVER):
            answer = self.call("cancel", uuid)
        self.assertEqual(answer["state"], "unknown")
        self.assertIn("look at the terminal", answer["messages"][0]["text"])
        self.hesabe.at("pay")
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_a_cancel_before_the_start_asks_nobody(self):
        uuid = self.registered()
        self.assertEqual(self.call("cancel", uuid)["state"], "failed")
        self.assertFalse(self.hesabe.state()["calls"])

    # ---- the till -------------------------------------------------------------------------------

    def test_the_till_learns_how_often_to_ask_and_what_it_may_show(self):
        data = self.terminal._pos_data()
        self.assertEqual(data["idleMinutes"], 0, "it can be cancelled on the terminal only")
        self.assertGreaterEqual(data["pacing"]["fast"], 1000, "at most one request a second")
        self.assertEqual(
            (data["capabilities"]["card"], data["capabilities"]["kinds"]), (True, ["sale"])
        )
        self.assertIsNone(data["endpoint"])

    def test_a_refund_waits_for_hesabe_s_word_on_terminals(self):
        answer = self.Operation.with_user(self.cashier).register(self.card_wish(kind="refund"))
        self.assert_refused(answer, "bad_values")

    def test_a_whole_order_is_matched(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.call("poll", uuid)
        operation = self.operation(uuid)
        payment = {"amount": 1.5, "payment_method_id": self.card_method.id, "smartcash_uuid": uuid}
        order = self.env["pos.order"].create(
            {
                "session_id": self.kuwait_session.id,
                "pricelist_id": self.kuwait.pricelist_id.id,
                "amount_total": 1.5,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
                "lines": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "qty": 1,
                            "price_unit": 1.5,
                            "price_subtotal": 1.5,
                            "price_subtotal_incl": 1.5,
                        },
                    )
                ],
            }
        )
        self.as_till(order).add_payment({**payment, "pos_order_id": order.id})
        self.Operation._match_uuids([uuid])
        operation.invalidate_recordset()
        self.assertEqual((operation.match_state, operation.pos_order_id), ("matched", order))
