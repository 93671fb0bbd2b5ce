from odoo import _, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import Capacities, DeviceRefused
from odoo.addons.pos_smartcash_terminal.core.progress import SERVICES

from ..gateway_jwt import OPERATION_SECONDS, SHIFT_SECONDS, InvalidSignature, read_signature
from .smartcash_device import MODELS

#: Pieces per recycler, by value, and in the stacker, as the maker's definition file of the POS1500 series
#: has them. The Connector tells levels only.
POS1500 = {
    "EUR": {
        "coin": {1: 390, 2: 310, 5: 245, 10: 245, 20: 190, 50: 135, 100: 150, 200: 120},
        "note": {500: 50, 1000: 49, 2000: 47},
    },
    "USD": {
        "coin": {1: 300, 5: 210, 10: 450, 25: 185, 100: 125},
        "note": {100: 43, 200: 43, 500: 43},
    },
}
POS1500_STACKER = 500


class CashlogyDriver(models.AbstractModel):
    """Cashlogy: the browser drives it through the gateway on the till. Odoo issues the tokens, and reads
    the gateway's signatures."""

    _name = "smartcash.driver.cashlogy"
    _inherit = "smartcash.driver"
    _description = "Driver of Cashlogy"

    _models = [key for key, _label in MODELS]
    _transports = ("gateway",)
    _takes_cash = True
    _signs = True
    _default_endpoint = "http://127.0.0.1:8787"

    def _capabilities(self, device):
        return {
            "kinds": ["sale", "refund", "cash_in", "cash_out", *sorted(SERVICES)],
            "partial": True,
            "inventory": True,
        }

    def _capacities(self, device):
        if device.model not in ("pos1500", "pos1500x"):
            return Capacities()
        recyclers = {
            (value, kind): pieces
            for kind, by_value in POS1500.get(device.currency_id.name, {}).items()
            for value, pieces in by_value.items()
        }
        return Capacities(recyclers, POS1500_STACKER)

    def _access(self, device, session, scope, operation=None):
        """:returns: ``{"token": str, "expiresAt": int (epoch seconds)}``"""
        if operation is None:
            return device._gateway_token(scope, SHIFT_SECONDS)
        return device._gateway_token(
            scope,
            OPERATION_SECONDS,
            {"op": operation.uuid, "kind": operation.kind, "max": operation._minor("amount")},
        )

    def _verify(self, operation, signature):
        device = operation.device_id
        try:
            return read_signature(device.sudo()._gateway_key(), signature)
        except InvalidSignature as error:
            raise DeviceRefused(
                _(
                    "The result is not signed with the pairing key of %s. Pair its gateway again.",
                    device.name,
                )
            ) from error
