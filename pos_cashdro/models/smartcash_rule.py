from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class SmartcashRule(models.Model):
    """How one user reaches the device of the rule. Another machine is another device."""

    _name = "smartcash.rule"
    _inherit = ["smartcash.rule", "smartcash.cashdro.access"]

    device_driver = fields.Selection(related="device_id.driver")
    cashdro_host = fields.Char(
        string="Host Override",
        help="Where this user's machine is. Empty: the device's own host; empty there too: the address "
        "that this user comes from.",
    )
    cashdro_port = fields.Integer(
        string="Port Override",
        help="0: the device's own port. Two machines behind one router differ here.",
    )
    cashdro_user = fields.Char(
        help="A user of the machine for this cashier, so that the machine's movements tell who it was. "
        "Empty: the device's own.",
    )

    @api.constrains("cashdro_user", "cashdro_password")
    def _check_cashdro_user(self):
        for rule in self:
            if bool(rule.cashdro_user) != bool(rule.cashdro_password):
                raise ValidationError(
                    _("Enter the machine's user and its password together, or neither of them.")
                )
