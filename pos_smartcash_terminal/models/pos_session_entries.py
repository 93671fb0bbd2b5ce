from odoo import models


class PosSession(models.Model):
    """Whether the entries with which a session was closed still hold its payments."""

    _inherit = "pos.session"

    def _smartcash_unposted_journals(self):
        """The journals of a closed session whose entries were reset to draft, or cancelled."""
        self.ensure_one()
        if self.state != "closed":
            return self.env["account.journal"]
        if self.move_id and self.move_id.state != "posted":
            return self.config_id.payment_method_ids.journal_id
        lines = self.env["account.bank.statement.line"].search(
            [("pos_session_id", "=", self.id), ("move_id.state", "!=", "posted")]
        )
        payments = self.env["account.payment"].search(
            [("pos_session_id", "=", self.id), ("move_id.state", "!=", "posted")]
        )
        return lines._smartcash_closing_lines().journal_id | payments.journal_id

    def _smartcash_is_matched(self):
        """Whether operations are matched to payments of this session."""
        operations = self.env["smartcash.operation"].sudo()
        domain = [("pos_payment_id.session_id", "=", self.id), ("match_state", "!=", False)]
        return bool(operations.search_count(domain, limit=1))
