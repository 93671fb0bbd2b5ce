from odoo.tests import BaseCase, tagged

from ..core.driver_api import InvalidInventory, Inventory
from ..core.money import MAX_MINOR, from_minor, read_major, to_minor
from ..core.progress import FINAL, TRANSITIONS, InvalidProgress, Message, Progress
from ..core.registration import Refused, Registration

UUID = "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"


@tagged("post_install", "-at_install")
class TestWire(BaseCase):
    def test_amounts_cross_the_border_without_float_noise(self):
        self.assertEqual(to_minor(5.1000000000000005, 2), 510)
        self.assertEqual(to_minor(0.1 + 0.2, 2), 30)
        self.assertEqual(to_minor(1.005, 3), 1005)
        self.assertEqual(to_minor(-9.9, 2), -990)
        self.assertEqual(to_minor(1500, 0), 1500)
        for minor in (0, 1, 99, 100, 101, 123456789):
            for decimals in (0, 2, 3):
                self.assertEqual(to_minor(from_minor(minor, decimals), decimals), minor)

    def test_what_is_no_amount_is_refused_at_the_border(self):
        for amount, minor in ((5.1, 510), (-9.9, -990), (7, 700), (0, 0), (1e10, MAX_MINOR)):
            self.assertEqual(read_major(amount, 2), minor)
        garbage = ("12.50", None, True, [5], {}, float("nan"), float("inf"), 1e300, 1e10 + 1, -1e11)
        for amount in garbage:
            with self.subTest(amount=amount), self.assertRaises(ValueError):
                read_major(amount, 2)

    def test_states_only_move_forward(self):
        for state in TRANSITIONS:
            seen, following = set(), set(TRANSITIONS[state])
            while following:
                seen |= following
                following = {
                    later for earlier in following for later in TRANSITIONS[earlier]
                } - seen
            self.assertNotIn(state, seen, f"{state} can come again")
        self.assertEqual(FINAL, {"done", "cancelled", "failed"})

    def test_a_progress_survives_the_wire(self):
        progress = Progress(
            "running",
            "accepting",
            amount_in=500,
            rounding=-1,
            device_ref="j:42",
            cancellable=True,
            messages=(Message("note_back", "50 given back", "warning"),),
            card={"brand": "KNET"},
        )
        self.assertEqual(Progress.from_wire(progress.to_wire()), progress)

    def test_a_progress_of_another_shape_is_refused_by_name(self):
        good = Progress("running", "accepting").to_wire()
        for key, value in [
            ("state", "paid"),
            ("state", None),
            ("phase", ["ended"]),
            ("amountIn", 9.9),
            ("amountIn", "990"),
            ("amountIn", True),
            ("amountIn", -1),
            ("amountOut", 10**15),
            ("undispensed", None),
            ("rounding", "1"),
            ("deviceRef", 42),
            ("deviceRef", "x" * 500),
            ("cancellable", 1),
            ("messages", "text"),
            ("messages", [{"code": "x", "text": "y", "level": "fatal"}]),
            ("messages", [1]),
            ("card", "4111"),
            ("card", {"pan": 4111}),
            ("signature", 7),
            ("signature", "x" * 5000),
        ]:
            with self.subTest(key=key, value=value), self.assertRaisesRegex(InvalidProgress, "\\w"):
                Progress.from_wire({**good, key: value})
        for wire in (None, [], "done", 1):
            with self.subTest(wire=wire), self.assertRaises(InvalidProgress):
                Progress.from_wire(wire)

    def test_failed_cannot_carry_money(self):
        with self.assertRaisesRegex(InvalidProgress, "no money moved"):
            Progress.from_wire({**Progress("failed", "ended").to_wire(), "amountIn": 100})

    def test_bad_wishes_are_refused_by_name(self):
        good = {
            "uuid": UUID,
            "kind": "sale",
            "amount": 990,
            "currency": "EUR",
            "session_id": 1,
            "payment_method_id": 1,
        }
        self.assertEqual(Registration.from_wire(good).amount, 990)
        for key, value in [
            ("uuid", None),
            ("uuid", "42"),
            ("uuid", UUID.upper()),
            ("uuid", f"{{{UUID}}}"),
            ("kind", "gift"),
            ("kind", ["sale"]),
            ("amount", 0),
            ("amount", -1),
            ("amount", 9.9),
            ("amount", "990"),
            ("amount", True),
            ("amount", None),
            ("amount", 10**13),
            ("currency", ""),
            ("currency", None),
            ("currency", "EURO"),
            ("session_id", "1"),
            ("session_id", 2**40),
            ("payment_method_id", None),
            ("order_uid", {"a": 1}),
            ("order_uid", "x" * 100),
            ("cashier", "nul\x00"),
            ("allow_partial", "yes"),
            ("manual", 1),
            ("parent_uuid", "42"),
            ("refunded_line_ids", "42"),
            ("refunded_line_ids", ["42"]),
            ("refunded_line_ids", [True]),
        ]:
            with self.subTest(key=key, value=value), self.assertRaises(Refused) as caught:
                Registration.from_wire({**good, key: value})
            self.assertEqual(caught.exception.code, "bad_values")
            self.assertIn(key, caught.exception.message)
        for values in (None, [], "sale"):
            with self.subTest(values=values), self.assertRaises(Refused):
                Registration.from_wire(values)

    def test_only_a_deposit_may_be_open(self):
        deposit = {
            "uuid": UUID,
            "kind": "cash_in",
            "amount": 0,
            "currency": "EUR",
            "session_id": 1,
            "payment_method_id": 1,
        }
        self.assertEqual(Registration.from_wire(deposit).amount, 0)
        with self.assertRaises(Refused):
            Registration.from_wire({**deposit, "manual": True})

    def test_an_inventory_is_summed_here_not_believed(self):
        wire = {
            "currency": "EUR",
            "total": 1,
            "denominations": [
                {
                    "value": 200,
                    "kind": "coin",
                    "recycler": 3,
                    "cassette": 0,
                    "capacity": 90,
                    "level": "ok",
                },
                {"value": 500, "kind": "note", "recycler": 2, "cassette": 4},
            ],
        }
        self.assertEqual(Inventory.from_wire(wire).to_wire()["total"], 3600)
        for piece in (
            {"value": 0, "kind": "coin"},
            {"value": 200, "kind": "bar"},
            {"value": 200, "kind": "coin", "recycler": -1},
            {"value": 200, "kind": "coin", "level": "overflowing"},
            "coin",
        ):
            with self.subTest(piece=piece), self.assertRaises(InvalidInventory):
                Inventory.from_wire({**wire, "denominations": [piece]})
