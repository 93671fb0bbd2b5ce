from unittest.mock import patch

from odoo.exceptions import AccessError

from ..core.progress import Progress
from .test_engine import DONE, RUNNING, EngineCase


class TestHome(EngineCase):
    """A raw copy of a database knows every key: it must move nothing, and tell no machine anything."""

    def copied(self):
        """From here on this database is a copy of the one to which the devices belong."""
        patcher = patch.object(type(self.device), "_this_database", lambda device: "copy/1")
        patcher.start()
        self.addCleanup(patcher.stop)
        self.env.invalidate_all()

    def test_a_device_belongs_to_the_database_that_made_it(self):
        self.assertEqual(self.device.home, self.device._this_database())
        self.assertRegex(self.device.home, r"^\d+/\d+$")
        self.assertFalse(self.device.is_away)
        self.assertTrue(self.device.copy().home)

    def test_a_copy_registers_nothing(self):
        self.copied()
        answer = self.register()
        refused = answer["refused"]
        self.assertEqual(refused["code"], "not_paired")
        self.assertIn("belongs to another database", refused["message"])
        self.assertIn("No money moved", refused["message"])

    def test_what_was_registered_before_the_copy_is_not_started(self):
        uuid = self.register()["uuid"]
        self.copied()
        self.fake.answers["start"] = DONE
        answer = self.call("start", uuid)
        self.assertFalse(self.fake.calls)
        self.assertEqual((answer["state"], answer["amountIn"]), ("failed", 0))
        self.assertIn("belongs to another database", answer["messages"][0]["text"])

    def test_what_runs_is_neither_asked_nor_cancelled(self):
        uuid = self.register()["uuid"]
        self.fake.answers.update(start=RUNNING, poll=DONE, cancel=Progress("cancelled", "ended"))
        self.call("start", uuid)
        self.copied()
        self.fake.calls.clear()
        for verb in ("poll", "cancel", "accept"):
            answer = self.call(verb, uuid)
            self.assertEqual((answer["state"], answer["amountIn"]), ("running", 500))
            self.assertIn("belongs to another database", answer["messages"][-1]["text"])
        self.assertFalse(self.fake.calls)

    def test_nobody_counts_or_looks_at_the_machine(self):
        self.copied()
        self.fake.inventory = AssertionError("it was asked")
        refused = self.env["smartcash.count"].take(self.session.id, "closing", None)["refused"]
        self.assertEqual(refused["code"], "unreachable")
        self.assertIn("belongs to another database", refused["message"])

    def test_a_token_is_not_issued(self):
        till = self._device("Till 9", "faketill")
        self.machine.write({"use_payment_terminal": "faketill", "smartcash_device_id": till.id})
        self.copied()
        answer = self.Operation.with_user(self.cashier).issue_token(
            self.session.id, ["status", "sale"], till.id
        )
        self.assertEqual(answer["refused"]["code"], "not_paired")

    def test_a_manager_takes_over_on_purpose(self):
        self.copied()
        with self.assertRaises(AccessError):
            self.device.with_user(self.cashier).action_take_over()
        self.device.with_user(self.manager).action_take_over()
        self.assertEqual(self.device.sudo().home, "copy/1")
        self.assertFalse(self.device.is_away)
        self.assertEqual(self.register()["state"], "draft")
