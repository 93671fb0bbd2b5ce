from odoo.addons.pos_smartcash_terminal.tests.test_guided_setup import GuidedSetup
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tests_client.fake_machine import no
from .common import PASSWORD, FakeCashdro

COIN = {
    "CurrencyId": "USD",
    "Value": "100",
    "Type": "1",
    "Destination": "1",
    "MaxLevel": "400",
    "State": "-1",
    "LevelRecycler": "50",
    "LevelCasete": "0",
}


@tagged("post_install", "-at_install")
class TestGuidedSetupOfACashdro(GuidedSetup):
    """The connect page of a CashDro: host, certificate, user; and Odoo asks the machine at each step."""

    driver = "cashdro"

    def setUp(self):
        super().setUp()
        self.cashdro = FakeCashdro()
        self.cashdro.__enter__()
        self.addCleanup(self.cashdro.__exit__)
        self.cashdro.levels = [COIN]
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def enter_address(self, **values):
        self.setup.write(
            {
                "cashdro_host": "127.0.0.1",
                "cashdro_port": self.cashdro.port,
                "cashdro_tls": "http",
                "cashdro_user": "pos",
                "cashdro_password": PASSWORD,
                **values,
            }
        )

    def test_from_the_address_to_the_test_payment(self):
        self.setup.action_choose()
        with self.assert_invalid("has no machine user", UserError):
            self.setup.action_connected()
        self.enter_address()
        self.assertEqual(self.setup.device_id.sudo().cashdro_password, PASSWORD)
        answer = self.setup.action_cashdro_test()
        self.assertIn("ready", answer["params"]["message"])
        self.setup.action_connected()
        self.assertIn("50.00", self.setup.findings)
        self.setup.action_checked()
        self.setup.rounding_account_id = self.company_data["default_account_expense"]
        self.setup.action_make_books()
        self.assertEqual((self.setup.step, self.setup.contents), ("float", 50.0))
        self.setup.float_journal_id = self.safe
        self.setup.action_book_float()
        self.assertEqual(self.setup.step, "test")
        self.assertEqual(self.setup.device_id.sudo().float_line_ids.amount, 50.0)

    def test_the_account_for_its_rounding_is_asked_for(self):
        self.setup.action_choose()
        self.enter_address()
        self.setup.action_connected()
        self.setup.action_checked()
        with self.assert_invalid("has no account for it", UserError):
            self.setup.action_make_books()

    def test_the_next_step_is_said_when_it_does_not_answer(self):
        self.setup.action_choose()
        self.enter_address(cashdro_tls="pin")
        with self.assert_invalid("is not pinned yet", UserError):
            self.setup.action_connected()
        self.cashdro.answers["doTest"] = no(-1, "Authentication Failed")
        self.enter_address()
        with self.assert_invalid("does not accept its user or password", UserError):
            self.setup.action_connected()
        self.cashdro.__exit__()
        with self.assert_invalid("does not answer|nothing answers", UserError):
            self.setup.action_connected()

    def test_the_same_machine_is_not_set_up_twice(self):
        other = self._device(
            "Known",
            "cashdro",
            cashdro_host="127.0.0.1",
            cashdro_port=self.cashdro.port,
            cashdro_tls="http",
        )
        self.setup.action_choose()
        self.enter_address()
        with self.assert_invalid("set up already, as Known", UserError):
            self.setup.action_connected()
        other.company_id = self.company_b
        with self.assert_invalid("Another company uses this machine", UserError):
            self.setup.action_connected()

    def test_a_machine_whose_record_is_archived_is_not_taken_over_a_second_time(self):
        self.setup.action_choose()
        self.enter_address()
        left = self.setup
        self.setup = self.begin(name="Again")
        self.setup.action_choose()
        self.enter_address()
        self.setup.action_connected()
        self.setup.action_checked()
        # What was left in the middle does not stand in the way; what has books does.
        old = left.device_id
        self.env["account.bank.statement.line"].sudo().create(
            {
                "journal_id": self.safe.id,
                "payment_ref": "Float",
                "amount": 50,
                "smartcash_float_device_id": old.id,
            }
        )
        with self.assert_invalid(f"set up before, as {old.name}, which is archived", UserError):
            self.setup.action_make_books()

    def test_a_form_that_is_not_saved_shows_no_password_of_another_company(self):
        self.setup.action_choose()
        self.enter_address()
        names = ("cashdro_host", "cashdro_user", "cashdro_password")
        device = self.setup.device_id
        for user in (self.foreigner, self.cashier):
            for values in ({"device_id": device.id}, {}):
                setups = self.env["smartcash.setup"].with_user(user)
                setups = setups.with_context(default_device_id=device.id)
                spec = {name: {} for name in ("device_id", *names)}
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRaises(AccessError),
                ):
                    setups.onchange(dict(values), list(values), spec)
        setups = self.env["smartcash.setup"].with_user(self.foreigner)
        for name in names:
            with self.subTest(name=name), self.assertRaises(AccessError):
                setups.new({"device_id": device.id})[name]

    def test_passwords_and_buttons_are_for_managers(self):
        self.setup.action_choose()
        self.enter_address()
        for user in (self.cashier, self.foreigner):
            for name in ("action_cashdro_pin", "action_cashdro_test"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(self.setup.with_user(user), name)()
            with self.assertRaises(AccessError):
                self.setup.with_user(user).read(["cashdro_password"])
