import logging
from datetime import timedelta
from functools import partial

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError

from ...core.db_conflict import TURN_LOST
from ...core.money import from_minor
from .smartcash_device import STATES

#: The word of a till says nothing new for so long.
HEARD_AGAIN = timedelta(minutes=5)
MAX_NAMED = 8
MAX_DEVICES = 100

_logger = logging.getLogger(__name__)


class SmartcashDevice(models.Model):
    """What somebody should see to before a customer waits for it; and that a device was heard of."""

    _inherit = "smartcash.device"

    warning = fields.Char(
        compute="_compute_warning", help="What runs out in the machine, or has no room left."
    )
    status = fields.Selection(selection=STATES, compute="_compute_warning")

    @api.depends("state", "levels_data")
    def _compute_warning(self):
        for device in self:
            device.warning = device._what_runs_out()
            works = device.state in ("online", "unknown")
            device.status = "attention" if works and device.warning else device.state

    def _what_runs_out(self):
        """:returns: in words, or an empty text; from what was seen last"""
        return self._name_levels("empty", "near_empty", "full", "near_full")

    def _name_levels(self, *states):
        """Name what is in one of these states: recyclers, and the stacker.

        :returns: in words, or an empty text; from what was seen last
        """
        if not self.last_inventory:
            return ""
        data = self.levels_data
        by_state = {}
        for level in data["levels"]:
            by_state.setdefault(level["state"], []).append(level)
        words = {
            "empty": _("Empty: %s."),
            "near_empty": _("Nearly empty: %s."),
            "full": _("Full: %s."),
            "near_full": _("Nearly full: %s."),
        }
        found = [
            words[state] % self._name_pieces(by_state[state])
            for state in states
            if state in by_state
        ]
        cassette = data["cassette"]["state"]
        of_cassette = {
            "full": _("The stacker is full: empty it."),
            "near_full": _("The stacker is nearly full: empty it soon."),
        }
        if cassette in states and cassette in of_cassette:
            found.insert(0, of_cassette[cassette])
        return " ".join(found)

    def _name_pieces(self, levels):
        decimals = self.currency_id.decimal_places
        names = [
            self.currency_id.format(from_minor(level["value"], decimals))
            for level in levels[:MAX_NAMED]
        ]
        return ", ".join(names) + ("…" if len(levels) > MAX_NAMED else "")

    # ---- public method ----------------------------------------------------------------------------

    def attention(self):
        """What runs out in these machines, as far as Odoo knows: no machine is asked.

        :returns: ``[{"id", "text"}]`` of those where something does
        """
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(_("Only Point of Sale users may do this."))
        devices = self[:MAX_DEVICES].exists()
        devices.check_access_rule("read")
        return [
            {"id": device.id, "text": device.warning} for device in devices.sudo() if device.warning
        ]

    # ---- heard of ---------------------------------------------------------------------------------

    def _note_heard(self):
        """An operation has ended at it, or it was counted: it is there. Whose word that is stands with
        the operation and the count."""
        now = fields.Datetime.now()
        is_news = self.state in ("unknown", "offline") or not self.last_seen
        if is_news or self.last_seen < now - HEARD_AGAIN:
            values = {"last_seen": now}
            if self.state in ("unknown", "offline"):
                values.update(state="online", state_message=False)
            self.with_context(tracking_disable=True).write(values)

    def _note_heard_later(self):
        """After this transaction: a till that reports must not wait for one that counts."""
        for device in self:
            self.env.cr.postcommit.add(
                partial(_note_heard_afterwards, self.env.registry, device.id)
            )


def _note_heard_afterwards(registry, device_id):
    try:
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["smartcash.device"].browse(
                device_id
            )._note_heard()
    except TURN_LOST:
        _logger.info("device %s was heard of, and not noted: somebody counts it", device_id)
    except Exception:
        # The report is committed: this must not tell the till otherwise.
        _logger.exception("device %s was heard of, and that could not be noted", device_id)
