from odoo import models


class PosSession(models.Model):
    """Whether operations stand behind a session's payments, and the entries with which it was closed
    still hold them."""

    _inherit = "pos.session"

    def _smartcash_unsettled(self):
        self._smartcash_adopt_payments()
        return super()._smartcash_unsettled()

    def _smartcash_prepare_closing(self):
        """An error would take back what has just been found: the questions are shown instead."""
        found = self._smartcash_adopt_payments()
        if found:
            return found._action_decide_first()
        return super()._smartcash_prepare_closing()

    def _smartcash_adopt_payments(self):
        """:returns: the operations that were missing behind payments, also of a late session's orders"""
        operations = self.env["smartcash.operation"]
        if self.state not in ("opened", "closing_control"):
            return operations
        return operations._adopt_payments(self)

    def _smartcash_unposted_entries(self):
        """The closing entries of a closed session that were reset to draft, or cancelled."""
        entries = self.env["account.move"]
        if self.state != "closed":
            return entries
        if self.move_id.state != "posted":
            entries |= self.move_id
        unposted = [("pos_session_id", "=", self.id), ("move_id.state", "!=", "posted")]
        lines = self.env["account.bank.statement.line"].search(unposted)
        payments = self.env["account.payment"].search(unposted)
        return entries | lines._smartcash_closing_lines().move_id | payments.move_id

    def _smartcash_unposted_journals(self):
        """The journals of payment methods whose money these entries do not hold now."""
        self.ensure_one()
        entries = self._smartcash_unposted_entries()
        if self.move_id and self.move_id in entries:
            return self.config_id.payment_method_ids.journal_id
        return entries.journal_id

    def _smartcash_is_matched(self):
        """Whether operations are matched to payments of this session."""
        operations = self.env["smartcash.operation"].sudo()
        domain = [("pos_payment_id.session_id", "=", self.id), ("match_state", "!=", False)]
        return bool(operations.search_count(domain, limit=1))
