from uuid import uuid4

from odoo import _, api, fields, models


class SmartcashOperation(models.Model):
    """Payments with a device's method that no operation stands behind. A till's order is saved whatever
    it says; before its session closes, such a payment becomes an operation, and so a question."""

    _inherit = "smartcash.operation"

    @api.model
    def _adopt_payments(self, session):
        """Write down an operation for each payment of the session that has none.

        :returns: the new ones
        """
        methods = session.config_id.payment_method_ids.filtered(
            lambda method: method._is_smartcash() and method.smartcash_device_id
        )
        payments = self.env["pos.payment"].search(
            [("session_id", "=", session.id), ("payment_method_id", "in", methods.ids)]
        )
        uuids = [uuid for uuid in payments.mapped("smartcash_uuid") if uuid]
        known = set(self.search([("uuid", "in", uuids)]).mapped("uuid"))
        adopted = self.browse()
        for payment in payments:
            if payment.smartcash_uuid not in known and not payment.currency_id.is_zero(
                payment.amount
            ):
                operation = self._adopt(payment)
                known.add(operation.uuid)
                adopted |= operation
        return adopted

    def _action_decide_first(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_operation_action"
        )
        return {
            **action,
            "name": _("Decide These Before the Closing"),
            "domain": [("id", "in", self.ids)],
            "context": {},
            "help": False,
        }

    def _adopt(self, payment):
        method, order = payment.payment_method_id, payment.pos_order_id
        uuid = payment.smartcash_uuid or str(uuid4())
        now = fields.Datetime.now()
        operation = self.create(
            {
                "uuid": uuid,
                "kind": "sale" if payment.amount > 0 else "refund",
                "device_id": method.smartcash_device_id.id,
                "payment_method_id": method.id,
                "session_id": payment.session_id.id,
                "company_id": payment.company_id.id,
                "user_id": self.env.uid,
                "cashier": order.user_id.name,
                "order_name": order.pos_reference or order.name,
                "currency_id": payment.currency_id.id,
                "amount": abs(payment.amount),
                "state": "unknown",
                "phase": "ended",
                "evidence": "client",
                "started_at": now,
                "ended_at": now,
            }
        )
        operation._add_event(
            "registered",
            _(
                "Found before the closing: a payment without an operation. Nobody knows whether money moved."
            ),
        )
        if payment.smartcash_uuid:
            operation._match()
        else:
            payment.smartcash_uuid = uuid  # which matches them
        return operation
