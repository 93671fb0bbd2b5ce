from uuid import uuid4

import psycopg2.errors
from odoo import _, api, fields, models

from ...core.db_conflict import TurnLost, quiet_database
from ...core.money import from_minor
from ...core.progress import MONEY_OUT, Progress

#: What the event of such an operation holds: kind and amount are a guess, until its till tells them.
GUESSED = {"guessed": True}


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
            [
                ("session_id", "=", session.id),
                ("payment_method_id", "in", methods.ids),
                # On an order that is still open, what was never sent to a device is only a plan.
                "|",
                ("smartcash_uuid", "!=", False),
                ("pos_order_id.state", "!=", "draft"),
            ]
        )
        return self._adopt_unknown(payments)

    def _adopt_unknown(self, payments):
        uuids = [payment.smartcash_uuid for payment in payments if payment.smartcash_uuid]
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
        values = {
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
        try:
            with quiet_database(), self.env.cr.savepoint():
                operation = self.create(values)
        except psycopg2.errors.UniqueViolation as error:
            # Its till, or another closing, has registered it at this very moment.
            raise TurnLost(f"operation {uuid} is written down by another request") from error
        operation._add_event(
            "registered",
            _(
                "Found before the closing: a payment without an operation. Nobody knows whether money moved."
            ),
            data=GUESSED,
        )
        if payment.smartcash_uuid:
            operation._match()
        else:
            payment.smartcash_uuid = uuid  # which matches them
        return operation

    # ---- its till tells it after all ---------------------------------------------------------

    def _is_guessed(self):
        registered = self.event_ids.filtered(lambda event: event.kind == "registered")
        return registered.sorted("id")[-1:].data == GUESSED

    def _hear_registration(self, wish):
        """Its till registers what was found without it: what the till says takes the place of the guess."""
        if (
            self.kind != wish.kind
            or self.currency_id.name != wish.currency
            or self.payment_method_id.id != wish.payment_method_id
            or wish.parent_uuid
        ):
            raise self._uuid_conflict()
        self._check_mine()
        if wish.withdrawn:
            return
        if self.state == "unknown":
            self._take_registration(wish)
        elif wish.manual:
            self._note_late_fact(self._by_hand(wish), "manual")

    def _take_registration(self, wish):
        device = self.device_id
        if wish.manual or wish.device_id not in (None, device.id):
            device = self._admitted_device(wish, self.session_id, self.payment_method_id)
        self.write(
            {
                "device_id": device.id,
                "user_id": self.env.uid,
                "cashier": wish.cashier or self.cashier,
                "order_uid": wish.order_uid,
                "reference": wish.reference,
                "allow_partial": wish.allow_partial,
                "amount": from_minor(wish.amount, self.currency_id.decimal_places),
                **({"evidence": "manual"} if wish.manual else {}),
            }
        )
        self._add_event("registered", self._describe_late_registration())
        if wish.manual:
            self._step(self._by_hand(wish), "manual")

    def _describe_late_registration(self):
        if self.evidence == "manual":
            text = _("By hand, registered late by %s")
        else:
            text = _("Registered late by %s")
        return text % (self.cashier or self.env.user.name)

    def _by_hand(self, wish):
        """What a registration by hand says about the end."""
        moved = "amount_out" if wish.kind in MONEY_OUT else "amount_in"
        return Progress("done", "ended", **{moved: wish.amount})
