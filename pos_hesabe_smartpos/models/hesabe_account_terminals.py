from odoo import _, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.exceptions import AccessError, UserError

from ..hesabe_client import (
    HesabeAuthError,
    HesabeError,
    HesabeProtocolError,
    HesabeUnreachable,
)
from .hesabe_account import MANAGER


class HesabeAccount(models.Model):
    """What a manager's buttons do: test the connection, fetch the terminals."""

    _inherit = "hesabe.account"

    def action_test_connection(self):
        """Ask for the profile, which needs every code and key to be right."""
        self.ensure_one()
        profile = self._ask_as_manager(lambda client: client.profile())
        name = profile.name or self.name
        verdict = (
            _("Connected to Hesabe as %s.", name)
            if profile.active
            else _("Connected as %s, but Hesabe has not activated this merchant. Ask Hesabe.", name)
        )
        self.write({"tested_at": fields.Datetime.now(), "test_message": verdict})
        return _toast(verdict, "success" if profile.active else "warning")

    def action_sync_terminals(self):
        """One device per terminal that Hesabe has assigned to this merchant; what a manager has
        changed on a device stays."""
        self.ensure_one()
        terminals = self._ask_as_manager(lambda client: client.terminals())
        currency = self._dinar()
        devices = self.env["smartcash.device"].with_context(active_test=False)
        known = {
            device.hesabe_terminal_id: device
            for device in devices.search([("hesabe_account_id", "=", self.id)])
        }
        new = [
            terminal
            for terminal in terminals
            if terminal.terminal_id not in known
            and terminal.merchant_code in ("", self.merchant_code)
        ]
        created = devices.create(
            [
                {
                    "name": terminal.name or terminal.terminal_id,
                    "driver": "hesabe",
                    "model": terminal.kind or False,
                    "company_id": self.company_id.id,
                    "currency_id": currency.id,
                    "hesabe_account_id": self.id,
                    "hesabe_terminal_id": terminal.terminal_id,
                }
                for terminal in new
            ]
        )
        known.update({device.hesabe_terminal_id: device for device in created})
        listed = {terminal.terminal_id: terminal for terminal in terminals}
        for number, device in known.items():
            terminal = listed.get(number)
            if terminal is None:
                device.write(
                    {
                        "state": "error",
                        "state_message": _("Hesabe no longer lists this terminal. Ask Hesabe."),
                    }
                )
            else:
                device._note_listed(terminal)
        return _toast(
            _(
                "%(count)s terminals at Hesabe, %(new)s of them new here.",
                count=len(terminals),
                new=len(new),
            ),
            "success",
        )

    def _ask_as_manager(self, ask):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(_("Only Point of Sale managers may do this."))
        self.check_access_rule("write")
        try:
            client = self._client()
            try:
                return ask(client)
            finally:
                client.close()
        except DeviceRefused as error:
            raise UserError(str(error))
        except HesabeError as error:
            raise UserError(self._error_text(error))

    def _dinar(self):
        dinar = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "KWD")])
        )
        if not dinar.active:
            raise UserError(
                _("Terminals of Hesabe work in Kuwaiti dinars: activate the currency KWD first.")
            )
        return dinar

    def _error_text(self, error):
        """What went wrong, and in brackets what the client or Hesabe says of it (in Arabic when
        Hesabe does and the user reads it)."""
        arabic = (self.env.lang or "").startswith("ar")
        said = (error.message_ar if arabic else "") or error.message
        if isinstance(error, HesabeUnreachable) and not error.sent:
            return _("Hesabe cannot be reached (%s)", said)
        if isinstance(error, HesabeUnreachable):
            return _("Hesabe did not answer (%s)", said)
        if isinstance(error, HesabeProtocolError):
            return _("Hesabe's answer cannot be used (%s)", said)
        if isinstance(error, HesabeAuthError):
            return _("Hesabe does not accept this account (%s)", said)
        return _("Hesabe refuses this (%s)", said)


def _toast(message, kind):
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "message": message,
            "type": kind,
            "next": {"type": "ir.actions.act_window_close"},
        },
    }
