from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..core.driver_api import Denomination, Inventory
from .common import SmartcashCommon


def holds(pieces):
    """So many coins of 1.00, as a till would tell it."""
    return Inventory("USD", (Denomination(100, "coin", pieces, 0),))


class TestWordAboutDevices(SmartcashCommon):
    """Whose word about a device counts."""

    def setUp(self):
        super().setUp()
        self.Count = self.env["smartcash.count"]

    def serve(self):
        """A new session of the till, whose machine Odoo itself talks to."""
        self.session.state = "closed"
        cloud = self._device("Cloud", "fakeserver")
        self.machine.write({"use_payment_terminal": "fakeserver", "smartcash_device_id": cloud.id})
        self.device = cloud
        self.open_new_session(0)
        self.session = self.pos_session

    def take(self, moment, pieces, user=None):
        seen = pieces and {"inventory": holds(pieces).to_wire()}
        return self.Count.with_user(user or self.cashier).take(
            self.session.id, moment, seen, self.device.id
        )

    def test_a_till_cannot_tell_what_is_in_a_machine_that_odoo_counts(self):
        self.serve()
        self.fake.inventory = holds(7)
        for moment in ("closing", "demand"):
            for user in (self.cashier, self.manager):
                self.assert_refused(self.take(moment, 100, user), "not_yours")
        self.assertFalse(self.device.last_inventory)
        count = self.take("closing", None)
        self.assertEqual((count["total"], count["evidence"]), (700, "server"))
        self.assertEqual(self.device.last_inventory["total"], 700)

    def test_a_fault_in_odoo_leaves_the_count_to_a_person(self):
        self.serve()
        for fault in (KeyError("hidden"), "no inventory"):
            self.fake.inventory = fault
            with mute_logger("odoo.addons.pos_smartcash_terminal.models.session.smartcash_count"):
                refused = self.assert_refused(self.take("closing", None), "unreachable")
            self.assertNotIn("hidden", refused["message"])
        self.assertEqual(self.count("closing", 700)["evidence"], "manual")

    def test_levels_that_a_till_tells_of_such_a_machine_are_not_written_down(self):
        self.serve()
        self.fake.inventory = holds(7)
        answer = self.device.with_user(self.cashier).levels(holds(100).to_wire())
        self.assertEqual(answer["total"], 700)
        self.assertEqual(self.device.last_inventory["total"], 700)

    def test_how_such_a_machine_is_and_what_it_can_is_not_a_till_s_to_say(self):
        self.serve()
        said = {"state": "offline", "capabilities": {"kinds": []}}
        for user in (self.cashier, self.manager):
            with self.assert_invalid("Odoo itself", AccessError):
                self.device.with_user(user).note_seen(said)
        self.assertEqual((self.device.state, self.device.capabilities), ("unknown", False))

    def test_a_count_that_rests_on_the_till_s_word_says_so(self):
        count = self.take("closing", 7)
        self.assertEqual((count["source"], count["evidence"]), ("device", "client"))
        self.assertEqual(self.Count.browse(count["id"]).evidence, "client")
        typed = self.count("closing", 700)
        self.assertEqual((typed["source"], typed["evidence"]), ("manual", "manual"))

    def test_an_opening_count_is_taken_before_the_session_is_open_and_never_again(self):
        self.assertEqual(self.session.state, "opened")
        before = self.Count.search_count([])
        self.assert_refused(self.take("opening", 100), "already_open")
        self.assert_refused(
            self.Count.take(self.session.id, "opening", {"total": 1, "reason": "x"}), "already_open"
        )
        self.assert_refused(self.take(["opening"], 1), "bad_values")
        self.assertEqual(self.Count.search_count([]), before)
        self.assertFalse(self.device.last_inventory)

    def test_whom_no_rule_admits_counts_nothing(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "user_id": self.cashier.id,
                "device_id": self.device.id,
                "right_count": False,
            }
        )
        self.session.state = "opening_control"
        for moment in ("opening", "closing", "demand"):
            self.assert_refused(self.take(moment, 100, self.colleague), "no_rule")
        self.assertFalse(self.device.last_inventory)
        self.assert_refused(self.take("demand", 100), "right_missing")
        for user in (self.cashier, self.manager):
            self.assertEqual(self.take("opening", 7, user)["total"], 700)
            self.assertEqual(self.take("closing", 7, user)["total"], 700)

    def test_whom_no_rule_admits_tells_nothing_of_a_machine(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "user_id": self.cashier.id,
                "device_id": self.device.id,
            }
        )
        theirs, own = self.device.with_user(self.colleague), self.device.with_user(self.cashier)
        with self.assert_invalid("No rule", AccessError):
            theirs.note_seen({"state": "offline"})
        self.assertEqual(theirs.levels(holds(100).to_wire())["total"], 0)
        self.assertFalse(self.device.last_inventory)
        self.assertEqual(own.levels(holds(7).to_wire())["total"], 700)
        own.note_seen({"state": "error", "message": "Jam", "capabilities": {"kinds": []}})
        self.assertEqual((self.device.state, self.device.capabilities), ("error", False))
        self.device.with_user(self.manager).note_seen(
            {"state": "online", "capabilities": {"kinds": ["sale"]}}
        )
        self.assertEqual(self.device.capabilities["kinds"], ["sale"])
