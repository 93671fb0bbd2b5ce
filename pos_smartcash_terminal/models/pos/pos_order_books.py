from odoo import _, api, models
from odoo.exceptions import UserError

#: Its end, and with it the money, is still to come.
OPEN = ("running", "unknown")


class PosOrder(models.Model):
    """A cancelled order books nothing: what a machine took for it is a question."""

    _inherit = "pos.order"

    def write(self, vals):
        was_cancelled = "state" in vals and "cancel" in self.mapped("state")
        result = super().write(vals)
        if was_cancelled or vals.get("state") == "cancel":
            payments = self.sudo().payment_ids
            self.env["smartcash.operation"]._match_uuids(payments.mapped("smartcash_uuid"))
        return result

    @api.model
    def remove_from_ui(self, server_ids):
        """Another till deletes its copy of an order for which a machine works: Odoo's stays. It comes
        back with the next pull of orders, and the money has a place to go to."""
        orders = self.search([("id", "in", server_ids), ("state", "=", "draft")])
        kept = orders.filtered(lambda order: order.sudo()._smartcash_open_operations())
        return super().remove_from_ui([number for number in server_ids if number not in kept.ids])

    def _smartcash_open_operations(self):
        """The operations that run for these orders, or of which nobody knows the end."""
        operations = self.env["smartcash.operation"].sudo()
        uuids = self.sudo().payment_ids.filtered("smartcash_uuid").mapped("smartcash_uuid")
        return operations.search(
            [
                ("state", "in", OPEN),
                "|",
                ("uuid", "in", uuids),
                "&",
                ("session_id", "in", self.session_id.ids),
                ("order_name", "in", self.filtered("pos_reference").mapped("pos_reference")),
            ]
        )

    def unlink(self):
        """The payments of a cancelled order book nothing, and would keep it for ever: its operations are
        the questions."""
        ended = self.filtered(
            lambda order: order.state == "cancel" and not order._smartcash_open_operations()
        )
        ended.sudo().payment_ids.filtered("smartcash_uuid").unlink()
        self.session_id._smartcash_note_deletion()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_machine_money(self):
        """Whoever deletes orders in bulk (the closing of a kiosk, a list view) deletes none that a
        machine has money for, or works for."""
        for order in self:
            paid = order.sudo().payment_ids.filtered("smartcash_uuid")
            if not paid and not order._smartcash_open_operations():
                continue
            raise UserError(
                _(
                    "%s was not deleted: a machine has money for it, or works for it. Finish it at the "
                    "till, or cancel the machine's payment there; if the till is gone, a manager decides under "
                    "Point of Sale > SmartCash > Operations, then cancels the order. Nothing was deleted.",
                    order.pos_reference or order.name,
                )
            )
