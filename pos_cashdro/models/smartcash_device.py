from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceError
from odoo.exceptions import AccessError, UserError, ValidationError

from ..cashdro_client import (
    CashdroError,
    Tls,
    fetch_fingerprint,
    read_fingerprint,
)

#: The longest that a till, or a worker of Odoo, waits for one answer (seconds).
MOST_SECONDS = 60
MOST_BUSY_SECONDS = 30


MODELS = [
    ("cashdro3", "CashDro3"),
    ("cashdro4", "CashDro4+"),
    ("cashdro5", "CashDro5"),
    ("cashdro7", "CashDro7"),
    ("cashdros", "CashDro S"),
]


def _retire(devices):
    """Without its addon a device cannot be used, but the ledger still names it."""
    devices.write({"active": False, "driver": False, "model": False})


class SmartcashDevice(models.Model):
    """What a manager enters about a machine."""

    _name = "smartcash.device"
    _inherit = ["smartcash.device", "smartcash.cashdro.access"]

    driver = fields.Selection(selection_add=[("cashdro", "CashDro")], ondelete={"cashdro": _retire})
    model = fields.Selection(
        selection_add=MODELS, ondelete={key: "set null" for key, _label in MODELS}
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

    cashdro_unit = fields.Selection(
        selection=[
            ("minor", "Smallest unit of the currency"),
            ("hundredth", "Hundredths, whatever the currency"),
        ],
        string="Counts In",
        default="minor",
        required=True,
        help="Some machines count in hundredths although their currency has no decimals, or three. It is "
        "compared with the machine's own coins and notes before anything is started.",
    )
    cashdro_connect_seconds = fields.Integer(
        string="Seconds to Connect",
        default=4,
        help="The longest that the machine may take to accept a connection. A CashDro S may need 15.",
    )
    cashdro_answer_seconds = fields.Integer(
        string="Seconds to Answer",
        default=4,
        help="The longest that an answer may take from there on. A CashDro S that counts may need 30.",
    )
    cashdro_busy_seconds = fields.Integer(
        string="Seconds While Busy",
        default=10,
        help="A machine may refuse a start for a moment although nothing runs in it: after an operation, "
        "or while it loads. For so long it is asked again.",
    )

    @api.constrains("cashdro_connect_seconds", "cashdro_answer_seconds", "cashdro_busy_seconds")
    def _check_cashdro_seconds(self):
        for device in self:
            waits = (device.cashdro_connect_seconds, device.cashdro_answer_seconds)
            if any(not 1 <= seconds <= MOST_SECONDS for seconds in waits):
                raise ValidationError(
                    _("A machine has from 1 to %s seconds to connect and to answer.", MOST_SECONDS)
                )
            if not 0 <= device.cashdro_busy_seconds <= MOST_BUSY_SECONDS:
                raise ValidationError(
                    _("A busy machine is asked again for %s seconds at most.", MOST_BUSY_SECONDS)
                )

    @api.constrains("cashdro_unit")
    def _check_cashdro_unit(self):
        running = self.env["smartcash.operation"].sudo()
        for device in self:
            if running.search_count(
                [("device_id", "=", device.id), ("state", "=", "running")], limit=1
            ):
                raise ValidationError(
                    _(
                        "%s is at work: what it counts in can be changed when that has ended.",
                        device.name,
                    )
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
            host, port = self._driver()._place(self, self.env["smartcash.rule"])
            self.cashdro_fingerprint = fetch_fingerprint(host, port, self.cashdro_answer_seconds)
        except (CashdroError, DeviceError) as error:
            raise UserError(
                _(
                    "No certificate was found at the machine's address. Check host and port, and that "
                    "the machine is on. (%s)",
                    error,
                )
            ) from error
        self.cashdro_tls = "pin"
        return self._notification(
            _("Pinned. Compare it with the certificate that the machine's own page shows."),
            "success",
        )

    def action_cashdro_test(self):
        """Ask the machine how it is, and say it in plain words."""
        self._check_cashdro_manager()
        driver = self._driver()
        warnings = []
        try:
            health = driver._check(self)
            seen = {"state": health.state, "message": health.text}
            seen["inventory"] = driver._inventory(self).to_wire()
            warnings = driver._open_doors(self)
        except DeviceError as error:
            seen = {
                "state": "offline" if error.code == "unreachable" else "error",
                "message": str(error),
            }
        self.sudo()._note_seen(seen)
        if seen["state"] == "offline":
            # To the manager who tests; what is noted is read at the tills too.
            address = self._driver()._address(self, self.env["smartcash.rule"])
            seen["message"] = _("%(why)s Tried: %(address)s.", why=seen["message"], address=address)
        kind = {"online": "success", "busy": "info"}.get(seen["state"], "danger")
        missing = [*warnings, *self._missing_setup()]
        if missing and kind != "danger":
            kind = "warning"
        return self._notification(" ".join([seen["message"], *missing]), kind)

    def _check_cashdro_manager(self):
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rule("write")
        if self.driver != "cashdro":
            raise UserError(_("%s is not a CashDro.", self.name))

    def _notification(self, text, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": text,
                "type": kind,
                "sticky": kind == "danger",
                # Shows what was noted; a reload of the page would lose a record that was just made.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
