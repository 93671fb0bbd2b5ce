from uuid import uuid4

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.money import to_minor
from ...core.progress import CASH_MOVES, FINAL, SERVICES
from ...core.registration import Refused


class SmartcashOperation(models.Model):
    """The bookkeeping of each resolution.

    Each leaves the books in agreement with what the machine and the people's hands moved, but for
    the counting error: its difference is for the count at the session's end. Every method returns
    what it booked, in words.
    """

    _inherit = "smartcash.operation"

    def _own_payments(self):
        return self.env["pos.payment"].sudo().search([("smartcash_uuid", "=", self.uuid)])

    def _missing(self):
        return self._missing_in_books(self._own_payments())

    def _format(self, minor):
        return self.currency_id.format(self._major(minor))

    # ---- no entry --------------------------------------------------------------------------------

    def _book_confirmed(self, _reason, _order_id, _undecided):
        return None

    def _book_counting_error(self, _reason, _order_id, _undecided):
        missing = self._missing()
        return missing and _("%s are left to the count", self._format(missing))

    def _book_in_opening(self, _reason, _order_id, _undecided):
        return _("%s are in the opening count", self._format(self._missing()))

    def _book_nothing_moved(self, _reason, _order_id, _undecided):
        return None

    # ---- given back by hand ------------------------------------------------------------------

    def _book_returned(self, reason, _order_id, _undecided):
        amount, rounding = self._to_return(self._missing())
        child = self.create(self._by_hand_values(amount, rounding))
        child._add_event("registered", _("Given back by hand: %s", reason))
        return _("%s given back by hand", self._format(amount))

    def _to_return(self, missing):
        """:returns: minor units to give back, and the rounding that goes back with them"""
        group = self | self.child_ids
        rounding = sum(operation._minor("rounding") for operation in group)
        kept = sum(operation._moved() for operation in group) - rounding
        # With nothing booked, all goes back, and the rounding with it.
        if missing == kept + rounding and kept > 0:
            return kept, -rounding
        return missing, 0

    def _session_by_hand(self):
        """What is given back now leaves the drawer of today."""
        session = self.session_id
        if self._is_counted_for_good():
            config = session.config_id or self.payment_method_id.config_ids[:1]
            return config.current_session_id or session
        return session

    def _books_transfer(self):
        return self.kind in SERVICES and bool(self.device_id.safe_journal_id)

    def _by_hand_values(self, amount, rounding):
        session = self._session_by_hand()
        now = fields.Datetime.now()
        major = self._major(amount)
        return {
            "uuid": str(uuid4()),
            "kind": "cash_out" if self.kind in CASH_MOVES else "refund",
            "device_id": self.device_id.id,
            "payment_method_id": self.payment_method_id.id,
            "session_id": session.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "cashier": self.env.user.name,
            "order_uid": self.order_uid,
            "order_name": self.order_name,
            "currency_id": self.currency_id.id,
            "parent_id": self.id,
            "amount": major,
            "amount_out": major,
            "rounding": self._major(rounding),
            "state": "done",
            "phase": "ended",
            "evidence": "manual",
            "started_at": now,
            "ended_at": now,
        }

    # ---- cash in, cash out -------------------------------------------------------------------

    def _book_cash_move(self):
        """A cash move that ended needs no order: what moved goes on a statement line at once, whoever
        is still there to ask for it. After the session's end it is a question for a manager."""
        root = self.parent_id or self
        if root.kind not in CASH_MOVES or root.state not in FINAL or root.disputed:
            return
        if root.payment_method_id.journal_id.type != "cash":
            return
        missing = root._missing()
        booked = self._books_itself(missing) if root._is_counted_for_good() else root
        if not missing or not booked:
            return
        try:
            with self.env.cr.savepoint():
                booked._book_line(
                    missing, booked._direction(missing), root.reference or root.cashier or ""
                )
        except UserError as error:
            # The money has moved: its end must be written down, whatever the books say (a lock date,
            # an archived account). What is not booked is a question.
            root._add_event("match", _("Not booked: %s", error))

    def _books_itself(self, missing):
        """:returns: this operation by hand, when it is all that the books lack and its own session is
        open: what is handed over after the session of the move was closed; else none"""
        is_it = missing == self._moved() and not self._is_counted_for_good()
        return self if self.parent_id and is_it else self.browse()

    def _direction(self, missing):
        """What a statement line over ``missing`` minor units is called."""
        if self.kind in SERVICES:
            return dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        return _("Cash in") if missing > 0 else _("Cash out")

    def _book_cash_in(self, reason, _order_id, _undecided):
        missing = self._missing()
        return self._book_line(missing, self._direction(missing), reason)

    def _book_cash_out(self, reason, _order_id, _undecided):
        missing = self._missing()
        return self._book_line(missing, self._direction(missing), reason)

    def _book_line(self, missing, direction, reason):
        session, journal = self.session_id, self.payment_method_id.journal_id
        values = {
            "amount": self._major(missing),
            "date": fields.Date.context_today(self),
            "payment_ref": f"{session.name} - {direction} - {reason}",
        }
        own = {"journal_id": journal.id, "pos_session_id": session.id}
        if self._books_transfer():
            lines = self.env["account.bank.statement.line"]
            line = lines._smartcash_book_transfer(values, own, self.device_id.safe_journal_id)
        else:
            line = self._statement_lines({**values, **own})
        self.write(
            {
                "superseded_line_ids": [
                    fields.Command.link(earlier.id) for earlier in self.statement_line_id
                ],
                "statement_line_id": line.id,
            }
        )
        return _(
            "%(amount)s on the statement line %(line)s",
            amount=self._format(missing),
            line=line.name,
        )

    def _is_counted_for_good(self):
        """Its money is in a count whose difference the books take, and so it must not be booked again: of
        a session that is closed; without a session, of the opening that comes or came next."""
        return not self.session_id or self.session_id.state == "closed"

    def _explain_counted(self):
        if not self.session_id:
            return _(
                "It was found while no session was open: the next opening counts this money, and books "
                "it as its difference. Choose “Counting error”."
            )
        return _(
            "%s is closed, and the difference of its count already holds this money. "
            "Choose “Counting error”.",
            self.session_id.name,
        )

    def _statement_lines(self, *values):
        lines = self.env["account.bank.statement.line"].sudo().with_company(self.company_id)
        return lines.create(list(values))

    # ---- belongs to an order -----------------------------------------------------------------

    def _book_order(self, _reason, order_id, undecided):
        order = self._decided_order(order_id)
        payment = self._payment_of(order, undecided)
        if undecided:
            self._follow(to_minor(payment.amount, self.currency_id.decimal_places))
        payment.smartcash_uuid = self.uuid
        missing = self._missing()
        if missing:
            raise Refused(
                "bad_values",
                _(
                    "With the payment of %(order)s the books would still differ by %(amount)s.",
                    order=order.pos_reference or order.name,
                    amount=self._format(missing),
                ),
            )
        return _(
            "%(amount)s tied to %(order)s",
            amount=payment.currency_id.format(payment.amount),
            order=order.pos_reference or order.name,
        )

    def _decided_order(self, order_id):
        valid = isinstance(order_id, int) and not isinstance(order_id, bool)
        order = self.env["pos.order"].search(
            [("id", "=", order_id if valid else 0), ("company_id", "=", self.company_id.id)]
        )
        if not order:
            raise Refused("bad_values", _("Say which order of your company the money belongs to."))
        if order.session_id != self.session_id:
            raise Refused(
                "bad_values",
                _(
                    "%(order)s belongs to the session %(its)s, this operation to %(ours)s. "
                    "Choose an order of %(ours)s.",
                    order=order.pos_reference or order.name,
                    its=order.session_id.name,
                    ours=self.session_id.name,
                ),
            )
        return order

    def _payment_of(self, order, undecided):
        """The payment of ``order`` that this operation can be; a draft order gets one if it needs it."""
        name = order.pos_reference or order.name
        payments = order.payment_ids.filtered(self._is_own)
        taken = self.sudo().search(
            [
                ("uuid", "in", payments.filtered("smartcash_uuid").mapped("smartcash_uuid")),
                ("id", "!=", self.id),
            ]
        )
        free = payments.filtered(lambda payment: payment.smartcash_uuid not in taken.mapped("uuid"))
        decimals = self.currency_id.decimal_places
        # A payment that already carries our uuid is in the books: without it, that much is missing.
        own = self._own_payments()
        wanted = self._missing() + sum(
            to_minor(payment.amount, decimals) for payment in own if self._is_in_books(payment)
        )
        fitting = free.filtered(lambda payment: to_minor(payment.amount, decimals) == wanted)
        if fitting:
            return fitting[0]
        if undecided and len(free) == 1:
            return free
        unpaid = to_minor(self._unpaid(order), decimals)
        if order.state == "draft" and unpaid and (undecided or unpaid == wanted):
            return self._pay_draft(order)
        if free:
            text = _(
                "%(order)s was paid with %(paid)s through %(method)s, and this operation kept %(kept)s. "
                "Correct the order first, or choose another resolution.",
                order=name,
                paid=", ".join(payment.currency_id.format(payment.amount) for payment in free),
                method=self.payment_method_id.name,
                kept=self._format(wanted),
            )
        elif taken:
            text = _(
                "The payment of %s already belongs to another operation. Choose another order.",
                name,
            )
        else:
            text = _(
                "%(order)s has no payment with %(method)s over %(kept)s. "
                "Correct the order first, or choose another resolution.",
                order=name,
                method=self.payment_method_id.name,
                kept=self._format(wanted),
            )
        raise Refused("bad_values", text)

    def _unpaid(self, order):
        """What ``order`` still asks of this operation's method, as its Point of Sale rounds cash."""
        return order._get_rounded_amount(
            order.amount_total - order.amount_paid,
            force_round=self.payment_method_id.is_cash_count,
        )

    def _pay_draft(self, order):
        """The order waits on the till for exactly this money: book it and close the order."""
        order.add_payment(
            {
                "pos_order_id": order.id,
                "payment_method_id": self.payment_method_id.id,
                "amount": self._unpaid(order),
                "smartcash_uuid": self.uuid,
            }
        )
        order.action_pos_order_paid()
        order._create_order_picking()
        order._compute_total_cost_in_real_time()
        return order.payment_ids.filtered(self._is_own).sorted("id")[-1]

    def _follow(self, paid):
        """Nobody knew how much moved: the decision says that it was what the order was paid with."""
        group = self | self.child_ids
        moved = sum(operation._minor("net") + operation._minor("rounding") for operation in group)
        if paid > moved:
            self.amount_in = self._major(self._minor("amount_in") + paid - moved)
        elif paid < moved:
            self.amount_out = self._major(self._minor("amount_out") + moved - paid)
