import io
import re
import zipfile

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..controllers.session_report import write_report
from .test_cash_control import CashControl, holds, inventory


class TwoMachines(CashControl):
    """One Point of Sale, two cashiers, a machine each."""

    def setUp(self):
        super().setUp()
        self.second_device = self._device("Till 2", "faketill")
        self.rules = self.env["smartcash.rule"].create(
            [
                {
                    "payment_method_id": self.machine.id,
                    "user_id": user.id,
                    "device_id": device.id,
                    "right_cash_in": True,
                    "right_cash_out": True,
                }
                for user, device in (
                    (self.cashier, self.device),
                    (self.colleague, self.second_device),
                )
            ]
        )
        self.devices = self.device | self.second_device

    def seen_on(self, session, moment, device, seen, user=None):
        answer = self.Count.with_user(user or self.cashier).take(
            session.id, moment, seen, device.id
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(answer["deviceName"], device.name)
        return answer

    def count_all(self, session, moment, totals, user=None):
        """:param totals: what is in each of ``self.devices``"""
        return [
            self.seen_on(session, moment, device, holds(total), user)
            for device, total in zip(self.devices, totals, strict=True)
        ]

    def open_both(self, *totals, hand=0):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        counts = self.count_all(session, "opening", totals)
        value = sum(count["share"] for count in counts) + hand
        self.env.invalidate_all()  # each of these is a request of its own
        session.with_user(self.cashier).set_cashbox_pos(value / 100, None)
        self.assertEqual(session.state, "opened")
        return session

    def sell(self, session, user, amount_in=2000, amount_out=1010, **progress):
        uuid = self.running(user, session_id=session.id)
        self.report(
            uuid,
            user,
            state="done",
            phase="ended",
            amountIn=amount_in,
            amountOut=amount_out,
            **progress,
        )
        self.session = self.pos_session = session
        self.sync(9.90, uuid, uid=f"00001-001-{self.operation(uuid).id:04d}")
        return self.operation(uuid)

    def close_both(self, session, *totals, user=None, hand=0):
        user = user or self.cashier
        counts = self.count_all(session, "closing", totals, user)
        self.confirm(session, sum(count["share"] for count in counts) + hand, user)
        return counts

    def confirm(self, session, counted, user):
        self.env.invalidate_all()
        till = session.with_user(user)
        posted = till.post_closing_cash_details(counted / 100)
        self.assertTrue(posted["successful"], posted.get("message"))
        till.update_closing_control_state_session("")
        self.env.invalidate_all()
        closed = till.close_session_from_ui([])
        self.assertTrue(closed["successful"], closed)
        self.assertEqual(session.state, "closed")

    def balance(self):
        """What the books say is in machines and drawer, minor units."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.journal.default_account_id.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return round(sum(lines.mapped("balance")) * 100)


@tagged("post_install", "-at_install")
class TestTwoMachines(TwoMachines):
    def test_sales_on_both_leave_no_difference_whoever_closes(self):
        for closes in (self.cashier, self.colleague):
            with self.subTest(closes=closes.name), self.discarded():
                session = self.open_both(20000, 10000)
                self.assertEqual(session.cash_register_balance_start, 300)
                first = self.sell(session, self.cashier)
                second = self.sell(session, self.colleague)
                self.assertEqual((first.device_id | second.device_id), self.devices)
                data = session.with_user(closes).get_closing_control_data()
                self.assertEqual(data["smartcash"]["expected"], 31980)
                self.assertAlmostEqual(data["default_cash_details"]["amount"], 319.80)
                self.assertEqual(
                    [(each["name"], each["expected"]) for each in data["smartcash"]["machines"]],
                    [("Till 1", 20990), ("Till 2", 10990)],
                )
                self.assertEqual(data["smartcash"]["cause"]["salesIn"], 4000)
                counts = self.close_both(session, 20990, 10990, user=closes)
                self.assertEqual([count["difference"] for count in counts], [0, 0])
                self.assertEqual(self.items(session), [1980])
                self.assertEqual(session.cash_register_balance_end_real, 319.80)
                self.assertEqual(self.balance(), 31980)

    def test_what_one_machine_lacks_is_exactly_what_is_booked(self):
        session = self.open_both(20000, 10000)
        self.sell(session, self.cashier)
        self.sell(session, self.colleague)
        counts = self.close_both(session, 20990, 10990 - 250)
        self.assertEqual([count["difference"] for count in counts], [0, -250])
        self.assertEqual(self.items(session), [-250, 1980])
        loss = self.env["account.move.line"].search(
            [("account_id", "=", self.journal.loss_account_id.id)]
        )
        self.assertEqual(loss.mapped("balance"), [2.5])
        self.assertEqual(self.balance(), 20990 + 10740)

    def test_the_next_opening_knows_what_each_holds(self):
        session = self.open_both(20000, 10000, hand=500)
        self.sell(session, self.colleague)
        self.close_both(session, 20000, 10990, hand=500)
        self.config.with_user(self.cashier).open_ui()
        later = self.config.current_session_id
        one, two = self.count_all(later, "opening", (20000, 10890))
        self.assertEqual((one["expected"], one["difference"]), (20000, 0))
        self.assertEqual((two["expected"], two["difference"]), (10990, -100))
        self.assertEqual(one["handExpected"] + two["handExpected"], 500)
        later.with_user(self.cashier).set_cashbox_pos((20000 + 10890 + 500) / 100, None)
        self.assertEqual(self.items(later, opening=True), [-100])
        self.close_both(later, 20000, 10890, hand=500)
        self.assertEqual(self.items(later), [])
        self.assertEqual(self.balance(), 20000 + 10890 + 500)

    def test_all_machines_are_counted_at_the_opening(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        till = session.with_user(self.cashier)
        with self.assert_invalid("Till 1, Till 2 have not been counted", UserError):
            till.set_cashbox_pos(200, None)
        self.seen_on(session, "opening", self.device, holds(20000))
        with self.assert_invalid("Till 2 has not been counted", UserError):
            till.set_cashbox_pos(200, None)
        count = self.seen_on(
            session, "opening", self.second_device, {"total": 10000, "reason": "Switched off"}
        )
        self.assertEqual(count["source"], "manual")
        till.set_cashbox_pos(300, None)
        self.assertEqual(
            {count.device_id.name: count.source for count in session.smartcash_count_ids},
            {"Till 1": "device", "Till 2": "manual"},
        )
        self.assertEqual(self.items(session, opening=True), [30000])

    def test_who_counts_without_saying_which_counts_their_own(self):
        session = self.open_both(20000, 10000)
        for user, device in ((self.cashier, self.device), (self.colleague, self.second_device)):
            answer = self.Count.with_user(user).take(session.id, "demand", holds(1))
            self.assertEqual(answer["deviceId"], device.id)

    def test_a_machine_of_somebody_else_is_not_counted(self):
        stranger = self._device("Elsewhere", "faketill")
        session = self.open_both(20000, 10000)
        for device_id in (stranger.id, 0, "1", [self.device.id]):
            self.assert_refused(
                self.Count.take(session.id, "closing", holds(1), device_id), "bad_values"
            )

    def test_a_missing_or_old_count_of_one_machine_is_refused(self):
        session = self.open_both(20000, 10000)
        till = session.with_user(self.cashier)
        self.seen_on(session, "closing", self.device, holds(20000))
        for answer in (till.post_closing_cash_details(300), till.close_session_from_ui([])):
            self.assertFalse(answer["successful"])
            self.assertIn("Till 2 has not been counted", answer["message"])
        self.seen_on(session, "closing", self.second_device, holds(10000))
        self.sell(session, self.colleague)
        answer = till.post_closing_cash_details(300)
        self.assertIn("Money has moved since Till 2 was counted", answer["message"])
        self.seen_on(session, "closing", self.second_device, holds(10990))
        self.confirm(session, 30990, self.cashier)
        self.assertEqual(self.items(session), [990])

    def test_a_count_at_another_till_is_as_good_until_money_moves(self):
        session = self.open_both(20000, 10000)

        def latest(moment, device):
            return self.Count.latest(session.id, moment, device.id)

        self.assertEqual(latest("opening", self.second_device)["total"], 10000)
        taken = self.seen_on(session, "closing", self.second_device, holds(10000), self.colleague)
        self.assertEqual(latest("closing", self.second_device)["id"], taken["id"])
        self.assertIsNone(latest("closing", self.device))
        self.sell(session, self.colleague)
        self.assertIsNone(latest("closing", self.second_device))
        refused = self.Count.with_user(self.foreigner).latest(
            session.id, "closing", self.second_device.id
        )
        self.assert_refused(refused, "bad_values")
        with self.assertRaises(AccessError):
            self.Count.with_user(self.employee).latest(session.id, "opening", self.device.id)

    def test_nothing_closes_while_either_machine_works(self):
        session = self.open_both(20000, 10000)
        self.count_all(session, "closing", (20000, 10000))
        self.running(self.colleague, session_id=session.id)
        answer = session.with_user(self.cashier).post_closing_cash_details(300)
        self.assertIn("Till 2 is at work", answer["message"])

    def test_cash_by_hand_is_in_the_drawer_whichever_machine_was_down(self):
        self.rules.right_by_hand = True
        session = self.open_both(20000, 10000, hand=1000)
        for user in (self.cashier, self.colleague):
            answer = self.register(user, session_id=session.id, manual=True)
            self.session = self.pos_session = session
            self.sync(9.90, answer["uuid"], uid=f"00001-001-{user.id:04d}")
        data = session.with_user(self.cashier).get_closing_control_data()["smartcash"]
        self.assertEqual((data["expected"], data["handExpected"]), (30000, 1000 + 1980))
        counts = self.close_both(session, 20000, 10000, hand=2980)
        self.assertEqual(sum(count["handExpected"] for count in counts), 2980)
        self.assertEqual(self.items(session), [1980])

    def rounding_accounts(self):
        """One for each of the machines."""
        return self.env["account.account"].create(
            [
                {"name": f"Rounding {number}", "code": f"RND{number}", "account_type": "expense"}
                for number in (1, 2)
            ]
        )

    def assert_on(self, account, *amounts):
        lines = self.env["account.move.line"].search([("account_id", "=", account.id)])
        self.assertEqual([round(line.balance * 100) for line in lines], [*amounts])

    def test_rounding_goes_to_the_account_of_each_machine(self):
        accounts = self.rounding_accounts()
        session = self.open_both(20000, 10000)
        self.sell(session, self.cashier, 1000, 0, rounding=-10)
        self.sell(session, self.colleague, 985, 0, rounding=5)
        self.count_all(session, "closing", (21000, 10985))
        self.device.rounding_account_id = accounts[0]
        refused = session.with_user(self.cashier).close_session_from_ui([])
        self.assertFalse(refused["successful"])
        self.assertIn("Till 2 rounded", refused["message"])
        self.second_device.rounding_account_id = accounts[1]
        data = session.with_user(self.cashier).get_closing_control_data()
        self.assertAlmostEqual(data["default_cash_details"]["amount"], 319.85)
        self.close_both(session, 21000, 10985)
        self.assertEqual(self.items(session), [-5, 10, 1980])
        self.assert_on(accounts[0], -10)
        self.assert_on(accounts[1], 5)
        self.assertEqual(self.balance(), 31985)

    def test_rounding_after_a_closing_that_did_not_come_off_is_booked_too(self):
        account = self.rounding_accounts()[0]
        self.devices.rounding_account_id = account
        session = self.open_both(20000, 10000)
        self.sell(session, self.cashier, 1000, 0, rounding=-10)
        session.sudo()._smartcash_book_rounding()
        self.sell(session, self.cashier, 1000, 0, rounding=-10)
        self.close_both(session, 22000, 10000)
        self.assertEqual(self.items(session), [10, 10, 1980])
        self.assert_on(account, -10, -10)

    def test_a_count_that_nobody_confirmed_closes_nothing(self):
        session = self.open_both(20000, 10000)
        self.count_all(session, "closing", (20000, 10000))
        action = session.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual(action["res_model"], "smartcash.close.session")
        self.assertEqual(session.state, "opened")

    def test_from_the_back_end_a_person_counts_each_machine(self):
        session = self.open_both(20000, 10000)
        self.sell(session, self.cashier)
        self.sell(session, self.colleague)
        action = session.with_user(self.manager).action_pos_session_closing_control()
        wizards = (
            self.env["smartcash.close.session"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard = wizards.create({"reason": "The till is broken"})
        self.assertEqual(wizard.line_ids.device_id, self.devices)
        self.assertEqual(wizard.line_ids.mapped("expected"), [209.90, 109.90])
        for line, amount in zip(wizard.line_ids, (209.90, 109.80), strict=True):
            line.machine = amount
        wizard.action_close()
        self.assertEqual(session.state, "closed")
        self.assertEqual(self.items(session), [-10, 1980])
        only_one = wizards.create({"reason": "x", "line_ids": [Command.clear()], "machine": 1})
        with self.assert_invalid("each machine", UserError):
            only_one.action_close()

    def test_the_report_shows_the_machines_side_by_side(self):
        session = self.open_both(20000, 10000, hand=500)
        self.sell(session, self.colleague)
        self.close_both(session, 20000, 10980, hand=500)
        report = session.with_user(self.cashier)._smartcash_report()
        self.assertEqual((report["names"], report["is_counted"]), ("Till 1, Till 2", True))
        self.assertEqual(
            (report["expected"], report["counted"], report["difference"]), (314.90, 314.80, -0.10)
        )
        one, two = report["machines"]
        self.assertEqual((one["expected"], one["difference"]), (200, 0))
        self.assertEqual((two["expected"], two["difference"]), (109.90, -0.10))
        self.assertEqual([one["causes"]["salesIn"], two["causes"]["salesIn"]], [0, 20])
        for cause in report["causes"]:
            if cause["name"] not in ("opening", "byHand"):
                parts = one["causes"][cause["name"]] + two["causes"][cause["name"]]
                self.assertAlmostEqual(parts, cause["amount"])
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "pos_smartcash_terminal.session_report", session.ids
        )
        for text in ("Till 1, Till 2", "By machine", "Counted by the machine · Till 2"):
            self.assertIn(text, " ".join(re.sub("<[^>]+>", "", html.decode()).split()))
        book = zipfile.ZipFile(io.BytesIO(write_report(report)))
        words = book.read("xl/sharedStrings.xml").decode()
        self.assertIn("By machine", words)
        self.assertIn("<v>10980</v>", book.read("xl/worksheets/sheet2.xml").decode())
        self.assertEqual(session.smartcash_device_ids, self.devices)

    def test_three_decimals(self):
        session, method = self.foreign_till("base.KWD", rate=0.3)
        config = session.config_id
        self.close_quietly(session)
        kwd = method.smartcash_device_id
        second = self._device("Till KWD 2", "faketill", currency_id=kwd.currency_id.id)
        self.env["smartcash.rule"].create(
            [
                {"payment_method_id": method.id, "user_id": user.id, "device_id": device.id}
                for user, device in ((self.cashier, kwd), (self.colleague, second))
            ]
        )
        self.devices = kwd | second
        config.with_user(self.cashier).open_ui()
        session = config.current_session_id
        for device, pieces in ((kwd, (5, 1001, 0)), (second, (250, 3, 0))):
            self.seen_on(session, "opening", device, inventory(pieces, currency="KWD"))
        till = session.with_user(self.cashier)
        till.set_cashbox_pos(5.755, None)
        self.config, self.session = config, session
        for user, amount in ((self.cashier, 1235), (self.colleague, 765)):
            uuid = self.running(
                user,
                kind="sale",
                amount=amount,
                currency="KWD",
                payment_method_id=method.id,
                session_id=session.id,
            )
            self.report(uuid, user, state="done", phase="ended", amountIn=amount)
            self.assertNotIn(
                "refused",
                self.Operation.with_user(self.manager).resolve(uuid, "cash_in", "No order came"),
            )
        self.seen_on(session, "closing", kwd, inventory((5, 1248, 0), currency="KWD"))
        self.seen_on(session, "closing", second, inventory((5, 302, 0), currency="KWD"))
        data = till.get_closing_control_data()
        self.assertAlmostEqual(data["default_cash_details"]["amount"], 7.755)
        self.confirm_kwd(session, 6.240 + 1.510)
        lines = session.sudo().statement_line_ids
        self.assertEqual(sorted(round(line.amount * 1000) for line in lines), [-5, 765, 1235, 5755])

    def confirm_kwd(self, session, counted):
        self.env.invalidate_all()
        till = session.with_user(self.cashier)
        posted = till.post_closing_cash_details(counted)
        self.assertTrue(posted["successful"], posted.get("message"))
        till.update_closing_control_state_session("")
        self.env.invalidate_all()
        self.assertTrue(till.close_session_from_ui([])["successful"])


@tagged("post_install", "-at_install")
class TestMachineJoins(TwoMachines):
    """Machines that come into use while the session is open, or go out of it."""

    def open_with_one(self):
        self.rules[1].active = False
        session = self.open(20000)
        self.rules[1].active = True
        return session

    def test_what_was_inside_before_is_no_difference(self):
        session = self.open_with_one()
        self.sell(session, self.colleague)
        data = session.with_user(self.cashier).get_closing_control_data()
        self.assertEqual([each["joined"] for each in data["smartcash"]["machines"]], [False, True])
        one, two = self.close_both(session, 20000, 15990)
        self.assertEqual((one["difference"], one["found"]), (0, 0))
        self.assertEqual((two["difference"], two["found"]), (0, 15000))
        self.assertEqual(self.items(session, opening=True), [15000, 20000])
        self.assertEqual(self.items(session), [990])
        self.assertEqual(session.cash_register_balance_start, 350)
        self.assertEqual(self.balance(), 20000 + 15990)
        later = self.open_both(20000, 15990)
        self.assertEqual(self.items(later, opening=True), [])

    def test_it_is_settled_once(self):
        session = self.open_with_one()
        self.count_all(session, "closing", (20000, 15000))
        till = session.with_user(self.cashier)
        for _click in range(2):
            self.assertTrue(till.post_closing_cash_details(350)["successful"])
        self.assertEqual(self.items(session, opening=True), [15000, 20000])
        # The cashier goes on after all, and then some of it is missing.
        self.sell(session, self.colleague)
        counts = self.close_both(session, 20000, 15890)
        self.assertEqual([count["difference"] for count in counts], [0, -100])
        self.assertEqual(self.items(session, opening=True), [15000, 20000])
        self.assertEqual(self.items(session), [-100, 990])

    def test_less_than_it_took_is_missing(self):
        session = self.open_with_one()
        self.sell(session, self.colleague)
        _one, two = self.close_both(session, 20000, 900)
        self.assertEqual((two["difference"], two["found"]), (-90, 0))
        self.assertEqual(self.items(session), [-90, 990])

    def test_a_machine_that_no_rule_names_any_more_is_counted_while_money_is_in_it(self):
        session = self.open_both(20000, 10000)
        self.sell(session, self.colleague)
        self.rules[1].active = False
        self.assertEqual(session.sudo()._smartcash_machines(), self.devices)
        self.close_both(session, 20000, 10990)
        self.assertEqual(self.items(session), [990])
        # The next morning the money of the second is still in the books: it is counted, now empty.
        later = self.open_both(20000, 0)
        self.assertEqual(self.items(later, opening=True), [-10990])
        self.close_both(later, 20000, 0)
        last = self.open(20000)
        self.assertEqual(last.sudo()._smartcash_machines(), self.device)
        self.assertEqual(self.items(last, opening=True), [])

    def test_a_machine_that_was_only_tried_in_the_closing_is_settled(self):
        session = self.open_with_one()
        self.count_all(session, "closing", (20000, 15000))
        self.rules[1].active = False
        self.confirm(session, 35000, self.cashier)
        self.assertEqual(self.balance(), 35000)

    def test_who_can_be_sent_where(self):
        def machines(*rules):
            self.rules.unlink()
            self.rules = self.env["smartcash.rule"].create(
                [{"payment_method_id": self.machine.id, **rule} for rule in rules]
            )
            session = self.env["pos.session"].new({"config_id": self.config.id, "state": "opened"})
            found = self.env["smartcash.rule"]._usable_devices({session.config_id: self.machine})
            return found[self.config.id].mapped("name")

        second = {"device_id": self.second_device.id}
        self.assertEqual(machines(), ["Till 1"])
        self.assertEqual(machines(second), ["Till 2"])
        # The more specific rule wins, but a lower sequence comes before that.
        own = {**second, "user_id": self.cashier.id}
        self.assertEqual(set(machines({}, own)), {"Till 1", "Till 2"})
        self.assertEqual(machines({"sequence": 1}, {**own, "sequence": 2}), ["Till 1"])
        self.assertEqual(
            machines({"user_id": self.cashier.id}, {**second, "user_id": self.cashier.id}),
            ["Till 1"],
        )
        other = self.env["pos.config"].create(
            {"name": "Other", "payment_method_ids": [Command.set(self.bank_pm1.ids)]}
        )
        self.assertEqual(machines({**second, "pos_config_ids": [other.id]}, {}), ["Till 1"])
        self.second_device.active = False
        self.assertEqual(machines({"user_id": self.cashier.id}, second), ["Till 1"])


@tagged("post_install", "-at_install")
class TestSharedAndSecondMachine(TwoMachines):
    """Two points of sale on one machine; one of them has a second machine by a rule."""

    def setUp(self):
        super().setUp()
        self.other_journal = self._cash_journal("Machine, other till", "MC3")
        self.other_method = self._method("Machine C", self.other_journal, self.second_device)
        self.other = self.env["pos.config"].create(
            {"name": "Other till", "payment_method_ids": [Command.set(self.other_method.ids)]}
        )

    def booked(self, session, journal):
        lines = session.sudo().statement_line_ids.filtered(lambda line: line.journal_id == journal)
        return sorted(round(line.amount * 100) for line in lines)

    def sell_other(self, session):
        uuid = self.running(session_id=session.id, payment_method_id=self.other_method.id)
        self.done(uuid)
        self.session = self.pos_session = session
        config, self.config = self.config, self.other
        self.sync(9.90, uuid, method=self.other_method)
        self.config = config

    def test_each_books_its_own_and_the_last_the_difference(self):
        both = self.open_both(20000, 10000)
        other = self.open(10000, config=self.other)
        self.assertEqual(other.cash_register_balance_start, 0)
        self.sell(both, self.cashier)
        self.sell(both, self.colleague)
        self.sell_other(other)
        # 40 cents vanish from the shared machine, 30 from the other one.
        one, two = self.close_both(both, 20960, 10000 + 1980 - 40)
        self.assertEqual((one["difference"], one["sharedWith"]), (-30, []))
        self.assertEqual((two["difference"], two["deferred"]), (0, -40))
        self.assertEqual(two["sharedWith"], ["Other till"])
        count = self.close(other, 11940)
        self.assertEqual(count["difference"], -40)
        self.assertEqual(self.booked(both, self.journal), [-30, 1980, 30000])
        self.assertEqual(self.booked(other, self.other_journal), [-40, 990])

    def test_in_the_other_order(self):
        both = self.open_both(20000, 10000)
        other = self.open(10000, config=self.other)
        self.sell_other(other)
        self.sell(both, self.colleague)
        count = self.close(other, 11940)
        self.assertEqual((count["difference"], count["deferred"]), (0, -40))
        counts = self.close_both(both, 20000, 11940)
        self.assertEqual([count["difference"] for count in counts], [0, -40])
        self.assertEqual(self.booked(both, self.journal), [-40, 990, 30000])
        again = self.open(11940, config=self.other)
        self.assertEqual(again.cash_register_balance_start, 9.90)

    def test_who_joins_a_machine_of_others_finds_nothing(self):
        self.rules[1].active = False
        other = self.open(10000, config=self.other)
        session = self.open(20000)
        self.rules[1].active = True
        self.sell(session, self.colleague)
        self.sell_other(other)
        self.close(other, 11980)
        _one, two = self.close_both(session, 20000, 11980)
        self.assertEqual((two["difference"], two["found"], two["share"]), (0, 0, 990))
        self.assertEqual(self.booked(session, self.journal), [990, 20000])

    def test_machines_are_locked_in_one_order(self):
        with self.assertLogs("odoo.sql_db", "DEBUG") as log:
            self.devices.sorted("name", reverse=True)._lock_rows()
        locked = [line for line in log.output if "UPDATE smartcash_device" in line]
        self.assertEqual(
            [
                str(device.id) in line.rsplit("=", 1)[1]
                for device, line in zip(self.devices, locked, strict=True)
            ],
            [True, True],
        )
