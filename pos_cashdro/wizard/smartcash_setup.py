from odoo import fields, models

MANAGER = "point_of_sale.group_pos_manager"


class SmartcashSetup(models.Model):
    """CashDro: where the machine is, its certificate, and who we are to it."""

    _inherit = "smartcash.setup"

    cashdro_host = fields.Char(related="device_id.cashdro_host", related_sudo=False, readonly=False)
    cashdro_port = fields.Integer(
        related="device_id.cashdro_port", related_sudo=False, readonly=False
    )
    cashdro_tls = fields.Selection(
        related="device_id.cashdro_tls", related_sudo=False, readonly=False
    )
    cashdro_fingerprint = fields.Char(
        related="device_id.cashdro_fingerprint", related_sudo=False, readonly=False
    )
    cashdro_ca = fields.Text(related="device_id.cashdro_ca", related_sudo=False, readonly=False)
    cashdro_user = fields.Char(
        related="device_id.cashdro_user",
        related_sudo=False,
        readonly=False,
        exportable=False,
        groups=MANAGER,
    )
    cashdro_password = fields.Char(
        related="device_id.cashdro_password",
        related_sudo=False,
        readonly=False,
        exportable=False,
        groups=MANAGER,
    )
    cashdro_user_is_admin = fields.Boolean(
        related="device_id.cashdro_user_is_admin", related_sudo=False, groups=MANAGER
    )
    cashdro_unit = fields.Selection(
        related="device_id.cashdro_unit", related_sudo=False, readonly=False
    )
    cashdro_rounding = fields.Monetary(
        related="device_id.cashdro_rounding", related_sudo=False, readonly=False
    )

    def action_cashdro_pin(self):
        self._check_manager()
        self.ensure_one()
        return self.device_id.action_cashdro_pin()

    def action_cashdro_test(self):
        self._check_manager()
        self.ensure_one()
        return self.device_id.action_cashdro_test()

    def _same_machine(self):
        """The machine at the same address; without a host it may be anywhere."""
        device = self.device_id
        if device.driver != "cashdro" or not device.cashdro_host:
            return super()._same_machine()
        places = self._search_machines([("driver", "=", "cashdro"), ("cashdro_host", "!=", False)])
        return places.filtered(lambda other: _place(other) == _place(device))[:1]


def _place(device):
    usual = 80 if device.cashdro_tls == "http" else 443
    return device.cashdro_host.lower(), device.cashdro_port or usual
