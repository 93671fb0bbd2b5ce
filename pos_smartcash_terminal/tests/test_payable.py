from odoo.tests import tagged

from ..core.driver_api import Denomination, Inventory
from .common import SmartcashCommon


@tagged("post_install", "-at_install")
class TestPayable(SmartcashCommon):
    """What a machine is asked to move is what the button said: pieces that it has not are no rounding."""

    def setUp(self):
        super().setUp()
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "right_cash_in": True,
                "right_cash_out": True,
                "right_by_hand": True,
            }
        )

    def has(self, *values, cassette=()):
        """The machine has recyclers for ``values``, and takes ``cassette`` for good."""
        pieces = [Denomination(value, "coin", 0, 0, capacity=100, level="ok") for value in values]
        pieces += [Denomination(value, "note", 0, 3) for value in cassette]
        self.device._note_inventory(Inventory("USD", tuple(pieces)))

    def move(self, kind, amount, **values):
        return self.register(kind=kind, amount=amount, order_uid=None, **values)

    def test_what_no_piece_can_make_is_refused_with_what_can(self):
        self.has(5, 10, 100, cassette=[5000])
        refused = self.assert_refused(self.move("cash_out", 499), "not_payable")
        self.assertEqual((refused["below"], refused["above"]), (495, 500))
        for text in ("4.95", "5.00", "No money moved"):
            self.assertIn(text, refused["message"])
        self.assertFalse(self.Operation.search_count([("kind", "=", "cash_out")]))
        self.assertNotIn("refused", self.move("cash_out", 500))

    def test_below_the_smallest_piece_only_the_piece_is_offered(self):
        self.has(5, 10)
        refused = self.assert_refused(self.move("cash_out", 3), "not_payable")
        self.assertEqual((refused["below"], refused["above"]), (0, 5))
        self.assertNotIn("0.00", refused["message"])

    def test_money_in_likewise(self):
        self.has(5, 10, cassette=[5000])
        self.assert_refused(self.move("cash_in", 499), "not_payable")
        self.assertNotIn("refused", self.move("cash_in", 0), "whatever is put in")

    def test_pieces_that_are_only_taken_are_not_given_out(self):
        self.has(500, cassette=[1])
        self.assert_refused(self.move("cash_out", 1250), "not_payable")
        self.assertNotIn("refused", self.move("cash_in", 1251))

    def test_twos_and_fives_make_seven(self):
        self.has(2, 5)
        self.assertNotIn("refused", self.move("cash_out", 507))

    def test_by_hand_and_customers_are_not_held_up(self):
        self.has(5, 10)
        self.assertNotIn("refused", self.move("cash_out", 499, manual=True))
        self.assertNotIn("refused", self.register(amount=999))

    def test_a_machine_that_nobody_has_looked_into_is_asked(self):
        self.device.last_inventory = False
        self.assertNotIn("refused", self.move("cash_out", 499))

    def test_the_till_knows_it_before(self):
        self.has(5, 10, cassette=[1])
        self.assertEqual(self.device._levels_to_wire()["steps"], {"in": 1, "out": 5})
        self.device.last_inventory = False
        self.assertEqual(self.device._levels_to_wire()["steps"], {"in": 0, "out": 0})
