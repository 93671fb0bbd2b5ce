from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form

from ..core.progress import KINDS
from .common import SmartcashCommon

UID, OTHER_UID = "00100-010-0001", "00100-010-0002"


class TestRules(SmartcashCommon):
    def rule(self, **values):
        return self.env["smartcash.rule"].create({"payment_method_id": self.machine.id, **values})

    def loaded(self, user=None, config=None):
        """The machine's data as the POS of ``user`` gets them."""
        session = (config or self.config).current_session_id.with_user(user or self.cashier)
        methods = session._get_pos_ui_pos_payment_method(
            session._loader_params_pos_payment_method()
        )
        return {method["id"]: method["smartcash"] for method in methods}

    # ---- without rules -------------------------------------------------------------------------

    def test_without_rules_only_a_manager_takes_cash_out(self):
        self.assertFalse(self.loaded(self.cashier)[self.machine.id]["rights"]["cashOut"])
        self.assertTrue(self.loaded(self.manager)[self.machine.id]["rights"]["cashOut"])
        refused = self.assert_refused(self.register(self.cashier, kind="cash_out"), "right_missing")
        self.assertEqual(refused["right"], "cash_out")
        self.assertIn("add a rule", refused["message"])
        self.assertNotIn("refused", self.register(self.manager, kind="cash_out"))

    def test_a_rule_lets_a_cashier_take_cash_out(self):
        self.rule(user_id=self.cashier.id, right_cash_out=True)
        self.assertNotIn("refused", self.register(self.cashier, kind="cash_out"))

    def sold(self):
        """A coffee of 9.90, paid by card."""
        return self.sync(9.90, None, method=self.bank_pm1)[1]

    def refund(self, order, amount=990, user=None, **values):
        return self.register(
            user or self.cashier,
            kind="refund",
            amount=amount,
            refunded_line_ids=order.lines.ids if order else [],
            **values,
        )

    def test_without_rules_a_cashier_refunds_what_an_order_was_paid_and_no_more(self):
        order = self.sold()
        refused = self.assert_refused(self.refund(order, 991), "amount_limit")
        self.assertEqual(refused["limit"], 990)
        self.assertIn("9.90", refused["message"])
        self.assertNotIn("refused", self.refund(order))

    def test_without_rules_a_refund_of_no_order_wants_a_manager(self):
        draft = self.sync(9.90, None, draft=True)[1]
        for order in (None, draft):
            with self.subTest(order=order):
                refused = self.assert_refused(self.refund(order), "right_missing")
                self.assertEqual(refused["right"], "refund")
        self.assertNotIn("refused", self.refund(None, user=self.manager))

    def test_what_a_machine_kept_for_an_order_that_shrinks_is_given_back_once(self):
        """Paid through the machine, then a product less: this till has no drawer to give it from."""
        uuid = self.register(self.cashier, amount=990, order_uid=UID)["uuid"]
        self.done(uuid, amount_in=1000, amount_out=10)
        self.assert_refused(self.refund(None, 991, order_uid=UID), "right_missing")
        self.assert_refused(self.refund(None, 500, order_uid=OTHER_UID), "right_missing")
        uuid = self.refund(None, 500, order_uid=UID)["uuid"]
        self.assert_refused(self.refund(None, 491, order_uid=UID), "right_missing")
        self.done(uuid, amount_in=0, amount_out=500)
        self.assertNotIn("refused", self.refund(None, 490, order_uid=UID))

    def test_an_order_is_refunded_once_whoever_asks_and_however_far_it_got(self):
        order = self.sold()
        uuid = self.refund(order, 400)["uuid"]
        self.assertEqual(self.assert_refused(self.refund(order, 600), "amount_limit")["limit"], 590)
        self.done(uuid, amount_in=0, amount_out=300, undispensed=100)
        self.assertEqual(self.assert_refused(self.refund(order, 600), "amount_limit")["limit"], 590)
        uuid = self.refund(order, 590)["uuid"]
        self.report(uuid, state="failed", phase="ended")
        self.assertNotIn("refused", self.refund(order, 590))

    def test_what_a_saved_refund_gave_back_is_not_given_back_again(self):
        order = self.sold()
        uuid = self.refund(order)["uuid"]
        self.done(uuid, amount_in=0, amount_out=990)
        data = self.create_ui_order_data([(self.product, -1)], payments=[(self.machine, -9.90)])
        data["data"]["statement_ids"][0][2]["smartcash_uuid"] = uuid
        data["data"]["lines"][0][2]["refunded_orderline_id"] = order.lines.id
        self.env["pos.order"].with_user(self.cashier).create_from_ui([data])
        self.assertEqual(self.operation(uuid).match_state, "matched")
        self.assertEqual(self.assert_refused(self.refund(order, 1), "amount_limit")["limit"], 0)

    def test_a_rule_and_its_limit_are_a_manager_s_word_about_refunds(self):
        self.rule(limit_refund=5)
        self.assertNotIn("refused", self.refund(None, 500))
        self.assert_refused(self.refund(None, 501), "amount_limit")

    def test_without_rules_everybody_uses_the_method_s_device(self):
        data = self.loaded()
        self.assertIsNone(data[self.bank_pm1.id])
        machine = data[self.machine.id]
        self.assertEqual(
            machine["device"],
            {
                "id": self.device.id,
                "uid": self.device.uid,
                "name": "Till 1",
                "driver": "faketill",
                "transport": "gateway",
                "endpoint": "http://127.0.0.1:8787",
                "currency": "USD",
                "capabilities": {
                    "kinds": list(KINDS),
                    "partial": True,
                    "inventory": True,
                },
                "pacing": {},
                "payoutStep": 0,
                "idleMinutes": 5,
            },
        )
        self.assertEqual(
            machine["rights"],
            {
                "sale": True,
                "refund": True,
                "cashIn": True,
                "cashOut": False,
                "count": True,
                "byHand": False,
                "service": False,
            },
        )
        self.assertEqual(
            machine["limits"], {"sale": None, "refund": None, "cashIn": None, "cashOut": None}
        )
        self.assertEqual(
            (machine["ruleId"], machine["closeSale"], machine["refusal"]), (None, True, None)
        )
        self.assertTrue(machine["autoStart"])

    def test_the_first_rule_that_fits_wins(self):
        other = self._device("Till 2", "faketill")
        everyone = self.rule(sequence=20, right_refund=False)
        mine = self.rule(sequence=10, user_id=self.cashier.id, device_id=other.id, close_sale=False)
        elsewhere = self.env["pos.config"].create(
            {"name": "Elsewhere", "payment_method_ids": [Command.clear()]}
        )
        self.rule(sequence=1, user_id=self.cashier.id, pos_config_ids=[Command.set(elsewhere.ids)])
        data = self.loaded(self.cashier)[self.machine.id]
        self.assertEqual(
            (data["ruleId"], data["device"]["id"], data["closeSale"]), (mine.id, other.id, False)
        )
        data = self.loaded(self.colleague)[self.machine.id]
        self.assertEqual((data["ruleId"], data["device"]["id"]), (everyone.id, self.device.id))
        self.assertFalse(data["rights"]["refund"])
        mine.active = False
        self.assertEqual(self.loaded(self.cashier)[self.machine.id]["ruleId"], everyone.id)

    def test_of_rules_with_the_same_sequence_the_more_specific_one_wins(self):
        here = [Command.set(self.config.ids)]
        everyone = self.rule()
        place = self.rule(pos_config_ids=here)
        mine = self.rule(user_id=self.cashier.id)
        mine_here = self.rule(user_id=self.cashier.id, pos_config_ids=here)
        for expected in (mine_here, mine, place, everyone):
            self.assertEqual(self.loaded()[self.machine.id]["ruleId"], expected.id)
            usable = self.env["smartcash.rule"]._usable_devices({self.config: self.machine})
            self.assertEqual(usable[self.config.id], self.device)
            expected.active = False

    def test_the_sequence_comes_before_how_specific_a_rule_is(self):
        self.rule(user_id=self.cashier.id)
        first = self.rule(sequence=1)
        self.assertEqual(self.loaded()[self.machine.id]["ruleId"], first.id)

    def test_a_device_that_only_a_more_specific_rule_leads_to_is_counted(self):
        other = self._device("Till 2", "faketill")
        self.rule()
        self.rule(user_id=self.cashier.id, device_id=other.id)
        usable = self.env["smartcash.rule"]._usable_devices({self.config: self.machine})
        self.assertEqual(usable[self.config.id], self.device | other)

    def test_the_form_says_who_gets_a_rule(self):
        everyone = self.rule()
        mine = self.rule(user_id=self.cashier.id)
        self.assertEqual(mine.admitted_user_ids, self.cashier)
        self.assertFalse(mine.overruled)
        self.assertIn(self.colleague, everyone.admitted_user_ids)
        self.assertNotIn(self.cashier, everyone.admitted_user_ids)
        self.assertNotIn(self.foreigner, everyone.admitted_user_ids)
        everyone.sequence = 1
        mine.invalidate_recordset()
        self.assertFalse(mine.admitted_user_ids)
        self.assertIn("cashier at PoS Shop Test: “Machine for everyone”", mine.overruled)
        with Form(mine.with_user(self.manager)) as form:
            form.sequence = 0
            self.assertIn(self.cashier, form.admitted_user_ids[:])
            self.assertFalse(form.overruled)

    def test_a_method_with_rules_admits_only_whom_one_fits(self):
        self.rule(user_id=self.cashier.id)
        data = self.loaded(self.colleague)[self.machine.id]
        self.assertIsNone(data["device"])
        self.assertFalse(any(data["rights"].values()))
        self.assertIn("No rule lets colleague use Machine", data["refusal"])
        self.assertIn("Rules", data["refusal"])
        self.assert_refused(self.register(self.colleague), "no_rule")
        self.assertNotIn("refused", self.register(self.cashier))

    def test_a_refusal_names_the_fix(self):
        rule = self.rule()
        rule.device_id = False
        self.assertIn("has no device", self.loaded()[self.machine.id]["refusal"])
        self.assert_refused(self.register(), "no_rule")
        rule.device_id = self.device
        self.device.active = False
        self.assertIn("Till 1 is archived", self.loaded()[self.machine.id]["refusal"])
        self.assert_refused(self.register(), "device_archived")
        self.device.active = True
        self.device.currency_id = self.env.ref("base.KWD")
        self.assertIn("another currency", self.loaded()[self.machine.id]["refusal"])
        rule.unlink()
        self.assertIn("another currency", self.loaded()[self.machine.id]["refusal"])

    def test_a_deleted_device_leaves_a_rule_that_says_so(self):
        other = self._device("Short-lived", "faketill")
        self.rule(device_id=other.id)
        other.unlink()
        self.assertIn("has no device", self.loaded()[self.machine.id]["refusal"])

    def test_rights_are_enforced_by_the_server(self):
        self.rule(right_sale=False, right_refund=False, right_cash_out=False)
        for kind in ("sale", "refund", "cash_in", "cash_out"):
            with self.subTest(kind=kind):
                refused = self.assert_refused(self.register(kind=kind), "right_missing")
                self.assertEqual(refused["right"], kind)
        refused = self.register(kind="sale", manual=True)
        self.assert_refused(refused, "right_missing")

    def test_by_hand_needs_a_right_of_its_own(self):
        rule = self.rule()
        self.assertFalse(self.loaded()[self.machine.id]["rights"]["byHand"])
        refused = self.assert_refused(self.register(manual=True), "right_missing")
        self.assertEqual(refused["right"], "by_hand")
        self.assertIn("Take by Hand", refused["message"])
        self.assertIn("Rules", refused["message"])
        self.assert_refused(self.register(self.manager, manual=True), "right_missing")
        rule.right_by_hand = True
        self.assertTrue(self.loaded()[self.machine.id]["rights"]["byHand"])
        answer = self.register(manual=True)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 990))
        rule.write({"right_refund": False, "limit_sale": 5})
        refused = self.assert_refused(self.register(kind="refund", manual=True), "right_missing")
        self.assertEqual(refused["right"], "refund", "by hand gives no right of another kind")
        self.assert_refused(self.register(manual=True), "amount_limit")

    def test_without_rules_only_managers_take_cash_by_hand(self):
        self.assertFalse(self.loaded(self.cashier)[self.machine.id]["rights"]["byHand"])
        self.assertTrue(self.loaded(self.manager)[self.machine.id]["rights"]["byHand"])
        self.assert_refused(self.register(self.cashier, manual=True), "right_missing")
        self.assertNotIn("refused", self.register(self.manager, manual=True))

    def test_limits_are_enforced_in_minor_units(self):
        self.rule(limit_refund=5.10, right_cash_in=True, limit_cash_in=100)
        self.assertEqual(self.loaded()[self.machine.id]["limits"]["refund"], 510)
        refused = self.assert_refused(self.register(kind="refund", amount=511), "amount_limit")
        self.assertEqual(refused["limit"], 510)
        self.assertIn("5.10", refused["message"])
        self.assert_refused(self.register(kind="cash_in", amount=0), "amount_limit")
        self.assertNotIn("refused", self.register(kind="refund", amount=510))

    def test_a_limit_that_is_no_amount_is_refused(self):
        rule = self.rule(limit_cash_out=50)
        for limit in (1e11, 1e300):
            with self.assert_invalid("not an amount"):
                rule.limit_cash_out = limit
            rule.invalidate_recordset()

    def test_an_address_of_the_rule_replaces_the_device_s(self):
        self.rule(endpoint="https://192.168.1.7:8787")
        self.assertEqual(
            self.loaded()[self.machine.id]["device"]["endpoint"], "https://192.168.1.7:8787"
        )
        with self.assert_invalid("address"):
            self.rule(endpoint="javascript:alert(1)")

    def test_what_only_the_server_calls_stays_on_the_server(self):
        server = self._device("Cloud", "fakeserver", endpoint="https://10.0.0.9")
        self.session.state = "closed"
        self.machine.write({"use_payment_terminal": "fakeserver", "smartcash_device_id": server.id})
        self.open_new_session(0)
        self.assertIsNone(self.loaded()[self.machine.id]["device"]["endpoint"])

    def test_rules_that_make_no_sense_are_refused(self):
        server = self._device("Cloud", "fakeserver")
        for values, text in [
            ({"payment_method_id": self.bank_pm1.id}, "not paid through a device"),
            ({"device_id": server.id}, "another make"),
            ({"user_id": self.foreigner.id}, "does not work for"),
            ({"company_id": self.company_b.id}, "belongs to company"),
        ]:
            with self.subTest(values=values), self.assert_invalid(text, UserError):
                self.rule(**values)

    def test_resolving_costs_the_same_for_any_number_of_methods(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            session = self.session.with_user(self.cashier)
            params = session._loader_params_pos_payment_method()
            start = self.env.cr.sql_log_count
            session._get_pos_ui_pos_payment_method(params)
            return self.env.cr.sql_log_count - start

        self.rule(user_id=self.cashier.id)
        queries()
        few = queries()
        for number in range(8):
            device = self._device(f"Device {number}", "faketill")
            method = self._method(
                f"Method {number}", self._cash_journal(f"J{number}", f"JN{number}"), device
            )
            self.rule(payment_method_id=method.id, pos_config_ids=[Command.set(self.config.ids)])
        self.assertLessEqual(queries(), few + 1)  # one for the rules' points of sale
