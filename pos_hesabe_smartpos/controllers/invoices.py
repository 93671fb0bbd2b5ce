import io

from odoo import _, fields
from odoo.addons.pos_smartcash_terminal.controllers.session_report import XLSX
from odoo.addons.pos_smartcash_terminal.controllers.spreadsheet import AmountWorkbook
from odoo.http import Controller, content_disposition, request, route

#: So many fit into an address.
MAX_EXPORTED = 1000
#: The largest identity that PostgreSQL can look for.
LAST_ID = 2**31 - 1


class HesabeInvoices(Controller):
    @route("/smartcash/hesabe/invoices.xlsx", type="http", auth="user")
    def spreadsheet(self, ids=""):
        """These invoices, as far as this user may read them."""
        found = request.env["hesabe.invoice"].search([("id", "in", _numbers(ids)[:MAX_EXPORTED])])
        return request.make_response(
            write_invoices(found),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition("hesabe-invoices.xlsx")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )


def _numbers(ids):
    texts = (text for text in ids.split(",") if text.isascii() and text.isdigit())
    return [int(text) for text in texts if len(text) < 20 and int(text) <= LAST_ID]


def write_invoices(invoices):
    """:returns: the spreadsheet's bytes; amounts are numbers, in dinars; times are the user's"""
    output = io.BytesIO()
    names = {
        name: dict(invoices._fields[name]._description_selection(invoices.env))
        for name in ("state", "origin", "booking")
    }
    with AmountWorkbook(output) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "0.000"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet(_("Invoices"))
        sheet.set_column(0, 15, 18)
        sheet.freeze_panes(1, 0)
        titles = (
            _("Created"),
            _("Amount"),
            _("Paid"),
            _("State"),
            _("Invoice number"),
            _("Customer"),
            _("Customer invoice"),
            _("Payment"),
            _("In the books"),
            _("Terminal"),
            _("Created in"),
            _("Card"),
            _("Card number"),
            _("Authorisation code"),
            _("RRN"),
            _("Hesabe's status"),
        )
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, bold)
        for row, one in enumerate(invoices, start=1):
            if one.created_at:
                local = fields.Datetime.context_timestamp(one, one.created_at)
                sheet.write_datetime(row, 0, local.replace(tzinfo=None), moment)
            sheet.write_number(row, 1, one.amount, money)
            sheet.write_number(row, 2, one.amount_paid, money)
            texts = (
                names["state"][one.state],
                one.invoice_number,
                one.partner_id.sudo().display_name or one.customer_name,
                one.move_id.sudo().name,
                one.payment_id.sudo().name,
                names["booking"].get(one.booking),
                one.device_id.sudo().name or one.terminal_number,
                names["origin"][one.origin],
                one.card_brand,
                one.card_number,
                one.authorisation,
                one.rrn,
                one.status_text,
            )
            for column, text in enumerate(texts, start=3):
                sheet.write_string(row, column, text or "")
    return output.getvalue()
