from odoo import fields, models


class SmartcashSetup(models.Model):
    """Cashlogy: the gateway on the till, and its pairing."""

    _inherit = "smartcash.setup"

    gateway_paired_at = fields.Datetime(related="device_id.gateway_paired_at", related_sudo=False)

    def action_new_pairing_key(self):
        self._check_manager()
        self.ensure_one()
        return self.device_id.action_new_pairing_key()
