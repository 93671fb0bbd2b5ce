import io

from odoo import _, fields
from odoo.http import Controller, content_disposition, request, route

from .spreadsheet import AmountWorkbook

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
    with AmountWorkbook(output) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": f"0.{'0' * report['currency'].decimal_places}"})
        _write_summary(book.add_worksheet(_("Session")), report, bold, money)
        _write_counts(book.add_worksheet(_("Count")), report, bold, money)
        _write_moves(book.add_worksheet(_("Cash in and out")), report, bold, money)
        _write_questions(book.add_worksheet(_("Open questions")), report, bold, money)
    return output.getvalue()


def _write_summary(sheet, report, bold, money):
    sheet.set_column(0, 0, 45)
    sheet.set_column(1, 1 + len(report["machines"]), 16)
    rows = [
        (_("Session"), report["session"].name),
        (_("Device"), report["names"]),
        (_("Currency"), report["currency"].name),
        *((cause["label"], cause["amount"]) for cause in report["causes"]),
        (_("Expected in the machine"), report["expected_machine"]),
        (report["hand_label"], report["expected_hand"]),
        (_("Expected"), report["expected"]),
        (_("Counted"), report["counted"] if report["is_counted"] else _("not counted yet")),
        (_("Difference"), report["difference"]),
    ]
    if len(report["machines"]) > 1:
        rows += [("",), *_machine_rows(report)]
    for index, (label, *values) in enumerate(rows):
        sheet.write_string(index, 0, label, bold)
        for column, value in enumerate(values, start=1):
            if isinstance(value, str):
                sheet.write_string(index, column, value)
            else:
                sheet.write_number(index, column, value, money)


def _machine_rows(report):
    """The same for each machine, side by side."""
    machines = report["machines"]
    return [
        (_("By machine"), *(each["name"] for each in machines)),
        *(
            (cause["label"], *(each["causes"][cause["name"]] for each in machines))
            for cause in report["causes"]
            if cause["name"] not in ("byHand", "other")
        ),
        (_("Expected"), *(each["expected"] for each in machines)),
        (
            _("Counted"),
            *(each["counted"] if each["closing"] else _("not counted yet") for each in machines),
        ),
        (_("Difference"), *(each["difference"] for each in machines)),
    ]


def _write_counts(sheet, report, bold, money):
    titles = [_("Denomination"), _("In the recycler"), _("In the cassette"), _("Amount")]
    if len(report["machines"]) > 1:
        titles.append(_("Device"))
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, bold)
    lines = [(each, line) for each in report["machines"] for line in each["closing"].line_ids]
    for row, (each, line) in enumerate(lines, start=1):
        sheet.write_number(row, 0, line.value, money)
        sheet.write_number(row, 1, line.recycler)
        sheet.write_number(row, 2, line.cassette)
        sheet.write_number(row, 3, line.amount, money)
        if len(report["machines"]) > 1:
            sheet.write_string(row, 4, each["name"])


def _write_moves(sheet, report, bold, money):
    sheet.set_column(0, 3, 22)
    for column, title in enumerate((_("Time"), _("Kind"), _("Reason"), _("Cashier"), _("Amount"))):
        sheet.write_string(0, column, title, bold)
    for row, move in enumerate(report["moves"], start=1):
        local = fields.Datetime.context_timestamp(report["session"], move["at"])
        sheet.write_string(row, 0, local.strftime("%Y-%m-%d %H:%M"))
        sheet.write_string(row, 1, move["what"])
        sheet.write_string(row, 2, move["reason"])
        sheet.write_string(row, 3, move["who"])
        sheet.write_number(row, 4, move["amount"], money)


def _write_questions(sheet, report, bold, money):
    for column, title in enumerate((_("Operation"), _("Order"), _("Cashier"), _("Machine kept"))):
        sheet.write_string(0, column, title, bold)
    for row, operation in enumerate(report["unmatched"], start=1):
        sheet.write_string(row, 0, operation.uuid)
        sheet.write_string(row, 1, operation.order_name or "")
        sheet.write_string(row, 2, operation.cashier or "")
        sheet.write_number(row, 3, operation.net, money)
