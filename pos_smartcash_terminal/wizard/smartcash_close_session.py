from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.money import from_minor, to_minor


class SmartcashCloseSession(models.TransientModel):
    """A manager closes a session from the back end, where nobody can ask a till's machine."""

    _name = "smartcash.close.session"
    _description = "Count the Cash of a Session"

    session_id = fields.Many2one("pos.session", required=True, readonly=True, ondelete="cascade")
    notice = fields.Char(readonly=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    expected_machine = fields.Monetary(compute="_compute_expected")
    expected_hand = fields.Monetary(compute="_compute_expected", string="Expected in the Drawer")
    machine = fields.Monetary(
        string="In the Machine",
        help="All that is in the machine, also what belongs to another Point of Sale.",
    )
    line_ids = fields.One2many(
        "smartcash.close.session.line",
        "wizard_id",
        string="Machines",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        help="When the session has several machines: all that is in each.",
    )
    hand = fields.Monetary(string="In the Drawer")
    reason = fields.Char(
        required=True,
        help="Why the machine is not counted by the till, for example: the till is broken.",
    )

    @api.depends("session_id")
    def _compute_expected(self):
        for wizard in self:
            data = wizard.session_id.sudo()._smartcash_closing_data() if wizard.session_id else None
            decimals = wizard.currency_id.decimal_places
            wizard.expected_machine = from_minor(data["expected"], decimals) if data else 0
            wizard.expected_hand = from_minor(data["handExpected"], decimals) if data else 0

    @api.depends("session_id")
    def _compute_line_ids(self):
        for wizard in self:
            machines = (
                wizard.session_id.sudo()._smartcash_machines_data("closing")
                if wizard.session_id
                else []
            )
            decimals = wizard.currency_id.decimal_places
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(
                    {
                        "device_id": machine["id"],
                        "expected": from_minor(machine["expected"], decimals),
                    }
                )
                for machine in machines
                if len(machines) > 1
            ]

    def action_close(self):
        self.ensure_one()
        session, decimals = self.session_id, self.currency_id.decimal_places
        machines = session.sudo()._smartcash_machines()
        inside = {line.device_id: line.machine for line in self.line_ids}
        if len(machines) == 1:
            inside = {machines: self.machine}
        if set(inside) != set(machines):
            raise UserError(
                _("Enter what is in each machine: %s.", ", ".join(machines.mapped("name")))
            )
        share = 0
        for device, amount in inside.items():
            seen = {"total": to_minor(amount, decimals), "reason": self.reason}
            count = self.env["smartcash.count"].take(session.id, "closing", seen, device.id)
            if "refused" in count:
                raise UserError(count["refused"]["message"])
            share += count["share"]
        counted = from_minor(share + to_minor(self.hand, decimals), decimals)
        session._smartcash_delete_unpaid()
        posted = session.post_closing_cash_details(counted)
        if not posted["successful"]:
            raise UserError(posted["message"])
        session._post_cash_details_message(
            _("Closing"), session.cash_register_difference, self.reason
        )
        action = session._smartcash_close_as_begun()
        return (
            action
            if isinstance(action, dict)
            else {"type": "ir.actions.client", "tag": "soft_reload"}
        )


class SmartcashCloseSessionLine(models.TransientModel):
    _name = "smartcash.close.session.line"
    _description = "Count the Cash of one Machine"

    wizard_id = fields.Many2one("smartcash.close.session", required=True, ondelete="cascade")
    device_id = fields.Many2one(
        "smartcash.device", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    expected = fields.Monetary(readonly=True)
    machine = fields.Monetary(string="In the Machine")
