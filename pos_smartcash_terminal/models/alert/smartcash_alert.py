import logging
from datetime import timedelta

from odoo import _, api, fields, models

KINDS = [
    ("offline", "Machine does not answer"),
    ("low", "Change runs low"),
    ("full", "No room left"),
    ("difference", "Count differs from the books"),
    ("question", "Money to decide about"),
]
#: What comes back within this time was told already.
TOLD_AGAIN = timedelta(hours=1)

_logger = logging.getLogger(__name__)


class SmartcashAlert(models.Model):
    """One trouble of one machine, from when it was noticed until it was over."""

    _name = "smartcash.alert"
    _description = "Alert of a Machine"
    _order = "ended_at desc nulls first, id desc"
    _rec_name = "text"

    device_id = fields.Many2one(
        "smartcash.device", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="device_id.company_id", store=True, index=True)
    kind = fields.Selection(selection=KINDS, required=True, readonly=True)
    key = fields.Char(readonly=True, help="With another one it is another trouble.")
    text = fields.Char(string="What", readonly=True)
    started_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    ended_at = fields.Datetime(string="Over Since", readonly=True)
    told_at = fields.Datetime(string="Told", readonly=True)
    silent_until = fields.Datetime(
        readonly=True, help="Nobody is told of this kind of trouble with this machine before."
    )
    activity_ids = fields.Many2many("mail.activity", string="To-dos", readonly=True)

    def init(self):
        # One open alert for each trouble, whoever looks at the same moment.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS smartcash_alert_open
                ON smartcash_alert (device_id, kind) WHERE ended_at IS NULL
            """
        )

    # ---- notice and tell --------------------------------------------------------------------------

    @api.model
    def _cron_look(self):
        """What is wrong with any machine is told once to those who want to know; what is over ends."""
        for device in self.env["smartcash.device"].search([]):
            try:
                with self.env.cr.savepoint():
                    self._look_at(device)
            except Exception:
                # One machine must not silence the others; the next look tries again.
                _logger.exception("the alerts of device %s could not be looked at", device.id)
        gone = self.search([("ended_at", "=", False), ("device_id.active", "=", False)])
        gone._end()

    @api.model
    def _look_at(self, device):
        found = device.with_context(lang=device.company_id.partner_id.lang)._alerts()
        running = self.search([("device_id", "=", device.id), ("ended_at", "=", False)])
        over = running.filtered(
            lambda alert: found.get(alert.kind, (None,))[0] != (alert.key or "")
        )
        over._end()
        for alert in running - over:
            alert.text = found.pop(alert.kind)[1]
        for kind, (key, text) in found.items():
            before = self.search([("device_id", "=", device.id), ("kind", "=", kind)], limit=1)
            alert = self.create(
                {
                    "device_id": device.id,
                    "kind": kind,
                    "key": key,
                    "text": text,
                    "silent_until": before.silent_until,
                }
            )
            alert._tell(before)

    def _tell(self, before):
        now = fields.Datetime.now()
        is_told = before.key == self.key and before.told_at and before.told_at > now - TOLD_AGAIN
        if is_told or (self.silent_until and self.silent_until > now):
            self.told_at = before.told_at
            return
        self.told_at = now
        for recipient in self.env["smartcash.alert.recipient"]._who_wants(self):
            recipient._hear(self)

    def _end(self):
        self.write({"ended_at": fields.Datetime.now()})
        self.activity_ids.unlink()

    # ---- silence ----------------------------------------------------------------------------------

    def action_silence_day(self):
        return self._silence(timedelta(days=1))

    def action_silence_week(self):
        return self._silence(timedelta(weeks=1))

    def _silence(self, time):
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.sudo().silent_until = fields.Datetime.now() + time
        self.sudo().activity_ids.unlink()
        return True

    # ---- words ------------------------------------------------------------------------------------

    def _title(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return _("%(device)s: %(what)s", device=self.device_id.name, what=kinds[self.kind])

    def _words(self):
        """The text in the language of the context; the stored one is the company's."""
        return self.device_id.with_env(self.env)._alerts().get(self.kind, (None, self.text))[1]
