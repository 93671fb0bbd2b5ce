from odoo import _, api, fields, models
from odoo.exceptions import UserError


class SmartcashResolve(models.TransientModel):
    """A manager's decision about an operation, asked for in the backend."""

    _name = "smartcash.resolve"
    _description = "Decision about an Operation"

    operation_id = fields.Many2one(
        "smartcash.operation",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    state = fields.Selection(related="operation_id.state")
    session_id = fields.Many2one(related="operation_id.session_id")
    currency_id = fields.Many2one(related="operation_id.currency_id")
    net = fields.Monetary(related="operation_id.net", string="The Machine Kept")
    missing = fields.Monetary(
        compute="_compute_missing",
        string="Not in the Books",
        help="What the cash holds more than the books for this operation, with what was done by hand for it.",
    )
    question = fields.Text(compute="_compute_choices")
    choices = fields.Json(
        compute="_compute_choices", help="The decisions that fit, and what each of them books."
    )
    effect = fields.Text(compute="_compute_effect", string="What this does")
    needs_order = fields.Boolean(compute="_compute_effect")
    order_id = fields.Many2one("pos.order", domain="[('session_id', '=', session_id)]")
    resolution = fields.Selection(
        selection=lambda self: (
            self.env["smartcash.operation"]._fields["resolution"]._description_selection(self.env)
        ),
        string="What became of the money",
        required=True,
    )
    reason = fields.Char(required=True, help="Kept in the ledger with your name.")

    @api.depends("operation_id")
    def _compute_missing(self):
        for decision in self:
            operation = decision.operation_id.sudo()
            root = operation.parent_id or operation
            decision.missing = root._major(root._missing()) if root else 0

    @api.depends("operation_id")
    def _compute_choices(self):
        for decision in self:
            operation = decision.operation_id.sudo()
            root = operation.parent_id or operation
            decision.question = decision._ask(root) if root else False
            decision.choices = decision._offer(root) if root else []

    def _ask(self, operation):
        if operation.unproven and operation.match_state != "open":
            return operation._question()
        return operation._describe_question()

    def _offer(self, operation):
        if not (operation.unproven and operation.match_state != "open"):
            return operation._decisions()
        labels = dict(operation._fields["resolution"]._description_selection(self.env))
        effect = _("Books nothing: the result is in the books already.")
        confirmed = {"resolution": "confirmed", "label": labels["confirmed"], "effect": effect}
        return [{**confirmed, "needsOrder": False}]

    @api.depends("resolution", "choices")
    def _compute_effect(self):
        for decision in self:
            chosen = next(
                (one for one in decision.choices or [] if one["resolution"] == decision.resolution),
                {},
            )
            decision.effect = chosen.get("effect")
            decision.needs_order = chosen.get("needsOrder", False)

    def action_resolve(self):
        self.ensure_one()
        answer = self.env["smartcash.operation"].resolve(
            self.operation_id.uuid,
            self.resolution,
            self.reason,
            self.order_id.id if self.needs_order else None,
        )
        if "refused" in answer:
            raise UserError(answer["refused"]["message"])
        return {"type": "ir.actions.act_window_close"}
