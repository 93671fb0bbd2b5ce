from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ..core.driver_api import DeviceUnreachable
from ..core.progress import Progress
from .common import SmartcashCommon

EMPTY = Progress("running", "accepting", cancellable=True, device_ref="77")
PART = Progress("running", "accepting", amount_in=500, cancellable=True, device_ref="77")
NOTHING = Progress("cancelled", "ended", device_ref="77")
BACK = Progress("cancelled", "ended", amount_in=500, amount_out=500, device_ref="77")


class TestIdle(SmartcashCommon):
    """A customer left, and so did the till's page."""

    def setUp(self):
        super().setUp()
        self.session.state = "closed"
        self.device = self._device("Cloud", "fakeserver")
        self.machine.write(
            {"use_payment_terminal": "fakeserver", "smartcash_device_id": self.device.id}
        )
        self.open_new_session(0)
        self.session = self.pos_session
        # The engine commits: with one cursor for all, its commits end with the test.
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def waiting(self, said=EMPTY, **values):
        uuid = self.running(**values)
        self.fake.answers.update(start=said, poll=said, cancel=NOTHING)
        self.Operation.with_user(self.cashier).start(uuid)
        return uuid

    def after(self, minutes):
        """The scheduled job, so long after anything moved."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE smartcash_operation SET write_date = %s WHERE state = 'running'",
            [fields.Datetime.now() - timedelta(minutes=minutes)],
        )
        self.env.invalidate_all()
        self.fake.calls.clear()
        self.env["smartcash.operation"].sudo()._cron_end_idle()
        self.env.invalidate_all()
        return [verb for verb, _uuid in self.fake.calls]

    def test_a_machine_is_free_again_when_nobody_paid(self):
        uuid = self.waiting()
        self.assertEqual(self.after(4), [])
        self.assertEqual(self.after(5), ["poll", "cancel"])
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("cancelled", False))
        self.assertEqual(operation.messages[-1]["code"], "nobody_paid")
        self.assertIn("5 minutes", " ".join(operation.event_ids.mapped("message")))
        self.assertEqual(self.Operation.with_user(self.cashier).poll(uuid)["state"], "cancelled")

    def test_what_was_inserted_comes_back(self):
        uuid = self.waiting(PART)
        self.fake.answers["cancel"] = BACK
        self.after(6)
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.net), ("cancelled", 0))
        self.assertEqual(operation.messages[-1]["code"], "payment_abandoned")

    def test_what_cannot_come_back_is_a_question(self):
        uuid = self.waiting(PART)
        self.fake.answers["cancel"] = Progress(
            "cancelled", "ended", amount_in=500, undispensed=500, device_ref="77"
        )
        self.after(6)
        operation = self.operation(uuid)
        self.assertEqual((operation.undispensed, operation.match_state), (5.0, "open"))

    def test_whoever_paid_while_nobody_looked_is_not_cancelled(self):
        uuid = self.waiting()
        self.fake.answers["poll"] = PART
        self.assertEqual(self.after(6), ["poll"])
        self.assertEqual(self.operation(uuid).state, "running")
        self.fake.answers["poll"] = Progress("done", "ended", amount_in=990, device_ref="77")
        self.assertEqual(self.after(6), ["poll"])
        self.assertEqual(self.operation(uuid).state, "done")

    def test_a_cancel_that_the_device_follows_later_says_why_all_the_same(self):
        uuid = self.waiting()
        self.fake.answers["cancel"] = Progress("running", "cancelling", device_ref="77")
        self.after(6)
        self.fake.answers["poll"] = NOTHING
        self.Operation.with_user(self.cashier).poll(uuid)
        self.assertEqual(self.operation(uuid).messages[-1]["code"], "nobody_paid")

    def test_a_deposit_that_holds_money_is_left_to_who_puts_it_in(self):
        uuid = self.waiting(PART, kind="cash_in", amount=0)
        self.assertEqual(self.after(60), ["poll"])
        self.assertEqual(self.operation(uuid).state, "running")

    def test_a_device_may_wait_for_ever_or_cannot_be_cancelled(self):
        self.waiting()
        self.device.idle_minutes = 0
        self.assertEqual(self.after(600), [])
        self.device.idle_minutes = 5
        capabilities = {"kinds": ["sale"], "cancel": False}
        with patch.object(self.fake_server, "_capabilities", lambda driver, device: capabilities):
            self.env.invalidate_all()
            self.assertEqual(self.after(600), [])
            self.assertEqual(self.device._pos_data()["idleMinutes"], 0)
        self.env.invalidate_all()
        self.assertEqual(self.device._pos_data()["idleMinutes"], 5)

    def test_impossible_minutes_are_refused(self):
        for minutes in (-1, 121):
            with self.assert_invalid("from 1 to 120"):
                self.device.idle_minutes = minutes

    @mute_logger(
        "odoo.addons.pos_smartcash_terminal.core.one_by_one",
        "odoo.addons.pos_smartcash_terminal.models.operation.engine",
    )
    def test_a_device_in_trouble_keeps_no_other_one_waiting(self):
        uuid = self.waiting()
        other = self._device("Other", "fakeserver")
        rule = {"user_id": self.colleague.id, "device_id": other.id}
        self.env["smartcash.rule"].create({"payment_method_id": self.machine.id, **rule})
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "device_id": self.device.id, "sequence": 99}
        )
        second = self.running(self.colleague)
        self.Operation.with_user(self.colleague).start(second)
        looked = self.registry["smartcash.operation"]._engine_poll

        for trouble in (KeyError("a bug"), DeviceUnreachable("gone")):

            def poll(operation, trouble=trouble):
                if operation.uuid == uuid:
                    raise trouble
                return looked(operation)

            with patch.object(self.registry["smartcash.operation"], "_engine_poll", poll):
                self.after(6)
        self.assertEqual(self.operation(second).state, "cancelled")
        self.assertEqual(self.operation(uuid).state, "running")
