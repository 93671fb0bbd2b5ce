from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.money import from_minor, to_minor
from ...core.progress import ENDED, Progress

#: Written once, at registration.
FIXED = frozenset(
    {"uuid", "kind", "amount", "currency_id", "device_id", "company_id", "session_id", "parent_id"}
)
#: Of these, what Odoo guesses for a payment that it finds without an operation, until its till tells it.
GUESSES = frozenset({"amount", "device_id"})

#: In the words of the back end; also of the story.
STATES = [
    ("draft", "Not started"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
    ("unknown", "Unknown outcome"),
]


class SmartcashOperation(models.Model):
    """The ledger: one row per movement of money that somebody asked for.

    Rows are written by the public methods of this model only (see the sibling files); no access
    right lets anybody create, change or delete one.
    """

    _name = "smartcash.operation"
    _description = "SmartCash Operation"
    _order = "id desc"
    _rec_name = "uuid"
    _check_company_auto = True

    uuid = fields.Char(string="Operation ID", required=True, readonly=True)
    kind = fields.Selection(
        selection=[
            ("sale", "Sale"),
            ("refund", "Refund"),
            ("cash_in", "Cash in"),
            ("cash_out", "Cash out"),
            ("fill", "Add change"),
            ("collect", "Empty the stacker"),
            ("transfer", "Notes to the stacker"),
            ("exchange", "Give change"),
            ("empty", "Empty the recyclers"),
        ],
        required=True,
        readonly=True,
    )
    device_id = fields.Many2one(
        "smartcash.device", required=True, readonly=True, ondelete="restrict", check_company=True
    )
    payment_method_id = fields.Many2one(
        "pos.payment.method", readonly=True, ondelete="restrict", check_company=True
    )
    session_id = fields.Many2one(
        "pos.session", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    cashier = fields.Char(
        readonly=True, help="The name that the till showed when the operation started."
    )
    order_uid = fields.Char(readonly=True)
    order_name = fields.Char(string="Order on the Till", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    reference = fields.Char(readonly=True)
    allow_partial = fields.Boolean(readonly=True)

    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Requested", readonly=True)
    amount_in = fields.Monetary(string="In", readonly=True)
    amount_out = fields.Monetary(string="Out", readonly=True)
    net = fields.Monetary(
        compute="_compute_net",
        store=True,
        precompute=True,
        help="In minus out: what the machine really kept.",
    )
    undispensed = fields.Monetary(
        readonly=True, help="Owed to the customer, and not given out by the machine."
    )
    rounding = fields.Monetary(
        readonly=True,
        help="What the machine's rounding left unpaid or overpaid. Net + rounding = payment.",
    )

    state = fields.Selection(
        selection=STATES,
        required=True,
        readonly=True,
        default="draft",
    )
    phase = fields.Selection(
        selection=[
            ("registered", "Registered"),
            ("starting", "Starting"),
            ("accepting", "Accepting money"),
            ("collecting", "Waiting for the stacker"),
            ("cancelling", "Giving back"),
            ("dispensing", "Giving out"),
            ("ended", "Ended"),
        ],
        required=True,
        readonly=True,
        default="registered",
    )
    evidence = fields.Selection(
        selection=[
            ("server", "Server"),
            ("signed", "Signed"),
            ("client", "Till"),
            ("manual", "By hand"),
        ],
        readonly=True,
        help="Who saw the result: the server itself, the gateway, which signs it, the till, or a "
        "person.",
    )
    unproven = fields.Boolean(
        readonly=True,
        help="The device signs its results, and this one came without a signature: "
        "only the till's browser says so.",
    )
    at_machine = fields.Boolean(
        string="Done at the Machine", readonly=True, help="No till asked for it."
    )
    may_be_in_opening = fields.Boolean(
        readonly=True,
        help="Found after an opening that a person counted: it may have been inside by then.",
    )
    device_ref = fields.Char(string="Device's Own Number", readonly=True)
    message = fields.Char(readonly=True)
    messages = fields.Json(readonly=True)
    card = fields.Json(readonly=True)
    cancellable = fields.Boolean(readonly=True)
    acceptable = fields.Boolean(readonly=True)
    signature = fields.Text(
        readonly=True, exportable=False, groups="point_of_sale.group_pos_manager"
    )
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)

    parent_id = fields.Many2one(
        "smartcash.operation",
        string="Parent Operation",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    child_ids = fields.One2many("smartcash.operation", "parent_id", string="By Hand")
    pos_payment_id = fields.Many2one(
        "pos.payment", readonly=True, index="btree_not_null", ondelete="set null"
    )
    pos_order_id = fields.Many2one(
        "pos.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    refunded_order_ids = fields.Many2many(
        "pos.order",
        string="Refund Of",
        readonly=True,
        help="The orders that this refund takes back.",
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    # Empty: nothing to match (no money moved, or the operation still runs).
    match_state = fields.Selection(
        selection=[("matched", "Matched"), ("open", "Open question"), ("resolved", "Resolved")],
        string="Reconciliation",
        readonly=True,
    )
    superseded_line_ids = fields.Many2many(
        "account.bank.statement.line",
        readonly=True,
        help="Statement lines of earlier decisions about this operation. They are still in the books.",
    )
    disputed = fields.Boolean(
        readonly=True, help="A later report says something else than the result that stands here."
    )
    resolution = fields.Selection(
        selection=[
            ("returned", "Returned to the customer"),
            ("order", "Belongs to an order"),
            ("cash_in", "Booked as cash in"),
            ("cash_out", "Booked as cash out"),
            ("credit", "On the customer's account"),
            ("as_booked", "The books are right"),
            ("in_opening", "In the opening count"),
            ("counting_error", "Counting error"),
            ("nothing_moved", "No money moved"),
            ("confirmed", "The till's word is right"),
        ],
        readonly=True,
    )
    resolution_reason = fields.Char(readonly=True)
    resolved_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    resolved_at = fields.Datetime(readonly=True)
    event_ids = fields.One2many("smartcash.operation.event", "operation_id", string="Event Log")

    _sql_constraints = [
        ("uuid_unique", "UNIQUE(uuid)", "This operation is already in the ledger."),
        (
            "amounts_not_negative",
            "CHECK(amount >= 0 AND amount_in >= 0 AND amount_out >= 0 AND undispensed >= 0)",
            "Amounts of an operation cannot be negative.",
        ),
    ]

    def init(self):
        cr = self.env.cr
        # Invariant: one operation at a time per device, whatever the workers do.
        cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS smartcash_operation_one_running_per_device "
            "ON smartcash_operation (device_id) WHERE state = 'running'"
        )
        # What asks for attention stays small however long the ledger grows.
        cr.execute(
            "CREATE INDEX IF NOT EXISTS smartcash_operation_pending ON smartcash_operation (session_id) "
            "WHERE state IN ('draft', 'running', 'unknown') OR match_state = 'open'"
        )
        cr.execute(
            "CREATE INDEX IF NOT EXISTS smartcash_operation_questions ON smartcash_operation (device_id) "
            "WHERE match_state = 'open'"
        )
        cr.execute(
            "CREATE INDEX IF NOT EXISTS smartcash_operation_unproven ON smartcash_operation (device_id) "
            "WHERE unproven"
        )
        cr.execute(
            "CREATE INDEX IF NOT EXISTS smartcash_operation_by_device ON smartcash_operation (device_id, id)"
        )

    @api.depends("amount_in", "amount_out")
    def _compute_net(self):
        for operation in self:
            operation.net = operation.amount_in - operation.amount_out

    @api.depends("kind", "amount", "order_name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for operation in self:
            amount = operation.currency_id.format(operation.amount) if operation.currency_id else ""
            operation.display_name = " ".join(
                part for part in (kinds.get(operation.kind), amount, operation.order_name) if part
            )

    def write(self, vals):
        fixed = FIXED.intersection(vals)
        if fixed and not (fixed <= GUESSES and all(one._is_guessed() for one in self)):
            raise UserError(_("What an operation was asked to do cannot be changed afterwards."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("The ledger is only ever added to: an operation cannot be deleted."))

    # ---- minor units ----------------------------------------------------------------------------

    @api.model
    def _minor_of(self, amount, currency):
        return to_minor(amount, currency.decimal_places)

    def _minor(self, field_name):
        """The amount in ``field_name`` as an integer in minor units."""
        self.ensure_one()
        return to_minor(self[field_name], self.currency_id.decimal_places)

    def _major(self, minor):
        self.ensure_one()
        return from_minor(minor, self.currency_id.decimal_places)

    def _progress(self):
        """The row as a device would tell it."""
        self.ensure_one()
        return Progress(
            state=self.state,
            phase=self.phase,
            amount_in=self._minor("amount_in"),
            amount_out=self._minor("amount_out"),
            undispensed=self._minor("undispensed"),
            rounding=self._minor("rounding"),
            device_ref=self.device_ref or None,
            cancellable=self.cancellable,
            acceptable=self.acceptable,
            card=self.card or None,
            signature=None,
        )

    def _to_wire(self):
        self.ensure_one()
        wire = {"uuid": self.uuid, **self._progress().to_wire(), "messages": self.messages or []}
        if self.undispensed:
            wire["handedOver"] = bool(self.child_ids)
        return wire

    def _is_ended(self):
        self.ensure_one()
        return self.state in ENDED

    def _is_only_requested(self):
        """A refund that ended with a request: whether the customer's money still waits for approval.
        Drivers whose refunds are requests say so."""
        self.ensure_one()
        return False

    def _add_event(self, kind, message, *, state_from=None, data=None):
        self.ensure_one()
        self.env["smartcash.operation.event"].sudo().create(
            {
                "operation_id": self.id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                "kind": kind,
                "state_from": state_from or self.state,
                "state_to": self.state,
                "message": message,
                "data": data,
            }
        )
