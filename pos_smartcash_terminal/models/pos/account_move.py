from odoo import _, api, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """An entry that is posted, reset to draft, cancelled or deleted decides whether the money of an
    operation is in the books."""

    _inherit = "account.move"

    def write(self, vals):
        if vals.get("state") in ("draft", "cancel"):
            self._smartcash_check_floats()
        result = super().write(vals)
        if not {"state", "journal_id"}.isdisjoint(vals):
            operations = self.env["smartcash.operation"]._booked_in(self)
            self.env["smartcash.operation"]._match_uuids(operations.mapped("uuid"))
        return result

    def unlink(self):
        uuids = self.env["smartcash.operation"]._booked_in(self).mapped("uuid")
        result = super().unlink()
        self.env["smartcash.operation"]._match_uuids(uuids)
        return result

    def _smartcash_check_floats(self):
        """Once a session was opened with a float, its entry stays: the session expects that money.

        Before that it can be taken back, and the float is booked anew.
        """
        lines = self.env["account.bank.statement.line"].sudo().search([("move_id", "in", self.ids)])
        for line in lines | lines.smartcash_transfer_id:
            if line.smartcash_float_session_id:
                raise UserError(
                    _(
                        "The entry %(entry)s holds what was in %(device)s when it was set up, and the "
                        "session %(session)s was opened with it. Nothing was changed. Correct it with "
                        "an entry of its own.",
                        entry=line.move_id.display_name,
                        device=line.smartcash_float_device_id.name,
                        session=line.smartcash_float_session_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_smartcash_float(self):
        self._smartcash_check_floats()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_smartcash_closing(self):
        """The closing entries hold what machines took in a whole session: once they are gone, nothing
        tells that they were there. To correct them they can be reset to draft, or reversed."""
        sessions = self.env["pos.session"].sudo()
        closed = sessions.search([("move_id", "in", self.ids), ("state", "=", "closed")])
        lines = self.env["account.bank.statement.line"].sudo().search([("move_id", "in", self.ids)])
        closed |= lines._smartcash_closing_lines().pos_session_id
        payments = self.env["account.payment"].sudo().search([("move_id", "in", self.ids)])
        closed |= payments.pos_session_id.filtered(lambda session: session.state == "closed")
        for session in closed:
            if session._smartcash_is_matched():
                raise UserError(
                    _(
                        "The entry %(entry)s holds what machines took in the session %(session)s. "
                        "Nothing was deleted. Reset it to draft to correct it, or reverse it.",
                        entry=", ".join(self.sudo().mapped("display_name")),
                        session=session.name,
                    )
                )
