from odoo.tests import tagged

from .common_tours import CashlogyTourCase

#: Of 0.20 nearly none is left, 2.00 nearly full, one large note in the cassette.
RECYCLERS = {
    1: 156,
    2: 124,
    5: 98,
    10: 98,
    20: 3,
    50: 54,
    100: 60,
    200: 119,
    500: 20,
    1000: 19,
    2000: 18,
}


@tagged("post_install", "-at_install", "smartcash_tour")
class TestLevels(CashlogyTourCase):
    """What is in the machine, what runs out and what to bring: at the till and on the device form."""

    def setUp(self):
        super().setUp()
        self.device.model = "pos1500"
        recyclers = [{"value": value, "recycler": count} for value, count in RECYCLERS.items()]
        self.simulator.post("reset", pieces=[*recyclers, {"value": 5000, "cassette": 1}])

    def test_at_the_till(self):
        self.run_tour("SmartcashLevels")
        self.assertEqual(self.device.cash_inside, 1044.34)
        self.assertEqual((self.device.low_count, self.device.high_count), (1, 1))
        self.assertNotIn(50, self.device.level_ids.mapped("value"), "large notes are not recycled")

    def test_on_the_device_form(self):
        self.start_tour(
            f"/web#model=smartcash.device&view_type=form&id={self.device.id}",
            "SmartcashLevelsOnTheForm",
            login="pos_admin",
        )
        self.assertEqual(self.device.cash_inside, 1044.34)
