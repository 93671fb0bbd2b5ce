from odoo import _, models
from odoo.tools import format_datetime

from ..device.overview import RED_STATES

OPEN_SESSIONS = ("opening_control", "opened", "closing_control")


class SmartcashDevice(models.Model):
    """What somebody who does not stand at the machine should be told of it."""

    _inherit = "smartcash.device"

    def _alerts(self):
        """What is wrong now, in words of the context's language.

        :returns: ``{kind: (key, words)}``, kinds as in ``smartcash.alert``; as long as the key stays the
            same it is the same trouble, and nobody is told again
        """
        self.ensure_one()
        found = {
            "offline": ("", self._alert_offline()),
            "low": ("", self._name_levels("empty", "near_empty")),
            "full": ("", self._name_levels("full", "near_full")),
            "difference": (f"count {self.last_count_id.id}", self._alert_difference()),
            "question": ("", self._alert_question()),
        }
        return {kind: alert for kind, alert in found.items() if alert[1]}

    def _alert_offline(self):
        if self.state not in RED_STATES or not self._is_at_work():
            return ""
        return self.state_message or _("The machine does not answer.")

    def _is_at_work(self):
        """Whether a Point of Sale that uses it is open: at night a machine may be switched off."""
        methods = self.payment_method_ids | self.rule_ids.payment_method_id
        return bool(
            self.env["pos.session"].search_count(
                [
                    ("state", "in", OPEN_SESSIONS),
                    ("rescue", "=", False),
                    ("config_id.payment_method_ids", "in", methods.ids),
                ],
                limit=1,
            )
        )

    def _alert_difference(self):
        count = self.last_count_id
        if self.currency_id.is_zero(count.difference):
            return ""
        return _(
            "Counted on %(when)s: %(difference)s compared with the books.",
            when=format_datetime(self.env, count.taken_at, dt_format="short"),
            difference=self._format_signed(count.difference),
        )

    def _format_signed(self, amount):
        return ("+" if amount > 0 else "") + self.currency_id.format(amount)

    def _alert_question(self):
        if not self.question_count:
            return ""
        return _("Operations that ask for a decision: %s.", self.question_count)
