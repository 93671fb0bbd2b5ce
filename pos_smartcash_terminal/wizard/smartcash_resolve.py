from odoo import api, fields, models
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

    def action_resolve(self):
        self.ensure_one()
        answer = self.env["smartcash.operation"].resolve(
            self.operation_id.uuid,
            self.resolution,
            self.reason,
            self.order_id.id if self.resolution == "order" else None,
        )
        if "refused" in answer:
            raise UserError(answer["refused"]["message"])
        return {"type": "ir.actions.act_window_close"}
