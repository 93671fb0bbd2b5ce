from odoo.addons.pos_smartcash_terminal.tests.test_guided_setup import GuidedSetup
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestGuidedSetupOfACashlogy(GuidedSetup):
    """The connect page of a Cashlogy: the gateway on the till, paired with this device."""

    driver = "cashlogy"

    def test_from_the_pairing_to_the_test_payment(self):
        self.setup.action_choose()
        device = self.setup.device_id
        self.assertEqual(
            (self.setup.transport, self.setup.endpoint), ("gateway", "http://127.0.0.1:8787")
        )
        with self.assert_invalid("has not been reached yet", UserError):
            self.setup.action_connected()
        action = self.setup.action_new_pairing_key()
        self.assertEqual(action["res_model"], "smartcash.pairing")
        self.assertIn(device.uid, action["context"]["default_command"])
        self.assertTrue(self.setup.gateway_paired_at)
        self.assertTrue(device.with_user(self.manager).gateway_test_token()["token"])
        self.answers()
        self.setup.endpoint = "http://127.0.0.1:9797"
        self.assertEqual(device.endpoint, "http://127.0.0.1:9797")
        self.setup.action_connected()
        self.setup.action_checked()
        self.setup.action_make_books()
        self.assertEqual(self.setup.method_id.use_payment_terminal, "cashlogy")
        self.setup.float_journal_id = self.safe
        self.setup.action_book_float()
        self.assertEqual(self.setup.step, "test")

    def test_the_key_is_made_by_managers_of_this_company(self):
        self.setup.action_choose()
        for user in (self.cashier, self.foreigner):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.setup.with_user(user).action_new_pairing_key()
