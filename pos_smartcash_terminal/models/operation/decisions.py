from odoo import _, fields, models

from ...core.progress import CASH_MOVES, FINAL
from ...core.registration import Refused

MORE, LESS, AGREE = "more", "less", "agree"
CASH, CARD = "cash", "card"

#: What can be decided, by the kind of device and by what it kept, compared with the books. Each must
#: also fit the operation (``_fits_…``) and says what it books (``_effect_of_…``).
DECISIONS = {
    (CASH, MORE): ("returned", "order", "in_opening", "cash_in", "as_booked", "counting_error"),
    (CASH, LESS): ("order", "in_opening", "cash_out", "as_booked", "counting_error"),
    (CASH, AGREE): ("order", "nothing_moved", "as_booked", "counting_error"),
    (CARD, MORE): ("returned", "order", "credit", "as_booked"),
    (CARD, LESS): ("order", "credit", "as_booked"),
    (CARD, AGREE): ("order", "nothing_moved", "as_booked"),
}


class SmartcashOperation(models.Model):
    """What a question asks, and what can be decided about it: one table for the back end and for the
    till. Amounts are those of the latest report."""

    _inherit = "smartcash.operation"

    late_in = fields.Monetary(
        string="In, by the Later Report", readonly=True, help="While two reports differ."
    )
    late_out = fields.Monetary(
        string="Out, by the Later Report", readonly=True, help="While two reports differ."
    )
    has_late_report = fields.Boolean(readonly=True)
    booked_payment_ids = fields.Many2many(
        "account.payment",
        string="Payments of Decisions",
        readonly=True,
        help="What a manager's decision put on the customer's account.",
    )

    # ---- the question -----------------------------------------------------------------------

    def _direction_of(self, missing):
        if missing:
            return MORE if missing > 0 else LESS
        return AGREE

    def _takes_cash(self):
        method = self.payment_method_id
        return bool(method) and method._is_smartcash_machine()

    def _describe_question(self):
        """What happened, as far as it is known, and what the books say about it."""
        self.ensure_one()
        missing = self._missing()
        parts = [
            self._describe_end(),
            self._describe_books(missing),
            self._describe_opening(missing),
        ]
        return " ".join(part for part in parts if part)

    def _describe_end(self):
        if self.state == "draft":
            return _("It never started, as far as Odoo knows.")
        if self.state == "running":
            return _("Nobody has said yet how it ended.")
        if self.state == "unknown":
            return _(
                "Nobody knows how it ended. As far as we know, %(into)s went in and %(out)s came out.",
                into=self.currency_id.format(self.amount_in),
                out=self.currency_id.format(self.amount_out),
            )
        if self.disputed and self.has_late_report:
            return _(
                "A later report says something else: %(into)s went in and %(out)s came out.",
                into=self.currency_id.format(self.late_in),
                out=self.currency_id.format(self.late_out),
            )
        return None

    def _describe_opening(self, missing):
        if not missing or not self.may_be_in_opening:
            return None
        return _(
            "It was done at the machine itself, and the opening of %(session)s was counted by hand. If it was "
            "done before that count, the count holds it: choose “%(decision)s”.",
            session=self.session_id.name,
            decision=dict(self._fields["resolution"]._description_selection(self.env))[
                "in_opening"
            ],
        )

    def _describe_books(self, missing):
        unposted = self._unposted_entries(self._own_payments())
        if unposted:
            return _(
                "The books do not hold %(amount)s: the entry %(entry)s is not posted. Once it is "
                "posted again, nothing is left to decide.",
                amount=self._format(abs(missing)),
                entry=", ".join(unposted.mapped("display_name")),
            )
        amount = self._format(abs(missing))
        nothing_booked = missing == self._moved()
        if missing > 0 and nothing_booked:
            if self._takes_cash():
                return _("The machine kept %s that are not in the books.", amount)
            return _("The terminal took %s that are not in the books.", amount)
        if missing < 0 and nothing_booked:
            if self._takes_cash():
                return _("The machine gave out %s that are not in the books.", amount)
            return _("The terminal gave back %s that are not in the books.", amount)
        if missing > 0:
            return _("The books hold %s less than was kept.", amount)
        if missing < 0:
            return _("The books hold %s more than was kept.", amount)
        if not self._are_transfers_whole():
            return _("Half of a transfer with the safe is missing in the books, or not posted.")
        if self.state in FINAL and not self.disputed:
            return _("The amounts agree, but not the entries, or not the payment method.")
        return None

    # ---- the answers ------------------------------------------------------------------------

    def _decisions(self):
        """What a manager can decide.

        :returns: list of ``{resolution, label, effect, needsOrder}``
        """
        self.ensure_one()
        labels = dict(self._fields["resolution"]._description_selection(self.env))
        missing = self._missing()
        return [
            {
                "resolution": resolution,
                "label": labels[resolution],
                "effect": getattr(self, f"_effect_of_{resolution}")(missing),
                "needsOrder": resolution == "order" and self._wants_order(),
            }
            for resolution in self._possible_resolutions(missing)
        ]

    def _possible_resolutions(self, missing):
        if self.state == "draft":
            return ["nothing_moved"]
        device = CASH if self._takes_cash() else CARD
        return [
            resolution
            for resolution in DECISIONS[device, self._direction_of(missing)]
            if getattr(self, f"_fits_{resolution}")(missing)
        ]

    def _check_offered(self, resolution):
        """:raise Refused: the decision does not fit; the text says what does"""
        if resolution in ("cash_in", "cash_out") and self._is_counted_for_good():
            raise Refused("bad_values", self._explain_counted())
        decisions = self._decisions()
        if resolution not in [decision["resolution"] for decision in decisions]:
            labels = dict(self._fields["resolution"]._description_selection(self.env))
            raise Refused(
                "bad_values",
                _(
                    "“%(resolution)s” does not fit. %(question)s Nothing was decided. Possible: %(labels)s.",
                    resolution=labels[resolution],
                    question=self._describe_question(),
                    labels=", ".join(f"“{decision['label']}”" for decision in decisions),
                ),
            )

    def _wants_order(self):
        """Whether somebody must say which order."""
        return True

    def _is_undecided(self):
        return self.state not in FINAL

    def _is_session_open(self):
        return not self._is_counted_for_good()

    def _fits_returned(self, _missing):
        return True

    def _fits_order(self, missing):
        if self.kind in CASH_MOVES or not self.session_id:
            return False
        booked = any(payment.pos_order_id.state != "cancel" for payment in self._own_payments())
        return self._is_undecided() or (bool(missing) and not booked)

    def _fits_cash_in(self, _missing):
        return self._is_session_open()

    def _fits_cash_out(self, _missing):
        return self._is_session_open()

    def _fits_credit(self, _missing):
        return bool(self.payment_method_id.journal_id)

    def _fits_nothing_moved(self, _missing):
        return self._is_undecided() and not self._minor("net")

    def _fits_as_booked(self, _missing):
        return not self._is_undecided() and not self._missing_by_first_report()

    def _fits_in_opening(self, _missing):
        return self.may_be_in_opening and self._is_session_open()

    def _fits_counting_error(self, _missing):
        return True

    # ---- what each of them books -------------------------------------------------------------

    def _effect_of_returned(self, missing):
        amount, _rounding = self._to_return(missing)
        if self._takes_cash():
            return _(
                "Books %(amount)s as given back by hand, from the drawer of %(session)s.",
                amount=self._format(amount),
                session=self._session_by_hand().name or "",
            )
        return _(
            "Books no entry: %s was given back to the card, at the provider.", self._format(amount)
        )

    def _effect_of_order(self, missing):
        if self._is_undecided():
            return _(
                "Books what the order asks as its payment with %s.", self.payment_method_id.name
            )
        return _(
            "Books %(amount)s as the payment of the order with %(method)s.",
            amount=self._format(missing),
            method=self.payment_method_id.name,
        )

    def _effect_of_cash_in(self, missing):
        return self._effect_of_line(missing)

    def _effect_of_cash_out(self, missing):
        return self._effect_of_line(missing)

    def _effect_of_line(self, missing):
        journal = self.payment_method_id.journal_id
        other = journal.suspense_account_id
        if self.kind in CASH_MOVES and self._books_transfer():
            other = self.company_id.transfer_account_id
        accounts = [journal.default_account_id, other]
        return _(
            "Books %(amount)s from %(giver)s to %(taker)s, in the journal %(journal)s, "
            "session %(session)s.",
            amount=self._format(abs(missing)),
            giver=accounts[missing > 0].display_name or "",
            taker=accounts[missing < 0].display_name or "",
            journal=journal.name,
            session=self.session_id.name,
        )

    def _effect_of_credit(self, missing):
        payment = self.env["account.payment"].new(self._credit_values(missing, ""))
        accounts = [payment.outstanding_account_id, payment.destination_account_id]
        return _(
            "Books %(amount)s from %(giver)s to %(taker)s, in the journal %(journal)s: "
            "on the account of %(customer)s.",
            amount=self._format(abs(missing)),
            giver=accounts[missing > 0].display_name or "",
            taker=accounts[missing < 0].display_name or "",
            journal=payment.journal_id.name,
            customer=self.partner_id.display_name or _("customers in general"),
        )

    def _effect_of_nothing_moved(self, _missing):
        return _("Books nothing.")

    def _effect_of_as_booked(self, _missing):
        if self.has_late_report:
            return _("Books nothing: the first report is right, and so are the books.")
        return _("Books nothing: the books hold what was kept.")

    def _effect_of_in_opening(self, missing):
        return _(
            "Books nothing: the opening count of %(session)s holds %(amount)s already, and the closing expects "
            "it once.",
            session=self.session_id.name,
            amount=self._format(abs(missing)),
        )

    def _effect_of_counting_error(self, missing):
        if not self.session_id:
            return _("Books nothing: the next opening count holds the difference.")
        if self.session_id.state == "closed":
            return _(
                "Books nothing: the count at the end of %s holds the difference.",
                self.session_id.name,
            )
        return _(
            "Books nothing now: the difference (%(amount)s) is left to the count at the end of %(session)s.",
            amount=self._format(abs(missing)),
            session=self.session_id.name,
        )

    # ---- the customer's account --------------------------------------------------------------

    def _book_credit(self, reason, _order_id, _undecided):
        missing = self._missing()
        payment = (
            self.env["account.payment"]
            .sudo()
            .with_company(self.company_id)
            .create(self._credit_values(missing, reason))
        )
        payment.action_post()
        self.booked_payment_ids = [fields.Command.link(payment.id)]
        return _(
            "%(amount)s on the customer's account: %(payment)s",
            amount=self._format(missing),
            payment=payment.name,
        )

    def _credit_values(self, missing, reason):
        method = self.payment_method_id
        partner = self.partner_id.commercial_partner_id
        values = {
            "amount": self._major(abs(missing)),
            "currency_id": self.currency_id.id,
            "payment_type": "inbound" if missing > 0 else "outbound",
            "partner_type": "customer",
            "partner_id": partner.id,
            "journal_id": method.journal_id.id,
            "company_id": self.company_id.id,
            "ref": " - ".join(
                part for part in (self.session_id.name, self.order_name, reason) if part
            ),
        }
        if method.outstanding_account_id:
            values["force_outstanding_account_id"] = method.outstanding_account_id.id
        return values

    def _booked_credit(self):
        """Minor units on the customer's account."""
        posted = self.booked_payment_ids.filtered(lambda payment: payment.state == "posted")
        return sum(
            self._minor_of(payment.amount, self.currency_id)
            * (1 if payment.payment_type == "inbound" else -1)
            for payment in posted
        )

    def _book_as_booked(self, _reason, _order_id, _undecided):
        return None
