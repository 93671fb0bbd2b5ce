from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.driver_api import DeviceError
from odoo.exceptions import AccessError, UserError, ValidationError

from ..cashdro_client import CashdroError, Tls, fetch_fingerprint, read_fingerprint

CALL_SECONDS = 4


def _retire(devices):
    """Without its addon a device cannot be used, but the ledger still names it."""
    devices.write({"active": False, "driver": False, "model": False})


class SmartcashDevice(models.Model):
    """What a manager enters about a machine."""

    _name = "smartcash.device"
    _inherit = ["smartcash.device", "smartcash.cashdro.access"]

    driver = fields.Selection(selection_add=[("cashdro", "CashDro")], ondelete={"cashdro": _retire})
    model = fields.Selection(
        selection_add=[
            ("cashdro3", "CashDro3"),
            ("cashdro4", "CashDro4+"),
            ("cashdro5", "CashDro5"),
            ("cashdro7", "CashDro7"),
            ("cashdros", "CashDro S"),
        ],
        ondelete={
            "cashdro3": "set null",
            "cashdro4": "set null",
            "cashdro5": "set null",
            "cashdro7": "set null",
            "cashdros": "set null",
        },
    )
    cashdro_host = fields.Char(
        help="The machine's name or IPv4 address as the Odoo server sees it. Empty: the address that "
        "the Point of Sale user comes from (the shop's router forwards the port to the machine).",
    )
    cashdro_port = fields.Integer(help="0: 443, or 80 without encryption.")
    cashdro_tls = fields.Selection(
        selection=[
            ("pin", "Only this certificate (pinned)"),
            ("ca", "Certificates of an authority"),
            ("unverified", "Any certificate (not verified)"),
            ("http", "No encryption (http)"),
        ],
        string="Certificate",
        default="pin",
        help="Machines come with a certificate that they signed themselves: pin it.",
    )
    cashdro_fingerprint = fields.Char(
        string="Fingerprint", copy=False, help="SHA-256 of the machine's certificate."
    )
    cashdro_ca = fields.Text(
        string="Authority",
        help="Its certificate as PEM text. Empty: the authorities of the server.",
    )
    cashdro_terminal = fields.Char(
        string="Terminal Name",
        default="odoo",
        help="Names this Odoo to the machine, with the number of the Point of Sale: odoo-3. Databases "
        "that share a machine need different names.",
    )
    cashdro_user = fields.Char(
        help="A user of the machine made for the Point of Sale, with no more permissions than it needs."
    )
    cashdro_rounding = fields.Monetary(
        string="Largest Rounding",
        default=0.01,
        help="The most by which the machine rounds an amount: 0.01 where coins start at 0.02, 0.04 where "
        "they start at 0.05. A larger gap is a question, never rounding.",
    )

    @api.constrains("cashdro_rounding")
    def _check_cashdro_rounding(self):
        if any(device.cashdro_rounding < 0 for device in self):
            raise ValidationError(_("The largest rounding cannot be negative. Use 0 for none."))

    @api.constrains("cashdro_tls", "cashdro_fingerprint", "cashdro_ca")
    def _check_cashdro_tls(self):
        for device in self:
            try:
                if device.cashdro_fingerprint:
                    read_fingerprint(device.cashdro_fingerprint)
            except ValueError:
                raise ValidationError(
                    _(
                        "The fingerprint is not a SHA-256: press “Fetch and pin”, or type 64 hex digits."
                    )
                )
            try:
                if device.cashdro_tls == "ca" and device.cashdro_ca:
                    Tls(ca_data=device.cashdro_ca)
            except ValueError:
                raise ValidationError(
                    _("The authority's certificate cannot be read: paste it as PEM text.")
                )

    # ---- buttons ----------------------------------------------------------------------------------

    def action_cashdro_pin(self):
        """Trust the certificate that answers at the machine's address now."""
        self._check_cashdro_manager()
        try:
            host, port = self._cashdro_place(self.env["smartcash.rule"])
            self.cashdro_fingerprint = fetch_fingerprint(host, port, CALL_SECONDS)
        except (CashdroError, DeviceError) as error:
            raise UserError(
                _(
                    "No certificate was found at the machine's address. Check host and port, and that "
                    "the machine is on. (%s)",
                    error,
                )
            ) from error
        self.cashdro_tls = "pin"
        return self._cashdro_notification(
            _("Pinned. Compare it with the certificate that the machine's own page shows."),
            "success",
        )

    def action_cashdro_test(self):
        """Ask the machine how it is, and say it in plain words."""
        self._check_cashdro_manager()
        try:
            health = self._driver_check()
            seen = {"state": health.state, "message": health.text}
            seen["inventory"] = self._driver_inventory().to_wire()
        except DeviceError as error:
            seen = {
                "state": "offline" if error.code == "unreachable" else "error",
                "message": str(error),
            }
        self.sudo()._note_seen(seen)
        kind = {"online": "success", "busy": "info"}.get(seen["state"], "danger")
        missing = self._missing_setup()
        if missing and kind != "danger":
            kind = "warning"
        return self._cashdro_notification(" ".join([seen["message"], *missing]), kind)

    def _check_cashdro_manager(self):
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rule("write")
        if self.driver != "cashdro":
            raise UserError(_("%s is not a CashDro.", self.name))

    def _cashdro_notification(self, text, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": text,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
