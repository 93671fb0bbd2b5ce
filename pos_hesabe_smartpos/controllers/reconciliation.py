import io

from odoo import _
from odoo.addons.pos_smartcash_terminal.controllers.session_report import XLSX
from odoo.addons.pos_smartcash_terminal.controllers.spreadsheet import AmountWorkbook
from odoo.http import Controller, content_disposition, request, route


class HesabeReconciliation(Controller):
    @route("/smartcash/hesabe/reconciliation/<int:number>.xlsx", type="http", auth="user")
    def spreadsheet(self, number):
        """The comparison of one day, for those who may read it."""
        found = request.env["hesabe.reconciliation"].search([("id", "=", number)])
        if not found:
            return request.not_found()
        name = f"hesabe-{found.day}.xlsx"
        return request.make_response(
            write_reconciliation(found),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )


def write_reconciliation(reconciliation):
    """:returns: the spreadsheet's bytes; amounts are numbers, in dinars"""
    output = io.BytesIO()
    words = reconciliation.line_ids.fields_get(["kind", "verdict"], ["selection"])
    kinds, verdicts = (dict(words[name]["selection"]) for name in ("kind", "verdict"))
    with AmountWorkbook(output) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "0.000"})
        sheet = book.add_worksheet(str(reconciliation.day))
        sheet.set_column(0, 8, 22)
        titles = (
            _("Kind"),
            _("Verdict"),
            _("Invoice number"),
            _("Hesabe transaction"),
            _("Terminal"),
            _("Card"),
            _("Hesabe's status"),
            _("POS order"),
            _("Paid at (UTC)"),
            _("At Hesabe"),
            _("In the books"),
            _("Difference"),
        )
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, bold)
        for row, line in enumerate(reconciliation.line_ids, start=1):
            texts = (
                kinds[line.kind],
                verdicts[line.verdict],
                line.invoice_number,
                line.transaction_ref,
                line.device_id.name,
                line.card_brand,
                line.status_text,
                line.pos_order_id.name,
                str(line.paid_at or ""),
            )
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text or "")
            for column, name in enumerate(("amount_hesabe", "amount_here", "difference")):
                sheet.write_number(row, len(texts) + column, line[name], money)
    return output.getvalue()
