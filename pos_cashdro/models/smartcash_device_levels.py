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


class SmartcashDevice(models.Model):
    """What is inside the machine, and how it is."""

    _inherit = "smartcash.device"

    def _cashdro_inventory(self):
        client = self._cashdro_client_now()
        with self._cashdro_talk():
            if client.executing():
                raise DeviceBusy(self._cashdro_who_uses_it(client))
            # What was done at the machine itself is in its levels: it must be in the ledger too.
            left = self._cashdro_write_down_pending(client, AT_ONE_COUNT)
            if left:
                raise DeviceBusy(
                    _(
                        "%(count)s more operations that were done at %(device)s itself are being written "
                        "down. Count again in a minute.",
                        count=left,
                        device=self.name,
                    )
                )
            levels = client.levels(self.currency_id.name)
        return Inventory(
            self.currency_id.name,
            to_denominations(levels, self.currency_id.name),
        )

    def _cashdro_check(self):
        client = self._cashdro_client_now()
        with self._cashdro_talk():
            client.test()
            client.prove_unit(self.currency_id.name)
            diagnosis = client.diagnosis()
            alerts = client.alerts()
            running = client.executing()
        if diagnosis.with_error:
            troubles = ", ".join(diagnosis.troubles) or _("see its diagnosis screen")
            return Health("error", _("The machine reports a fault: %s.", troubles))
        warnings = [words for alert in alerts if (words := self._cashdro_alert(alert))]
        if running:
            return Health("busy", self._cashdro_who_uses_it(client))
        return Health("online", " ".join([_("The machine answers and is ready."), *warnings]))

    def _cashdro_alert(self, alert):
        if alert.value:
            decimals = self.currency_id.decimal_places
            piece = self.currency_id.format(from_minor(alert.value, decimals))
        else:
            piece = _("A device of the machine")
        return {
            AlertType.CRITICAL: _("%s: needs attention at once.", piece),
            AlertType.INHIBITED: _("%s: switched off.", piece),
            AlertType.BELOW_MINIMUM: _("%s: few left.", piece),
            AlertType.ABOVE_MAXIMUM: _("%s: nearly full.", piece),
            AlertType.EMPTY: _("%s: none left.", piece),
        }.get(alert.type)
