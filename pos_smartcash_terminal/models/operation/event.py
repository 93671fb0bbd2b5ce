from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .smartcash_operation import STATES


class SmartcashOperationEvent(models.Model):
    _name = "smartcash.operation.event"
    _description = "Step of a SmartCash Operation"
    _order = "id"
    _log_access = False
    _rec_name = "message"

    operation_id = fields.Many2one(
        "smartcash.operation",
        index=True,
        ondelete="restrict",
        help="Empty: the wish was refused, and no operation came of it.",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="Who", ondelete="restrict")
    kind = fields.Selection(
        selection=[
            ("registered", "Registered"),
            ("step", "Step"),
            ("refused", "Refused"),
            ("fault", "Fault"),
            ("late", "Late fact"),
            ("unproven", "Unproven"),
            ("match", "Match"),
            ("resolved", "Resolved"),
        ],
        required=True,
    )
    state_from = fields.Selection(selection=STATES, string="From")
    state_to = fields.Selection(selection=STATES, string="To")
    message = fields.Char(string="What Happened")
    data = fields.Json(help="What the device or the till said, without secrets.")

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access_rights("write")
        raise UserError(_("The ledger is only ever added to: a step cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("The ledger is only ever added to: a step cannot be deleted."))
