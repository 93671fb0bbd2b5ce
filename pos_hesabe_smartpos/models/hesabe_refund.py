from datetime import timedelta
from operator import methodcaller

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    DeviceError,
    DeviceProtocolError,
    DeviceRefused,
)
from odoo.addons.pos_smartcash_terminal.core.one_by_one import one_by_one
from odoo.addons.pos_smartcash_terminal.core.progress import Message, Progress
from odoo.exceptions import AccessError, UserError

from ..hesabe_client import HesabeError, HesabeRefused
from .hesabe_account import MANAGER

#: What may still move money, or has: counted against what was paid.
COUNTED = ("asking", "pending", "approved", "unclear")
#: Nothing more is expected of these.
DECIDED = ("approved", "rejected", "withdrawn")
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
IMPATIENT = timedelta(days=7)
#: How long a request may still appear that Hesabe did not list.
WATCH = timedelta(hours=48)
AT_ONCE = 100  # looks of one run


class HesabeRefund(models.Model):
    """A request to give back what was paid on a terminal.

    Hesabe's staff approves it later, or not. The POS order is paid back when the request is registered;
    what Hesabe decides follows here, and a refusal opens the operation's match again: a manager's question.
    Only the server writes these rows.
    """

    _name = "hesabe.refund"
    _description = "Hesabe Refund"
    _order = "id desc"
    _rec_name = "invoice_number"

    account_id = fields.Many2one(
        "hesabe.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    operation_id = fields.Many2one(
        "smartcash.operation",
        string="Requested By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    sale_id = fields.Many2one(
        "smartcash.operation",
        string="Payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    invoice_number = fields.Char(related="sale_id.hesabe_number", store=True)
    user_id = fields.Many2one(related="operation_id.user_id")
    pos_order_id = fields.Many2one(related="operation_id.pos_order_id", string="Refund Order")
    currency_id = fields.Many2one(related="operation_id.currency_id")
    amount = fields.Monetary(related="operation_id.amount", store=True)
    state = fields.Selection(
        [
            ("asking", "Being requested"),
            ("pending", "Waiting for Hesabe"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("failed", "Not requested"),
            ("unclear", "Unclear: ask Hesabe"),
        ],
        required=True,
        readonly=True,
        default="asking",
    )
    hesabe_id = fields.Char(string="Hesabe's Number", readonly=True)
    status_text = fields.Char(
        string="Hesabe's Word",
        readonly=True,
        help="0 is waiting and 1 approved; no other is published.",
    )
    # Requests for this payment that Hesabe listed before: none of them is this one.
    known_before = fields.Json(readonly=True)
    decided_at = fields.Datetime(readonly=True)
    next_look = fields.Datetime(readonly=True, index="btree_not_null")

    _sql_constraints = [
        ("operation_unique", "UNIQUE(operation_id)", "This refund has been requested already."),
        ("hesabe_unique", "UNIQUE(account_id, hesabe_id)", "This is another refund already."),
    ]

    # ---- buttons --------------------------------------------------------------------------------

    def action_refresh(self):
        """Ask Hesabe now."""
        self._check_manager()
        for refund in self.sudo():
            try:
                refund._look()
            except DeviceError as error:
                raise UserError(str(error))

    def action_withdraw(self):
        """Take back a request that Hesabe has not approved: the customer gets nothing."""
        self._check_manager()
        self.ensure_one()
        refund = self.sudo()
        if refund.state != "pending":
            raise UserError(_("Only a refund that waits for Hesabe can be withdrawn."))
        try:
            driver = self.env["smartcash.driver.hesabe"]
            with driver._client(refund.operation_id.device_id) as client:
                client.cancel_refund(int(refund.hesabe_id))
        except DeviceRefused as error:
            raise UserError(str(error))
        except HesabeError as error:
            raise UserError(refund.account_id._error_text(error))
        refund._decide("withdrawn", _("The refund was withdrawn at Hesabe: nothing is paid out."))

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rights("read")
        self.check_access_rule("read")

    # ---- looking after --------------------------------------------------------------------------

    @api.model
    def _cron_look(self):
        due = self.search(
            [("next_look", "<=", fields.Datetime.now())], order="next_look, id", limit=AT_ONCE
        )
        one_by_one(due, methodcaller("_look_by_job"), later=(DeviceError,))

    def _look_by_job(self):
        # Committed at once: one that cannot be looked after is not the first again in a minute.
        self._keep(next_look=self._next_look())
        self._look()

    def _next_look(self):
        now = fields.Datetime.now()
        lost = self.state == "failed" and now > self.create_date + WATCH
        if lost or self.state in DECIDED:
            return False
        return now + (HOURLY if now < self.create_date + IMPATIENT else DAILY)

    def _look(self):
        """:raise DeviceError: Hesabe does not say"""
        self.ensure_one()
        operation = self.operation_id
        if self.state in DECIDED:
            return
        if not self.hesabe_id:
            if operation.state in ("running", "unknown") and not operation._is_decided():
                operation._engine_poll()
            else:
                said = operation.device_id._driver_at_home()._poll(operation)
                if said.net:
                    operation._write_down(said)
            return
        driver, device = self.env["smartcash.driver.hesabe"], operation.device_id
        with driver._client(device) as client, driver._looking(device):
            try:
                said = client.refund_request(int(self.hesabe_id))
            except HesabeRefused as error:
                if error.http_status != 404:
                    raise
                said = None
        if said and (str(said.id), said.token or self.sale_id.hesabe_token) != (
            self.hesabe_id,
            self.sale_id.hesabe_token,
        ):
            raise DeviceProtocolError(_("Hesabe answered with another refund than was asked for."))
        self._hear(said)

    def _hear(self, said):
        """:param said: a :class:`~..hesabe_client.Refund`; None when Hesabe does not know it any more"""
        if said is None:
            if self.state != "unclear":
                text = _("Hesabe no longer knows this refund: ask Hesabe whether it was paid out.")
                self._decide("unclear", text)
            return
        asked = self.operation_id._minor("amount")
        if said.amount not in (None, asked):
            if self.state != "unclear":
                self._decide(
                    "unclear", _("Hesabe has this refund with another amount: ask Hesabe.")
                )
        elif said.status == "approved":
            self._keep(
                state="approved",
                status_text=said.status_text,
                decided_at=fields.Datetime.now(),
                next_look=False,
            )
        elif said.status_text in self.account_id._rejected_words():
            self._keep(status_text=said.status_text)
            self._decide("rejected", _("Hesabe rejected the refund: nothing is paid out."))
        elif said.status_text != self.status_text:
            self._keep(status_text=said.status_text)

    def _decide(self, state, text):
        """Not (surely) paid out, although the order says so: that is a question, with a to-do."""
        # First the question: the same one twice is one, and a worker may die in between.
        self.operation_id._write_down(
            Progress("cancelled", "ended", messages=(Message(f"refund_{state}", text, "warning"),))
        )
        over = state in DECIDED
        values = {"decided_at": fields.Datetime.now(), "next_look": False} if over else {}
        self._keep(state=state, **values)

    def _keep(self, **values):
        """Committed at once: what Hesabe said is not forgotten because of what comes after it."""
        self.operation_id._hesabe_keep_refund(self, **values)
