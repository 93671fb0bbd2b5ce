import io
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.addons.pos_smartcash_terminal.core.money import to_minor
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.reconciliation import write_reconciliation
from ..models.hesabe_reconciliation import KUWAIT
from .common import TERMINAL, HesabeCommon

JOB = "odoo.addons.pos_hesabe_smartpos.models.hesabe_reconciliation"


class TestReconciliation(HesabeCommon):
    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()
        self.day = (fields.Datetime.now() + KUWAIT).date()

    def sold(self, amount=1500, booked=None):
        """The operation of a sale that is paid at the terminal and in the books."""
        uuid = self.started(amount=amount)
        self.hesabe.at("pay")
        self.call("poll", uuid)
        if booked != 0:
            self.order_of(uuid, (booked or amount) / 1000)
        return self.operation(uuid)

    def order_of(self, uuid, amount):
        order = self.env["pos.order"].create(
            {
                "session_id": self.kuwait_session.id,
                "pricelist_id": self.kuwait.pricelist_id.id,
                "amount_total": amount,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        self.as_till(order).add_payment(
            {
                "amount": amount,
                "payment_method_id": self.card_method.id,
                "smartcash_uuid": uuid,
                "pos_order_id": order.id,
            }
        )
        order.state = "paid"
        self.Operation._match_uuids([uuid])
        return order

    def compared(self):
        found = self.env["hesabe.reconciliation"].search([("day", "=", self.day)])
        one = found or self.env["hesabe.reconciliation"].create(
            {"account_id": self.account.id, "day": self.day}
        )
        one.with_user(self.manager).action_compare()
        return one

    def totals(self, one):
        """In fils: at Hesabe, and in the books."""
        return to_minor(one.amount_hesabe, 3), to_minor(one.amount_here, 3)

    def verdicts(self, one):
        return {line.invoice_number: line.verdict for line in one.line_ids}

    def test_what_is_in_both_agrees(self):
        paid = [self.sold(1500), self.sold(1)]
        declined = self.started()
        self.hesabe.at("decline")
        self.call("poll", declined)
        one = self.compared()
        self.assertEqual(self.verdicts(one), {op.hesabe_number: "matched" for op in paid})
        self.assertEqual((one.state, one.matched, one.differences), ("agree", 2, 0))
        self.assertEqual(self.totals(one), (1501, 1501))
        self.assertEqual(set(one.line_ids.mapped("card_brand")), {"KNET"})
        self.assertEqual(one.line_ids.device_id, self.terminal)

    def test_each_kind_of_difference(self):
        matched, differs = self.sold(1500), self.sold(2000, booked=1999)
        open_question = self.sold(700, booked=0)
        self.account._client().create_invoice(
            customer_name="X", amount=900, terminal_id=TERMINAL, invoice_number="PANEL-1"
        )
        self.hesabe.at("pay")
        by_hand = self.order_of(False, 0.3)
        one = self.compared()
        self.assertEqual(
            self.verdicts(one),
            {
                matched.hesabe_number: "matched",
                differs.hesabe_number: "amount_differs",
                open_question.hesabe_number: "missing_here",
                "PANEL-1": "missing_here",
                False: "missing_there",
            },
        )
        there = one.line_ids.filtered(lambda line: line.verdict == "missing_there")
        self.assertEqual((there.pos_order_id, there.difference), (by_hand, -0.3))
        self.assertEqual(one.state, "differ")
        self.assertEqual(self.totals(one), (5100, 3799))

    def test_a_payment_that_hesabe_does_not_report_is_missing_there(self):
        operation = self.sold()
        self.hesabe.post("reset")
        self.hesabe.post("tokens", action="revoke", seconds=900)
        self.assertEqual(self.verdicts(self.compared()), {operation.hesabe_number: "missing_there"})

    def test_a_number_that_was_paid_twice_is_in_the_books_once(self):
        operation = self.sold()
        self.account._client().create_invoice(**self.terminal._driver()._invoice_values(operation))
        self.hesabe.at("pay")
        verdicts = self.compared().line_ids.mapped("verdict")
        self.assertEqual(sorted(verdicts), ["matched", "missing_here"])

    def test_all_pages_are_read_and_a_second_time_changes_nothing(self):
        self.hesabe.post("dialect", page_size=2)
        self.addCleanup(self.hesabe.post, "dialect", page_size=10)
        for amount in range(1, 6):
            self.sold(amount)
        for _again in range(2):
            one = self.compared()
            self.assertEqual((one.matched, one.differences), (5, 0))

    def test_an_answer_that_does_not_come_leaves_what_was_there(self):
        self.sold()
        one = self.compared()
        self.hesabe.fault(on="transactions", server_error=9)
        with self.assertRaises(UserError):
            self.compared()
        self.assertEqual((one.state, one.matched), ("agree", 1))

    def test_a_status_that_nobody_explained_is_no_agreement(self):
        self.sold()
        self.env["hesabe.status"].create(
            {
                "account_id": self.account.id,
                "source": "transaction",
                "word": "1",
                "meaning": "pending",
            }
        )
        one = self.compared()
        self.assertEqual((one.unread, one.state), (1, "differ"))
        self.assertEqual(one.line_ids.verdict, "missing_there")

    def test_the_job_makes_up_for_missed_days_and_tells_of_differences(self):
        reconciliation = self.env["hesabe.reconciliation"].sudo()
        reconciliation._cron_compare()
        days = reconciliation.search([("account_id", "=", self.account.id)]).mapped("day")
        self.assertEqual(sorted(days), [self.day - timedelta(days=age) for age in (3, 2, 1)])
        calls = self.hesabe.state()["calls"]["transactions"]
        reconciliation._cron_compare()
        self.assertEqual(self.hesabe.state()["calls"]["transactions"], calls)
        payment = self.order_of(False, 0.3).payment_ids
        payment.payment_date -= timedelta(days=1)
        reconciliation.search([]).unlink()
        reconciliation._cron_compare()
        self.assertIn("differ", self.account.message_ids[0].body)
        reconciliation.search([]).unlink()
        self.hesabe.fault(on="transactions", server_error=99)
        with mute_logger(JOB):
            reconciliation._cron_compare()
        self.assertFalse(reconciliation.search([("account_id", "=", self.account.id)]))

    def test_the_spreadsheet_holds_every_line(self):
        operation = self.sold()
        operation.invalidate_recordset()
        content = write_reconciliation(self.compared())
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            texts = book.read("xl/sharedStrings.xml").decode()
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertIn(operation.hesabe_number, texts)
        self.assertIn("<v>1.5</v>", sheet)

    def test_it_is_for_managers_of_the_company(self):
        one = self.compared()
        for user in (self.cashier, self.employee, self.portal, self.foreigner):
            own = one.with_user(user)
            for call in (
                lambda own=own: own.read(["state"]),
                own.action_compare,
                own.action_export,
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    call()
        with self.assertRaises(AccessError):
            one.with_user(self.manager).write({"day": "2020-01-01"})


@tagged("post_install", "-at_install")
class TestReconciliationDownload(HttpCase):
    def test_nobody_downloads_without_a_login_or_what_is_not_there(self):
        answer = self.url_open("/smartcash/hesabe/reconciliation/1.xlsx", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.authenticate("admin", "admin")
        answer = self.url_open("/smartcash/hesabe/reconciliation/999999.xlsx")
        self.assertEqual(answer.status_code, 404)
