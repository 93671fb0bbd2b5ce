from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..core.driver_api import Denomination, Inventory
from .common import SmartcashCommon


class TestAlerts(SmartcashCommon):
    """Who is told of what is wrong with a machine: once, and as they wish."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref)
        cls.env["smartcash.device"].search([("id", "!=", cls.device.id)]).active = False
        cls.manager.email = "manager@example.com"
        cls.recipient = cls.env["smartcash.alert.recipient"].create(
            {"user_id": cls.manager.id, "company_id": cls.device.company_id.id}
        )

    def level(self, state, count=0):
        self.device.with_user(self.manager).levels(
            Inventory("USD", (Denomination(100, "coin", count, 0, 100, state),)).to_wire()
        )

    def look(self):
        self.env.invalidate_all()
        self.env["smartcash.alert"].sudo()._cron_look()
        return self.env["smartcash.alert"].sudo().search([("device_id", "=", self.device.id)])

    def open_alerts(self, kind):
        return self.look().filtered(lambda alert: alert.kind == kind and not alert.ended_at)

    def todos(self, user=None):
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "smartcash.device"),
                    ("user_id", "=", (user or self.manager).id),
                ]
            )
        )

    def mails(self):
        return self.env["mail.mail"].sudo().search([("email_to", "ilike", "manager@example.com")])

    def test_low_change_is_told_once_and_the_todo_goes_when_it_is_filled(self):
        self.level("empty")
        alert = self.open_alerts("low")
        self.assertIn("Empty", alert.text)
        todo = self.todos()
        self.assertEqual(len(todo), 1)
        self.assertIn(self.device.name, todo.summary)
        self.assertFalse(self.mails())
        self.level("near_empty", 3)
        self.assertEqual(self.open_alerts("low"), alert)
        self.assertIn("Nearly empty", alert.text)
        self.assertEqual(self.todos(), todo)
        self.level("ok", 50)
        self.assertFalse(self.open_alerts("low"))
        self.assertTrue(alert.ended_at)
        self.assertFalse(todo.exists())

    def test_by_email_both_ways_and_without_an_address(self):
        self.recipient.channel = "email"
        self.level("full", 100)
        self.look()
        self.assertFalse(self.todos())
        mail = self.mails()
        self.assertIn(self.device.name, mail.subject)
        self.assertIn("Full", mail.body_html)
        self.assertEqual(mail.state, "outgoing")
        self.level("ok", 50)
        self.look()
        self.recipient.channel = "both"
        self.level("empty")
        self.look()
        self.assertEqual((len(self.mails()), len(self.todos())), (2, 1))
        self.manager.email = False
        self.recipient.channel = "email"
        self.device.state = "error"
        self.look()
        self.assertEqual(len(self.todos()), 2, "nobody to write to: a to-do instead")

    def test_what_a_person_does_not_want_they_do_not_get(self):
        self.recipient.low = False
        other = self._device("Another", "faketill")
        self.level("empty")
        self.assertTrue(self.open_alerts("low"))
        self.recipient.write({"low": True, "device_ids": [Command.set(other.ids)]})
        self.level("ok", 50)
        self.look()
        self.level("empty")
        self.look()
        self.assertFalse(self.todos())

    def test_who_left_the_company_is_told_nothing(self):
        self.manager.active = False
        self.level("empty")
        self.assertTrue(self.open_alerts("low"))
        self.assertFalse(self.todos())

    def test_a_machine_that_is_off_at_night_is_no_alert(self):
        self.device.write({"state": "offline", "state_message": "No answer at 10.0.0.9"})
        alert = self.open_alerts("offline")
        self.assertEqual(alert.text, "No answer at 10.0.0.9")
        self.session.state = "closed"
        self.assertFalse(self.open_alerts("offline"))

    def test_each_count_that_differs_by_more_than_the_limit_is_told(self):
        self.count("demand", 1234)
        difference = abs(self.device.last_difference)
        self.recipient.difference_limit = difference
        self.assertTrue(self.open_alerts("difference"))
        self.assertFalse(self.todos())
        self.count("demand", 1235)
        first = self.open_alerts("difference")
        self.assertEqual(len(self.todos()), 1)
        self.count("demand", 1236)
        self.assertNotEqual(self.open_alerts("difference"), first)
        self.assertTrue(first.ended_at)
        self.assertEqual(len(self.todos()), 1, "the to-do of the count before is over")

    def test_money_to_decide_about(self):
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.recipient.channel = "email"
        self.assertIn("1", self.open_alerts("question").text)
        self.assertEqual(len(self.mails()), 1)

    def test_what_comes_and_goes_is_told_once_an_hour(self):
        for _times in range(3):
            self.level("empty")
            self.look()
            self.level("ok", 50)
            self.look()
        told = self.look().filtered(lambda alert: alert.kind == "low")
        self.assertEqual(len(told), 3)
        self.assertEqual(len(set(told.mapped("told_at"))), 1)
        told.told_at = fields.Datetime.now() - timedelta(hours=2)
        self.level("empty")
        self.look()
        self.assertEqual(len(self.todos()), 1)

    def test_silenced_for_a_day(self):
        self.level("empty")
        alert = self.open_alerts("low")
        alert.with_user(self.manager).action_silence_day()
        self.assertFalse(self.todos())
        self.level("ok", 50)
        self.look()
        alert.told_at = fields.Datetime.now() - timedelta(hours=2)
        self.level("empty")
        again = self.open_alerts("low")
        self.assertEqual(again.silent_until, alert.silent_until)
        self.assertFalse(self.todos())
        self.device.state = "error"
        self.look()
        self.assertEqual(len(self.todos()), 1, "another kind of trouble is told")
        with self.assertRaises(AccessError):
            alert.with_user(self.cashier).action_silence_week()

    def test_a_machine_that_breaks_the_look_does_not_silence_the_others(self):
        other = self._device("Another", "faketill", state="error")
        self._device("A broken one", "faketill")
        self.level("empty")
        original = type(self.device)._alerts

        def broken(device):
            if device.name == "A broken one":
                raise ValueError("odd data")
            return original(device)

        log = "odoo.addons.pos_smartcash_terminal.models.alert.smartcash_alert"
        with patch.object(type(self.device), "_alerts", broken), mute_logger(log):
            self.assertTrue(self.open_alerts("low"))
        self.assertTrue(other)

    def test_a_machine_that_is_archived_has_no_alerts(self):
        self.level("empty")
        alert = self.open_alerts("low")
        self.device.active = False
        self.look()
        self.assertTrue(alert.ended_at)

    def test_the_digest_of_yesterday(self):
        self.recipient.digest = True
        self.manager.tz = "Pacific/Auckland"
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        operation = self.operation(uuid)
        midnight = self.device.with_context(tz=self.manager.tz)._start_of_today()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE smartcash_operation SET create_date = %s WHERE id = %s",
            [midnight - timedelta(minutes=1), operation.id],
        )
        self.env.invalidate_all()
        self.level("empty")
        self.look()
        self.env["smartcash.alert.recipient"].sudo()._cron_digest()
        body = self.mails().filtered(lambda mail: "Cash machines" in mail.subject).body_html
        self.assertIn(self.device.name, body)
        self.assertIn("20.00", body)
        self.assertIn("10.10", body)
        self.assertIn("Empty", body)

    def test_no_digest_where_nothing_is_to_be_told(self):
        self.recipient.digest = True
        self.manager.email = False
        self.env["smartcash.alert.recipient"].sudo()._cron_digest()
        self.assertFalse(
            self.env["mail.mail"].sudo().search([("subject", "ilike", "Cash machines")])
        )

    def test_a_cashier_does_not_choose_who_is_told(self):
        with self.assertRaises(AccessError):
            self.recipient.with_user(self.cashier).write({"low": False})
