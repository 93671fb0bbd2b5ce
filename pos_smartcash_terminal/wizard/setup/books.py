from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ...models.smartcash_rule import RIGHTS, WITHOUT_RULE


class SmartcashSetup(models.Model):
    """Journal, payment method and rules: made or chosen, all in one transaction."""

    _inherit = "smartcash.setup"

    method_id = fields.Many2one(
        "pos.payment.method",
        string="Payment Method",
        copy=False,
        check_company=True,
        ondelete="set null",
        domain="[('use_payment_terminal', '=', driver), ('company_id', '=', company_id)]",
        help="One that is here already. Empty: a new one.",
    )
    method_name = fields.Char(
        string="Name of the Method", help="What the cashier touches in the payment screen."
    )
    journal_type = fields.Char(compute="_compute_journal_type")
    journal_id = fields.Many2one(
        "account.journal",
        copy=False,
        check_company=True,
        domain="[('type', '=', journal_type), ('company_id', '=', company_id), "
        "'|', ('type', '=', 'bank'), ('pos_payment_method_ids', '=', False)]",
        help="Where the machine's money is booked. Empty: a new one.",
    )
    profit_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('deprecated', '=', False), ('company_id', '=', company_id), "
        "('account_type', 'in', ('income', 'income_other'))]",
        help="Where a count books what is more than expected. Empty: the company's.",
    )
    loss_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('deprecated', '=', False), ('company_id', '=', company_id), "
        "('account_type', '=', 'expense')]",
        help="Where a count books what is missing. Empty: the company's.",
    )
    rounding_account_id = fields.Many2one(
        related="device_id.rounding_account_id", related_sudo=False, readonly=False
    )
    safe_journal_id = fields.Many2one(
        related="device_id.safe_journal_id", related_sudo=False, readonly=False
    )
    access = fields.Selection(
        selection=[("everyone", "Everyone at this Point of Sale"), ("users", "Only these users")],
        string="Who May Use It",
        required=True,
        default="everyone",
    )
    user_ids = fields.Many2many(
        "res.users", string="Users", domain="[('company_ids', 'in', company_id)]"
    )
    right_refund = fields.Boolean(string="Refunds", default=True)
    right_cash_in = fields.Boolean(string="Cash In", default=True)
    right_cash_out = fields.Boolean(string="Cash Out")
    replaced_method_ids = fields.Many2many(
        "pos.payment.method",
        string="Replaced",
        compute="_compute_replaced_method_ids",
        help="The cash of a Point of Sale is in the machine or in a drawer. These methods are taken out of "
        "it; what is in the drawer stays in their books.",
    )

    @api.depends("takes_cards")
    def _compute_journal_type(self):
        for setup in self:
            setup.journal_type = "bank" if setup.takes_cards else "cash"

    @api.depends("config_id.payment_method_ids", "takes_cards", "method_id")
    def _compute_replaced_method_ids(self):
        for setup in self:
            cash = setup.config_id.payment_method_ids.filtered("is_cash_count")
            setup.replaced_method_ids = False if setup.takes_cards else cash - setup.method_id

    def _propose_books(self):
        """What this Point of Sale has for the machine already is used again."""
        own = self.config_id.payment_method_ids.filtered(
            lambda method: (
                method.use_payment_terminal == self.driver
                and (method.smartcash_device_id == self.device_id or not self.takes_cards)
            )
        )
        self.method_id = self.method_id or own[:1]
        self.method_name = self.method_name or self.name

    def action_make_books(self):
        """Make what is missing, and give it to the Point of Sale."""
        if not self._enter("books"):
            return
        self._check_device()
        self._check_currency()
        self._check_no_session()
        self.device_id.active = True
        method = self.method_id or self._make_method()
        self.method_id = method
        self._check_method()
        self.journal_id = method.journal_id
        self._complete_journal()
        self._give_to_config()
        self._make_rules()
        self._check_complete()
        if self.takes_cards:
            self._begin_test()
        else:
            self._begin_float()

    def _check_no_session(self):
        config = self.config_id.sudo()
        if config.session_ids.filtered(lambda session: session.state != "closed"):
            raise UserError(
                _(
                    "A session of %s is open. Close it first: payment methods change between sessions. "
                    "Nothing was made.",
                    config.name,
                )
            )

    # ---- payment method and journal -------------------------------------------------------------

    def _make_method(self):
        self._check_replaced()
        journal = self.journal_id or self._make_journal()
        return self.env["pos.payment.method"].create(
            {
                "name": self.method_name or self.name,
                "company_id": self.company_id.id,
                "journal_id": journal.id,
                "use_payment_terminal": self.driver,
                "smartcash_device_id": self.device_id.id,
            }
        )

    def _check_replaced(self):
        """A drawer gives way to the machine; another machine does not."""
        machine = self.replaced_method_ids.filtered(lambda method: method._is_smartcash_machine())
        if machine:
            raise UserError(
                _(
                    "The cash of %(config)s is in a machine already, with the payment method %(method)s. "
                    "Choose that method, and say which users work with %(device)s.",
                    config=self.config_id.name,
                    method=machine[0].name,
                    device=self.device_id.name,
                )
            )

    def _make_journal(self):
        self._check_accountant(_("This makes a new journal."))
        currency = self.device_id.currency_id
        values = {
            "name": self.method_name or self.name,
            "type": self.journal_type,
            "company_id": self.company_id.id,
        }
        if currency != self.company_id.currency_id:
            values["currency_id"] = currency.id
        return self.env["account.journal"].sudo().with_company(self.company_id).create(values)

    def _complete_journal(self):
        """An account that is chosen here fills a gap of the journal, and replaces nothing."""
        journal = self.journal_id.sudo()
        gaps = {
            name: self[name].id
            for name in ("profit_account_id", "loss_account_id")
            if self[name] and not journal[name]
        }
        if gaps:
            self._check_accountant(_("The journal %s lacks an account.", journal.name))
            journal.write(gaps)

    def _check_has_method(self):
        if not self.method_id:
            raise UserError(_("Choose the payment method first: press “Back”."))

    def _check_method(self):
        self._check_replaced()
        method, device = self.method_id, self.device_id
        if method.smartcash_device_id == device:
            return
        if self.access == "everyone":
            raise UserError(
                _(
                    "%(method)s is paid through %(other)s. Choose another method, or say which users "
                    "work with %(device)s.",
                    method=method.name,
                    other=method.smartcash_device_id.name,
                    device=device.name,
                )
            )

    def _give_to_config(self):
        config = self.config_id.sudo()
        methods = config.payment_method_ids - self.replaced_method_ids | self.method_id
        if methods != config.payment_method_ids:
            config.payment_method_ids = [Command.set(methods.ids)]

    # ---- rules ----------------------------------------------------------------------------------

    def _make_rules(self):
        if self.access == "everyone":
            return
        if not self.user_ids:
            raise UserError(_("Choose the users who work with %s.", self.device_id.name))
        self._keep_for_others()
        for user in self.user_ids - self._users_with_rule():
            self.env["smartcash.rule"].create(
                {
                    "company_id": self.company_id.id,
                    "user_id": user.id,
                    "pos_config_ids": [Command.set(self.config_id.ids)],
                    "payment_method_id": self.method_id.id,
                    "device_id": self.device_id.id,
                    "right_refund": self.right_refund,
                    "right_cash_in": self.right_cash_in,
                    "right_cash_out": self.right_cash_out,
                }
            )

    def _keep_for_others(self):
        """The first rule of a payment method would take it from whoever has none: what applied without
        a rule becomes rules."""
        method = self.method_id
        default = method.smartcash_device_id
        if default in (default.browse(), self.device_id) or method.smartcash_rule_ids:
            return
        shared = {
            "company_id": self.company_id.id,
            "payment_method_id": method.id,
            "device_id": default.id,
        }
        managers = self.env.ref("point_of_sale.group_pos_manager").sudo().users
        managers = managers.filtered(lambda user: self.company_id in user.company_ids)
        self.env["smartcash.rule"].create(
            [
                {**shared, **{f"right_{right}": right in WITHOUT_RULE for right in RIGHTS}},
                *(
                    {**shared, "user_id": user.id, **{f"right_{right}": True for right in RIGHTS}}
                    for user in managers
                ),
            ]
        )

    def _users_with_rule(self):
        rules = self.env["smartcash.rule"].search(
            [
                ("payment_method_id", "=", self.method_id.id),
                ("device_id", "=", self.device_id.id),
            ]
        )
        here = rules.filtered(
            lambda rule: not rule.pos_config_ids or self.config_id in rule.pos_config_ids
        )
        return here.user_id

    def _check_complete(self):
        missing = [*self.device_id._missing_setup(), *self.method_id._smartcash_missing_setup()]
        if missing:
            raise UserError("\n".join([*dict.fromkeys(missing), _("Nothing was made.")]))
