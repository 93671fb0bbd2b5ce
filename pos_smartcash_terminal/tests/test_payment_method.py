from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form

from .common import SmartcashCommon


class TestPaymentMethod(SmartcashCommon):
    def setUp(self):
        super().setUp()
        self.session.state = "closed"
        self.Method = self.env["pos.payment.method"]

    def test_a_machine_needs_a_cash_journal(self):
        bank = self.env["account.journal"].create({"name": "Bank 2", "code": "BN2", "type": "bank"})
        with self.assert_invalid("journal of type Cash"):
            self._method("Wrong", bank, self.device)
        with self.assert_invalid("journal of type Cash"):
            self.machine.journal_id = bank

    def test_a_duplicate_is_set_up_anew(self):
        twin = self.machine.copy()
        self.assertFalse(twin.use_payment_terminal or twin.smartcash_device_id or twin.journal_id)
        journal = self._cash_journal("Machine 2", "MC2")
        values = {"journal_id": journal.id, "smartcash_device_id": self.device.id}
        twin = self.machine.copy(values)
        self.assertEqual(twin.use_payment_terminal, "faketill")
        self.assertEqual(self.bank_pm1.copy().journal_id, self.bank_pm1.journal_id)

    def test_rules_are_edited_on_the_method_while_a_session_is_open(self):
        self.session.state = "opened"
        method = self.machine.with_user(self.manager)
        with Form(method) as form, form.smartcash_rule_ids.new() as rule:
            rule.user_id = self.cashier
        rule = self.machine.smartcash_rule_ids
        self.assertEqual((rule.user_id, rule.device_id), (self.cashier, self.device))
        with self.assertRaises(UserError):
            self.machine.name = "Renamed"

    def test_rules_are_edited_on_the_device(self):
        with Form(self.device.with_user(self.manager)) as form, form.rule_ids.new() as rule:
            rule.payment_method_id = self.machine
            rule.user_id = self.cashier
        self.assertEqual(self.device.rule_ids.user_id, self.cashier)

    def test_other_terminals_cannot_be_on_a_cash_journal(self):
        # A terminal of core, whichever is installed: not one of ours.
        field = self.Method._fields["use_payment_terminal"]
        selection = field.selection
        self.addCleanup(setattr, field, "selection", selection)
        field.selection = lambda records: [*selection(records), ("card", "Card")]
        journal = self._cash_journal("Drawer", "DRW")
        with self.assert_invalid("only a cash machine"):
            self.Method.create(
                {"name": "Card", "journal_id": journal.id, "use_payment_terminal": "card"}
            )
        bank = self.env["account.journal"].create({"name": "Bank 2", "code": "BN2", "type": "bank"})
        card = self.Method.create(
            {"name": "Card", "journal_id": bank.id, "use_payment_terminal": "card"}
        )
        self.assertEqual(card.use_payment_terminal, "card")

    def test_the_form_offers_the_machine_on_a_cash_journal_and_keeps_it(self):
        with Form(self.Method) as form:
            form.name = "Machine 2"
            form.journal_id = self._cash_journal("Machine 2", "MC2")
            form.use_payment_terminal = "faketill"
            form.smartcash_device_id = self.device
            form.journal_id = self._cash_journal("Machine 3", "MC3")
            self.assertEqual(form.use_payment_terminal, "faketill")
            self.assertTrue(form.smartcash_close_sale)
            self.assertTrue(form.smartcash_auto_start)
        self.assertEqual(form.record.journal_id.code, "MC3")
        self.assertEqual(form.record.type, "cash")

    def test_the_form_still_hides_terminals_where_core_does(self):
        later = self.Method.create({"name": "On account", "split_transactions": True})
        self.assertTrue(later.hide_use_payment_terminal)
        self.assertFalse(self.machine.hide_use_payment_terminal)

    def test_core_still_guards_the_kind_of_journal(self):
        sale = self.env["account.journal"].search([("type", "=", "sale")], limit=1)
        with self.assert_invalid("Only journals of type", UserError):
            self.Method.new({"journal_id": sale.id})._onchange_journal_id()
        self.assertTrue(
            self.Method._onchange_methods.get("journal_id"), "undecorated, it would never run"
        )

    def test_choosing_another_terminal_forgets_the_device(self):
        with Form(self.machine) as form:
            form.use_payment_terminal = "fakeserver"
            self.assertFalse(form.smartcash_device_id)
            form.smartcash_device_id = self._device("Cloud", "fakeserver")

    def test_a_machine_method_needs_a_device_of_its_make_and_company(self):
        with self.assert_invalid("Choose the device"):
            self.machine.smartcash_device_id = False
        with self.assert_invalid("another make"):
            self.machine.smartcash_device_id = self._device("Cloud", "fakeserver")
        foreign = self._device("Foreign", "faketill", company_id=self.company_b.id)
        with self.assert_invalid("another company"):
            self.machine.smartcash_device_id = foreign

    def test_the_machine_replaces_the_default_cash_method(self):
        with self.assert_invalid("replaces the cash of .*Remove the other cash methods.*Cash"):
            self.config.payment_method_ids = [Command.link(self.cash_pm1.id)]
        drawer = self._cash_journal("Drawer", "DRW")
        plain = self.Method.create({"name": "Plain", "journal_id": drawer.id})
        self.config.payment_method_ids = [Command.set((plain | self.bank_pm1).ids)]
        other = self.env["pos.config"].create(
            {
                "name": "Two drawers",
                "payment_method_ids": [Command.set((self.cash_pm1 | self.cash_split_pm1).ids)],
            }
        )
        self.assertEqual(len(other.payment_method_ids), 2)
        with self.assert_invalid("replaces the cash"):
            self.cash_pm1.write(
                {"use_payment_terminal": "faketill", "smartcash_device_id": self.device.id}
            )

    def test_a_new_pos_does_not_take_the_machine_of_another(self):
        self.Method.search(
            [("is_cash_count", "=", True), ("config_ids", "=", False)]
        ).active = False
        spare = self._method("Spare machine", self._cash_journal("Spare", "SPR"), self.device)
        spare.sequence = -10
        config = self.env["pos.config"].create({"name": "New shop"})
        self.assertNotIn(spare, config.payment_method_ids)
        self.assertFalse(config.payment_method_ids.filtered("is_cash_count"))
        drawer = self.Method.create(
            {"name": "Drawer", "journal_id": self._cash_journal("Drawer", "DRW").id}
        )
        config = self.env["pos.config"].create({"name": "Newer shop"})
        self.assertEqual(config.payment_method_ids.filtered("is_cash_count"), drawer)

    def test_uninstalling_leaves_ordinary_methods(self):
        from ..hooks import release_payment_methods

        release_payment_methods(self.env, ["faketill"])
        self.assertFalse(self.machine.use_payment_terminal)
        self.assertFalse(self.machine.smartcash_device_id)

    def test_a_device_says_what_is_wrong_with_it(self):
        for values, text in [
            ({"driver": False}, "Choose the make"),
            ({"transport": "server"}, "cannot be reached this way"),
            ({"endpoint": "127.0.0.1"}, "address"),
            ({"endpoint": "ftp://127.0.0.1"}, "address"),
            ({"endpoint": "http://user:secret@127.0.0.1"}, "address"),
            ({"endpoint": "http://127.0.0.1:8787/path?x=1"}, "address"),
            ({"endpoint": "http://127.0.0.1:99999"}, "address"),
            ({"endpoint": "http://"}, "address"),
            ({"uid": "another"}, "never changes"),
        ]:
            with self.subTest(values=values), self.assert_invalid(text):
                self.device.write(values)

    def test_a_device_has_a_uid_of_its_own(self):
        self.assertNotEqual(self.device.uid, self.device.copy().uid)

    def test_a_copy_of_the_database_is_disarmed(self):
        from odoo.tools import file_open

        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "endpoint": "http://127.0.0.1:8787"}
        )
        self.env.flush_all()
        with file_open("pos_smartcash_terminal/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())  # pylint: disable=sql-injection
        self.env.invalidate_all()
        self.assertEqual(self.device.endpoint, "https://neutralized.invalid")
        self.assertFalse(self.machine.smartcash_rule_ids.endpoint)
