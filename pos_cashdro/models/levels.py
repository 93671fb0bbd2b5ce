from odoo import _, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    DeviceBusy,
    Health,
    Inventory,
)
from odoo.addons.pos_smartcash_terminal.core.money import from_minor

from ..cashdro_client import AlertType
from ..pieces import to_denominations

#: How many operations a count may have to ask about: somebody waits for it.
AT_ONE_COUNT = 25


class CashdroDriver(models.AbstractModel):
    """What is inside the machine, and how it is."""

    _inherit = "smartcash.driver.cashdro"

    def _inventory(self, device):
        client = self._client_now(device)
        with self._talk(device):
            if client.executing():
                raise DeviceBusy(self._who_uses_it(device, client))
            # What was done at the machine itself is in its levels: it must be in the ledger too.
            left = self._write_down_pending(device, client, AT_ONE_COUNT)
            if left:
                raise DeviceBusy(
                    _(
                        "%(count)s more operations that were done at %(device)s itself are being written "
                        "down. Count again in a minute.",
                        count=left,
                        device=device.name,
                    )
                )
            levels = client.levels(device.currency_id.name)
        return Inventory(
            device.currency_id.name,
            to_denominations(levels, device.currency_id.name),
        )

    def _check(self, device):
        client = self._client_now(device)
        with self._talk(device):
            client.test()
            client.prove_unit(device.currency_id.name)
            diagnosis = client.diagnosis()
            alerts = client.alerts()
            running = client.executing()
        if diagnosis.with_error:
            troubles = ", ".join(diagnosis.troubles) or _("see its diagnosis screen")
            return Health("error", _("The machine reports a fault: %s.", troubles))
        warnings = [words for alert in alerts if (words := self._alert_text(device, alert))]
        if running:
            return Health("busy", self._who_uses_it(device, client))
        return Health("online", " ".join([_("The machine answers and is ready."), *warnings]))

    def _alert_text(self, device, alert):
        if alert.value:
            decimals = device.currency_id.decimal_places
            piece = device.currency_id.format(from_minor(alert.value, decimals))
        else:
            piece = _("A device of the machine")
        return {
            AlertType.CRITICAL: _("%s: needs attention at once.", piece),
            AlertType.INHIBITED: _("%s: switched off.", piece),
            AlertType.BELOW_MINIMUM: _("%s: few left.", piece),
            AlertType.ABOVE_MAXIMUM: _("%s: nearly full.", piece),
            AlertType.EMPTY: _("%s: none left.", piece),
        }.get(alert.type)
