import secrets

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.exceptions import AccessError, UserError, ValidationError

from ..gateway_jwt import issue_token

TEST_SECONDS = 120


MODELS = [
    ("pos1500", "POS1500"),
    ("pos1500x", "POS1500X"),
    ("pos2023", "POS2023"),
    ("snext", "SNEXT"),
]


def _retire(devices):
    """Without its addon a device cannot be used, but the ledger still names it."""
    devices.write({"active": False, "driver": False, "model": False})


class SmartcashDevice(models.Model):
    _inherit = "smartcash.device"

    driver = fields.Selection(
        selection_add=[("cashlogy", "Cashlogy")], ondelete={"cashlogy": _retire}
    )
    model = fields.Selection(
        selection_add=MODELS, ondelete={key: "set null" for key, _label in MODELS}
    )
    gateway_pairing_key = fields.Char(
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
        help="Shared with the gateway on the till. Shown once, when it is made.",
    )
    gateway_paired_at = fields.Datetime(string="Pairing Key Made", readonly=True, copy=False)

    @api.constrains("driver", "endpoint")
    def _check_gateway_endpoint(self):
        for device in self:
            if device.active and device.driver == "cashlogy" and not device.endpoint:
                raise ValidationError(
                    _(
                        "Enter the address of the gateway of %s, usually http://127.0.0.1:8787.",
                        device.name,
                    )
                )

    # ---- pairing and test ----------------------------------------------------------------------

    def action_new_pairing_key(self):
        """Make a new key and show it once, with the command that gives it to the gateway."""
        self.ensure_one()
        self._check_gateway_manager()
        running = (
            self.env["smartcash.operation"]
            .sudo()
            .search([("device_id", "=", self.id), ("state", "=", "running")], limit=1)
        )
        if running:
            raise UserError(
                _(
                    "An operation is running on %s. Wait until it has ended, then make the key.",
                    self.name,
                )
            )
        key = secrets.token_hex(32)
        self.write({"gateway_paired_at": fields.Datetime.now()})
        self.sudo().gateway_pairing_key = key
        return {
            "type": "ir.actions.act_window",
            "name": _("Pair the gateway of %s", self.name),
            "res_model": "smartcash.pairing",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_device_name": self.name,
                "default_pairing_key": key,
                "default_command": self._pairing_command(key),
            },
        }

    def _pairing_command(self, key):
        origin = self.get_base_url().rstrip("/")
        return f"smartcash-gateway pair --device={self.uid} --key={key} --origin={origin}"

    def gateway_test_token(self):
        """A token with which a manager's browser may look at the gateway for two minutes."""
        self.ensure_one()
        self._check_gateway_manager()
        try:
            return self.sudo()._gateway_token(("status",), TEST_SECONDS)
        except DeviceRefused as error:
            raise UserError(str(error)) from error

    def _check_gateway_manager(self):
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rule("write")
        if self.driver != "cashlogy":
            raise UserError(_("%s has no gateway.", self.name))

    def _gateway_token(self, scope, seconds, operation=None):
        return issue_token(
            self.sudo()._gateway_key(),
            issuer=self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            user_id=self.env.uid,
            device=self.uid,
            scope=scope,
            seconds=seconds,
            operation=operation,
        )

    def _gateway_key(self):
        self.ensure_one()
        if not self.gateway_pairing_key:
            raise DeviceRefused(
                _(
                    "%s has no pairing key. Ask a manager to make one under "
                    "Point of Sale > SmartCash > Devices.",
                    self.name,
                )
            )
        return self.gateway_pairing_key
