from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class PosPaymentMethod(models.Model):
    _inherit = "pos.payment.method"

    smartcash_device_id = fields.Many2one(
        "smartcash.device",
        string="Device",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        help="The device of everyone, unless rules say who uses which.",
    )
    smartcash_close_sale = fields.Boolean(
        string="Go straight to the receipt once paid",
        default=True,
        help="Validate the order and show the receipt without a touch. A rule can decide otherwise.",
    )
    smartcash_auto_start = fields.Boolean(
        string="Start as soon as it is chosen",
        default=True,
        help="One tap on this payment method starts the device for all that is due. Money that goes "
        "out is always confirmed first.",
    )
    smartcash_rule_ids = fields.One2many(
        "smartcash.rule", "payment_method_id", string="Who May Use It"
    )
    smartcash_terminal = fields.Boolean(compute="_compute_smartcash_terminal")

    @api.model
    def _smartcash_terminal_keys(self):
        """The values of ``use_payment_terminal`` that are ours. Driver addons add theirs."""
        return []

    @api.model
    def _smartcash_machine_keys(self):
        """Those of our terminals that hold cash. Driver addons of cash machines add theirs."""
        return []

    def _is_smartcash(self):
        self.ensure_one()
        return (
            bool(self.use_payment_terminal)
            and self.use_payment_terminal in self._smartcash_terminal_keys()
        )

    def _is_smartcash_machine(self):
        self.ensure_one()
        return (
            bool(self.use_payment_terminal)
            and self.use_payment_terminal in self._smartcash_machine_keys()
        )

    def _is_write_forbidden(self, fields):
        # Rules are edited here as in their own list, where an open session does not matter.
        return super()._is_write_forbidden(fields - {"smartcash_rule_ids"})

    def copy(self, default=None):
        """Core's duplicate has no cash journal, and so no machine: what was chosen for the one is
        chosen anew for the other, as the journal."""
        default = dict(default or {})
        if self._is_smartcash() and not default.get("smartcash_device_id"):
            default.setdefault("use_payment_terminal", False)
        return super().copy(default)

    @api.depends("use_payment_terminal")
    def _compute_smartcash_terminal(self):
        for method in self:
            method.smartcash_terminal = method._is_smartcash()

    @api.depends("type")
    def _compute_hide_use_payment_terminal(self):
        super()._compute_hide_use_payment_terminal()
        if self._smartcash_machine_keys():
            self.filtered(lambda method: method.type == "cash").hide_use_payment_terminal = False

    @api.onchange("journal_id")
    def _onchange_journal_id(self):
        # Core clears the terminal of a cash journal; a machine belongs on one.
        terminal = self.use_payment_terminal
        result = super()._onchange_journal_id()
        if terminal in self._smartcash_machine_keys():
            self.use_payment_terminal = terminal
        return result

    @api.onchange("use_payment_terminal")
    def _onchange_use_payment_terminal(self):
        result = super()._onchange_use_payment_terminal()
        if self.smartcash_device_id.driver != self.use_payment_terminal:
            self.smartcash_device_id = False
        return result

    @api.constrains("use_payment_terminal", "journal_id")
    def _check_smartcash_journal(self):
        for method in self.filtered("use_payment_terminal"):
            is_cash = method.journal_id.type == "cash"
            if method._is_smartcash_machine():
                if not is_cash:
                    raise ValidationError(
                        _(
                            "%s is paid through a cash machine: choose a journal of type Cash, "
                            "one of its own for each machine and Point of Sale.",
                            method.name,
                        )
                    )
            elif is_cash:
                raise ValidationError(
                    _(
                        "%s is on a cash journal: only a cash machine can be its terminal. "
                        "Choose a bank journal for this terminal.",
                        method.name,
                    )
                )

    @api.constrains("use_payment_terminal", "smartcash_device_id", "company_id")
    def _check_smartcash_device(self):
        for method in self:
            device = method.smartcash_device_id
            if method._is_smartcash() and not device:
                raise ValidationError(
                    _(
                        "Choose the device of %s. Devices are set up under "
                        "Point of Sale > SmartCash > Devices.",
                        method.name,
                    )
                )
            if not device:
                continue
            if method._is_smartcash() and device.driver != method.use_payment_terminal:
                raise ValidationError(
                    _(
                        "%(device)s is of another make than the terminal of %(method)s.",
                        device=device.name,
                        method=method.name,
                    )
                )
            if device.company_id != method.company_id:
                raise ValidationError(
                    _(
                        "%(device)s belongs to another company than %(method)s.",
                        device=device.name,
                        method=method.name,
                    )
                )

    @api.constrains("use_payment_terminal", "journal_id", "config_ids")
    def _check_smartcash_configs(self):
        self.config_ids._check_smartcash_one_cash_method()
