from odoo.tests import tagged

from .common_tours import CashdroTourCase

#: Kind, amount, state, in, out, rounding: what the maker's table asks for, in its order. Minor units.
ROWS = [
    ("sale", 1, "done", 0, 0, 1),
    ("sale", 3, "done", 2, 0, 1),
    ("sale", 1000, "cancelled", 500, 500, 0),
    ("sale", 101, "done", 100, 0, 1),
    ("sale", 103, "done", 102, 0, 1),
    ("sale", 103, "done", 104, 2, 1),
    ("sale", 197, "done", 200, 4, 1),
    ("sale", 1001, "done", 1100, 100, 1),
    ("sale", 300, "done", 300, 0, 0),
    ("sale", 1000, "done", 1000, 0, 0),
    ("sale", 1250, "done", 1250, 0, 0),
    ("sale", 500, "done", 2000, 1500, 0),
    ("refund", 501, "done", 0, 502, 1),
    ("refund", 1203, "done", 0, 1204, 1),
    # The maker's table asks for 4.99 here. Nobody is owed a cent of a cash out, so 5.00 is asked for.
    ("cash_out", 500, "done", 0, 500, 0),
    ("refund", 1, "done", 0, 2, 1),
    ("refund", 3, "done", 0, 4, 1),
]
TOTAL_IN, TOTAL_OUT, NET = 6658, 4318, 2340


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashdroHomologation(CashdroTourCase):
    """The maker's basic homologation through the whole chain."""

    pieces = "homologation"

    def test_row_by_row(self):
        self.allow_money_out()
        self.run_tour("CashdroHomologation")
        session, operations = self.pos_session, self.operations()
        amounts = ("amount", "amount_in", "amount_out", "rounding")
        self.assertEqual(
            [
                (operation.kind, amount, operation.state, amount_in, amount_out, rounding)
                for operation in operations
                for amount, amount_in, amount_out, rounding in [map(operation._minor, amounts)]
            ],
            ROWS,
        )
        self.assertEqual(set(operations.filtered("net").mapped("match_state")), {"matched"})
        self.assert_in_step_with_machine()
        by_machine = self.simulator.operations()
        self.assertEqual(sum(one["total_in"] for one in by_machine), TOTAL_IN)
        self.assertEqual(sum(one["total_out"] for one in by_machine), TOTAL_OUT)
        self.assertEqual(self.simulator.state()["physical_total"], self.total_before + NET)

        # Each order is paid in full, whatever the machine rounded.
        self.assertEqual(set(session.order_ids.mapped("state")), {"done"})
        paid = [
            (payment.payment_method_id.name, self.minor(payment.amount))
            for payment in session.order_ids.payment_ids.sorted("id")
        ]
        expected = [
            ("Bank", 1000)
            if state == "cancelled"
            else ("CashDro", {"refund": -1}.get(kind, 1) * amount)
            for kind, amount, state, *_moved in ROWS
            if kind != "cash_out"
        ]
        self.assertEqual(paid, expected)

        # The session closes with what is inside: the rounding is booked, and nothing is missing.
        self.assertEqual(session.state, "closed")
        counts = session.smartcash_count_ids.sorted("id")
        self.assertEqual(
            [(count.moment, count.source, count._minor("total")) for count in counts],
            [
                ("opening", "device", self.total_before),
                ("closing", "device", self.total_before + NET),
            ],
        )
        self.assertEqual(self.minor(session.smartcash_rounding_line_ids.amount), -11)
        self.assertIn(
            self.device.rounding_account_id,
            session.smartcash_rounding_line_ids.move_id.line_ids.account_id,
        )
        self.assertEqual(
            self.minor(session.cash_register_balance_end_real), self.total_before + NET
        )
        self.assertEqual(self.minor(session.cash_register_difference), 0)
