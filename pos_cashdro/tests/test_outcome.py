from odoo.tests import BaseCase, tagged

from ..cashdro_client import CashdroStatus, OperationState
from ..outcome import Asked, judge

EXECUTING, FINISHED = OperationState.EXECUTING, OperationState.FINISHED


def end(kind, amount, amount_in=0, amount_out=0, *, wish=None, tolerance=1, owed=0, cancelled=None):
    """:returns: (state, net, undispensed, rounding)"""
    status = CashdroStatus("1", FINISHED, amount, amount_in, amount_out, owed, cancelled=cancelled)
    said = judge(Asked(kind, amount, wish, tolerance=tolerance), status)
    return said.state, said.net, said.undispensed, said.rounding


@tagged("-at_install", "post_install")
class TestOutcome(BaseCase):
    """The machine's totals against what they mean; minor units."""

    def test_the_vendor_s_basic_homologation(self):
        rows = [
            ("sale", 1, 0, 0, None, ("done", 0, 0, 1)),
            ("sale", 3, 2, 0, None, ("done", 2, 0, 1)),
            ("sale", 1000, 500, 500, "cancel", ("cancelled", 0, 0, 0)),
            ("sale", 101, 100, 0, None, ("done", 100, 0, 1)),
            ("sale", 103, 102, 0, None, ("done", 102, 0, 1)),
            ("sale", 103, 104, 2, None, ("done", 102, 0, 1)),
            ("sale", 197, 200, 4, None, ("done", 196, 0, 1)),
            ("sale", 1001, 1100, 100, None, ("done", 1000, 0, 1)),
            ("sale", 300, 300, 0, None, ("done", 300, 0, 0)),
            ("sale", 1000, 1000, 0, None, ("done", 1000, 0, 0)),
            ("sale", 1250, 1250, 0, None, ("done", 1250, 0, 0)),
            ("sale", 500, 2000, 1500, None, ("done", 500, 0, 0)),
            ("refund", 501, 0, 502, None, ("done", -502, 0, 1)),
            ("refund", 1203, 0, 1204, None, ("done", -1204, 0, 1)),
            ("refund", 499, 0, 500, None, ("done", -500, 0, 1)),
            ("refund", 1, 0, 2, None, ("done", -2, 0, 1)),
            ("refund", 3, 0, 4, None, ("done", -4, 0, 1)),
        ]
        total_in = total_out = 0
        for kind, amount, amount_in, amount_out, wish, expected in rows:
            with self.subTest(kind=kind, amount=amount, amount_in=amount_in):
                self.assertEqual(end(kind, amount, amount_in, amount_out, wish=wish), expected)
                _state, net, undispensed, rounding = expected
                if expected[0] == "done":  # the order is paid in full
                    self.assertEqual(
                        net + rounding - undispensed, amount if kind == "sale" else -amount
                    )
            total_in += amount_in
            total_out += amount_out
        self.assertEqual((total_in, total_out, total_in - total_out), (6658, 4318, 2340))

    def test_change_that_could_not_be_given_is_owed(self):
        self.assertEqual(end("sale", 1000, 2000, 700, owed=300), ("done", 1300, 300, 0))
        self.assertEqual(end("sale", 197, 200, 0, owed=4), ("done", 200, 4, 1))
        # A machine that does not say so owes it all the same.
        self.assertEqual(end("sale", 1000, 2000, 700), ("done", 1300, 300, 0))

    def test_a_part_that_was_accepted_is_paid_and_the_rest_stays_due(self):
        self.assertEqual(end("sale", 1000, 500, wish="accept"), ("done", 500, 0, 0))
        # Finalised at the machine itself.
        self.assertEqual(end("sale", 1000, 500), ("done", 500, 0, 0))
        # A missing cent of an accepted part is not rounding.
        self.assertEqual(end("sale", 1000, 999, wish="accept"), ("done", 999, 0, 0))

    def test_a_cancel_that_cannot_give_everything_back_owes_the_rest(self):
        for wish, cancelled in (("cancel", None), (None, True), (None, None)):
            self.assertEqual(
                end("sale", 1000, 500, 200, owed=300, wish=wish, cancelled=cancelled),
                ("cancelled", 300, 300, 0),
            )
        self.assertEqual(end("sale", 1000, 500, 0, owed=500), ("cancelled", 500, 500, 0))
        self.assertEqual(end("sale", 1000, 0, 0), ("cancelled", 0, 0, 0))
        self.assertEqual(
            end("sale", 1000, 1000, owed=1000, wish="cancel"), ("cancelled", 1000, 1000, 0)
        )

    def test_a_cancel_that_came_too_late_is_a_sale(self):
        self.assertEqual(end("sale", 1000, 2000, 1000, wish="cancel"), ("done", 1000, 0, 0))

    def test_nothing_of_a_cancelled_cent_is_paid_by_rounding(self):
        for wish, cancelled in (("cancel", None), (None, True)):
            self.assertEqual(end("sale", 1, wish=wish, cancelled=cancelled), ("cancelled", 0, 0, 0))
        self.assertEqual(end("sale", 1, tolerance=0), ("cancelled", 0, 0, 0))

    def test_a_gap_above_the_rounding_is_never_rounding(self):
        # 10.03 paid with 10.00 where only 0.01 may be rounded: the rest stays due.
        self.assertEqual(end("sale", 1003, 1000), ("done", 1000, 0, 0))
        self.assertEqual(end("sale", 1003, 1000, tolerance=4), ("done", 1000, 0, 3))
        # Change 0.05 for 0.02: nothing is "given back", the customer has paid.
        self.assertEqual(end("sale", 998, 1000, 5), ("done", 995, 0, 0))
        self.assertEqual(end("sale", 998, 1000, 5, tolerance=4), ("done", 995, 0, 3))

    def test_payouts_that_are_incomplete(self):
        self.assertEqual(end("refund", 1000, 0, 400, owed=600), ("done", -400, 600, 0))
        self.assertEqual(end("refund", 1000), ("failed", 0, 0, 0))
        self.assertEqual(end("refund", 1000, wish="cancel"), ("cancelled", 0, 0, 0))
        self.assertEqual(end("cash_out", 1000, 0, 1000), ("done", -1000, 0, 0))
        self.assertEqual(end("cash_out", 501, 0, 502), ("done", -502, 0, 0))

    def test_cash_moves_are_booked_as_they_moved(self):
        self.assertEqual(end("cash_in", 1000, 1015, 15), ("done", 1000, 0, 0))
        self.assertEqual(end("cash_in", 1001, 1000), ("done", 1000, 0, 0))
        self.assertEqual(end("cash_in", 0, 25000), ("done", 25000, 0, 0))
        self.assertEqual(end("cash_in", 0, 0), ("cancelled", 0, 0, 0))
        self.assertEqual(end("cash_in", 0, 500, 500, wish="cancel"), ("cancelled", 0, 0, 0))

    def test_filling_emptying_and_changing_notes(self):
        self.assertEqual(end("fill", 0, 5000, wish="accept"), ("done", 5000, 0, 0))
        self.assertEqual(end("fill", 0, 5000, 5000, wish="cancel"), ("cancelled", 0, 0, 0))
        self.assertEqual(end("exchange", 0, 2000, 2000, wish="accept"), ("done", 0, 0, 0))
        self.assertEqual(end("exchange", 0, 2000, 1500, wish="accept"), ("done", 500, 500, 0))
        self.assertEqual(end("exchange", 0, 2000, 2000, wish="cancel"), ("cancelled", 0, 0, 0))
        self.assertEqual(end("exchange", 0), ("cancelled", 0, 0, 0))
        self.assertEqual(end("empty", 0, 0, 9000, wish="execute"), ("done", -9000, 0, 0))
        self.assertEqual(end("empty", 0, wish="cancel"), ("cancelled", 0, 0, 0))
        self.assertEqual(end("transfer", 0, wish="execute"), ("done", 0, 0, 0))
        self.assertEqual(end("transfer", 0), ("cancelled", 0, 0, 0))

    def test_totals_that_cannot_be_are_a_question(self):
        self.assertEqual(end("sale", 1000, 0, 500)[0], "unknown")
        self.assertEqual(end("refund", 1000, 500, 0)[0], "unknown")

    def test_while_it_runs(self):
        def phase(kind, state, amount_in=0, wish=None, **asked):
            said = judge(
                Asked(kind, 1000, wish, **asked), CashdroStatus("1", state, 1000, amount_in, 0)
            )
            return said.state, said.phase, said.cancellable, said.acceptable

        waiting, queued, other = (
            OperationState.WAITING,
            OperationState.QUEUED,
            OperationState.OTHER,
        )
        self.assertEqual(phase("sale", waiting), ("running", "starting", True, False))
        self.assertEqual(phase("sale", queued), ("running", "starting", True, False))
        self.assertEqual(phase("sale", other), ("running", "accepting", True, False))
        part = phase("sale", EXECUTING, 500, allow_partial=True)
        self.assertEqual(part, ("running", "accepting", True, True))
        self.assertEqual(phase("sale", EXECUTING, 500), ("running", "accepting", True, False))
        cancelling = phase("sale", EXECUTING, 500, wish="cancel", allow_partial=True)
        self.assertEqual(cancelling, ("running", "cancelling", False, False))
        covered = phase("sale", EXECUTING, 1000, allow_partial=True)
        self.assertEqual(covered, ("running", "dispensing", False, False))
        self.assertEqual(phase("refund", EXECUTING), ("running", "dispensing", False, False))
