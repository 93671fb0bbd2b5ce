import json
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import file_path

from .common_tours import CashdroTourCase

TABLE = json.loads(Path(file_path("pos_cashdro/vectors/homologation.json")).read_text())
#: The maker's payout that the tour does as a cash out, for the window cleaner. Nobody is owed a cent of
#: one, so what the machine gives out is asked for.
CASH_OUT = 499


def _played(row):
    """:returns: kind, amount, state, in, out and rounding, as the ledger has them. Minor units."""
    kind, amount, rounding = row["kind"], row["amount"], row["rounding"]
    if (kind, amount) == ("refund", CASH_OUT):
        kind, amount, rounding = "cash_out", row["out"], 0
    state = "cancelled" if row.get("cancel") else "done"
    return kind, amount, state, row["in"], row["out"], rounding


#: What the maker's table asks for, in its order.
ROWS = [_played(row) for row in TABLE["rows"]]
TOTAL_IN, TOTAL_OUT, NET = (TABLE["totals"][0][key] for key in ("in", "out", "net"))


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
