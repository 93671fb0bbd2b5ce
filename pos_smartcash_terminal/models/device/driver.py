from math import gcd

from odoo import _, models

from ...core.driver_api import Capacities, DeviceRefused


class SmartcashDevice(models.Model):
    """The driver contract, as the base addon calls it.

    A driver ``x`` adds its value to ``driver`` and defines the methods ``_x_start(op)``,
    ``_x_poll(op)``, … on this model. What it leaves out falls back to the default here.
    """

    _inherit = "smartcash.device"

    def _driver_call(self, verb, *args):
        self.ensure_one()
        method = getattr(self, f"_{self.driver}_{verb}", None) if self.driver else None
        if method is None:
            raise DeviceRefused(_("%s cannot do this.", self.display_name))
        return method(*args)

    def _driver_value(self, verb, default):
        method = getattr(self, f"_{self.driver}_{verb}", None) if self.driver else None
        return method() if method else default

    # ---- moving money: server transport only ------------------------------------------------

    def _driver_start(self, operation):
        """Ask the device to start; never called twice for one operation.

        :rtype: Progress
        :raise DeviceBusy, DeviceRefused: nothing happened
        :raise DeviceUnreachable, DeviceProtocolError: it may have started
        """
        return self._driver_call("start", operation)

    def _driver_poll(self, operation):
        """:rtype: Progress. Looks the operation up by uuid when its ``device_ref`` is not known."""
        return self._driver_call("poll", operation)

    def _driver_cancel(self, operation):
        """:rtype: Progress as it stands; the outcome follows through polls."""
        return self._driver_call("cancel", operation)

    def _driver_accept(self, operation):
        """:rtype: Progress as it stands; the outcome follows through polls."""
        return self._driver_call("accept", operation)

    def _driver_resend(self, operation):
        """Show the request on the card terminal again, starting nothing new. :rtype: Progress"""
        return self._driver_call("resend", operation)

    def _driver_ended(self, operation):
        """Called when the end of an operation is committed, for devices that want to know."""
        if self.driver and hasattr(self, f"_{self.driver}_ended"):
            self._driver_call("ended", operation)

    def _driver_inventory(self):
        """:rtype: Inventory"""
        return self._driver_call("inventory")

    def _driver_checks(self):
        """Whether a device of this make tells how it is, when it is asked."""
        return bool(self.driver) and hasattr(self, f"_{self.driver}_check")

    def _driver_check(self):
        """:rtype: Health"""
        return self._driver_call("check")

    # ---- what a make is and can ---------------------------------------------------------------

    def _driver_transports(self):
        """The ways to reach a device of this make, the usual one first."""
        return self._driver_value("transports", ())

    def _driver_models(self):
        """Keys of ``model`` that this make has; None: it does not say."""
        return self._driver_value("models", None)

    def _driver_default_endpoint(self):
        return self._driver_value("default_endpoint", False)

    def _driver_pacing(self):
        """How often a till may ask the server about an operation.

        :returns: ``{"fast": ms while money moves, "idle": ms while nothing does, "doze": ms when nothing
            has for a minute}``, each optional
        """
        return self._driver_value("pacing", {})

    def _driver_capabilities(self):
        """What a device of this make can.

        :returns: ``kinds`` (list), ``partial``, ``inventory`` (bool); for card terminals also
            ``card`` (it takes cards, no cash), ``resend`` and ``refund_by_request`` (a refund is
            asked for, and approved later or not); ``cancel`` is False where an operation can be ended
            on the device only
        """
        return self._driver_value(
            "capabilities", {"kinds": ["sale"], "partial": False, "inventory": False}
        )

    def _driver_tolerance(self):
        """The most by which the device rounds an amount by itself, minor units; None: not known."""
        return self._driver_value("tolerance", None)

    def _driver_step(self, values):
        """What the machine can move with pieces of these ``values`` is a multiple of this, minor units."""
        method = getattr(self, f"_{self.driver}_step", None) if self.driver else None
        return method(values) if method else gcd(*values)

    def _driver_capacities(self):
        """:rtype: Capacities of this model with this currency; nothing where they are not known"""
        return self._driver_value("capacities", Capacities())

    # ---- local transports: tokens and signatures --------------------------------------------

    def _driver_issue_token(self, scope, operation=None):
        """A token with which this user's till may talk to the device, or None when none is needed.

        :param tuple scope: words of the till's right, e.g. ``("status", "sale")``
        :param operation: the one operation that the token is for (money out, deposits)
        :returns: ``{"token": str, "expiresAt": int (epoch seconds)}`` or None
        """
        method = getattr(self, f"_{self.driver}_issue_token", None) if self.driver else None
        return method(scope, operation) if method else None

    def _driver_signs(self):
        """Whether results of this make come signed by the device's side."""
        return bool(self.driver) and hasattr(self, f"_{self.driver}_verify_signature")

    def _driver_verify_signature(self, operation, signature):
        """The claims of a result that the device's side signed, or None when this make does not sign.

        :raise DeviceRefused: the signature is not of this device
        :returns: dict with op, device, kind, state, amount, amount_in, amount_out, undispensed
        """
        method = getattr(self, f"_{self.driver}_verify_signature", None) if self.driver else None
        return method(operation, signature) if method else None
