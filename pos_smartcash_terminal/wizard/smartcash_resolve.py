from odoo import fields, models
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
    resolution = fields.Selection(
        selection=lambda self: (
            self.env["smartcash.operation"]._fields["resolution"]._description_selection(self.env)
        ),
        string="What became of the money",
        required=True,
    )
    reason = fields.Char(required=True, help="Kept in the ledger with your name.")

    def action_resolve(self):
        self.ensure_one()
        answer = self.env["smartcash.operation"].resolve(
            self.operation_id.uuid, self.resolution, self.reason
        )
        if "refused" in answer:
            raise UserError(answer["refused"]["message"])
        return {"type": "ir.actions.act_window_close"}
