import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import _, api, fields, models
from odoo.tools import format_date

_logger = logging.getLogger(__name__)


class SmartcashAlertRecipient(models.Model):
    """Who is told of which trouble, and how."""

    _name = "smartcash.alert.recipient"
    _description = "Who Is Told of Alerts"
    _order = "company_id, user_id, id"
    _rec_name = "user_id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="cascade",
    )
    device_ids = fields.Many2many(
        "smartcash.device", string="Machines", check_company=True, help="Empty: all machines."
    )
    channel = fields.Selection(
        selection=[("todo", "To-do"), ("email", "E-mail"), ("both", "To-do and e-mail")],
        string="Told By",
        required=True,
        default="todo",
    )
    offline = fields.Boolean(
        string="No Answer",
        default=True,
        help="A machine does not answer while a Point of Sale that uses it is open.",
    )
    low = fields.Boolean(string="Low Change", default=True, help="A denomination runs out.")
    full = fields.Boolean(default=True, help="A recycler or the stacker has no room left.")
    difference = fields.Boolean(default=True, help="A count differs from the books.")
    difference_limit = fields.Monetary(
        string="Above", help="Differences up to this amount, more or less, are not told."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    question = fields.Boolean(
        string="Decisions", default=True, help="An operation asks what became of its money."
    )
    digest = fields.Boolean(
        string="Daily Digest", help="Each morning an e-mail with what every machine did yesterday."
    )

    _sql_constraints = [
        (
            "user_unique",
            "UNIQUE(company_id, user_id)",
            "A person has one line for each company.",
        ),
        (
            "limit_positive",
            "CHECK(difference_limit >= 0)",
            "A limit is not negative: it counts for more and for less.",
        ),
    ]

    @api.model
    def _who_wants(self, alert):
        recipients = self.search(
            [
                ("company_id", "=", alert.company_id.id),
                (alert.kind, "=", True),
                "|",
                ("device_ids", "=", False),
                ("device_ids", "in", alert.device_id.ids),
            ]
        )
        recipients = recipients.filtered(lambda recipient: recipient._may_know(alert.company_id))
        if alert.kind != "difference":
            return recipients
        difference = abs(alert.device_id.last_difference)
        compare = alert.device_id.currency_id.compare_amounts
        return recipients.filtered(
            lambda recipient: compare(difference, recipient.difference_limit) > 0
        )

    def _may_know(self, company):
        """A person who has left, or has moved to another company, is told nothing any more."""
        return self.user_id.active and company in self.user_id.company_ids

    def _hear(self, alert):
        """Tell this person. Without an e-mail address it is a to-do."""
        alert = alert.with_context(lang=self.user_id.lang, tz=self.user_id.tz)
        by_mail = self.channel != "todo" and self.user_id.email
        if by_mail:
            self._send(alert._title(), self._alert_body(alert))
        if self.channel != "email" or not by_mail:
            device = alert.device_id.with_context(mail_activity_quick_update=True)
            alert.activity_ids += device.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=alert._title(),
                note=alert._words(),
                user_id=self.user_id.id,
            )

    def _alert_body(self, alert):
        return Markup("<p>%s</p><p>%s</p>") % (
            alert._words(),
            alert.device_id._get_html_link(_("Open the machine")),
        )

    def _send(self, subject, body):
        """Leave it to the mail queue: a mail server that is missing holds up nothing here."""
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": body,
                "email_to": self.user_id.email_formatted,
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    # ---- each morning -----------------------------------------------------------------------------

    @api.model
    def _cron_digest(self):
        for recipient in self.search([("digest", "=", True)]):
            try:
                with self.env.cr.savepoint():
                    recipient._send_digest()
            except Exception:
                # One person's must not keep back the others'.
                _logger.exception("no digest for recipient %s today", recipient.id)

    def _send_digest(self):
        user = self.user_id
        devices = self._devices().with_context(lang=user.lang, tz=user.tz)
        if not devices or not user.email or not self._may_know(self.company_id):
            return
        end = devices._start_of_today()
        start = end - timedelta(days=1)
        day = fields.Datetime.context_timestamp(devices, start).date()
        body = self.env["ir.qweb"]._render(
            "pos_smartcash_terminal.smartcash_digest",
            {
                "devices": devices.sorted(lambda device: (device.urgency, device.name)),
                "moved": devices._moved(start, end),
                "day": day,
                "alerts": devices.env["smartcash.alert"].search(
                    [("device_id", "in", devices.ids), ("ended_at", "=", False)]
                ),
            },
            lang=user.lang,
        )
        self._send(self.with_context(lang=user.lang)._digest_subject(day), body)

    def _digest_subject(self, day):
        return _("Cash machines on %s", format_date(self.env, day))

    def _devices(self):
        if self.device_ids:
            return self.device_ids.filtered("active")
        return self.env["smartcash.device"].search([("company_id", "=", self.company_id.id)])
