from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount

from ...core.driver_api import DeviceError, Health
from ...core.money import from_minor
from ...core.registration import Refused

WORKING = ("online", "busy", "attention")
#: What a browser saw in the machine counts for so long; Odoo itself looks each time.
FRESH = timedelta(minutes=15)


class SmartcashSetup(models.Model):
    """The machine answers, belongs to us, and holds what the books can take over."""

    _inherit = "smartcash.setup"

    model = fields.Selection(related="device_id.model", related_sudo=False, readonly=False)
    models_offered = fields.Json(related="device_id.models_offered", related_sudo=False)
    transport = fields.Selection(related="device_id.transport", related_sudo=False, readonly=False)
    endpoint = fields.Char(related="device_id.endpoint", related_sudo=False, readonly=False)
    uid = fields.Char(related="device_id.uid", related_sudo=False)
    state = fields.Selection(related="device_id.state", related_sudo=False)
    state_message = fields.Char(related="device_id.state_message", related_sudo=False)
    levels_data = fields.Json(related="device_id.levels_data", related_sudo=False)
    findings = fields.Text(compute="_compute_findings", help="What the machine says of itself.")

    def _make_device(self):
        """It is archived until the set-up has come to its books: no till sees it before."""
        self.device_id = self.env["smartcash.device"].create(
            {
                "name": self.name,
                "driver": self.driver,
                "company_id": self.company_id.id,
                "currency_id": self.config_id.currency_id.id,
                "active": False,
            }
        )
        self.made_device = True

    def action_connected(self):
        """The machine has been reached."""
        if not self._enter("connect"):
            return
        self._check_device()
        self._check_answers()
        self.step = "check"

    def action_checked(self):
        """Currency and contents fit."""
        if not self._enter("check"):
            return
        self._check_device()
        self._check_currency()
        if not self.takes_cards:
            self._look_inside()
        self._propose_books()
        self.step = "books"

    # ---- whose machine it is --------------------------------------------------------------------

    def _check_device(self):
        device = self.device_id
        if not device:
            raise UserError(_("Choose the machine first."))
        self._check_device_company()
        if device.driver != self.driver:
            raise UserError(_("%s is of another make. Choose another machine.", device.name))
        try:
            device._check_home()
        except DeviceError as error:
            raise UserError(str(error)) from error
        self._check_only_one()

    @api.constrains("device_id", "company_id")
    def _check_device_company(self):
        """Nobody looks at another company's machine through a set-up, either."""
        for setup in self:
            if setup.device_id and setup.device_id.sudo().company_id != setup.company_id:
                raise ValidationError(
                    _(
                        "This machine belongs to another company than %s. A machine works for one company: "
                        "choose another machine.",
                        setup.company_id.name,
                    )
                )

    def _check_only_one(self):
        """The same machine is not set up twice: neither here, nor as another device."""
        other = self.search(
            [
                ("device_id", "=", self.device_id.id),
                ("step", "!=", "done"),
                ("config_id", "=", self.config_id.id),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                _(
                    "%(device)s is being set up already. Go on with that set-up, or delete it: Point of "
                    "Sale > Configuration > SmartCash > Set up a Machine.",
                    device=self.device_id.name,
                )
            )
        twin = self.sudo()._same_machine()
        if not twin:
            return
        if twin.company_id != self.company_id:
            raise UserError(
                _(
                    "Another company uses this machine already. A machine works for one company: two would "
                    "lose track of its money."
                )
            )
        if not twin.active:
            raise UserError(
                _(
                    "This machine was set up before, as %s, which is archived. Unarchive it, then go back "
                    "and choose it instead of a new one.",
                    twin.name,
                )
            )
        raise UserError(
            _(
                "This machine is set up already, as %s. Go back and choose it instead of a new one.",
                twin.name,
            )
        )

    def _same_machine(self):
        """:returns: another device of whatever company that is the same machine, as far as its make can
        tell; in sudo"""
        return self.env["smartcash.device"]

    def _search_machines(self, domain):
        """The books of a machine that is archived stay: it is known, too. A draft is not.

        :returns: devices of whatever company, without this set-up's own; in sudo"""
        devices = self.env["smartcash.device"].sudo().with_context(active_test=False)
        found = devices.search([*domain, ("id", "!=", self.device_id.id)])
        return found - self.sudo().search([("device_id", "in", found.ids)])._drafts()

    # ---- how it is ------------------------------------------------------------------------------

    def _check_answers(self):
        device = self.device_id
        if device.transport != "server":
            seen = device._last_health()
        elif device._driver()._tells_health:
            seen = device.sudo()._ask_health()
            device.sudo()._note_health(seen)
        else:
            seen = Health("online")
        if seen.state not in WORKING:
            raise UserError(
                seen.text
                or _(
                    "%s has not been reached yet. Press “Test connection”, and do what it says.",
                    device.name,
                )
            )
        if not self.takes_cards:
            self._look_inside()

    def _check_currency(self):
        device, config = self.device_id, self.config_id
        if device.currency_id != config.currency_id:
            raise UserError(
                _(
                    "%(device)s works in %(currency)s, and %(config)s in %(expected)s. Correct the "
                    "currency of the machine, or choose another Point of Sale.",
                    device=device.name,
                    currency=device.currency_id.name,
                    config=config.name,
                    expected=config.currency_id.name,
                )
            )

    def _look_inside(self):
        """:returns: what is in the machine now, minor units"""
        device = self.device_id.sudo()
        if device.transport == "server":
            self._ask_contents(device)
        elif not self._is_fresh(device):
            raise UserError(
                _(
                    "What is in %s is not known, or was seen too long ago. Press “Test connection”.",
                    device.name,
                )
            )
        return device.last_inventory["total"]

    def _ask_contents(self, device):
        try:
            inventory = device._driver_at_home()._inventory(device)
            device._note_inventory(device._parse_inventory(inventory.to_wire()))
        except (DeviceError, Refused) as error:
            raise UserError(str(error)) from error

    def _is_fresh(self, device):
        seen_at = device.last_inventory_at
        return bool(seen_at) and seen_at > fields.Datetime.now() - FRESH

    @api.depends("device_id.last_inventory", "device_id.currency_id", "config_id.currency_id")
    def _compute_findings(self):
        for setup in self:
            setup.findings = "\n".join(setup._list_findings()) or False

    def _list_findings(self):
        device = self.device_id
        pieces = (device.last_inventory or {}).get("denominations") or []
        if not pieces:
            return []
        values = sorted(piece["value"] for piece in pieces)
        return [
            _("It counts in %s.", device.last_inventory["currency"]),
            _(
                "It knows %(count)s coins and notes, from %(least)s to %(most)s.",
                count=len(pieces),
                least=self._format(values[0]),
                most=self._format(values[-1]),
            ),
            _("It holds %s.", self._format(device.last_inventory["total"])),
        ]

    def _format(self, minor):
        currency = self.device_id.currency_id
        return format_amount(self.env, from_minor(minor, currency.decimal_places), currency)
