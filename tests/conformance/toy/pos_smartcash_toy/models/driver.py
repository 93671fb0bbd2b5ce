import json
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from odoo import models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    Denomination,
    DeviceBusy,
    DeviceProtocolError,
    DeviceUnreachable,
    Health,
    Inventory,
)
from odoo.addons.pos_smartcash_terminal.core.progress import Progress

TIMEOUT = 2  # seconds
#: What the machine says of an operation → state and phase of the ledger.
STATES = {
    "accepting": ("running", "accepting"),
    "done": ("done", "ended"),
    "cancelled": ("cancelled", "ended"),
}


class ToyDriver(models.AbstractModel):
    """A make in its fewest lines. Odoo talks to the machine, which knows our uuid and forgets nothing:
    a start that is sent again starts nothing."""

    _name = "smartcash.driver.toy"
    _inherit = "smartcash.driver"
    _description = "Driver of Toy"

    _transports = ("server",)
    _takes_cash = True
    _tells_health = True

    def _capabilities(self, device):
        kinds = ["sale", "refund", "cash_in", "cash_out"]
        return {"kinds": kinds, "partial": True, "inventory": True}

    def _start(self, operation):
        wish = {"kind": operation.kind, "amount": operation._minor("amount")}
        return self._progress(self._ask(operation.device_id, "PUT", self._path(operation), wish))

    def _poll(self, operation):
        said = self._ask(operation.device_id, "GET", self._path(operation))
        # It forgets nothing: what it does not know was never started.
        return self._progress(said) if said else Progress("failed", "ended")

    def _cancel(self, operation):
        path = f"{self._path(operation)}/cancel"
        return self._progress(self._ask(operation.device_id, "POST", path))

    def _accept(self, operation):
        path = f"{self._path(operation)}/accept"
        return self._progress(self._ask(operation.device_id, "POST", path))

    def _inventory(self, device):
        said = self._ask(device, "GET", "/inventory")
        pieces = [Denomination(value, "coin", count, 0) for value, count in said["pieces"]]
        return Inventory(device.currency_id.name, tuple(pieces))

    def _check(self, device):
        self._ask(device, "GET", "/inventory")
        return Health("online")

    def _path(self, operation):
        return f"/operations/{operation.uuid}"

    def _progress(self, said):
        try:
            state, phase = STATES[said["state"]]
            takes = state == "running"
            return Progress(
                state, phase, said["in"], said["out"], cancellable=takes, acceptable=takes
            )
        except (KeyError, TypeError) as error:
            raise DeviceProtocolError(f"not an operation: {said!r}") from error

    def _ask(self, device, method, path, body=None):
        """:returns: what the machine answers; None where it does not know the operation"""
        address = urlsplit(device.endpoint)
        connection = HTTPConnection(address.hostname, address.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, json.dumps(body))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        except (OSError, HTTPException) as error:
            raise DeviceUnreachable(f"{device.name} does not answer") from error
        except ValueError as error:
            raise DeviceProtocolError("not JSON") from error
        finally:
            connection.close()
        if answer.status == 409:
            raise DeviceBusy(f"{device.name} is busy")
        return said
