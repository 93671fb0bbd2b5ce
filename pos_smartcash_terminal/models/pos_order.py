from odoo import api, models

from ..registration import Refused, parse_uuid


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def _payment_fields(self, order, ui_paymentline):
        values = super()._payment_fields(order, ui_paymentline)
        values["smartcash_uuid"] = _readable_uuid(ui_paymentline.get("smartcash_uuid"))
        return values

    def _process_payment_lines(self, pos_order, order, pos_session, draft):
        # Every sync makes the payments anew, so the operations are linked again each time.
        result = super()._process_payment_lines(pos_order, order, pos_session, draft)
        self.env["smartcash.operation"]._match_uuids(order.payment_ids.mapped("smartcash_uuid"))
        return result


def _readable_uuid(value):
    """Orders must be saved whatever a browser put here: what is no uuid links to nothing."""
    try:
        return parse_uuid(value) if value else False
    except Refused:
        return False
