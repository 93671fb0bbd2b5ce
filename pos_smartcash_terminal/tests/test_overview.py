from datetime import timedelta

from odoo import fields

from ..core.driver_api import Denomination, Inventory
from .common import SmartcashCommon


class TestOverview(SmartcashCommon):
    """The cards of the machines: what each did today, and what needs a person first."""

    def look(self, device=None, user=None):
        device = (device or self.device).with_user(user or self.manager)
        device.invalidate_recordset()
        return device

    def sale(self):
        """20.00 inserted, 10.10 given back, and no order yet."""
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        return self.operation(uuid)

    def test_what_came_in_and_went_out_today(self):
        self.sale()
        yesterday = self.sale()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE smartcash_operation SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=2), yesterday.id],
        )
        self.env.invalidate_all()
        device = self.look()
        self.assertEqual((device.today_in, device.today_out), (20.0, 10.1))
        idle = self.look(self._device("Till 2", "faketill"))
        self.assertEqual((idle.today_in, idle.today_out), (0, 0))
        self.assertFalse(idle.last_operation_id)

    def test_what_was_handed_over_by_hand_did_not_come_out_of_the_machine(self):
        uuid = self.running()
        self.done(uuid, 5000, 3000, undispensed=1010)
        self.register(kind="refund", amount=1000, manual=True, parent_uuid=uuid)
        device = self.look()
        self.assertEqual((device.today_in, device.today_out), (50.0, 30.0))
        self.assertEqual(device.last_operation_id, self.operation(uuid))

    def test_the_last_count_and_its_difference(self):
        self.assertEqual(self.look().last_count_id.moment, "opening")
        self.count("demand", 1234)
        device = self.look()
        self.assertEqual(device.last_count_id.moment, "demand")
        self.assertEqual(device.last_difference, device.last_count_id.difference)
        self.assertTrue(device.last_difference)

    def test_what_needs_a_person_comes_first(self):
        calm = self._device("A calm one", "faketill", state="online")
        low = self._device("B runs low", "faketill", state="online")
        away = self._device("C is away", "faketill", state="offline")
        self.device.state = "online"
        self.device.name = "D is asked about"
        low.with_user(self.manager).levels(
            Inventory("USD", (Denomination(100, "coin", 0, 0, 100, "empty"),)).to_wire()
        )
        self.sale()
        devices = calm | low | away | self.device
        found = self.env["smartcash.device"].with_user(self.manager)
        found = found.search([("id", "in", devices.ids)], order="urgency, name")
        self.assertEqual(
            found.mapped("name"),
            [
                "C is away",
                "D is asked about",
                "B runs low",
                "A calm one",
            ],
        )
        self.assertEqual(found.mapped("urgency"), [0, 0, 1, 2])

    def test_a_card_leads_to_what_it_names(self):
        question = self.sale()
        device = self.look()
        action = device.action_open_questions()
        shown = self.Operation.search(action["domain"])
        self.assertEqual((shown, device.question_count), (question, 1))
        self.assertEqual(device.action_open_last_operation()["res_id"], question.id)
        self.assertEqual(device.action_open_last_count()["res_id"], device.last_count_id.id)

    def test_who_sees_it(self):
        self.assertEqual(self.look(user=self.cashier).today_in, 0)
        self.assertNotIn(
            self.device, self.env["smartcash.device"].with_user(self.foreigner).search([])
        )
