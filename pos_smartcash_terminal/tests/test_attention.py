from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from ..core.driver_api import Denomination, Inventory
from .common import SmartcashCommon


def holds(*pieces):
    """Coins, as (value, pieces, level)."""
    return Inventory(
        "USD",
        tuple(Denomination(value, "coin", count, 0, 100, level) for value, count, level in pieces),
    ).to_wire()


class TestAttention(SmartcashCommon):
    """That a machine is there, and what runs out in it, is seen without asking it."""

    def seen(self, **values):
        device = self.device
        device.invalidate_recordset()
        return {name: device[name] for name in ("state", "status", "warning")}

    def test_what_runs_out_is_named_in_the_back_end_and_at_the_till(self):
        device = self.device.with_user(self.cashier)
        device.levels(holds((100, 50, None), (200, 50, None)))
        self.assertEqual(device.attention(), [])
        self.assertEqual((self.device.status, self.device.warning), ("online", ""))
        device.levels(holds((50, 0, "empty"), (100, 2, None), (200, 50, None), (500, 100, None)))
        (found,) = device.attention()
        self.assertEqual(found["id"], self.device.id)
        for word in ("Empty: ", "0.50", "Nearly empty: ", "1.00", "Full: ", "5.00"):
            self.assertIn(word, found["text"])
        self.assertNotIn("2.00", found["text"])
        self.assertEqual((self.device.state, self.device.status), ("online", "attention"))
        self.device.state = "offline"
        self.assertEqual(self.device.status, "offline", "the larger trouble first")

    def test_a_full_stacker_is_said_first(self):
        self.device.cassette_capacity = 10
        inventory = Inventory("USD", (Denomination(2000, "note", 0, 10),)).to_wire()
        self.device.with_user(self.cashier).levels(inventory)
        self.assertTrue(self.device.warning.startswith("The stacker is full"))

    def test_an_end_at_the_machine_says_that_it_is_there(self):
        self.assertEqual((self.device.state, self.device.last_seen), ("unknown", False))
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.assertEqual(self.device.state, "unknown", "no till waits for it")
        self.after_commit()
        self.assertEqual(self.device.state, "online")
        self.assertTrue(self.device.last_seen)

    def test_it_is_noted_now_and_then_only(self):
        self.device._note_heard()
        seen = self.device.last_seen = fields.Datetime.now() - timedelta(minutes=4)
        self.device._note_heard()
        self.assertEqual(self.device.last_seen, seen)
        self.device.last_seen = fields.Datetime.now() - timedelta(minutes=6)
        self.device.state = "error"
        self.device._note_heard()
        self.assertGreater(self.device.last_seen, seen)
        self.assertEqual(self.device.state, "error", "a sale is no repair")

    def test_what_never_started_says_nothing_about_the_machine(self):
        uuid = self.running()
        self.report(uuid, state="failed", phase="ended")
        self.after_commit()
        self.assertEqual(self.device.state, "unknown")

    def test_a_count_says_that_it_is_there(self):
        self.device.with_user(self.cashier).levels(holds((100, 50, None)))
        self.assertEqual(self.device.state, "online")
        self.assertTrue(self.device.last_seen)

    def test_who_may_ask(self):
        for user in (self.employee, self.portal, self.foreigner):
            with self.assert_invalid(".", AccessError):
                self.device.with_user(user).attention()

    def after_commit(self):
        """What waits for the end of the transaction, which does not end in tests."""
        self.env.flush_all()
        self.registry.enter_test_mode(self.cr)
        try:
            self.env.cr.postcommit.run()
        finally:
            self.registry.leave_test_mode()
        self.env.invalidate_all()
