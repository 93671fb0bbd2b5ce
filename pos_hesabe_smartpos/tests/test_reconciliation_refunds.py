import io
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.addons.pos_smartcash_terminal.core.money import to_minor
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..controllers.reconciliation import write_reconciliation
from ..models.hesabe_reconciliation import KUWAIT
from .common_refunds import RefundCase


class TestReconciliationRefunds(RefundCase):
    """1.500 KWD were paid and are in the books: what of them was given back?"""

    def setUp(self):
        super().setUp()
        self.day = (fields.Datetime.now() + KUWAIT).date()
        self.order.state = "paid"

    def given_back(self, amount=1500, booked=None):
        """The refund's operation; its order is in the books unless ``booked`` is 0."""
        uuid, answer = self.refunded(amount)
        self.assertEqual(answer["state"], "done", answer)
        if booked != 0:
            self.order_of(uuid, -(booked or amount) / 1000).state = "paid"
        return uuid

    def asked_in_the_panel(self, amount):
        token = self.operation(self.paid).hesabe_token
        return self.account._client().refund(token=token, amount=amount, full=False)

    def compared(self, day=None):
        day = day or self.day
        reconciliations = self.env["hesabe.reconciliation"]
        values = {"account_id": self.account.id, "day": day}
        one = reconciliations.search([("day", "=", day)]) or reconciliations.create(values)
        one.with_user(self.manager).action_compare()
        return one

    def refunds(self, one):
        """(verdict, fils at Hesabe, fils in the books) of the refunds, by Hesabe's number."""
        return {
            line.transaction_ref: (
                line.verdict,
                to_minor(line.amount_hesabe, 3),
                to_minor(line.amount_here, 3),
            )
            for line in one.line_ids
            if line.kind == "refund"
        }

    def number(self, uuid):
        return self.refund_of(uuid).hesabe_id

    def test_a_refund_that_both_sides_have_agrees_before_and_after_the_approval(self):
        uuid = self.given_back(500)
        one = self.compared()
        self.assertEqual(self.refunds(one), {self.number(uuid): ("matched", -500, -500)})
        line = one.line_ids.filtered(lambda line: line.kind == "refund")
        self.assertEqual(line.invoice_number, self.operation(self.paid).hesabe_number)
        self.assertEqual((line.device_id, line.card_brand), (self.terminal, "KNET"))
        self.assertEqual(line.pos_order_id, self.operation(uuid).pos_order_id)
        self.assertEqual((one.state, one.matched), ("agree", 2))
        self.assertEqual(to_minor(one.amount_hesabe, 3), 1000, "what the merchant is left with")
        self.decide(uuid, "approve")
        self.assertEqual(
            self.refunds(self.compared()), {self.number(uuid): ("matched", -500, -500)}
        )

    def test_each_kind_of_difference(self):
        matched, unbooked = self.given_back(100), self.given_back(200, booked=0)
        differs = self.given_back(300, booked=299)
        panel = self.asked_in_the_panel(400)
        by_hand = self.order_of(False, -0.05)
        by_hand.state = "paid"
        one = self.compared()
        self.assertEqual(
            self.refunds(one),
            {
                self.number(matched): ("matched", -100, -100),
                self.number(unbooked): ("missing_here", -200, 0),
                self.number(differs): ("amount_differs", -300, -299),
                str(panel.id): ("missing_here", -400, 0),
                False: ("missing_there", 0, -50),
            },
        )
        foreign = one.line_ids.filtered(lambda line: line.transaction_ref == str(panel.id))
        self.assertEqual(foreign.invoice_number, self.operation(self.paid).hesabe_number)
        self.assertTrue(foreign.paid_at)
        self.assertEqual((one.state, one.differences), ("differ", 4))

    def test_what_hesabe_rejected_or_lost_is_missing_there(self):
        rejected, vanished = self.given_back(500), self.given_back(600)
        self.decide(rejected, "reject")
        numbers = self.number(rejected), self.number(vanished)
        self.account._client().cancel_refund(int(numbers[1]))
        self.assertEqual(
            self.refunds(self.compared()),
            {
                numbers[0]: ("missing_there", 0, -500),
                numbers[1]: ("missing_there", 0, -600),
            },
        )

    def test_an_order_that_says_refunded_without_a_request_at_hesabe(self):
        uuid = self.wished()
        self.hesabe.fault(on="refund", drop_before=1)
        with mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.engine"):
            self.call("start", uuid)
        self.operation(uuid).started_at -= timedelta(minutes=1)
        self.assertEqual(self.call("poll", uuid)["state"], "failed")
        self.assertEqual(self.refunds(self.compared()), {})
        self.order_of(uuid, -1.5).state = "paid"
        self.assertEqual(self.refunds(self.compared()), {False: ("missing_there", 0, -1500)})

    def test_rejected_in_the_panel_is_no_refund(self):
        panel = self.asked_in_the_panel(400)
        self.hesabe.post(f"refunds/{panel.id}/reject")
        one = self.compared()
        self.assertEqual((self.refunds(one), one.state), ({}, "agree"))

    def test_a_status_that_nobody_explained_is_no_agreement(self):
        self.account.refund_rejected = False
        uuid = self.given_back(500)
        self.decide(uuid, "reject")
        one = self.compared()
        self.assertEqual((one.unread, one.state), (1, "differ"))

    def test_a_refund_belongs_to_the_day_on_which_it_was_asked_for(self):
        uuid = self.given_back(500)
        for age, found in ((1, {}), (0, {self.number(uuid): ("matched", -500, -500)})):
            one = self.compared(self.day - timedelta(days=age))
            self.assertEqual(self.refunds(one), found)

    def test_all_pages_are_read(self):
        self.hesabe.post("dialect", page_size=2)
        self.addCleanup(self.hesabe.post, "dialect", page_size=10)
        uuids = [self.given_back(100 + number) for number in range(5)]
        self.assertEqual(set(self.refunds(self.compared())), set(map(self.number, uuids)))

    def test_without_the_list_of_refunds_nothing_is_said(self):
        self.given_back(500)
        one = self.compared()
        self.hesabe.fault(on="refund_list", server_error=9)
        with self.assertRaises(UserError):
            self.compared()
        self.assertEqual((one.state, one.matched), ("agree", 2))

    def test_the_spreadsheet_tells_refunds_from_payments(self):
        self.given_back(500)
        with zipfile.ZipFile(io.BytesIO(write_reconciliation(self.compared()))) as book:
            texts = book.read("xl/sharedStrings.xml").decode()
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertIn("<t>Refund</t>", texts)
        self.assertIn("<t>Payment</t>", texts)
        self.assertIn("<v>-0.5</v>", sheet)
