from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.api import call_kw
from odoo.exceptions import AccessError, UserError

from ..core.driver_api import DeviceUnreachable, Inventory
from .test_cash_control import CashControl, holds, inventory


class GuidedSetup(CashControl):
    """A manager with accounting rights, a new shop, and a machine of the test-only make."""

    driver = "faketill"

    def setUp(self):
        super().setUp()
        self.manager.groups_id |= self.env.ref("account.group_account_invoice")
        self.helper = self._user("helper", "point_of_sale.group_pos_manager")
        self.safe = self._cash_journal("Safe", "SAF")
        self.shop = self.env["pos.config"].create(
            {"name": "New shop", "payment_method_ids": [Command.set(self.bank_pm1.ids)]}
        )
        self.setup = self.begin()

    def begin(self, user=None, **values):
        return (
            self.env["smartcash.setup"]
            .with_user(user or self.manager)
            .create(
                {
                    "name": "Front till",
                    "driver": self.driver,
                    "config_id": self.shop.id,
                    "company_id": self.company.id,
                    **values,
                }
            )
        )

    def answers(self, total=86694, state="online"):
        """The machine was tested from the manager's browser."""
        self.setup.device_id.note_seen(
            {"state": state, "message": "Seen", "inventory": holds(total)["inventory"]}
        )

    def connected(self):
        self.setup.action_choose()
        self.answers()
        self.setup.action_connected()

    def checked(self):
        self.connected()
        self.setup.action_checked()

    def with_books(self):
        self.checked()
        self.setup.action_make_books()

    def with_float(self):
        self.with_books()
        self.setup.float_journal_id = self.safe
        self.setup.action_book_float()

    def made(self):
        """What a half set-up must not leave behind: (methods, journals, rules, devices that tills see)"""
        return tuple(
            self.env[model].search_count([])
            for model in (
                "pos.payment.method",
                "account.journal",
                "smartcash.rule",
                "smartcash.device",
                "account.bank.statement.line",
            )
        )


class TestGuidedSetup(GuidedSetup):
    """From the machine in its box to its first sale, step by step."""

    def test_all_steps_to_a_first_opening_without_a_difference(self):
        self.assertEqual(self.setup.step, "make")
        self.setup.action_choose()
        self.assertEqual(self.setup.step, "connect")
        device = self.setup.device_id
        self.assertEqual(
            (device.name, device.driver, device.active), ("Front till", "faketill", False)
        )
        self.answers()
        self.setup.action_connected()
        self.assertEqual(self.setup.step, "check")
        self.assertIn("866.94", self.setup.findings)
        self.setup.action_checked()
        self.assertEqual((self.setup.step, self.setup.method_name), ("books", "Front till"))
        self.setup.action_make_books()
        self.assertEqual(self.setup.step, "float")
        method = self.setup.method_id
        self.assertEqual(
            (
                method.name,
                method.use_payment_terminal,
                method.smartcash_device_id,
                method.is_cash_count,
            ),
            ("Front till", "faketill", device, True),
        )
        self.assertIn(method, self.shop.payment_method_ids)
        self.assertTrue(device.active)
        self.assertFalse(device.setup_warning)
        self.assertEqual((self.setup.contents, self.setup.float_missing), (866.94, 866.94))
        self.setup.float_journal_id = self.safe
        self.assertFalse(self.setup.action_book_float())
        self.assertEqual(self.setup.step, "test")
        self.shop.with_user(self.cashier).open_ui()
        session = self.shop.current_session_id
        count = self.seen(session, "opening", holds(86694))
        self.assertEqual((count["expected"], count["share"]), (86694, 86694))
        session.with_user(self.cashier).set_cashbox_pos(866.94, None)
        self.assertFalse(session.statement_line_ids, "no difference was booked")
        self.session, self.machine, self.device = session, method, device
        self.done(self.running(order_uid=None))
        self.setup.invalidate_recordset()
        self.assertEqual(self.setup.test_operation_ids.mapped("kind"), ["sale"])
        self.setup.action_finish()
        self.assertEqual(self.setup.step, "done")
        self.assertEqual(self.setup.action_open_till()["type"], "ir.actions.act_url")

    def test_a_window_that_is_behind_books_nothing(self):
        """A colleague has looked again meanwhile, or has booked something on the journal."""
        self.with_books()
        self.setup.float_journal_id = self.safe
        for shown in ({"shown_contents": 100.0}, {"shown_float_missing": 100.0}):
            answer = self.setup.with_context(**shown).action_book_float()
            self.assertIn("Nothing was booked", answer["params"]["message"])
            self.assertEqual(self.setup.step, "float")
            self.assertFalse(self.setup.device_id.float_line_ids)
        shown = {"shown_contents": 866.94, "shown_float_missing": 866.94}
        self.setup.with_context(**shown).action_book_float()
        self.assertEqual(self.setup.device_id.float_line_ids.amount, 866.94)

    # ---- nothing half made ----------------------------------------------------------------------

    def test_until_the_books_nothing_is_made_that_a_till_sees(self):
        before = self.made()
        self.checked()
        self.assertEqual(self.made(), before)

    def test_a_set_up_that_is_deleted_takes_its_machine_along(self):
        self.checked()
        device = self.setup.device_id
        self.setup.unlink()
        self.assertFalse(device.exists())

    def test_a_set_up_that_is_deleted_leaves_a_machine_that_was_chosen(self):
        setup = self.begin(device_id=self.device.id)
        setup.action_choose()
        setup.unlink()
        self.assertTrue(self.device.exists())

    def test_a_finished_set_up_that_is_deleted_leaves_what_it_made(self):
        self.with_float()
        device, method = self.setup.device_id, self.setup.method_id
        self.setup.unlink()
        self.assertTrue(device.exists() and device.active and method.exists())

    def test_what_a_set_up_made_and_others_use_stays_when_it_is_archived_and_the_set_up_deleted(
        self,
    ):
        self.with_float()
        device = self.setup.device_id
        device.active = False
        self.setup.unlink()
        self.assertTrue(device.exists())
        self.setup = self.begin()
        self.checked()
        device = self.setup.device_id
        rule = {"payment_method_id": self.machine.id, "device_id": device.id}
        self.env["smartcash.rule"].create(rule)
        self.setup.unlink()
        self.assertTrue(device.exists(), "a rule leads to it")

    def test_a_method_that_was_deleted_meanwhile_is_made_again(self):
        self.with_books()
        self.shop.payment_method_ids -= self.setup.method_id
        journal = self.setup.journal_id
        self.setup.method_id.unlink()
        self.setup.invalidate_recordset()
        self.setup.float_journal_id = self.safe
        for name in ("action_book_float", "action_float_is_booked"):
            with self.assert_invalid("Choose the payment method first", UserError):
                getattr(self.setup, name)()
        self.setup.action_back()
        self.setup.action_make_books()
        self.assertEqual(self.setup.method_id.journal_id, journal)
        self.setup.float_journal_id = self.safe
        self.setup.action_book_float()
        self.assertEqual(self.setup.step, "test")

    def test_what_the_books_lack_is_said_and_nothing_is_made(self):
        self.checked()
        before = self.made()
        self.company.default_cash_difference_expense_account_id = False
        with self.assert_invalid("no usable account as “Loss Account”", UserError):
            self.setup.action_make_books()
        self.env.invalidate_all()
        self.assertEqual(self.made(), before)
        self.assertEqual((self.setup.step, self.setup.device_id.active), ("books", False))
        self.setup.loss_account_id = self.company_data["default_account_expense"]
        self.setup.action_make_books()
        self.assertEqual(self.setup.step, "float")

    def test_an_open_session_is_closed_first(self):
        self.checked()
        self.shop.open_ui()
        before = self.made()
        with self.assert_invalid("session of New shop is open", UserError):
            self.setup.action_make_books()
        self.assertEqual(self.made(), before)

    # ---- left, resumed, pressed twice -------------------------------------------------------------

    def test_left_in_the_middle_a_colleague_goes_on(self):
        begin = self.env["smartcash.setup"].with_user(self.manager).action_begin
        self.checked()
        self.assertTrue(begin()["view_mode"].startswith("tree"), "to the list of what was left")
        resumed = self.setup.with_user(self.helper)
        self.assertEqual(resumed.step, "books")
        resumed.action_back()
        self.assertEqual(resumed.step, "check")
        resumed.action_checked()
        resumed.journal_id = self._cash_journal("Mine", "MIN")
        resumed.action_make_books()
        self.assertEqual(resumed.step, "float")
        self.setup.unlink()
        self.assertEqual(begin()["view_mode"], "form")

    def test_a_button_that_is_pressed_twice_does_its_work_once(self):
        self.setup.action_choose()
        device = self.setup.device_id
        self.setup.action_choose()
        self.assertEqual((self.setup.step, self.setup.device_id), ("connect", device))
        self.answers()
        self.setup.action_connected()
        self.setup.action_connected()
        self.setup.action_checked()
        self.setup.action_checked()
        self.assertEqual(self.setup.step, "books")
        self.setup.action_make_books()
        made = self.made()
        self.setup.action_make_books()
        self.assertEqual((self.setup.step, self.made()), ("float", made))

    def test_the_float_is_booked_once(self):
        self.with_float()
        device = self.setup.device_id
        made = self.made()
        self.setup.action_book_float()
        self.assertEqual((self.setup.step, self.made()), ("test", made))
        # As from a window that is behind, or a second set-up.
        self.setup.step = "float"
        self.assertIn("were taken over", self.setup.float_booked_text)
        with self.assert_invalid("were taken over", UserError):
            self.setup.action_book_float()
        self.setup.action_float_is_booked()
        self.assertEqual((self.setup.step, self.made()), ("test", made))
        self.assertEqual(len(device.sudo().float_line_ids), 1)

    def test_run_twice_it_uses_what_is_there_and_books_nothing_again(self):
        self.with_float()
        made = self.made()
        method, device = self.setup.method_id, self.setup.device_id
        self.setup.action_finish()
        self.setup = self.begin(device_id=device.id)
        self.checked()
        self.assertEqual(self.setup.method_id, method)
        self.setup.action_make_books()
        self.assertTrue(self.setup.float_booked_text)
        self.setup.action_float_is_booked()
        self.assertEqual(self.setup.step, "test")
        self.assertEqual(self.made(), made)

    def test_a_machine_that_is_being_set_up_is_not_set_up_a_second_time(self):
        self.checked()
        second = self.begin(device_id=self.setup.device_id.id)
        with self.assert_invalid("being set up already", UserError):
            second.action_choose()

    # ---- connect and check ------------------------------------------------------------------------

    def test_without_an_answer_it_does_not_go_on(self):
        self.setup.action_choose()
        with self.assert_invalid("has not been reached yet", UserError):
            self.setup.action_connected()
        self.setup.device_id.note_seen({"state": "offline", "message": "Switch the machine on."})
        with self.assert_invalid("Switch the machine on", UserError):
            self.setup.action_connected()

    def test_what_was_seen_long_ago_does_not_count(self):
        self.connected()
        self.setup.device_id.sudo().last_inventory_at = fields.Datetime.now() - timedelta(hours=1)
        with self.assert_invalid("seen too long ago", UserError):
            self.setup.action_checked()

    def test_another_currency_is_refused(self):
        self.connected()
        device = self.setup.device_id
        with self.assert_invalid("counts in CHF"):
            device.note_seen({"state": "online", **inventory((1, 1, 0), currency="CHF")})
        self.setup.currency_id = self.env.ref("base.CHF")
        with self.assert_invalid("works in CHF, and New shop in USD", UserError):
            self.setup.action_checked()

    def test_a_machine_of_another_company_is_refused(self):
        theirs = (
            self.env["smartcash.device"]
            .with_company(self.company_b)
            .create({"name": "Theirs", "driver": "faketill", "company_id": self.company_b.id})
        )
        with self.assert_invalid("A machine works for one company"):
            self.begin(device_id=theirs.id)
        with self.assert_invalid("A machine works for one company"):
            self.setup.device_id = theirs
            self.env.flush_all()
        self.setup.action_choose()
        self.setup.device_id.sudo().company_id = self.company_b
        with self.assert_invalid("A machine works for one company"):
            self.setup.action_connected()

    def test_a_point_of_sale_of_another_company_is_refused(self):
        theirs = self.env["pos.config"].with_company(self.company_b).create({"name": "Theirs"})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.begin(config_id=theirs.id)

    def test_a_machine_of_another_database_is_refused(self):
        self.device.home = "copy/1"
        setup = self.begin(device_id=self.device.id)
        with self.assert_invalid("belongs to another database", UserError):
            setup.action_choose()

    # ---- rights -------------------------------------------------------------------------------------

    def test_only_managers_set_up_machines(self):
        for user in (self.cashier, self.employee, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.begin(user)
            for name in ("action_choose", "action_book_float", "action_open_till", "unlink"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(self.setup.with_user(user), name)()
        with self.assertRaises(AccessError):
            self.setup.with_user(self.foreigner).action_choose()

    def ask(self, user, values, names, **context):
        """As a browser asks what a form that is not saved would show."""
        spec = {name: {} for name in (*values, *names)}
        setups = self.env["smartcash.setup"].with_user(user)
        arguments = [[], dict(values), list(values), spec]
        return call_kw(setups, "onchange", arguments, {"context": context})

    def test_a_form_that_is_not_saved_shows_nothing_that_the_user_may_not_read(self):
        names = ("endpoint", "levels_data", "state_message", "takes_cards")
        mine = {"device_id": self.device.id}
        answer = self.ask(self.manager, mine, names)
        self.assertEqual(answer["value"]["endpoint"], self.device.endpoint)
        for user in (self.foreigner, self.cashier, self.employee, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ask(user, mine, names)
            with self.subTest(user=user.login, default=True), self.assertRaises(AccessError):
                self.ask(user, {}, names, default_device_id=self.device.id)
        with self.assertRaises(AccessError):
            self.ask(self.foreigner, {"method_id": self.machine.id}, ["float_missing"])
        setups = self.env["smartcash.setup"].with_user(self.foreigner)
        mine.update(method_id=self.machine.id, step="float")
        for name in (*names, "float_missing"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                setups.new(mine)[name]

    def test_without_accounting_rights_nothing_is_booked_and_a_colleague_goes_on(self):
        self.checked()
        before = self.made()
        mine = self.setup.with_user(self.helper)
        with self.assert_invalid("no rights in Invoicing", UserError):
            mine.action_make_books()
        self.env.invalidate_all()
        self.assertEqual((self.made(), self.setup.step), (before, "books"))
        self.setup.action_make_books()
        self.setup.float_journal_id = self.safe
        before = self.made()
        with self.assert_invalid(
            "Taking over the cash books an entry.*no rights in Invoicing", UserError
        ):
            mine.action_book_float()
        self.assertEqual((self.made(), self.setup.step), (before, "float"))
        self.setup.action_book_float()
        self.assertEqual(self.setup.step, "test")

    # ---- books --------------------------------------------------------------------------------------

    def test_a_drawer_gives_way_to_the_machine(self):
        drawer = self.env["pos.payment.method"].create(
            {"name": "Drawer", "journal_id": self._cash_journal("Drawer", "DRW").id}
        )
        self.shop.payment_method_ids |= drawer
        self.checked()
        self.assertEqual(self.setup.replaced_method_ids, drawer)
        self.setup.action_make_books()
        self.assertEqual(self.shop.payment_method_ids, self.bank_pm1 | self.setup.method_id)
        self.assertTrue(drawer.exists() and drawer.active)

    def test_a_second_machine_joins_the_method_of_the_first_by_rules(self):
        self.setup = self.begin(config_id=self.config.id)
        self.checked()
        self.assertEqual(self.setup.method_id, self.machine)
        self.setup.method_id = False
        with self.assert_invalid("is in a machine already", UserError):
            self.setup.action_make_books()
        self.setup.method_id = self.machine
        with self.assert_invalid("is paid through Till 1", UserError):
            self.setup.action_make_books()
        self.setup.write({"access": "users", "user_ids": [Command.set(self.colleague.ids)]})
        before = self.admitted()
        self.setup.action_make_books()
        after = self.admitted()
        for user in (self.cashier, self.manager, self.helper):
            self.assertEqual(after[user], before[user], "nobody else loses or gains anything")
        self.assertEqual(after[self.colleague][0], self.setup.device_id)
        rule = self.machine.smartcash_rule_ids.filtered(lambda one: one.user_id == self.colleague)
        self.assertEqual(
            (rule.user_id, rule.device_id, rule.pos_config_ids, rule.right_cash_out),
            (self.colleague, self.setup.device_id, self.config, False),
        )
        self.assertEqual(self.setup.float_missing, 866.94)

    def admitted(self):
        """What each of these may do: user -> (device, rights, limits, straight to the receipt)"""
        users = self.cashier | self.manager | self.helper | self.colleague
        by_user = {
            user: self.env["smartcash.rule"]._admit(self.machine, self.config, user)
            for user in users
        }
        return {
            user: (one.device, one.rights, one.limits, one.close_sale)
            for user, admissions in by_user.items()
            for one in admissions.values()
        }

    def test_who_may_use_it_needs_somebody(self):
        self.checked()
        self.setup.access = "users"
        with self.assert_invalid("Choose the users", UserError):
            self.setup.action_make_books()

    # ---- float ----------------------------------------------------------------------------------------

    def test_where_the_money_came_from_must_be_said(self):
        self.with_books()
        with self.assert_invalid("Say where the money", UserError):
            self.setup.action_book_float()

    def test_the_owner_brings_the_money(self):
        owner = self.env["account.account"].create(
            {"name": "Owner", "code": "300999", "account_type": "equity"}
        )
        self.with_books()
        self.setup.write({"float_source": "account", "float_account_id": owner.id})
        self.setup.action_book_float()
        line = self.setup.device_id.sudo().float_line_ids
        self.assertIn(owner, line.move_id.line_ids.account_id)
        self.assertEqual((line.amount, line.move_id.state), (866.94, "posted"))

    def test_only_what_the_person_saw_is_booked(self):
        self.with_books()
        self.setup.float_journal_id = self.safe
        self.answers(90000)
        action = self.setup.action_book_float()
        self.assertIn("Nothing was booked", action["params"]["message"])
        self.assertEqual((self.setup.step, self.setup.contents), ("float", 900.0))
        self.assertFalse(self.setup.device_id.sudo().float_line_ids)
        self.setup.action_book_float()
        self.assertEqual(self.setup.device_id.sudo().float_line_ids.amount, 900.0)

    def test_the_float_is_not_skipped(self):
        self.with_books()
        with self.assert_invalid("not in the books yet", UserError):
            self.setup.action_float_is_booked()

    def test_an_empty_machine_has_no_float(self):
        self.setup.action_choose()
        self.answers(0)
        self.setup.action_connected()
        self.setup.action_checked()
        self.setup.action_make_books()
        self.setup.action_book_float()
        self.assertEqual(self.setup.step, "test")
        self.assertFalse(self.setup.device_id.sudo().float_line_ids)


class TestGuidedSetupThroughTheServer(GuidedSetup):
    """A machine that Odoo talks to is asked at each step."""

    driver = "fakeserver"

    def setUp(self):
        super().setUp()
        self.fake.inventory = Inventory.from_wire(holds(86694)["inventory"])
        self.addCleanup(setattr, self.fake, "inventory", None)

    def test_odoo_looks_inside_itself(self):
        self.setup.action_choose()
        self.setup.action_connected()
        self.setup.action_checked()
        self.setup.action_make_books()
        self.assertEqual(self.setup.contents, 866.94)
        self.setup.float_journal_id = self.safe
        self.fake.inventory = Inventory.from_wire(holds(90000)["inventory"])
        self.assertIn("900.00", self.setup.action_book_float()["params"]["message"])
        self.setup.action_book_float()
        self.assertEqual(self.setup.device_id.sudo().float_line_ids.amount, 900.0)

    def test_why_it_does_not_answer_is_said(self):
        self.setup.action_choose()
        self.fake.inventory = DeviceUnreachable("It does not answer. Switch it on.")
        with self.assert_invalid("Switch it on", UserError):
            self.setup.action_connected()
        self.assertEqual(self.setup.step, "connect")


class TestGuidedSetupOfACardTerminal(GuidedSetup):
    """A terminal has no contents: its books are a bank journal, and there is no float."""

    def setUp(self):
        super().setUp()
        card = {"kinds": ["sale"], "partial": False, "inventory": False, "card": True}
        self.startPatcher(
            patch.object(self.fake_till, "_capabilities", lambda driver, device: card)
        )
        methods = type(self.env["pos.payment.method"])
        self.startPatcher(patch.object(methods, "_smartcash_machine_keys", lambda method: []))

    def test_it_goes_from_the_books_to_the_test(self):
        self.setup.action_choose()
        self.setup.device_id.note_seen({"state": "online", "message": "Seen"})
        self.setup.action_connected()
        self.setup.action_checked()
        self.assertEqual(self.setup.journal_type, "bank")
        self.setup.action_make_books()
        self.assertEqual((self.setup.step, self.setup.method_id.journal_id.type), ("test", "bank"))
        self.assertIn(self.setup.method_id, self.shop.payment_method_ids)
        self.assertFalse(self.setup.replaced_method_ids)
        self.assertFalse(self.setup.device_id.sudo().float_line_ids)
