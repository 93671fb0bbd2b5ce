from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceError
from odoo.addons.pos_smartcash_terminal.core.money import from_minor, to_minor
from odoo.addons.pos_smartcash_terminal.core.registration import Refused
from odoo.exceptions import AccessError, UserError

from ..controllers.invoices import MAX_EXPORTED
from ..hesabe_client import HesabeError
from ..hesabe_protocol.mapping import PAID, PENDING, REFUNDED
from ..hesabe_protocol.money import FILS
from .hesabe_account import MANAGER
from .hesabe_reconciliation import KUWAIT

USER, BILLING = "point_of_sale.group_pos_user", "account.group_account_invoice"
#: Not decided yet, and a customer may be standing in front of the terminal.
OPEN = ("draft", "looking", "pending")


class HesabeInvoice(models.Model):
    """An invoice on a terminal, as Hesabe lists it: pushed from here, by a till, or in the merchant panel.

    One that was pushed from here has an operation of the ledger without a session: the server engine
    starts and follows it as it does a till's, with all that this means for lost answers, busy terminals
    and late payments. These rows are written by the server only, and those with such an operation
    only in transactions of their own: whoever holds one of them would stop the engine.
    """

    _name = "hesabe.invoice"
    _description = "Hesabe Invoice"
    _order = "created_at desc, id desc"
    _rec_name = "invoice_number"

    account_id = fields.Many2one(
        "hesabe.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    origin = fields.Selection(
        [("backend", "Back end"), ("pos", "Point of Sale"), ("panel", "Not from Odoo")],
        string="Created In",
        required=True,
        readonly=True,
    )
    operation_id = fields.Many2one("smartcash.operation", readonly=True, ondelete="restrict")
    device_id = fields.Many2one(
        "smartcash.device", string="Terminal", readonly=True, index=True, ondelete="restrict"
    )
    terminal_number = fields.Char(string="Terminal ID", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Requested By", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    customer_name = fields.Char(string="Customer at Hesabe", readonly=True)
    description = fields.Char(readonly=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        readonly=True,
        default=lambda self: self.env.ref("base.KWD"),
    )
    amount = fields.Monetary(readonly=True)
    amount_paid = fields.Monetary(string="Paid", readonly=True)

    # What Hesabe says.
    invoice_number = fields.Char(readonly=True, index="btree_not_null")
    hesabe_id = fields.Char(string="Hesabe's Id", readonly=True)
    transaction_id = fields.Char(string="Hesabe Transaction", readonly=True)
    status = fields.Char(readonly=True, help="What Hesabe's word means; unknown words are pending.")
    status_text = fields.Char(string="Hesabe's Word", readonly=True)
    reason = fields.Char(string="Hesabe's Reason", readonly=True)
    created_at = fields.Datetime(
        string="Created", readonly=True, index=True, default=fields.Datetime.now
    )
    paid_at = fields.Datetime(string="Seen Paid", readonly=True)
    card_brand = fields.Char(string="Card", readonly=True)
    card_number = fields.Char(readonly=True, help="Masked.")
    authorisation = fields.Char(string="Authorisation Code", readonly=True)
    rrn = fields.Char(string="RRN", readonly=True)

    state = fields.Selection(
        [
            ("draft", "Not sent yet"),
            ("looking", "Looking at Hesabe"),
            ("pending", "On the terminal"),
            ("paid", "Paid"),
            ("declined", "Declined"),
            ("cancelled", "Cancelled"),
            ("expired", "Timed out"),
            ("refunded", "Refunded"),
            ("stopped", "Stopped waiting"),
            ("not_sent", "Not sent"),
            ("unclear", "Check needed"),
        ],
        required=True,
        readonly=True,
        index=True,
        default="draft",
    )
    message = fields.Char(related="operation_id.message", related_sudo=True)
    next_look = fields.Datetime(readonly=True, index="btree_not_null")

    _sql_constraints = [
        ("operation_unique", "UNIQUE(operation_id)", "This operation has an invoice already."),
        ("hesabe_unique", "UNIQUE(account_id, hesabe_id)", "This invoice is listed already."),
    ]

    # ---- buttons --------------------------------------------------------------------------------

    def action_check(self):
        """Ask Hesabe now."""
        self._check_reader()
        trouble = None
        for invoice in self.sudo():
            trouble = invoice._look() or trouble
        return _toast(trouble, "warning") if trouble else None

    def action_send(self):
        """Only for one that never left (the terminal was busy, or the server died in between)."""
        return self._step("_engine_start")

    def action_resend(self):
        """Show it on the terminal once more. It stays one payment."""
        return self._step("_engine_resend")

    def action_stop(self):
        """Hesabe has no cancel: from now on nobody waits, but it is followed."""
        return self._step("_engine_cancel")

    def action_export(self):
        """The selected ones as a spreadsheet."""
        self._check_reader()
        if len(self) > MAX_EXPORTED:
            raise UserError(_("Select at most %s invoices.", MAX_EXPORTED))
        return {
            "type": "ir.actions.act_url",
            "url": f"/smartcash/hesabe/invoices.xlsx?ids={','.join(map(str, self.ids))}",
            "target": "download",
        }

    def _step(self, verb):
        self.ensure_one()
        self._check_sender()
        operation = self.sudo().operation_id
        if self.origin != "backend":
            raise UserError(_("Only what was sent from the back end can be handled here."))
        try:
            answer = getattr(operation, verb)()
        except Refused as refused:
            raise UserError(str(refused))
        trouble = _trouble(answer)
        return _toast(trouble, "warning") if trouble else None

    # ---- who ------------------------------------------------------------------------------------

    @api.model
    def _may_send(self):
        """Managers; and a till's user who also writes invoices: the payment ends in the books."""
        user = self.env.user
        return user.has_group(MANAGER) or (user.has_group(USER) and user.has_group(BILLING))

    def _check_sender(self):
        if not self._may_send():
            raise AccessError(
                _(
                    "To take payments on terminals from the back end you need to be a Point of Sale "
                    "administrator, or a Point of Sale user who may write invoices."
                )
            )
        self._check_reader()

    def _check_reader(self):
        self.check_access_rights("read")
        self.check_access_rule("read")

    # ---- asking ---------------------------------------------------------------------------------

    def _look(self):
        """:returns: why Hesabe could not be asked, or None"""
        self.ensure_one()
        operation = self.operation_id
        if operation.state in ("running", "unknown"):
            return _trouble(operation._engine_poll())
        if self.origin == "backend":
            if operation.state == "done":
                return self._settle()
            if operation.state != "draft":
                operation._hesabe_look_for_money()
            return None
        return self._look_at_hesabe() if self.hesabe_id else None

    def _look_at_hesabe(self):
        """One that is not from the back end: nobody but us writes its row."""
        try:
            client = self.account_id._client()
            try:
                said = client.invoice(int(self.hesabe_id))
            finally:
                client.close()
        except HesabeError as error:
            return self.account_id._error_text(error)
        except DeviceError as error:
            return str(error)
        self._hear(said)
        return None

    # ---- what Hesabe said -----------------------------------------------------------------------

    def _hear(self, said):
        """:param said: a :class:`~..hesabe_client.Invoice`"""
        self.ensure_one()
        news = self._news(said)
        if news:
            self.write(news)
            self._review()

    def _news(self, said):
        """What of Hesabe's answer is not known yet; what it leaves out stays as it was."""
        told = self._values_of(said)
        if self.origin == "backend":
            told.pop("amount", None)
            told.pop("created_at", None)
            if said.status == PAID and not self.paid_at:
                told["paid_at"] = fields.Datetime.now()
        return {name: value for name, value in told.items() if value and self[name] != value}

    @api.model
    def _values_of(self, said):
        amount = from_minor(said.amount, FILS) if said.amount is not None else False
        values = {
            "hesabe_id": str(said.id) if said.id is not None else False,
            "transaction_id": said.transaction_id,
            "invoice_number": said.invoice_number,
            "terminal_number": said.terminal_id,
            "status": said.status,
            "status_text": said.status_text,
            "reason": said.reason,
            "customer_name": said.customer_name,
            "amount": amount,
            "created_at": said.created_at - KUWAIT if said.created_at else False,
        }
        if said.status in (PAID, REFUNDED):
            values.update(
                amount_paid=amount,
                card_brand=said.card.brand,
                card_number=said.card.number,
                authorisation=said.card.authorisation_code,
                rrn=said.card.rrn,
            )
        return values

    def _review(self):
        """How it stands, from what Hesabe says and what the ledger says."""
        for invoice in self:
            state = invoice._state_now()
            if invoice.state != state:
                invoice.state = state

    def _state_now(self):
        said = self.status or PENDING
        if self.origin != "backend":
            return said
        operation = self.operation_id
        if operation.state == "draft":
            return "draft"
        if said == PAID and to_minor(self.amount_paid, FILS) != to_minor(self.amount, FILS):
            return "unclear"
        if said != PENDING:
            return said
        if operation.state == "running":
            return "pending" if self.status else "looking"
        if operation.state == "unknown":
            return "unclear"
        return "stopped" if self.status else "not_sent"


def _trouble(answer):
    """Why the engine could not ask Hesabe; None when it could."""
    texts = [one["text"] for one in answer.get("messages", ()) if one["code"].startswith("device_")]
    return texts[-1] if texts else None


def _toast(message, kind):
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "message": message,
            "type": kind,
            "next": {"type": "ir.actions.client", "tag": "soft_reload"},
        },
    }
