from dataclasses import replace
from datetime import timedelta
from operator import methodcaller

from odoo import _, api, fields, models

from ...core.one_by_one import one_by_one
from ...core.progress import Message

AT_ONCE = 50  # of one run of the job


class SmartcashOperation(models.Model):
    """Freeing a device that Odoo drives from a customer who left. A till that is there does it by
    itself, with the same rule; this is for those whose page is gone."""

    _inherit = "smartcash.operation"

    gave_up = fields.Boolean(
        string="Nobody Paid",
        readonly=True,
        help="Cancelled because nothing was inserted for as long as the device waits.",
    )

    @api.model
    def _cron_end_idle(self):
        now = fields.Datetime.now()
        waiting = self.search(
            [
                ("state", "=", "running"),
                ("phase", "=", "accepting"),
                ("device_id.transport", "=", "server"),
                ("device_id.idle_minutes", ">", 0),
                # Whatever moves is written down with the next look.
                ("write_date", "<", now - timedelta(minutes=1)),
            ],
            order="write_date, id",
            limit=AT_ONCE,
        )
        one_by_one(waiting.filtered(lambda one: one._is_idle(now)), methodcaller("_end_idle"))

    def _is_idle(self, now):
        minutes = self.device_id._idle_minutes()
        return bool(minutes) and self.write_date <= now - timedelta(minutes=minutes)

    def _end_idle(self):
        """Look once more, as nobody may have looked for a while; then ask for the end."""
        before = self._amounts()
        self._engine_poll()
        # What that look has written, this transaction does not see.
        if self._commit(methodcaller("_give_up", before)):
            self._engine_cancel()
            self._hint()

    def _give_up(self, before):
        """:returns: whether nothing has moved since ``before``, and that is noted"""
        self._relock()
        is_idle = (
            self.state == "running"
            and self.phase == "accepting"
            and self._amounts() == before
            and self._belongs_to_customer()
        )
        if is_idle:
            self._note_giving_up()
        return is_idle

    def _belongs_to_customer(self):
        """Money of a deposit without an amount is left to who puts it in: he may be at the safe."""
        return bool(self.amount) or self.kind == "exchange" or not self._minor("amount_in")

    def _note_giving_up(self):
        if not self.gave_up:
            self.gave_up = True
            self._add_event(
                "step",
                _(
                    "Nothing was inserted for %s minutes: cancelled by Odoo",
                    self.device_id._idle_minutes(),
                ),
            )

    def _with_reason(self, said):
        if self.gave_up and said.state == "cancelled":
            return replace(said, messages=(*said.messages, self._why_it_gave_up(said)))
        return said

    def _why_it_gave_up(self, said):
        """The till has its own words for the codes."""
        if said.amount_in:
            text = _("Cancelled: the customer did not go on paying. The machine is free.")
            return Message("payment_abandoned", text)
        return Message("nobody_paid", _("Cancelled: nobody paid. The machine is free."))
