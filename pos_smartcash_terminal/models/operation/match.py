import logging
import time
from functools import partial

from odoo import SUPERUSER_ID, _, api, models

from ...core.db_conflict import TURN_LOST
from ...core.money import to_minor
from ...core.progress import ENDED, PAID_BY_ORDER
from ...core.registration import Refused, parse_uuid

MATCH_ATTEMPTS = 5
MATCH_PAUSE = 0.05  # seconds

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """Each cent that moved ends in the books: matched, or an open question, or a manager's resolution."""

    _inherit = "smartcash.operation"

    # ---- matching ---------------------------------------------------------------------------

    def _match(self, *, locked=False):
        """Compare these operations, with those done by hand for them, with what the books hold.

        A constant number of queries, whatever comes first: the payment or the report.

        :param locked: this transaction has locked and written these rows already
        """
        roots = self.mapped(lambda operation: operation.parent_id or operation)
        if not locked:
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
        # A cancelled order says why it is a question, as long as no other has the money.
        payments = payments.filtered(lambda p: p.pos_order_id.state != "cancel") or payments
        group = self | self.child_ids
        ended = all(operation.state in ENDED for operation in group)
        certain = ended and not any(op.state == "unknown" or op.disputed for op in group)
        certain = certain and not self._asks_who_gives()
        moved = any(operation._minor("net") for operation in group)
        agree = (
            self._is_clear(payments)
            and not self._missing_in_books(payments)
            and self._are_transfers_whole()
        )
        if not ended:
            state = False
        elif not certain or not agree:
            state = "open"
        else:
            state = "matched" if moved or payments or self.statement_line_id else False
        payment = payments if len(payments) == 1 else payments.browse()
        for operation in group:
            operation._set_match(state, payment, agree)

    def _is_clear(self, payments):
        """One operation pays one order, with its own payment method; cash moves have no payment."""
        return len(payments) <= (self.kind in PAID_BY_ORDER) and all(
            self._is_own(payment) for payment in payments
        )

    def _missing_in_books(self, payments):
        """Minor units that the books should still get for this operation and what was done by hand
        for it: positive when the cash holds more than the books."""
        group = self | self.child_ids
        due = sum(operation._moved() for operation in group)
        return due - self._in_books(payments)

    def _missing_by_first_report(self):
        group = self | self.child_ids
        due = sum(operation._minor("net") + operation._minor("rounding") for operation in group)
        return due - self._in_books(self._own_payments())

    def _moved(self):
        """Minor units that the books should hold for this operation alone, by the latest report."""
        if self.disputed and self.has_late_report:
            return self._minor("late_in") - self._minor("late_out") + self._minor("rounding")
        return self._minor("net") + self._minor("rounding")

    def _in_books(self, payments):
        """Minor units that the books hold for this operation."""
        amounts = [payment.amount for payment in payments if self._is_in_books(payment)]
        for operation in self | self.child_ids:
            lines = operation.statement_line_id | operation.superseded_line_ids
            amounts += [line.amount for line in lines if operation._holds(line)]
        decimals = self.currency_id.decimal_places
        booked = sum(to_minor(amount, decimals) for amount in amounts)
        return booked + self._booked_credit()

    def _is_in_books(self, payment):
        """Only what is posted counts, or will be when its open session is closed."""
        if not self._is_own(payment) or payment.pos_order_id.state == "cancel":
            return False
        entry = payment.account_move_id
        if entry and entry.state != "posted":
            return False
        journals = payment.session_id._smartcash_unposted_journals()
        return payment.payment_method_id.journal_id not in journals

    def _holds(self, line):
        """Whether a statement line holds this operation's money, where its session expects it."""
        return (
            line.move_id.state == "posted"
            and line.journal_id == self.payment_method_id.journal_id
            and (line.pos_session_id == self.session_id or not self.session_id)
        )

    def _are_transfers_whole(self):
        lines = self.statement_line_id | self.superseded_line_ids
        return all(line._smartcash_is_whole() for line in lines)

    def _set_match(self, state, payment, agree):
        if self.match_state == "resolved" and not self.disputed and self._decision_stands(agree):
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
        reopened = changed.get("match_state") == "open" and self.match_state
        self.write(changed)
        if changed.get("match_state") == "matched":
            self._add_event("match", self._describe_match(payment))
        elif reopened:
            self._add_event("match", self._describe_reopening(payment))

    def _decision_stands(self, agree):
        """A counting error explains any difference, and so does the count of the opening. What else was decided made the books agree, and is
        a question again when they no longer do (an order that a till kept to itself was saved late)."""
        if self.resolution == "as_booked":
            return not self._missing_by_first_report()
        return agree or self.resolution in ("counting_error", "in_opening")

    def _describe_match(self, payment):
        order = payment.pos_order_id
        if order:
            return _("Matched to %s", order.pos_reference or order.name)
        if self.statement_line_id:
            return _("Matched to the statement line %s", self.statement_line_id.name)
        return _("Matched: handed over by hand")

    def _describe_reopening(self, payment):
        """Why what was matched, or decided, is a question again."""
        if payment.pos_order_id.state == "cancel":
            return _(
                "A question again: the order %s was cancelled", payment.pos_order_id.display_name
            )
        unposted = self._unposted_entries(payment)
        if unposted:
            return _(
                "A question again: the entry %s is not posted",
                ", ".join(unposted.mapped("display_name")),
            )
        return _("A question again: the books hold something else than the operation")

    def _unposted_entries(self, payments):
        """The entries that held this operation's money, and are not posted now."""
        entries = payments.account_move_id | self.booked_payment_ids.move_id
        entries |= (self.statement_line_id | self.superseded_line_ids).move_id
        entries = entries.filtered(lambda entry: entry.state != "posted")
        for session in payments.session_id:
            entries |= session._smartcash_unposted_entries()
        return entries

    def _is_own(self, payment):
        return (
            payment.payment_method_id == self.payment_method_id
            and payment.company_id == self.company_id
        )

    @api.model
    def _match_uuids(self, uuids):
        """Called when payments with these uuids (or none) have been written.

        Core cannot run the saving of orders again after a lost turn, so that must not fail here:
        what cannot be matched now is matched as soon as the order is committed. So is what has not
        ended: its report is on its way, and would have to wait for the order.
        """
        uuids = [uuid for uuid in uuids if uuid]
        if not uuids:
            return
        self.env.cr.postcommit.add(partial(_match_afterwards, self.env.registry, uuids))
        try:
            with self.env.cr.savepoint():
                self.sudo().search([("uuid", "in", uuids), ("state", "in", tuple(ENDED))])._match()
        except TURN_LOST:
            _logger.info("Operations %s are matched after their order is saved", uuids)

    @api.model
    def _unmatch_payments(self, payments):
        """Called before payments vanish: what they covered is a question again until it is matched anew."""
        operations = self.sudo().search([("pos_payment_id", "in", payments.ids)])
        operations.write({"pos_payment_id": False, "pos_order_id": False})
        matched = operations.filtered(lambda operation: operation.match_state == "matched")
        matched.write({"match_state": "open"})
        if not self.env["pos.payment"]._is_till_sync():  # which makes them anew at once
            for operation in matched:
                operation._add_event("match", _("A question again: its payment was deleted"))

    @api.model
    def _booked_on(self, lines):
        """The operations that these statement lines keep in the books."""
        return self.sudo().search(
            [
                "|",
                ("statement_line_id", "in", lines.ids),
                ("superseded_line_ids", "in", lines.ids),
            ]
        )

    @api.model
    def _booked_in(self, moves):
        """The operations whose money these entries hold, or held."""
        lines = (
            self.env["account.bank.statement.line"].sudo().search([("move_id", "in", moves.ids)])
        )
        sessions = self.env["pos.session"].sudo()
        closed = sessions.search([("move_id", "in", moves.ids), ("state", "=", "closed")])
        closed |= lines._smartcash_closing_lines().pos_session_id
        bank = self.env["account.payment"].sudo().search([("move_id", "in", moves.ids)])
        closed |= bank.pos_session_id.filtered(lambda session: session.state == "closed")
        payments = (
            self.env["pos.payment"]
            .sudo()
            .search(
                [
                    ("smartcash_uuid", "!=", False),
                    "|",
                    ("account_move_id", "in", moves.ids),
                    ("session_id", "in", closed.ids),
                ]
            )
        )
        paid = self.sudo().search([("uuid", "in", payments.mapped("smartcash_uuid"))])
        credited = self.sudo().search([("booked_payment_ids", "in", bank.ids)])
        return self._booked_on(lines | lines.smartcash_transfer_id) | paid | credited

    @api.model
    def _review_lines(self, lines):
        """Called when statement lines were changed: what they covered may be a question again."""
        self._booked_on(lines | lines.sudo().smartcash_transfer_id)._match()

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

    @api.model
    def lookup(self, uuid):
        """What the ledger has of an operation, for a till whose device does not know it (any more).
        Nothing is written.

        :returns: as a row of :meth:`pending`; or ``{"refused": …}``
        """
        self._check_pos_user()
        try:
            operation = self.sudo().search([("uuid", "=", parse_uuid(uuid))])._visible()
            if not operation:
                raise Refused("unknown_operation", _("The ledger does not know this operation."))
        except Refused as refused:
            return refused.to_wire()
        return {
            **operation._pending_data(),
            "resolution": operation.resolution or None,
            "bookedOn": operation.pos_order_id.pos_reference or None,
            "isOrderPaid": operation.pos_order_id.state in ("paid", "done", "invoiced"),
        }

    def _question_data(self):
        """What is asked and what can be decided, in the words that the back end shows, too."""
        root = self.parent_id or self
        if root.match_state != "open" and root.state != "unknown":
            return {"question": None, "decisions": []}
        return {"question": root._describe_question(), "decisions": root._decisions()}

    def _pending_data(self):
        return {
            **self._to_wire(),
            **self._question_data(),
            "id": self.id,
            "kind": self.kind,
            "amount": self._minor("amount"),
            "currency": self.currency_id.name,
            "net": self._minor("net"),
            "deviceId": self.device_id.id,
            "device": self.device_id._public_data(),
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
            "unproven": self.unproven,
            "unheardFor": self._seconds_unheard(),
            "startedAt": _rfc3339(self.started_at),
            "endedAt": _rfc3339(self.ended_at),
        }


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
