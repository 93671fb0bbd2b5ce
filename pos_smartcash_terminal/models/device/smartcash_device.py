from urllib.parse import urlsplit
from uuid import uuid4

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core.driver_api import DEVICE_STATES
from ...core.money import from_minor
from ...core.registration import Refused

TRANSPORTS = [
    ("gateway", "Gateway on the till"),
    ("browser", "Directly from the till's browser"),
    ("server", "Through the Odoo server"),
]


STATES = [
    ("online", "Ready"),
    ("busy", "Busy"),
    ("attention", "Runs Out"),
    ("offline", "Offline"),
    ("error", "Needs attention"),
    ("unknown", "Not seen yet"),
]


class SmartcashDevice(models.Model):
    _name = "smartcash.device"
    _description = "Cash Machine or Card Terminal"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    uid = fields.Char(
        string="Device ID",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid4()),
        help="Names this device to gateways and in tokens. It never changes.",
    )
    # Empty here: each driver addon adds its make. Not required in the database, so that the
    # ledger of a make survives the uninstallation of its addon.
    driver = fields.Selection(
        selection=[],
        string="Make",
        help="The makes come from the installed SmartCash addons.",
    )
    model = fields.Selection(selection=[])
    models_offered = fields.Json(
        compute="_compute_models_offered", help="The models of this make; empty: any."
    )
    transport = fields.Selection(
        selection=TRANSPORTS,
        string="Connection",
        compute="_compute_connection",
        store=True,
        readonly=False,
        precompute=True,
    )
    endpoint = fields.Char(
        string="Address",
        compute="_compute_connection",
        store=True,
        readonly=False,
        precompute=True,
        help="For a gateway: its address as the till's browser sees it, for example http://127.0.0.1:8787.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    rounding_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('deprecated', '=', False), ('company_id', '=', company_id)]",
        help="Where a session books what the machine rounded off, once, when it closes.",
    )
    safe_journal_id = fields.Many2one(
        "account.journal",
        string="Safe",
        check_company=True,
        domain="[('type', 'in', ('cash', 'bank')), ('company_id', '=', company_id)]",
        help="Where the change comes from that a manager puts into the machine, and where goes what "
        "is taken out: each is booked as a transfer between the two journals. Empty: on the machine's "
        "journal only, as Odoo books cash in and out.",
    )
    capabilities = fields.Json(readonly=True, copy=False)
    takes_cards = fields.Boolean(
        compute="_compute_takes_cards", help="It takes cards, and no cash."
    )
    state = fields.Selection(
        selection=STATES, required=True, readonly=True, copy=False, default="unknown"
    )
    state_message = fields.Char(string="Last Status", readonly=True, copy=False)
    last_seen = fields.Datetime(readonly=True, copy=False)
    last_inventory = fields.Json(readonly=True, copy=False)
    last_inventory_at = fields.Datetime(string="Inventory Taken", readonly=True, copy=False)
    cash_inside = fields.Monetary(compute="_compute_cash_inside")
    rule_ids = fields.One2many("smartcash.rule", "device_id", string="Rules")
    payment_method_ids = fields.One2many(
        "pos.payment.method", "smartcash_device_id", string="Payment Methods"
    )
    operation_ids = fields.One2many("smartcash.operation", "device_id", string="Operations")
    question_count = fields.Integer(
        compute="_compute_question_count", help="Operations that ask for a decision."
    )

    _sql_constraints = [
        ("uid_unique", "UNIQUE(uid)", "Two devices cannot have the same device ID."),
    ]

    @api.depends("driver")
    def _compute_connection(self):
        for device in self:
            transports = device._driver()._transports
            if device.transport not in transports:
                device.transport = transports[0] if transports else False
            else:
                device.transport = device.transport
            device.endpoint = device.endpoint or device._driver()._default_endpoint

    @api.depends("driver")
    def _compute_models_offered(self):
        for device in self:
            device.models_offered = device._driver()._models

    @api.onchange("driver")
    def _onchange_driver(self):
        offered = self._driver()._models
        if offered is not None and self.model not in offered:
            self.model = False

    @api.constrains("driver", "model")
    def _check_model(self):
        for device in self.filtered("model"):
            offered = device._driver()._models
            if offered is not None and device.model not in offered:
                models = dict(self._fields["model"]._description_selection(self.env))
                raise ValidationError(
                    _(
                        "%(model)s is no model of the make of %(device)s. Choose another one, or none.",
                        model=models[device.model],
                        device=device.name,
                    )
                )

    @api.depends("driver")
    def _compute_takes_cards(self):
        for device in self:
            device.takes_cards = bool(device._driver()._capabilities(device).get("card"))

    @api.depends("last_inventory", "currency_id")
    def _compute_cash_inside(self):
        for device in self:
            total = (device.last_inventory or {}).get("total", 0)
            device.cash_inside = from_minor(total, device.currency_id.decimal_places)

    def _compute_question_count(self):
        counts = dict(
            self.env["smartcash.operation"]._read_group(
                [
                    ("device_id", "in", self.ids),
                    ("match_state", "=", "open"),
                    ("parent_id", "=", False),
                ],
                ["device_id"],
                ["__count"],
            )
        )
        for device in self:
            device.question_count = counts.get(device, 0)

    @api.constrains("active", "driver", "transport")
    def _check_driver(self):
        for device in self.filtered("active"):
            if not device.driver:
                raise ValidationError(
                    _(
                        "Choose the make of %s. Makes come with the SmartCash addons that are installed.",
                        device.name,
                    )
                )
            if device.transport not in device._driver()._transports:
                raise ValidationError(
                    _(
                        "A device of this make cannot be reached this way. Choose another way to reach %s.",
                        device.name,
                    )
                )

    @api.constrains("endpoint", "transport")
    def _check_endpoint(self):
        for device in self:
            if device.endpoint and device.transport in ("gateway", "browser"):
                check_web_address(device.endpoint)

    @api.constrains("safe_journal_id", "payment_method_ids", "currency_id")
    def _check_safe_journal(self):
        for device in self:
            safe = device.safe_journal_id
            if not safe:
                continue
            if safe in device.payment_method_ids.journal_id:
                raise ValidationError(
                    _(
                        "%s is the journal of the machine itself. Choose another one as safe.",
                        safe.name,
                    )
                )
            if (safe.currency_id or safe.company_id.currency_id) != device.currency_id:
                raise ValidationError(
                    _(
                        "The safe %(safe)s is in another currency than %(device)s. "
                        "Choose a journal in %(currency)s.",
                        safe=safe.name,
                        device=device.name,
                        currency=device.currency_id.name,
                    )
                )

    def write(self, vals):
        if "uid" in vals and any(device.uid != vals["uid"] for device in self):
            raise ValidationError(
                _("The device ID never changes: gateways and tokens are tied to it.")
            )
        return super().write(vals)

    def _address(self, rule=None):
        """The address that a till uses. Addresses that only the server needs stay on the server."""
        self.ensure_one()
        if self.transport == "server":
            return None
        return (rule and rule.endpoint) or self.endpoint or None

    def _pos_data(self, rule=None):
        """What a till needs to talk to this device: nothing secret."""
        return {**self._public_data(), "endpoint": self._address(rule)}

    def _public_data(self):
        """What any till may know about this device, also one that does not use it."""
        self.ensure_one()
        return {
            "id": self.id,
            "uid": self.uid,
            "name": self.name,
            "driver": self.driver,
            "transport": self.transport,
            "currency": self.currency_id.name,
            "capabilities": self.capabilities or self._driver()._capabilities(self),
            "pacing": self._driver()._pacing,
            "payoutStep": self._payout_step(),
        }

    # ---- public methods -------------------------------------------------------------------

    def note_seen(self, values):
        """Write down what somebody saw who reached a device that Odoo does not talk to.

        :param values: ``{state, message, capabilities, inventory}``, each optional but ``state``;
            what a device can is taken from a manager's browser only
        """
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(_("Only Point of Sale users may do this."))
        self.check_access_rule("read")
        device = self.sudo()
        if device.transport == "server":
            raise AccessError(device._says_who_looks())
        if not device._is_used_by(self.env.user):
            raise AccessError(_("No rule leads you to %s.", device.name))
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            values = isinstance(values, dict) and {**values, "capabilities": None}
        return device._note_seen(values)

    def _note_seen(self, values):
        self.write(self._read_seen(values))
        if values.get("inventory"):
            try:
                self._note_inventory(self._parse_inventory(values["inventory"]))
            except Refused as refused:
                raise ValidationError(str(refused)) from refused
        return True

    def _says_who_looks(self):
        return _(
            "Odoo itself talks to %s and sees what is in it. What a till says about it does not count.",
            self.name,
        )

    def _is_used_by(self, user):
        """Whether a rule, or a payment method without rules, leads this user here; managers, always."""
        if user.has_group("point_of_sale.group_pos_manager"):
            return True
        rules = self.env["smartcash.rule"]
        methods = self.payment_method_ids | self.rule_ids.payment_method_id
        return any(
            admission.device == self
            for config in methods.config_ids
            for admission in rules._admit(
                methods & config.payment_method_ids, config, user, compare_currency=False
            ).values()
        )

    @api.model
    def _read_seen(self, values):
        if not isinstance(values, dict) or values.get("state") not in DEVICE_STATES:
            raise ValidationError(
                _("The state of a device is one of: %s", ", ".join(DEVICE_STATES))
            )
        now = fields.Datetime.now()
        noted = {"state": values["state"], "state_message": str(values.get("message") or "")[:500]}
        if values["state"] != "offline":
            noted["last_seen"] = now
        capabilities = values.get("capabilities")
        if isinstance(capabilities, dict) and isinstance(capabilities.get("kinds"), list):
            noted["capabilities"] = {
                "kinds": [str(kind)[:32] for kind in capabilities["kinds"][:20]],
                "partial": capabilities.get("partial") is True,
                "inventory": capabilities.get("inventory") is True,
            }
        return noted

    def _lock_rows(self):
        """Two tills count, or close on, one machine one after the other: the database fails the later
        one, which Odoo runs again with everything in sight. Always in the same order: two sessions that
        close on the same machines do not wait for each other."""
        for device in self.sorted("id"):
            self.env.cr.execute(
                "UPDATE smartcash_device SET write_date = write_date WHERE id = %s",
                [device.id],
                log_exceptions=False,
            )

    def _last_operation(self, before=None):
        """:param before: the running operation, of which nobody knows yet what it will move"""
        domain = [("device_id", "=", self.id)]
        if before:
            domain.append(("id", "<", before.id))
        return self.env["smartcash.operation"].search(domain, limit=1)

    def action_open_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_operation_action"
        )
        action.update(domain=[("device_id", "=", self.id)], context={})
        return action


def check_web_address(address):
    """Raise unless ``address`` is what a browser can call: scheme, host, perhaps a port, nothing else."""
    try:
        parts = urlsplit(address)
        usable = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and parts.username is None
            and parts.password is None
            and parts.path in ("", "/")
            and not parts.query
            and not parts.fragment
            and not any(character.isspace() for character in address)
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError(
            _(
                "%s is not an address that a till can call. It looks like http://127.0.0.1:8787.",
                address,
            )
        )
