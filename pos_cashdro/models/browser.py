import logging

from odoo import _, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class SmartcashDevice(models.Model):
    """What a till is told about a CashDro that its browser talks to itself.

    The address is in the data of the Point of Sale. The machine's user and password are not: the page
    asks for them, and only whom a rule (or, without rules, the payment method) leads here gets them.
    """

    _inherit = "smartcash.device"

    def _is_cashdro_of_browser(self):
        self.ensure_one()
        return self.driver == "cashdro" and self.transport == "browser"

    def _address(self, rule=None):
        if not self._is_cashdro_of_browser():
            return super()._address(rule)
        rule = rule or self.env["smartcash.rule"]
        host = rule.cashdro_host or self.cashdro_host
        if not host:
            return None
        scheme, usual = ("http", 80) if self.cashdro_tls == "http" else ("https", 443)
        port = rule.cashdro_port or self.cashdro_port or usual
        # As a browser spells it: the cashier is asked to open this address.
        return f"{scheme}://{host}" if port == usual else f"{scheme}://{host}:{port}"

    def _pos_data(self, rule=None):
        data = super()._pos_data(rule)
        driver = self._driver()
        if self._is_cashdro_of_browser():
            data["cashdro"] = {"tolerance": driver._tolerance(self), **driver._manners(self)}
        elif self.driver == "cashdro":
            # A poll asks the machine twice where it has to.
            seconds = 1 + self.cashdro_connect_seconds + 2 * self.cashdro_answer_seconds
            data["callTimeout"] = 1000 * seconds
        return data

    def cashdro_test_access(self):
        """What a manager's browser needs to try whether it reaches the machine."""
        self._check_cashdro_manager()
        address = self._address()
        if not address or not self.cashdro_user or not self.cashdro_password:
            raise UserError(_("Enter the host, the machine user and its password first."))
        driver = self._driver()
        return {
            "endpoint": address,
            "name": self.name,
            "user": self.cashdro_user,
            "password": self.cashdro_password,
            "currency": self.currency_id.name,
            "network_account_warning": driver._network_account_warning(self),
            **driver._manners(self),
        }


class CashdroDriver(models.AbstractModel):
    """What the browser needs to talk to the machine."""

    _inherit = "smartcash.driver.cashdro"

    def _manners(self, device):
        """How the browser has to talk to this machine."""
        unit = self._unit(device)
        manners = {
            "timeout": 1000 * (device.cashdro_connect_seconds + device.cashdro_answer_seconds),
            "busyPatience": 1000 * device.cashdro_busy_seconds,
        }
        if unit.needs_proof:
            pieces = None if unit.pieces is None else sorted(unit.pieces)
            manners["unit"] = {"ours": unit.ours, "machine": unit.machine, "pieces": pieces}
        return manners

    def _access(self, device, session, scope, operation=None):
        """Who this till is to the machine. There is no token that holds for a while, or for one
        operation: the machine knows users and passwords only.

        :returns: ``{"user", "password", "terminal"}``; None when Odoo itself talks to the machine
        """
        config = session.with_env(self.env).config_id
        if not device._is_cashdro_of_browser() or operation or not config:
            return None
        methods = config.payment_method_ids.filtered(lambda method: method._is_smartcash())
        admissions = self.env["smartcash.rule"]._admit(methods, config, self.env.user)
        rule = next(one.rule for one in admissions.values() if one.device == device)
        owner = rule if rule.cashdro_user else device
        if not owner.cashdro_user or not owner.cashdro_password:
            raise DeviceRefused(
                _("%s has no machine user. Ask a manager to enter it on the device.", device.name)
            )
        _logger.info("%s learns the machine user of %s", self.env.user.login, device.name)
        return {
            "user": owner.cashdro_user,
            "password": owner.cashdro_password,
            "terminal": self._terminal_name(device, config),
        }
