from contextlib import contextmanager

from odoo import _, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    DeviceBusy,
    DeviceProtocolError,
    DeviceRefused,
    DeviceUnreachable,
)
from odoo.http import request
from odoo.tools import config

from ..caller_address import UnusableAddress, check_caller
from ..cashdro_client import (
    HUNDREDTHS,
    CashdroAuthError,
    CashdroBusy,
    CashdroClient,
    CashdroError,
    CashdroRefused,
    CashdroUnitError,
    CashdroUnreachable,
    Unit,
    known_pieces,
)

#: The part of a worker's time that the machine may take: the rest is for writing down what it said.
SHARE = 0.75


class CashdroDriver(models.AbstractModel):
    """Where the machine is, who we are to it, and its errors in words for people."""

    _inherit = "smartcash.driver.cashdro"

    # ---- where and who ----------------------------------------------------------------------------

    def _client(self, device, rule, address=None):
        """:param rule: the override of host, port and machine user; may be empty
        :param address: where an operation was started, which stays there; None: what is set up now
        :raise DeviceRefused: something is missing in the set-up; nothing was asked
        """
        device.ensure_one()
        device = device.sudo()
        owner = rule.sudo() if rule.sudo().cashdro_user else device
        if not owner.cashdro_user or not owner.cashdro_password:
            raise DeviceRefused(
                _("%s has no machine user. Ask a manager to enter it on the device.", device.name)
            )
        if device.cashdro_tls == "pin" and not device.cashdro_fingerprint:
            raise DeviceRefused(
                _(
                    "The certificate of %s is not pinned yet. Ask a manager to press “Fetch and pin”.",
                    device.name,
                )
            )
        if self._is_anywhere(device, rule) and device.cashdro_tls in ("unverified", "http"):
            raise DeviceRefused(
                _(
                    "%s has no host, so its password would be sent to whatever answers at the till's address: "
                    "nothing proves that this is the machine. Ask a manager to pin its certificate, or to enter its host.",
                    device.name,
                )
            )
        try:
            return CashdroClient(
                address or self._address(device, rule),
                owner.cashdro_user,
                owner.cashdro_password,
                verify=device.cashdro_tls != "unverified",
                fingerprint=device.cashdro_fingerprint if device.cashdro_tls == "pin" else None,
                ca_data=device.cashdro_ca if device.cashdro_tls == "ca" else None,
                connect_timeout=device.cashdro_connect_seconds,
                timeout=device.cashdro_answer_seconds,
                budget=_budget(),
                unit=self._unit(device),
            )
        except ValueError as error:
            raise DeviceRefused(
                _(
                    "The connection of %s is not set up properly. Ask a manager to test it.",
                    device.name,
                )
            ) from error

    def _is_anywhere(self, device, rule):
        """No manager said where the machine is: it is where a user comes from, or came from."""
        return not (rule.sudo().cashdro_host or device.sudo().cashdro_host)

    def _client_now(self, device):
        """For questions about the machine itself, asked by whoever is there."""
        device = device.sudo()
        own = device.rule_ids.filtered(
            lambda rule: rule.user_id in (self.env.user, rule.user_id.browse())
        )
        knows_itself = device.cashdro_host and device.cashdro_user
        if own or knows_itself or not device.rule_ids:
            return self._client(device, own[:1])
        # A colleague's machine is not where this user comes from.
        placed = device.rule_ids.filtered(lambda rule: rule.cashdro_host or device.cashdro_host)
        client = self._client(device, placed[0]) if placed else self._client_unattended(device)
        if not client:
            raise DeviceRefused(
                _(
                    "%s has no host: only the cashier who works with it reaches it. Ask a manager to "
                    "enter its host.",
                    device.name,
                )
            )
        return client

    def _address(self, device, rule):
        host, port = self._place(device, rule)
        return f"{'http' if device.cashdro_tls == 'http' else 'https'}://{host}:{port}"

    def _place(self, device, rule):
        """:returns: (host, port)"""
        host = rule.cashdro_host or device.cashdro_host or self._caller(device)
        port = rule.cashdro_port or device.cashdro_port
        return host, port or (80 if device.cashdro_tls == "http" else 443)

    def _caller(self, device):
        """The address that the user comes from. Behind a proxy it is the proxy's word, which Odoo
        takes for one hop, and only with ``proxy_mode``."""
        try:
            return check_caller(request.httprequest.remote_addr if request else None)
        except UnusableAddress as error:
            words = {
                "none": _(
                    "%s has no host, and nobody's address to use instead. Enter its host on the device."
                ),
                "ipv6": _(
                    "You come from an IPv6 address, where no machine can be reached. Ask a manager to "
                    "enter the host of %s."
                ),
                "local": _(
                    "%s has no host, and your address is a local one of the server. Ask a manager to enter "
                    "its host; behind a proxy, Odoo needs proxy_mode."
                ),
                "server": _(
                    "%s has no host, and you come from the server itself. Ask a manager to enter its host."
                ),
            }
            raise DeviceRefused(words[error.code] % device.name) from error

    def _unit(self, device):
        """:rtype: Unit"""
        ours = device.currency_id.decimal_places
        return Unit(
            ours,
            HUNDREDTHS if device.cashdro_unit == "hundredth" else ours,
            known_pieces(device.currency_id.name, ours),
        )

    # ---- who else ----------------------------------------------------------------------------------

    def _open_doors(self, device):
        """:returns: list of sentences: who else can start something at the machine"""
        client = self._client_now(device)
        with self._talk(device):
            is_open = client.has_network_account()
        return [self._network_account_warning(device)] if is_open else []

    def _network_account_warning(self, device):
        return _(
            "%s also answers to an account that machines have by themselves, with a password that is the "
            "same everywhere: whoever reaches it over the network can have it pay out. Let only Odoo and "
            "the tills reach it.",
            device.name,
        )

    # ---- errors -------------------------------------------------------------------------------------

    @contextmanager
    def _talk(self, device):
        """In the block, what the client raises becomes what a driver raises."""
        try:
            yield
        except CashdroBusy as error:
            raise DeviceBusy(self._error_text(device, error)) from error
        except (CashdroAuthError, CashdroRefused) as error:
            raise DeviceRefused(self._error_text(device, error)) from error
        except CashdroUnreachable as error:
            raise DeviceUnreachable(self._error_text(device, error)) from error
        except CashdroError as error:
            raise DeviceProtocolError(self._error_text(device, error)) from error

    def _error_text(self, device, error):
        """What happened, and what to do now; never the machine's address or user."""
        name = device.name
        if isinstance(error, CashdroUnreachable):
            return {
                "host": _(
                    "The name of %s is not known in the network. Ask a manager to check its host.",
                    name,
                ),
                "port": _(
                    "%s is switched on, or another device has its address, and nothing answers at its "
                    "port. Ask a manager to check host and port.",
                    name,
                ),
                "certificate": _(
                    "Somebody else than %s answers at its address: its certificate is not the one that is "
                    "trusted. Nothing was sent. Ask a manager to look at the device's certificate.",
                    name,
                ),
                "https": _(
                    "%s does not speak https at its port. Ask a manager to check port and certificate.",
                    name,
                ),
                "time": _("%s answers too slowly. Check its network, then try again.", name),
            }.get(
                error.reason,
                _("%s does not answer. Check that it is switched on and connected.", name),
            )
        if isinstance(error, CashdroAuthError):
            if error.code == -4:
                return _("The user of %s may not do this on the machine. Ask a manager.", name)
            return _(
                "%s does not accept its user or password. Ask a manager to test the device.", name
            )
        if isinstance(error, CashdroBusy):
            if error.code == -1900:
                return _("%s is starting or being updated. Wait a minute, then press Retry.", name)
            return _("%s is busy. Nothing was charged. Wait a moment, then press Retry.", name)
        if isinstance(error, CashdroUnitError):
            return self._unit_error_text(device, error)
        if isinstance(error, CashdroRefused):
            return {
                -3: _("%s does not accept this amount. Nothing was charged.", name),
                -998: _("%s is out of service. Look at its diagnosis screen, or restart it.", name),
                -999: _("The service of %s does not run. Restart the machine.", name),
            }.get(error.code, _("%(name)s refused: %(why)s", name=name, why=error))
        return _("%(name)s gave an answer that cannot be read: %(why)s", name=name, why=error)

    def _unit_error_text(self, device, error):
        currency = device.currency_id
        if not error.odd:
            return _(
                "%(device)s names no coins and notes of %(currency)s. Nothing was started. Ask a manager to "
                "check its currency, and whether its machine user may ask for its levels.",
                device=device.name,
                currency=currency.name,
            )
        _kind, value = error.odd[0]
        piece = f"{value / 10 ** self._unit(device).machine:g} {currency.name}"
        return _(
            "%(device)s counts in another unit than the one that is set: it would have a piece of %(piece)s. "
            "Nothing was started. Ask a manager to change “Counts In” on the device.",
            device=device.name,
            piece=piece,
        )


def _budget():
    """Seconds that all calls of one request may take; None: no worker is ended for its time."""
    limit = config["limit_time_real"]
    return limit * SHARE if request and limit else None
