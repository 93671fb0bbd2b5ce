import logging
from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import AccessError

from ...core.db_conflict import TURN_LOST, quiet_database
from ...core.driver_api import DeviceError, DeviceUnreachable, Health

#: So long a look at a device answers for all tills that ask.
FRESH = timedelta(seconds=45)
#: One worker looks; the others do without. The lock ends with its transaction.
TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))"

_logger = logging.getLogger(__name__)


class SmartcashDevice(models.Model):
    """How a device is that the server talks to. Twenty tills may ask; the device is asked once."""

    _inherit = "smartcash.device"

    looked_at = fields.Datetime(
        readonly=True, copy=False, help="When the server last looked how the device is."
    )

    def health(self):
        """How the device is: as seen a moment ago, by whomever, or else by a look at it.

        :returns: ``{"state": one of DEVICE_STATES, "message": why, and what to do}``
        """
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(_("Only Point of Sale users may do this."))
        self.check_access_rule("read")
        device = self.sudo()
        seen = device._look() if device._is_worth_a_look() else device._last_health()
        return {"state": seen.state, "message": seen.text}

    def _is_worth_a_look(self):
        is_fresh = self.looked_at and self.looked_at > fields.Datetime.now() - FRESH
        return self.transport == "server" and self._driver()._tells_health and not is_fresh

    def _last_health(self):
        return Health(self.state, self.state_message or "")

    def _look(self):
        """:rtype: Health"""
        self.env.flush_all()
        seen = None
        try:
            with quiet_database(), self.env.registry.cursor() as cr:
                device = self.with_env(self.env(cr=cr))
                cr.execute(TURN, [self.uid])
                if not cr.fetchone()[0] or not device._is_worth_a_look():
                    return device._last_health()
                seen = device._ask_health()
                device._note_health(seen)
        except TURN_LOST:
            _logger.info("how %s is was seen, and not noted: somebody counts it", self.name)
        return seen or self._last_health()

    def _ask_health(self):
        try:
            return self._driver_at_home()._check(self)
        except DeviceUnreachable as error:
            return Health("offline", str(error))
        except DeviceError as error:
            return Health("error", str(error))

    def _note_health(self, seen):
        noted = self._read_seen({"state": seen.state, "message": seen.text})
        self.with_context(tracking_disable=True).write(
            {**noted, "looked_at": fields.Datetime.now()}
        )
        self.env.flush_all()
