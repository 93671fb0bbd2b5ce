from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

STEPS = [
    ("make", "Make"),
    ("connect", "Connect"),
    ("check", "Check"),
    ("books", "Books"),
    ("float", "Opening Float"),
    ("test", "Test Payment"),
    ("done", "Done"),
]
#: From these a person can go back: nothing has been made yet that others use.
BEFORE_BOOKS = ("connect", "check", "books")
#: What is computed in sudo comes from these.
READ_IN_SUDO = ("device_id", "method_id", "config_id")


class SmartcashSetup(models.Model):
    """The way from a machine in its box to its first sale. It can be left and resumed.

    Until the step "Books" nothing is made that a till sees: the machine is archived. That step makes
    journal, payment method and rules in one transaction, or nothing.

    Each step has its own button. Pressed twice, or in a window that is behind, it does nothing more.
    """

    _name = "smartcash.setup"
    _description = "Set-Up of a Machine"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Name of the Machine", required=True, help="As the people at the till call it."
    )
    step = fields.Selection(
        selection=STEPS, required=True, readonly=True, copy=False, default="make"
    )
    driver = fields.Selection(selection="_selection_driver", string="Make", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Point of Sale",
        required=True,
        check_company=True,
        ondelete="cascade",
        domain="[('company_id', '=', company_id)]",
    )
    device_id = fields.Many2one(
        "smartcash.device",
        string="Machine",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        domain="[('driver', '=', driver), ('company_id', '=', company_id)]",
        help="One that is here already. Empty: a new one.",
    )
    made_device = fields.Boolean(readonly=True, copy=False)
    is_fetched = fields.Boolean(
        compute="_compute_is_fetched",
        help="Devices of this make are not entered: they come from an account.",
    )
    currency_id = fields.Many2one(
        related="device_id.currency_id", related_sudo=False, readonly=False
    )
    takes_cards = fields.Boolean(related="device_id.takes_cards", related_sudo=False)

    @api.model
    def _selection_driver(self):
        return self.env["smartcash.device"]._fields["driver"]._description_selection(self.env)

    @api.depends("driver")
    def _compute_is_fetched(self):
        for setup in self:
            setup.is_fetched = self.env["smartcash.device"]._driver_of(setup.driver)._is_fetched

    @api.model
    def action_begin(self):
        """To the set-ups that were left in the middle, or at once to a new one."""
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_setup_action"
        )
        if not self.search_count([("step", "!=", "done")], limit=1):
            action.update(view_mode="form", views=[(False, "form")])
        return action

    def unlink(self):
        """A machine that only this set-up made goes with it."""
        self._check_manager()
        abandoned = self._drafts()
        result = super().unlink()
        abandoned.unlink()
        return result

    def _drafts(self):
        """:returns: the machines that these set-ups made, did not bring to their books, and nothing uses"""
        unfinished = self.filtered(
            lambda setup: setup.made_device and setup.step in ("make", *BEFORE_BOOKS)
        )
        return unfinished.device_id.filtered(
            lambda device: not device.active and not self._is_used(device)
        )

    def _is_used(self, device):
        uses = (
            ("pos.payment.method", "smartcash_device_id"),
            ("smartcash.rule", "device_id"),
            ("smartcash.count", "device_id"),
            ("smartcash.operation", "device_id"),
            ("account.bank.statement.line", "smartcash_float_device_id"),
            ("account.bank.statement.line", "smartcash_rounding_device_id"),
        )
        return any(
            self.env[model]
            .sudo()
            .with_context(active_test=False)
            .search_count([(name, "=", device.id)], limit=1)
            for model, name in uses
        )

    def onchange(self, values, field_names, fields_spec):
        """Core checks nothing of a record that is not saved: what it names could be read through it."""
        self._check_manager()
        named = {name: values[name] for name in READ_IN_SUDO if name in values}
        self.new(named)._check_may_read()
        return super().onchange(values, field_names, fields_spec)

    # ---- steps --------------------------------------------------------------------------------

    def action_choose(self):
        """The make, the name and the Point of Sale are known."""
        if not self._enter("make"):
            return
        self._check_config()
        if self.made_device:
            self.device_id.name = self.name
        if self.device_id:
            self._check_device()
        elif not self.is_fetched:
            self._make_device()
        self.step = "connect"

    def action_back(self):
        self._check_manager()
        self.ensure_one()
        # A method that was deleted is made, or chosen, at the books.
        if self.step in BEFORE_BOOKS or (self.step == "float" and not self.method_id):
            keys = [key for key, _label in STEPS]
            self.step = keys[keys.index(self.step) - 1]

    def _enter(self, step):
        """:returns: whether this set-up is at ``step``: it is not when the button was pressed twice"""
        self._check_manager()
        self.ensure_one()
        self.flush_recordset()
        # Pressed twice at once, the later one waits here, fails, and is run again by Odoo.
        self.env.cr.execute("SELECT id FROM smartcash_setup WHERE id = %s FOR UPDATE", [self.id])
        self.invalidate_recordset(["step"])
        return self.step == step

    def _check_manager(self):
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale administrators may set up machines."))
        self.check_access_rights("write")
        self.check_access_rule("write")

    def _check_may_read(self):
        for name in READ_IN_SUDO:
            self[name].check_access_rights("read")
            self[name].check_access_rule("read")

    def _check_accountant(self, what):
        """:param what: what is to be done, in words
        :raise UserError: this user may not do it; a colleague goes on from here"""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(
                _(
                    "%(what)s Your user has no rights in Invoicing, so nothing was booked. Ask a "
                    "colleague who has them to go on with this set-up: it is kept as it is.",
                    what=what,
                )
            )

    def _check_config(self):
        config = self.config_id
        if config.company_id != self.company_id:
            raise UserError(
                _(
                    "%(config)s belongs to another company than %(company)s.",
                    config=config.name,
                    company=self.company_id.name,
                )
            )
        if not self.driver:
            raise UserError(
                _("Choose the make. Makes come with the SmartCash addons that are installed.")
            )
