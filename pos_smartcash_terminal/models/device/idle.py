from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MAX_IDLE_MINUTES = 120


class SmartcashDevice(models.Model):
    """How long a device waits for a customer who may have left."""

    _inherit = "smartcash.device"

    idle_minutes = fields.Integer(
        string="Waits for Money (Minutes)",
        default=5,
        help="After so many minutes without a coin or a note the operation is cancelled, what is inside is "
        "given back, and the machine is free for others. 0: it waits for ever.",
    )
    can_cancel = fields.Boolean(
        compute="_compute_can_cancel",
        help="An operation can be ended from here; else only on the device itself.",
    )

    @api.depends("driver")
    def _compute_can_cancel(self):
        for device in self:
            device.can_cancel = device._driver()._capabilities(device).get("cancel", True)

    @api.constrains("idle_minutes")
    def _check_idle_minutes(self):
        if any(not 0 <= device.idle_minutes <= MAX_IDLE_MINUTES for device in self):
            raise ValidationError(
                _(
                    "A machine waits for money from 1 to %s minutes; 0 for ever.",
                    MAX_IDLE_MINUTES,
                )
            )

    def _idle_minutes(self):
        """:returns: minutes; 0 for ever"""
        self.ensure_one()
        return self.idle_minutes if self.can_cancel else 0

    def _pos_data(self, rule=None):
        return {**super()._pos_data(rule), "idleMinutes": self._idle_minutes()}
