from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .smartcash_device import ADMINISTRATORS, check_host, check_port


class SmartcashRule(models.Model):
    """How one user reaches the device of the rule. Another machine is another device."""

    _inherit = "smartcash.rule"

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
        string="Machine User",
        copy=False,
        exportable=False,
        groups="point_of_sale.group_pos_manager",
        help="A user of the machine for this cashier, so that the machine's movements tell who it was. "
        "Empty: the device's own.",
    )
    cashdro_password = fields.Char(
        string="Machine Password",
        copy=False,
        exportable=False,
        groups="point_of_sale.group_pos_manager",
    )
    cashdro_user_is_admin = fields.Boolean(
        compute="_compute_cashdro_user_is_admin", groups="point_of_sale.group_pos_manager"
    )

    @api.depends("cashdro_user")
    def _compute_cashdro_user_is_admin(self):
        for rule in self:
            rule.cashdro_user_is_admin = (rule.cashdro_user or "").lower() in ADMINISTRATORS

    @api.constrains("cashdro_host", "cashdro_port")
    def _check_cashdro_address(self):
        for rule in self:
            check_host(rule.cashdro_host)
            check_port(rule.cashdro_port)

    @api.constrains("cashdro_user", "cashdro_password")
    def _check_cashdro_user(self):
        for rule in self:
            if bool(rule.cashdro_user) != bool(rule.cashdro_password):
                raise ValidationError(
                    _("Enter the machine's user and its password together, or neither of them.")
                )
