import io

import xlsxwriter
from odoo import _
from odoo.http import Controller, content_disposition, request, route

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SessionReport(Controller):
    @route("/smartcash/session/<int:session_id>/report.xlsx", type="http", auth="user")
    def session_report(self, session_id):
        """The session report as a spreadsheet, for those who may read the session."""
        session = request.env["pos.session"].search([("id", "=", session_id)])
        report = session._smartcash_report() if session else None
        if not report:
            return request.not_found()
        name = f"{session.name.replace('/', '-')}.xlsx"
        return request.make_response(
            write_report(report),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )


def write_report(report):
    """:returns: the spreadsheet's bytes; amounts are numbers, in the machine's currency"""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": f"0.{'0' * report['currency'].decimal_places}"})
        _write_summary(book.add_worksheet(_("Session")), report, bold, money)
        _write_count(book.add_worksheet(_("Count")), report, bold, money)
        _write_questions(book.add_worksheet(_("Open questions")), report, bold, money)
    return output.getvalue()


def _write_summary(sheet, report, bold, money):
    sheet.set_column(0, 0, 45)
    sheet.set_column(1, 1, 16)
    rows = [
        (_("Session"), report["session"].name),
        (_("Device"), report["device"].name),
        (_("Currency"), report["currency"].name),
        *((cause["label"], cause["amount"]) for cause in report["causes"]),
        (_("Expected in the machine"), report["expected_machine"]),
        (_("Expected in the drawer"), report["expected_hand"]),
        (_("Expected"), report["expected"]),
        (_("Counted"), report["counted"] if report["closing"] else _("not counted yet")),
        (_("Difference"), report["difference"]),
    ]
    for index, (label, value) in enumerate(rows):
        sheet.write_string(index, 0, label, bold)
        if isinstance(value, str):
            sheet.write_string(index, 1, value)
        else:
            sheet.write_number(index, 1, value, money)


def _write_count(sheet, report, bold, money):
    for column, title in enumerate(
        (_("Denomination"), _("In the recycler"), _("In the cassette"), _("Amount"))
    ):
        sheet.write_string(0, column, title, bold)
    for row, line in enumerate(report["closing"].line_ids, start=1):
        sheet.write_number(row, 0, line.value, money)
        sheet.write_number(row, 1, line.recycler)
        sheet.write_number(row, 2, line.cassette)
        sheet.write_number(row, 3, line.amount, money)


def _write_questions(sheet, report, bold, money):
    for column, title in enumerate((_("Operation"), _("Order"), _("Cashier"), _("Machine kept"))):
        sheet.write_string(0, column, title, bold)
    for row, operation in enumerate(report["unmatched"], start=1):
        sheet.write_string(row, 0, operation.uuid)
        sheet.write_string(row, 1, operation.order_name or "")
        sheet.write_string(row, 2, operation.cashier or "")
        sheet.write_number(row, 3, operation.net, money)
