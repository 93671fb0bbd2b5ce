from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..core.driver_api import DeviceRefused, DeviceUnreachable, Health
from .common import SmartcashCommon

READY = Health("online", "Ready.")


class TestHealth(SmartcashCommon):
    """How a device is that Odoo itself talks to, for tills that ask each minute."""

    def setUp(self):
        super().setUp()
        self.cloud = self._device("Cloud", "fakeserver")
        self.looks = []
        self.seen = READY

        def check(driver, device):
            self.looks.append(device)
            if isinstance(self.seen, Exception):
                raise self.seen
            return self.seen

        self.patched(patch.multiple(self.fake_server, _check=check, _tells_health=True))
        # A look is noted in a transaction of its own.
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def patched(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def health(self, user=None, device=None):
        answer = (device or self.cloud).with_user(user or self.cashier).health()
        self.env.invalidate_all()
        return answer["state"], answer["message"]

    def later(self, **since):
        self.cloud.looked_at = fields.Datetime.now() - timedelta(**since)

    def test_one_look_answers_twenty_tills(self):
        for _till in range(20):
            self.assertEqual(self.health(), ("online", "Ready."))
        self.assertEqual(len(self.looks), 1)
        self.assertEqual((self.cloud.state, self.cloud.state_message), ("online", "Ready."))
        self.later(seconds=46)
        self.health(self.colleague)
        self.assertEqual(len(self.looks), 2)

    def test_a_device_that_does_not_answer_is_asked_no_more_often(self):
        for error, state in (
            (DeviceUnreachable("Gone."), "offline"),
            (DeviceRefused("No."), "error"),
        ):
            self.later(seconds=46)
            self.looks.clear()
            self.seen = error
            for _till in range(3):
                self.assertEqual(self.health(), (state, str(error)))
            self.assertEqual(len(self.looks), 1)

    def test_while_another_worker_looks_what_was_seen_before_is_told(self):
        self.health()
        self.later(minutes=5)
        turn = "odoo.addons.pos_smartcash_terminal.models.device.health.TURN"
        with patch(turn, "SELECT %s IS NULL"):
            self.assertEqual(self.health(), ("online", "Ready."))
        self.assertEqual(len(self.looks), 1)

    def test_a_look_that_cannot_be_noted_is_told_all_the_same(self):
        with (
            patch.object(
                self.registry["smartcash.device"], "_note_health", side_effect=SerializationFailure
            ),
            mute_logger("odoo.sql_db"),
        ):
            self.assertEqual(self.health(), ("online", "Ready."))

    def test_what_the_till_reaches_itself_the_server_does_not_look_at(self):
        self.assertEqual(self.health(device=self.device)[0], "unknown")
        self.assertFalse(self.looks)

    def test_nobody_else_asks(self):
        for user in (self.employee, self.portal, self.foreigner):
            with self.assertRaises(AccessError):
                self.cloud.with_user(user).health()
        self.assertFalse(self.looks)
