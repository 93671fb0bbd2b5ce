import logging
import time
from functools import partial

from odoo import SUPERUSER_ID, _, api, fields, models
from psycopg2 import errors

from ..money import to_minor
from ..progress import ENDED
from ..registration import Refused, parse_uuid

#: The state that a manager's decision gives to an operation without a known outcome.
OUTCOME = {
    "returned": "cancelled",
    "order": "done",
    "cash_in": "done",
    "counting_error": "done",
    "nothing_moved": "failed",
}
PAID_BY_ORDER = ("sale", "refund")
#: What the database says to the later one of two transactions that want the same row.
TURN_LOST = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
MATCH_ATTEMPTS = 5
MATCH_PAUSE = 0.05  # seconds

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """Each cent that moved ends in the books: matched, or an open question, or a manager's resolution."""

    _inherit = "smartcash.operation"

    # ---- matching ---------------------------------------------------------------------------

    def _match(self):
        """Compare these operations, with those done by hand for them, with what the books hold.

        A constant number of queries, whatever comes first: the payment or the report.
        """
        roots = self.mapped(lambda operation: operation.parent_id or operation)
        roots._take_turns()
        payments = (
            self.env["pos.payment"].sudo().search([("smartcash_uuid", "in", roots.mapped("uuid"))])
        )
        for root in roots:
            root._match_group(
                payments.filtered(lambda payment, root=root: payment.smartcash_uuid == root.uuid)
            )

    def _take_turns(self):
        """The order and the report arrive at the same moment, in two transactions that cannot see
        each other. Both write the row, so the database fails the later one, which runs again with
        everything in sight.
        """
        self.flush_recordset()
        if self:
            self.env.cr.execute(
                "UPDATE smartcash_operation SET match_state = match_state WHERE id IN %s",
                [tuple(self.ids)],
                log_exceptions=False,
            )

    def _match_group(self, payments):
        """:param payments: all POS payments that carry the uuid of this operation"""
        self.ensure_one()
        group = self | self.child_ids
        due = sum(operation._minor("net") + operation._minor("rounding") for operation in group)
        if self.kind in PAID_BY_ORDER:
            booked = [self._booked_by_payment(payment) for payment in payments]
        else:
            line = self.statement_line_id
            booked = [to_minor(line.amount, self.currency_id.decimal_places)] if line else []
        ended = all(operation.state in ENDED for operation in group)
        certain = ended and not any(op.state == "unknown" or op.disputed for op in group)
        moved = any(operation._minor("net") for operation in group)
        if not ended:
            state = False
        elif not certain or (booked or [0]) != [due]:
            state = "open"
        else:
            state = "matched" if moved or booked else False
        payment = payments if len(payments) == 1 else payments.browse()
        for operation in group:
            operation._set_match(state, payment)

    def _set_match(self, state, payment):
        if self.match_state == "resolved" and not self.disputed:
            state = "resolved"
        values = {
            "match_state": state,
            "pos_payment_id": payment.id,
            "pos_order_id": payment.pos_order_id.id,
        }
        changed = {
            name: value
            for name, value in values.items()
            if (self[name].id if name.endswith("_id") else self[name]) != value
        }
        if not changed:
            return
        self.write(changed)
        if changed.get("match_state") == "matched":
            order = payment.pos_order_id
            self._add_event(
                "match",
                _("Matched to %s", order.pos_reference or order.name)
                if order
                else _("Matched: handed over by hand"),
            )

    def _booked_by_payment(self, payment):
        """Minor units, or None when the payment cannot be this operation's."""
        if (
            payment.payment_method_id != self.payment_method_id
            or payment.company_id != self.company_id
        ):
            return None
        return to_minor(payment.amount, self.currency_id.decimal_places)

    @api.model
    def _match_uuids(self, uuids):
        """Called when payments with these uuids (or none) have been written.

        Core cannot run the saving of orders again after a lost turn, so that must not fail here:
        what cannot be matched now is matched as soon as the order is committed.
        """
        uuids = [uuid for uuid in uuids if uuid]
        if not uuids:
            return
        self.env.cr.postcommit.add(partial(_match_afterwards, self.env.registry, uuids))
        try:
            with self.env.cr.savepoint():
                self.sudo().search([("uuid", "in", uuids)])._match()
        except TURN_LOST:
            _logger.info("Operations %s are matched after their order is saved", uuids)

    @api.model
    def _unmatch_payments(self, payments):
        """Called before payments vanish: what they covered is a question again until it is matched anew."""
        operations = self.sudo().search([("pos_payment_id", "in", payments.ids)])
        operations.write({"pos_payment_id": False, "pos_order_id": False})
        operations.filtered(lambda operation: operation.match_state == "matched").write(
            {"match_state": "open"}
        )

    # ---- questions, and a manager's answers ----------------------------------------------------

    @api.model
    def pending(self, session_id):
        """The operations of a session that run, or that ask for a decision."""
        self._check_pos_user()
        try:
            session = self._visible_session(session_id)
        except Refused as refused:
            return refused.to_wire()
        operations = self.sudo().search(
            [
                ("session_id", "=", session.id),
                "|",
                ("state", "in", ("draft", "running", "unknown")),
                ("match_state", "=", "open"),
            ]
        )
        return [operation._pending_data() for operation in operations]

    def _pending_data(self):
        return {
            **self._to_wire(),
            "kind": self.kind,
            "amount": self._minor("amount"),
            "currency": self.currency_id.name,
            "net": self._minor("net"),
            "deviceId": self.device_id.id,
            "paymentMethodId": self.payment_method_id.id,
            "sessionId": self.session_id.id,
            "orderUid": self.order_uid or None,
            "orderName": self.order_name or None,
            "cashier": self.cashier or None,
            "reference": self.reference or None,
            "allowPartial": self.allow_partial,
            "parentUuid": self.parent_id.uuid or None,
            "evidence": self.evidence or None,
            "matchState": self.match_state or None,
            "disputed": self.disputed,
            "startedAt": _rfc3339(self.started_at),
            "endedAt": _rfc3339(self.ended_at),
        }

    @api.model
    def resolve(self, uuid, resolution, reason):
        """A manager's decision about an operation that asks for one.

        :param str resolution: a key of ``OUTCOME``
        :param str reason: why, in the manager's words
        """
        self._check_pos_manager()
        try:
            operation = self._lock(parse_uuid(uuid))
            if not operation:
                raise Refused("unknown_operation", _("The ledger does not know this operation."))
            operation._resolve(resolution, reason)
        except Refused as refused:
            return refused.to_wire()
        return operation._to_wire()

    def _resolve(self, resolution, reason):
        if self.parent_id:
            # What was done by hand for another operation is that operation's question.
            self.parent_id._resolve(resolution, reason)
            return
        if resolution not in OUTCOME:
            raise Refused("bad_values", _("The resolution is one of: %s", ", ".join(OUTCOME)))
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500:
            raise Refused(
                "bad_values", _("Write the reason of the decision (at most 500 characters).")
            )
        if self._is_ended() and self.match_state != "open":
            raise Refused("nothing_to_resolve", _("This operation asks for no decision."))
        if resolution == "nothing_moved" and self._minor("net"):
            raise Refused(
                "bad_values",
                _("Money moved in this operation: it cannot be resolved as “No money moved”."),
            )
        state_from = self.state
        for step in self._path_to(OUTCOME[resolution]):
            self._move(step)
        (self | self.child_ids).write(
            {
                "match_state": "resolved",
                "disputed": False,
                "resolution": resolution,
                "resolution_reason": reason,
                "resolved_by_id": self.env.uid,
                "resolved_at": fields.Datetime.now(),
            }
        )
        self._add_event("resolved", reason, state_from=state_from, data={"resolution": resolution})

    def _path_to(self, state):
        """The steps from the current state to a decided one; an outcome that is known stays."""
        return {
            "draft": ["failed"],
            "running": ["unknown", state],
            "unknown": [state],
        }.get(self.state, [])


def _rfc3339(moment):
    return moment.isoformat(timespec="seconds") + "Z" if moment else None


def _match_afterwards(registry, uuids):
    """Match in a transaction of its own, which may lose its turn and try again."""
    for _attempt in range(MATCH_ATTEMPTS):
        try:
            with registry.cursor() as cr:
                operations = api.Environment(cr, SUPERUSER_ID, {})["smartcash.operation"]
                operations.search([("uuid", "in", uuids)])._match()
            return
        except TURN_LOST:
            time.sleep(MATCH_PAUSE)
        except Exception:
            # The order is saved and committed: a failure here must not tell the till otherwise.
            _logger.exception("Operations %s could not be matched; they stay open questions", uuids)
            return
    _logger.warning("Operations %s were busy all the time; they stay open questions", uuids)
