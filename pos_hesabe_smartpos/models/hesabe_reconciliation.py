import logging
from datetime import datetime, time, timedelta

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.addons.pos_smartcash_terminal.core.money import from_minor, to_minor
from odoo.exceptions import AccessError, UserError, ValidationError

from ..hesabe_client import HesabeError
from ..hesabe_protocol.mapping import PAID, PENDING, REFUNDED
from ..hesabe_protocol.money import FILS
from .hesabe_account import MANAGER

#: Hesabe's days and hours are Kuwait's, which knows no summer time.
KUWAIT = timedelta(hours=3)
DAY = timedelta(days=1)
#: Days that a missed run is made up for.
CATCH_UP = 3
MAX_PAGES = 200

_logger = logging.getLogger(__name__)


class HesabeReconciliation(models.Model):
    """One day of Hesabe's transaction report beside the POS payments of that day, and its refunds.

    It changes nothing in the books and nothing at Hesabe: it shows where the two differ.
    """

    _name = "hesabe.reconciliation"
    _description = "Hesabe Reconciliation"
    _order = "day desc, id desc"

    account_id = fields.Many2one("hesabe.account", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    day = fields.Date(required=True, help="As Hesabe counts days: Kuwait's.")
    compared_at = fields.Datetime(readonly=True, copy=False)
    unread = fields.Integer(
        string="Not Understood",
        readonly=True,
        copy=False,
        help="What Hesabe reports with a status that nobody explained: payments count as not paid, "
        "refunds as waiting. Explain the status on the account.",
    )
    line_ids = fields.One2many("hesabe.reconciliation.line", "reconciliation_id", readonly=True)
    matched = fields.Integer(compute="_compute_result", store=True)
    differences = fields.Integer(compute="_compute_result", store=True)
    amount_hesabe = fields.Monetary(string="At Hesabe", compute="_compute_result", store=True)
    amount_here = fields.Monetary(string="In the Books", compute="_compute_result", store=True)
    state = fields.Selection(
        [("draft", "Not compared"), ("agree", "They agree"), ("differ", "They differ")],
        compute="_compute_result",
        store=True,
    )

    _sql_constraints = [
        (
            "day_unique",
            "UNIQUE(account_id, day)",
            "This day has a reconciliation already: open it.",
        ),
    ]

    def _compute_currency_id(self):
        self.currency_id = self.env.ref("base.KWD")

    @api.depends(
        "compared_at",
        "unread",
        "line_ids.verdict",
        "line_ids.amount_hesabe",
        "line_ids.amount_here",
    )
    def _compute_result(self):
        for one in self:
            matched = one.line_ids.filtered(lambda line: line.verdict == "matched")
            one.matched = len(matched)
            one.differences = len(one.line_ids) - len(matched)
            for name in ("amount_hesabe", "amount_here"):
                fils = sum(to_minor(line[name], FILS) for line in one.line_ids)
                one[name] = from_minor(fils, FILS)
            differ = one.differences or one.unread
            one.state = ("differ" if differ else "agree") if one.compared_at else "draft"

    @api.depends("account_id", "day")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.account_id.name} {one.day or ''}".strip()

    @api.constrains("day")
    def _check_day(self):
        for one in self:
            if one.day > _today():
                raise ValidationError(_("This day has not come yet."))

    # ---- buttons --------------------------------------------------------------------------------

    def action_compare(self):
        self._check_manager()
        for one in self:
            try:
                one.sudo()._compare()
            except DeviceRefused as error:
                raise UserError(str(error))
            except HesabeError as error:
                raise UserError(one.account_id._error_text(error))

    def action_export(self):
        self._check_manager()
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/smartcash/hesabe/reconciliation/{self.id}.xlsx",
            "target": "download",
        }

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rights("read")
        self.check_access_rule("read")

    # ---- each day -------------------------------------------------------------------------------

    @api.model
    def _cron_compare(self):
        """Yesterday, and what was missed in the days before."""
        for account in self.env["hesabe.account"].search([("merchant_code", "!=", False)]):
            for age in range(CATCH_UP, 0, -1):
                self._compare_by_job(account, _today() - age * DAY)

    def _compare_by_job(self, account, day):
        found = self.search([("account_id", "=", account.id), ("day", "=", day)])
        if found.compared_at and found.compared_at >= start_of(day + DAY):
            return
        try:
            with self.env.cr.savepoint():
                one = found or self.create({"account_id": account.id, "day": day})
                one._compare()
        except (DeviceRefused, HesabeError) as error:
            _logger.warning("Hesabe account %s, %s not compared: %s", account.id, day, error)
            return
        except Exception:
            _logger.exception("Hesabe account %s, %s not compared; the others are", account.id, day)
            return
        if one.state == "differ":
            one._tell_difference()

    def _tell_difference(self):
        """What was compared stands, whoever cannot be told."""
        try:
            with self.env.cr.savepoint():
                self.account_id.message_post(
                    body=_(
                        "Hesabe's report of %(day)s and the POS payments differ (%(count)s). "
                        "See Point of Sale > SmartCash > Hesabe Reconciliation.",
                        day=self.day,
                        count=self.differences + self.unread,
                    )
                )
        except Exception:
            _logger.exception("nobody was told of the differences of %s", self.day)

    # ---- comparing ------------------------------------------------------------------------------

    def _compare(self):
        """:raise HesabeError, DeviceRefused: then what stood here before stands on"""
        self.ensure_one()
        report, refunds = self._read_report()
        theirs = _paid_once([row for row in report if row.status in (PAID, REFUNDED)])
        today = [row for row in theirs if is_of(row, self.day)]
        operations = self._operations_of(theirs)
        lines, seen = [], self.env["smartcash.operation"]
        for row in today:
            operation = operations.get(row.invoice_number) or operations.get(row.transaction_id)
            # A second payment with the same number is not in the books.
            again = operation and operation in seen
            lines.append(self._line_of(row, operation, again))
            seen |= operation or seen
        known = {operation.id for operation in operations.values()}
        lines += [
            self._missing_there(payment, "payment")
            for payment in self._payments_of_the_day(">")
            if payment.smartcash_operation_id.id not in known
        ]
        refund_lines, unread_refunds = self._refund_lines(refunds)
        unread = sum(row.status == PENDING and is_of(row, self.day) for row in report)
        self.line_ids.unlink()
        self.write(
            {
                "line_ids": [(0, 0, line) for line in lines + refund_lines],
                "unread": unread + unread_refunds,
                "compared_at": fields.Datetime.now(),
            }
        )

    def _read_report(self):
        """The payments and the refunds of the day, and of its neighbours: a card paid at midnight may
        be in either."""
        client = self.account_id._client()
        try:
            payments = self._all_pages(
                lambda number: client.transactions(self.day - DAY, self.day + DAY, page=number)
            )
            return payments, self._read_refunds(client)
        finally:
            client.close()

    def _all_pages(self, ask):
        rows = []
        for number in range(1, MAX_PAGES + 1):
            page = ask(number)
            rows += page.rows
            if not page.rows or (page.last is not None and number >= page.last):
                return rows
        raise DeviceRefused(_("Hesabe's report of this day has no end. Nothing was compared."))

    def _operations_of(self, rows):
        """By their number, and by Hesabe's."""
        numbers = [row.invoice_number for row in rows if row.invoice_number]
        references = [row.transaction_id for row in rows if row.transaction_id]
        found = self.env["smartcash.operation"].search(
            [
                ("device_id.hesabe_account_id", "=", self.account_id.id),
                ("kind", "=", "sale"),
                "|",
                ("hesabe_number", "in", numbers),
                ("device_ref", "in", references),
            ]
        )
        by_reference = {one.device_ref: one for one in found if one.device_ref}
        return {**by_reference, **{one.hesabe_number: one for one in found if one.hesabe_number}}

    def _payments_of_the_day(self, sign):
        """:param sign: ``">"`` what customers paid, ``"<"`` what was refunded"""
        start = start_of(self.day)
        return self.env["pos.payment"].search(
            [
                (
                    "payment_method_id.smartcash_device_id.hesabe_account_id",
                    "=",
                    self.account_id.id,
                ),
                ("payment_date", ">=", start),
                ("payment_date", "<", start + DAY),
                ("amount", sign, 0),
                ("pos_order_id.state", "not in", ("draft", "cancel")),
            ]
        )

    def _line_of(self, row, operation, again):
        here = booked(operation) if operation and not again else None
        if here is None:
            verdict = "missing_here"
        else:
            verdict = "matched" if row.amount == here else "amount_differs"
        terminal = self._terminals().get(row.terminal_id)
        return {
            "verdict": verdict,
            "invoice_number": row.invoice_number,
            "transaction_ref": row.transaction_id,
            "device_id": (operation and operation.device_id.id) or (terminal and terminal.id),
            "card_brand": row.card.brand,
            "status_text": row.status_text,
            "paid_at": row.created_at - KUWAIT if row.created_at else False,
            "amount_hesabe": from_minor(row.amount or 0, FILS),
            "amount_here": from_minor(here or 0, FILS),
            "operation_id": operation and operation.id,
            "pos_order_id": operation and operation.pos_order_id.id,
        }

    def _missing_there(self, payment, kind):
        operation = payment.smartcash_operation_id
        return {
            "kind": kind,
            "verdict": "missing_there",
            "invoice_number": operation.hesabe_number,
            "transaction_ref": operation.device_ref,
            "device_id": (operation.device_id or payment.payment_method_id.smartcash_device_id).id,
            "card_brand": (operation.card or {}).get("brand"),
            "paid_at": payment.payment_date,
            "amount_here": payment.amount,
            "operation_id": operation.id,
            "pos_order_id": payment.pos_order_id.id,
        }

    def _terminals(self):
        devices = self.account_id.with_context(active_test=False).device_ids
        return {device.hesabe_terminal_id: device for device in devices}


class HesabeReconciliationLine(models.Model):
    _name = "hesabe.reconciliation.line"
    _description = "Hesabe Reconciliation Line"
    _order = "verdict desc, paid_at, id"
    _rec_name = "invoice_number"

    reconciliation_id = fields.Many2one(
        "hesabe.reconciliation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(related="reconciliation_id.account_id", store=True)
    company_id = fields.Many2one(related="reconciliation_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="reconciliation_id.currency_id")
    day = fields.Date(related="reconciliation_id.day", store=True)
    kind = fields.Selection(
        [("payment", "Payment"), ("refund", "Refund")],
        required=True,
        readonly=True,
        default="payment",
    )
    verdict = fields.Selection(
        [
            ("matched", "Matched"),
            ("missing_here", "Missing here"),
            ("missing_there", "Missing at Hesabe"),
            ("amount_differs", "Amount differs"),
        ],
        required=True,
        readonly=True,
    )
    invoice_number = fields.Char(readonly=True)
    transaction_ref = fields.Char(string="Hesabe Transaction", readonly=True)
    device_id = fields.Many2one(
        "smartcash.device", string="Terminal", readonly=True, ondelete="set null"
    )
    card_brand = fields.Char(string="Card", readonly=True)
    status_text = fields.Char(string="Hesabe's Status", readonly=True)
    paid_at = fields.Datetime(readonly=True)
    amount_hesabe = fields.Monetary(string="At Hesabe", readonly=True)
    amount_here = fields.Monetary(string="In the Books", readonly=True)
    difference = fields.Monetary(compute="_compute_difference", store=True)
    operation_id = fields.Many2one("smartcash.operation", readonly=True, ondelete="set null")
    pos_order_id = fields.Many2one(
        "pos.order", string="POS Order", readonly=True, ondelete="set null"
    )

    @api.depends("amount_hesabe", "amount_here")
    def _compute_difference(self):
        for line in self:
            fils = to_minor(line.amount_hesabe, FILS) - to_minor(line.amount_here, FILS)
            line.difference = from_minor(fils, FILS)


def booked(operation):
    """Fils that the books hold for this operation; None when they hold nothing."""
    if operation.pos_payment_id:
        return to_minor(operation.pos_payment_id.amount, FILS)
    invoice = operation._hesabe_invoice()
    if invoice.payment_id:
        return invoice._registered()
    return operation._minor("net") if operation.match_state == "resolved" else None


def _paid_once(rows):
    """Without the lines that only say that a payment in the report was refunded later."""
    paid = {row.invoice_number for row in rows if row.status == PAID}
    kept = []
    for row in rows:
        number = row.invoice_number
        if row.status == REFUNDED and number:
            if number in paid:
                continue
            paid.add(number)
        kept.append(row)
    return kept


def is_of(row, day):
    return row.created_at is None or row.created_at.date() == day


def _today():
    return (fields.Datetime.now() + KUWAIT).date()


def start_of(day):
    """When that day begins in Kuwait, in UTC."""
    return datetime.combine(day, time.min) - KUWAIT
