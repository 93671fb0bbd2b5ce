from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.money import from_minor, to_minor


class SmartcashSetup(models.Model):
    """What is in the machine becomes its opening float, with its counterpart, once."""

    _inherit = "smartcash.setup"

    contents = fields.Monetary(
        readonly=True, copy=False, help="What was in the machine when Odoo last looked."
    )
    float_booked_text = fields.Text(compute="_compute_float")
    float_missing = fields.Monetary(
        string="To Be Booked",
        compute="_compute_float",
        help="What the machine holds, less what its journal holds already.",
    )
    float_source = fields.Selection(
        selection=[
            ("journal", "A journal: the safe, or the bank"),
            ("account", "The owner"),
        ],
        string="The Money Came From",
        default="journal",
        required=True,
    )
    float_journal_id = fields.Many2one(
        "account.journal",
        string="Safe or Bank",
        check_company=True,
        domain="[('type', 'in', ('cash', 'bank')), ('company_id', '=', company_id), ('id', '!=', journal_id)]",
    )
    float_account_id = fields.Many2one(
        "account.account",
        string="Owner's Account",
        check_company=True,
        domain="[('deprecated', '=', False), ('company_id', '=', company_id), "
        "('account_type', 'in', ('equity', 'liability_current', 'asset_current'))]",
    )

    @api.depends("contents", "device_id", "method_id", "step")
    def _compute_float(self):
        self._check_may_read()
        for setup in self:
            device = setup.device_id.sudo()
            at_float = setup.step == "float" and device and setup.method_id
            booked = device._float_is_booked() if at_float else None
            missing = 0
            if at_float and not booked:
                missing, _offset = device._float_amounts(
                    setup.method_id.sudo(), setup.config_id.sudo(), setup._contents_minor()
                )
            setup.float_booked_text = booked
            setup.float_missing = from_minor(missing, device.currency_id.decimal_places)

    def _contents_minor(self):
        return to_minor(self.contents, self.device_id.currency_id.decimal_places)

    def _begin_float(self):
        self.contents = self.device_id.cash_inside
        self.float_journal_id = self.device_id.safe_journal_id
        self.step = "float"

    def action_look_inside(self):
        """Before anything is booked a person sees the amount."""
        if not self._enter("float"):
            return
        self.contents = from_minor(self._look_inside(), self.currency_id.decimal_places)

    def action_book_float(self):
        """Book what the person has seen, and nothing else.

        In the context, as the form showed them: ``shown_contents`` and ``shown_float_missing``, major
        units.
        """
        if not self._enter("float"):
            return None
        self._check_has_method()
        self._check_accountant(_("Taking over the cash books an entry."))
        seen, missing = self._shown("contents"), self._shown("float_missing")
        found = self._look_inside()
        self.contents = from_minor(found, self.currency_id.decimal_places)
        if found != seen:
            return self._tell_changed(
                _(
                    "There is %(found)s in the machine now, and no longer %(seen)s.",
                    found=self._format(found),
                    seen=self._format(seen),
                )
            )
        self._check_device()
        if self._minor("float_missing") != missing:
            return self._tell_changed(_("The books of the machine's journal have changed."))
        self.device_id._book_float(self.method_id, self.config_id, found, self._float_origin())
        self._begin_test()
        return None

    def _minor(self, name):
        return to_minor(self[name], self.currency_id.decimal_places)

    def _shown(self, name):
        """What the form showed when the button was pressed, minor units."""
        shown = self.env.context.get(f"shown_{name}", self[name])
        return to_minor(shown, self.currency_id.decimal_places)

    def action_float_is_booked(self):
        """What is in the machine is in the books already."""
        if not self._enter("float"):
            return
        self._check_has_method()
        if not self.device_id._float_is_booked():
            raise UserError(
                _("What is in %s is not in the books yet: book it first.", self.device_id.name)
            )
        self._begin_test()

    def _float_origin(self):
        return self.float_journal_id if self.float_source == "journal" else self.float_account_id

    def _tell_changed(self, what):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.device_id.name,
                "message": _("%s Nothing was booked. Look at the amount, then press again.", what),
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
