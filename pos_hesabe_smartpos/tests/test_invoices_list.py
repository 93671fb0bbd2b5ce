import io
import zipfile
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.invoices import write_invoices
from .common_invoices import InvoicesCommon


class TestInvoicesList(InvoicesCommon):
    """What Hesabe has, whoever made it."""

    def sold_by_a_till(self, amount):
        uuid = self.started(amount=amount)
        self.hesabe.at("pay", brand="KNET")
        self.call("poll", uuid)
        return self.operation(uuid)

    def test_all_pages_are_listed_once_and_the_tills_ones_are_recognised(self):
        self.hesabe.post("dialect", page_size=2)
        self.addCleanup(self.hesabe.post, "dialect", page_size=10)
        sold = [self.sold_by_a_till(amount) for amount in (500, 700)]
        own = self.paid(self.send())
        for number in range(3):
            self.panel(f"PANEL-{number}")
            self.hesabe.at("decline")
        for _again in range(2):
            rows = self.fetch()
            self.assertEqual(len(rows), 6)
        self.assertEqual(self.hesabe.state()["calls"]["list"] >= 6, True)
        of_tills = rows.filtered(lambda row: row.origin == "pos")
        self.assertEqual(set(of_tills.operation_id.ids), {operation.id for operation in sold})
        self.assertEqual(set(of_tills.mapped("state")), {"paid"})
        self.assertEqual(of_tills.mapped("card_brand"), ["KNET", "KNET"])
        self.assertEqual(rows.filtered(lambda row: row.origin == "backend"), own)
        others = rows.filtered(lambda row: row.origin == "panel")
        self.assertEqual(sorted(others.mapped("invoice_number")), ["PANEL-0", "PANEL-1", "PANEL-2"])
        self.assertEqual(
            (set(others.mapped("state")), others.device_id), ({"declined"}, self.terminal)
        )
        self.assertEqual(set(others.mapped("amount")), {0.9})
        self.assertFalse(others.operation_id)
        self.assertFalse(others.payment_id)

    def test_one_whose_answer_was_lost_is_recognised_by_its_number(self):
        self.hesabe.fault(on="create", drop_after=1)
        with mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.engine"):
            row = self.send()
        self.hesabe.at("pay")
        self.assertEqual(self.fetch(), row)
        row = self.seen(row)
        self.assertEqual((row.state, row.booking), ("paid", "booked"))

    def test_a_second_payment_with_our_number_is_not_taken_for_ours(self):
        row = self.paid(self.send())
        operation = row.operation_id
        self.account._client().create_invoice(**self.terminal._driver()._invoice_values(operation))
        self.hesabe.at("pay")
        rows = self.fetch() - row
        self.assertEqual((len(rows), rows.origin), (1, "panel"))
        self.assertEqual(len(self.payments()), 1)

    def test_days_that_were_not_asked_for_are_left_out(self):
        self.panel()
        day = fields.Date.subtract(fields.Date.today(), days=9)
        wizard = self.env["hesabe.fetch"].create(
            {"account_id": self.account.id, "from_day": day, "to_day": day}
        )
        wizard.action_fetch()
        self.assertFalse(self.env["hesabe.invoice"].sudo().search([]))

    def test_other_merchants_rows_are_left_out(self):
        self.panel()
        self.hesabe.fault(on="list", foreign_invoice=1)
        self.assertFalse(self.fetch())

    def test_an_answer_that_breaks_off_leaves_the_list_as_it_was(self):
        self.panel()
        rows = self.fetch()
        self.panel("PANEL-2")
        self.hesabe.fault(on="list", server_error=9)
        with self.assertRaises(UserError):
            self.fetch()
        self.assertEqual(self.env["hesabe.invoice"].sudo().search([]), rows)

    def test_what_waits_in_the_panel_is_followed_for_two_days(self):
        self.panel()
        row = self.fetch()
        self.assertEqual(row.state, "pending")
        row.next_look = fields.Datetime.now()
        self.job()
        self.assertGreater(row.next_look, fields.Datetime.now())
        self.hesabe.at("pay")
        row.next_look = fields.Datetime.now()
        self.job()
        self.assertEqual((row.state, row.next_look, row.card_brand), ("paid", False, "KNET"))
        row.write({"state": "pending", "created_at": row.created_at - timedelta(days=3)})
        self.assertFalse(row._next_look())

    def test_check_now_reads_the_panel_s_ones_too(self):
        self.panel()
        row = self.fetch()
        self.hesabe.at("expire")
        self.assertEqual(self.check(row, self.manager).state, "expired")

    def test_only_managers_fetch(self):
        for user in (self.biller, self.cashier):
            with self.assertRaises(AccessError):
                self.fetch(user)

    def test_the_comparison_of_the_day_knows_the_payment(self):
        row = self.paid(self.send())
        day = (fields.Datetime.now() + timedelta(hours=3)).date()
        one = self.env["hesabe.reconciliation"].create({"account_id": self.account.id, "day": day})
        one.action_compare()
        self.assertEqual(one.line_ids.mapped("invoice_number"), [row.invoice_number])
        self.assertEqual(one.line_ids.verdict, "matched")

    def test_analytics_by_terminal_card_and_state(self):
        self.paid(self.free(), brand="KNET")
        self.panel()
        self.hesabe.at("decline")
        self.fetch()
        found = (
            self.env["hesabe.invoice"]
            .sudo()
            ._read_group(
                [("account_id", "=", self.account.id)],
                ["device_id", "card_brand", "state"],
                ["amount_paid:sum", "__count"],
            )
        )
        self.assertEqual(
            sorted(found, key=lambda row: row[2]),
            [(self.terminal, False, "declined", 0, 1), (self.terminal, "KNET", "paid", 2.0, 1)],
        )

    def test_the_spreadsheet_holds_every_line(self):
        row = self.paid(self.send())
        self.panel()
        rows = self.fetch()
        with zipfile.ZipFile(io.BytesIO(write_invoices(rows))) as book:
            texts = book.read("xl/sharedStrings.xml").decode()
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        for text in (
            row.invoice_number,
            "PANEL-1",
            "Noura",
            self.invoice.name,
            row.rrn,
            "Counter 1",
        ):
            self.assertIn(text, texts)
        self.assertIn("<v>10.5</v>", sheet)
        self.assertIn("<v>0.9</v>", sheet)
        url = rows.with_user(self.manager).action_export()["url"]
        self.assertIn(",".join(map(str, rows.ids)), url)

    def test_the_receipt_is_printed_in_the_customer_s_language(self):
        row = self.paid(self.send())
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html("pos_hesabe_smartpos.hesabe_invoice_report", row.ids)
        page = html.decode()
        for text in ("Receipt of a card payment", "10.500", row.rrn, row.card_number, "Noura"):
            self.assertIn(text, page)
        self.env["res.lang"]._activate_lang("ar_001")
        self.payer.lang = "ar_001"
        self.env["ir.module.module"].search(
            [("name", "=", "pos_hesabe_smartpos")]
        )._update_translations(["ar_001"])
        html, _kind = report._render_qweb_html("pos_hesabe_smartpos.hesabe_invoice_report", row.ids)
        self.assertIn("إيصال", html.decode())


@tagged("post_install", "-at_install")
class TestInvoicesDownload(HttpCase):
    def test_the_spreadsheet_is_for_those_who_may_read(self):
        self.authenticate("admin", "admin")
        answer = self.url_open("/smartcash/hesabe/invoices.xlsx?ids=999999,x,99999999999,2²")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"PK"))
        self.env["res.users"].create(
            {
                "name": "E",
                "login": "hes_e",
                "password": "hes_e_password",
                "groups_id": [Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        self.authenticate("hes_e", "hes_e_password")
        with mute_logger("odoo.http"):
            answer = self.url_open("/smartcash/hesabe/invoices.xlsx?ids=1")
        self.assertNotEqual(answer.status_code, 200)
