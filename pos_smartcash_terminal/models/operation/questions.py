import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import _, api, fields, models

from ...core.db_conflict import TURN_LOST

#: An order that is still being paid holds money for a while; only then is it a question.
PATIENCE = timedelta(minutes=10)

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """The managers learn of what asks for a decision: one to-do per operation.

    It hangs on the device, not on the operation: a chatter there would be a way to write into the
    ledger. An ordinary sale is open for the moment between the machine's report and the order; so
    only what is clearly wrong is told at once, the rest by a scheduled action.
    """

    _inherit = "smartcash.operation"

    activity_id = fields.Many2one(
        "mail.activity", string="To-do", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def write(self, vals):
        result = super().write(vals)
        if not {"match_state", "unproven", "disputed", "still_owed"}.isdisjoint(vals):
            for operation in self:
                operation._review_todo()
        return result

    def _review_todo(self):
        asks = self._asks_for_decision()
        if self.activity_id and not asks:
            self._close_todo()
        elif asks and self._asks_at_once():
            self._tell_manager()

    def _asks_at_once(self):
        return self.unproven or self.disputed or self.state == "unknown" or self.still_owed

    def _close_todo(self):
        """One that is shared waits for the last of them."""
        todo = self.activity_id.sudo()
        sharing = self.sudo().search(
            [("activity_id", "=", todo.id), ("id", "!=", self.id)], limit=1
        )
        if sharing:
            self.activity_id = False
        else:
            todo.action_feedback(feedback=_("Decided: %s", self.display_name))

    def _asks_for_decision(self):
        # What was done by hand for another operation is that operation's question.
        return not self.parent_id and (self.match_state == "open" or self.unproven)

    def _tell_manager(self):
        """A to-do that cannot be made now (another addon, a mail server) holds up no operation: the
        scheduled action makes it later."""
        try:
            with self.env.cr.savepoint():
                self._schedule_todo()
        except TURN_LOST:
            raise
        except Exception:
            _logger.exception("no to-do for operation %s now", self.id)

    def _schedule_todo(self):
        manager = self._manager_to_ask()
        if self.activity_id or not manager:
            return
        shared = self._shared_todo()
        if shared:
            self.activity_id = shared
            return
        # No e-mail from the middle of a till's request.
        device = self.device_id.sudo().with_context(mail_activity_quick_update=True)
        self.activity_id = device.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self._summary(),
            note=self._todo_note(),
            user_id=manager.id,
        )

    def _todo_note(self):
        """The question, and one tap to where it is answered."""
        return Markup("<p>%s</p><p>%s</p>") % (self._question(), self._link_to_answer())

    def _link_to_answer(self):
        if not self.at_machine:
            return self._get_html_link(_("Open the operation"))
        action = self.env.ref("pos_smartcash_terminal.smartcash_question_action")
        return Markup('<a href="/web#action=%s">%s</a>') % (action.id, action.sudo().name)

    def _shared_todo(self):
        """Somebody may have worked at a machine for months before it was connected: one to-do for all
        of that, not one for each."""
        if not self.at_machine:
            return self._todo_of_same_entry()
        return (
            self.sudo()
            .search(
                [
                    ("device_id", "=", self.device_id.id),
                    ("at_machine", "=", True),
                    ("activity_id", "!=", False),
                ],
                limit=1,
            )
            .activity_id
        )

    def _summary(self):
        if self.at_machine:
            return _("%s: what was done at the machine itself?", self.device_id.name)
        return _("%s: what became of the money?", self.display_name)

    def _todo_of_same_entry(self):
        """A closing entry that is reset to draft asks about all sales of its session: once."""
        payment = self.pos_payment_id
        if payment.session_id.state != "closed" or self._is_in_books(payment):
            return self.activity_id.browse()
        return self.search(
            [
                ("pos_payment_id.session_id", "=", payment.session_id.id),
                ("match_state", "=", "open"),
                ("activity_id", "!=", False),
                ("id", "!=", self.id),
            ],
            limit=1,
        ).activity_id

    def _question(self):
        """What is to be found out, in words."""
        if self.at_machine:
            return _(
                "Money moved at the machine itself, and no till asked for it. See Point of Sale > Orders > "
                "SmartCash Operations: choose the operations in the list, then Action > Resolve decides "
                "about all of them at once."
            )
        if self.unproven and self.match_state != "open":
            return _(
                "Only the till's browser says how this operation ended; the machine's side did not sign it. "
                "Compare it with the machine, then confirm it under Point of Sale > SmartCash > Operations."
            )
        return _(
            "%s Look at the machine and the till, then decide under "
            "Point of Sale > SmartCash > Operations.",
            self._describe_question(),
        )

    def _manager_to_ask(self):
        """Who opened the session, if that is a manager; else the first manager of the company."""
        managers = (
            self.env.ref("point_of_sale.group_pos_manager")
            .sudo()
            .users.filtered(lambda user: self.company_id in user.company_ids)
            .sorted("id")
        )
        return (self.session_id.sudo().user_id & managers) or managers[:1]

    @api.model
    def _cron_tell_managers(self):
        waiting = self.search(
            [
                ("match_state", "=", "open"),
                ("activity_id", "=", False),
                ("parent_id", "=", False),
                ("write_date", "<", fields.Datetime.now() - PATIENCE),
            ],
            order="id",
            limit=1000,
        )
        for operation in waiting:
            operation._tell_manager()
