import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

#: Accounts of the machine that may do more than a till should.
ADMINISTRATORS = frozenset({"admin", "administrator", "support", "manager", "exchange_machine"})
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class CashdroAccess(models.AbstractModel):
    """Where a machine is, and who we are to it: of a device, and of a rule that says otherwise."""

    _name = "smartcash.cashdro.access"
    _description = "Access to a CashDro"

    cashdro_host = fields.Char(string="Host")
    cashdro_port = fields.Integer(string="Port")
    cashdro_user = fields.Char(
        string="Machine User",
        copy=False,
        exportable=False,
        groups="point_of_sale.group_pos_manager",
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
        for access in self:
            access.cashdro_user_is_admin = (access.cashdro_user or "").lower() in ADMINISTRATORS

    @api.constrains("cashdro_host", "cashdro_port")
    def _check_cashdro_address(self):
        for access in self:
            if access.cashdro_host and not HOST.fullmatch(access.cashdro_host):
                raise ValidationError(
                    _(
                        "%s is no host. Enter a name or an IPv4 address only, for example 192.168.1.50.",
                        access.cashdro_host,
                    )
                )
            if access.cashdro_port and not 0 < access.cashdro_port < 65536:
                raise ValidationError(_("A port is a number from 1 to 65535."))
