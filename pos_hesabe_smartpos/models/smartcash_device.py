from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceError
from odoo.exceptions import AccessError, UserError, ValidationError

from .hesabe_account import MANAGER

MODELS = [
    ("pax_a50", "PAX A50"),
    ("pax_a77", "PAX A77"),
    ("pax_a8", "PAX A8"),
    ("pax_a99", "PAX A99"),
    ("pax_a910", "PAX A910"),
    ("pax_a920", "PAX A920"),
    ("pax_a920pro", "PAX A920 Pro"),
    ("pax_a930pro", "PAX A930 Pro"),
    ("pax_other", "PAX (other)"),
    ("softpos", "KNET SoftPOS"),
]


def _retire(devices):
    """Without its addon a device cannot be used, but the ledger still names it."""
    devices.write({"active": False, "driver": False, "model": False})


class SmartcashDevice(models.Model):
    """A terminal of Hesabe: which account it belongs to and what Hesabe calls it."""

    _inherit = "smartcash.device"

    driver = fields.Selection(
        selection_add=[("hesabe", "Hesabe Smart POS")], ondelete={"hesabe": _retire}
    )
    model = fields.Selection(
        selection_add=MODELS, ondelete={key: "set null" for key, _label in MODELS}
    )
    hesabe_account_id = fields.Many2one(
        "hesabe.account",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
    )
    hesabe_terminal_id = fields.Char(
        string="Terminal ID",
        copy=False,
        help="What Hesabe calls TerminalID (not Terminal_ID): invoices are sent to it.",
    )
    hesabe_terminal_name = fields.Char(string="Name at Hesabe", readonly=True, copy=False)

    _sql_constraints = [
        (
            "hesabe_terminal_unique",
            "UNIQUE(hesabe_account_id, hesabe_terminal_id)",
            "This terminal of Hesabe is another device already.",
        ),
    ]

    @api.constrains("active", "driver", "hesabe_account_id", "hesabe_terminal_id")
    def _check_hesabe_terminal(self):
        for device in self:
            is_terminal = device.active and device.driver == "hesabe"
            if is_terminal and not (device.hesabe_account_id and device.hesabe_terminal_id):
                raise ValidationError(
                    _(
                        "%s needs its Hesabe account and its terminal ID. Fetch the terminals under "
                        "Point of Sale > Configuration > SmartCash > Hesabe Accounts.",
                        device.name,
                    )
                )

    @api.constrains("driver", "currency_id")
    def _check_hesabe_currency(self):
        for device in self:
            currency = device.currency_id
            if device.driver == "hesabe" and (currency.name, currency.decimal_places) != ("KWD", 3):
                raise ValidationError(
                    _(
                        "%s is a terminal of Hesabe: its currency is KWD, with three decimals "
                        "(rounding factor 0.001).",
                        device.name,
                    )
                )

    def action_hesabe_check(self):
        """Ask Hesabe whether it answers and knows this terminal."""
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rule("write")
        try:
            health = self._driver_at_home()._check(self)
        except DeviceError as error:
            raise UserError(str(error))
        return self.sudo()._note_seen({"state": health.state, "message": health.text})

    def _note_listed(self, terminal):
        """Hesabe lists this terminal."""
        values = {"hesabe_terminal_name": terminal.name}
        if not self.model and terminal.kind:
            values["model"] = terminal.kind
        if self.state in ("error", "unknown"):
            values.update(state="online", state_message=False, last_seen=fields.Datetime.now())
        self.write(values)
