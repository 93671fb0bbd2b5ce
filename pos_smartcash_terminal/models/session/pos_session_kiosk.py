from odoo import models

#: Where a transaction keeps the sessions of which it has deleted orders.
DELETED = "smartcash_sessions_with_deleted_orders"


class PosSession(models.Model):
    """Odoo's kiosks delete what nobody has paid, then close. With a machine: only once it is counted."""

    _inherit = "pos.session"

    def _smartcash_note_deletion(self):
        """Orders of these sessions are deleted in this transaction."""
        if self:
            self.env.cr.postcommit.data.setdefault(DELETED, set()).update(self.ids)

    def _smartcash_is_deletion_noted(self):
        return self.id in self.env.cr.postcommit.data.get(DELETED, ())

    def _smartcash_delete_unpaid(self):
        """The cash is counted: what a kiosk deletes when it closes."""
        if self.config_id._smartcash_is_kiosk():
            self.order_ids.filtered(lambda order: order.state == "draft").unlink()

    def _smartcash_close_as_begun(self):
        """Close this session, whose cash is counted, as whoever began that would have closed it."""
        config = self.config_id
        if config._smartcash_is_kiosk() and config.current_session_id == self:
            return config.action_close_kiosk_session()
        return self.action_pos_session_closing_control()
