from math import gcd

from odoo import _, models

from ...core.driver_api import Capacities, DeviceRefused


class SmartcashDriver(models.AbstractModel):
    """What a make of machine can do for the ledger: the contract of a driver, and its defaults.

    A make ``x`` is a model ``smartcash.driver.x`` that inherits this one, and the value ``x`` of
    ``smartcash.device.driver``. :meth:`SmartcashDevice._driver` leads to it. It holds no state: each
    method is given the device, or the operation, which knows its device (``operation.device_id``).

    The verbs begin with an underscore, because whoever is logged in can call a public method of a
    model. All amounts are integers in minor units of the device's currency. A call lasts a few seconds
    at most: each request has its timeout, and nothing waits for a customer.

    A verb raises a :class:`DeviceError` and nothing else on purpose. ``DeviceBusy`` and ``DeviceRefused``
    mean that nothing happened; ``DeviceUnreachable`` and ``DeviceProtocolError`` leave the outcome open,
    as does any other exception.
    """

    _name = "smartcash.driver"
    _description = "Driver of a Make of Machine"

    # ---- what a make is ---------------------------------------------------------------------------

    #: The ways to reach a device, the usual one first: ``gateway``, ``browser``, ``server``.
    _transports = ()
    #: Keys of ``model`` that this make has; None: it does not say.
    _models = None
    #: It holds cash: its payment method belongs on a cash journal.
    _takes_cash = False
    #: Results come signed by the device's side: :meth:`_verify` reads the signature.
    _signs = False
    #: A device tells how it is when the server asks: :meth:`_check`.
    _tells_health = False
    #: The address that a new device starts with.
    _default_endpoint = False
    #: Nobody enters a device of this make: its addon fetches it, from an account.
    _is_fetched = False
    #: How often a till may ask the server about an operation, in milliseconds: ``fast`` while money moves,
    #: ``idle`` while nothing does, ``doze`` when nothing has for a minute; each optional.
    _pacing = {}

    def _capabilities(self, device):
        """What the device can.

        :returns: ``kinds`` (list), ``partial``, ``inventory`` (bool); for card terminals also
            ``card`` (it takes cards, no cash), ``resend`` and ``refund_by_request`` (a refund is
            asked for, and approved later or not); ``cancel`` is False where an operation can be ended
            on the device only
        """
        return {"kinds": ["sale"], "partial": False, "inventory": False}

    def _tolerance(self, device):
        """The most by which the device rounds an amount by itself, minor units; None: not known."""
        return

    def _step(self, device, values):
        """What the machine can move with pieces of these ``values`` is a multiple of this, minor units."""
        return gcd(*values)

    def _capacities(self, device):
        """:rtype: Capacities of this model with this currency; nothing where they are not known"""
        return Capacities()

    # ---- moving money: server transport only ------------------------------------------------------

    def _start(self, operation):
        """Ask the device to start; never called twice for one operation.

        What must not be lost (the device's own number) is committed with ``operation._keep`` before the
        request after which money can move.

        :rtype: Progress
        :raise DeviceBusy, DeviceRefused: nothing happened
        :raise DeviceUnreachable, DeviceProtocolError: it may have started
        """
        raise self._cannot(operation.device_id)

    def _poll(self, operation):
        """How the operation stands; found by its uuid where its ``device_ref`` is not known.

        :rtype: Progress
        """
        raise self._cannot(operation.device_id)

    def _cancel(self, operation):
        """:rtype: Progress as it stands; the outcome follows through polls"""
        raise self._cannot(operation.device_id)

    def _accept(self, operation):
        """Keep what is inside and end. :rtype: Progress as it stands; the outcome follows through polls"""
        raise self._cannot(operation.device_id)

    def _resend(self, operation):
        """Show the request on the card terminal again, starting nothing new. :rtype: Progress"""
        raise self._cannot(operation.device_id)

    def _ended(self, operation):
        """The end of an operation is committed: what the device still needs to know is said now."""

    # ---- the device itself: server transport only -------------------------------------------------

    def _inventory(self, device):
        """:rtype: Inventory"""
        raise self._cannot(device)

    def _check(self, device):
        """:rtype: Health"""
        raise self._cannot(device)

    # ---- local transports -------------------------------------------------------------------------

    def _access(self, device, session, scope, operation=None):
        """What this user's till needs in order to talk to the device, or None when it needs nothing.

        :param session: of the till
        :param tuple scope: words of the till's right, e.g. ``("status", "sale")``
        :param operation: the one operation that it is for (money out, deposits); None: the shift
        :returns: dict, as the make's driver in the browser reads it
        :raise DeviceRefused: something is missing in the set-up
        """
        return

    def _verify(self, operation, signature):
        """The claims of a result that the device's side signed, or None when this make does not sign.

        :returns: dict with op, device, kind, state, amount, amount_in, amount_out, undispensed
        :raise DeviceRefused: the signature is not of this device
        """
        return

    def _cannot(self, device):
        return DeviceRefused(_("%s cannot do this.", device.display_name))
