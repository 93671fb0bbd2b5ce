from collections import defaultdict

from odoo import api, fields, models

from ...core.money import from_minor


class PosSession(models.Model):
    """Orders that come after their session was closed, and the balance that goes on without them.

    Core gives such orders a session of their own (``rescue``), and takes the balance of whatever
    session has the next lower number. Here the balance goes from each session that people open
    and close to the next one. A late session changes it by what it books, once: in the session
    that is open when it has been closed, or else in the next opening.
    """

    _inherit = "pos.session"

    # Whoever closes, the amounts are the books': record rules hide statement lines from cashiers.
    cash_register_total_entry_encoding = fields.Monetary(compute_sudo=True)
    cash_register_balance_end = fields.Monetary(compute_sudo=True)
    cash_register_difference = fields.Monetary(compute_sudo=True)
    smartcash_late_amount = fields.Monetary(
        string="Late Cash",
        readonly=True,
        copy=False,
        help="What this session of late orders changed in the books of the cash, when it was closed.",
    )
    smartcash_carried_by_id = fields.Many2one(
        "pos.session",
        string="Carried Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The session whose balance goes on from this late cash.",
    )
    smartcash_carried_at = fields.Selection(
        selection=[("opening", "Opening"), ("closing", "Closing")], readonly=True, copy=False
    )

    # ---- which late sessions ------------------------------------------------------------------

    def _smartcash_late(self, moment):
        """The late sessions whose cash is added to the balance of this one.

        :param str moment: ``opening``: before it was opened; ``closing``: since
        """
        self.ensure_one()
        domain = [("smartcash_carried_by_id", "=", self.id), ("smartcash_carried_at", "=", moment)]
        if self.state != "closed" and moment == self._smartcash_carries_at():
            domain = ["|", *("&", *domain), *self._smartcash_uncarried_domain()]
        return self.search(domain)

    def _smartcash_carries_at(self):
        return "opening" if self.state == "opening_control" else "closing"

    def _smartcash_uncarried_domain(self):
        domain = [
            ("config_id", "=", self.config_id.id),
            ("rescue", "=", True),
            ("state", "=", "closed"),
            ("smartcash_late_amount", "!=", 0),
            ("smartcash_carried_by_id", "=", False),
        ]
        return ["&"] * (len(domain) - 1) + domain

    def _smartcash_carry_late(self):
        """From here on these late sessions are in the balance of this one, whatever comes."""
        self.search(self._smartcash_uncarried_domain()).write(
            {
                "smartcash_carried_by_id": self.id,
                "smartcash_carried_at": self._smartcash_carries_at(),
            }
        )

    def _smartcash_late_parts(self, moment):
        """:returns: the late cash ``{device: minor units}``, and in the drawer"""
        machines, hand = defaultdict(int), 0
        method = self._smartcash_method()
        for late in self._smartcash_late(moment):
            rest = self._smartcash_to_minor(late.smartcash_late_amount)
            for payment in late._get_closed_orders().payment_ids:
                operation = payment.smartcash_operation_id
                if payment.payment_method_id != method or not operation:
                    continue
                amount = self._smartcash_to_minor(payment.amount)
                rest -= amount
                if operation.evidence == "manual":
                    hand += amount
                else:
                    machines[operation.device_id] += amount
            if rest:
                machines[self._smartcash_main_machine()] += rest
        return machines, hand

    # ---- balances -----------------------------------------------------------------------------

    def _smartcash_balance_before(self):
        """What the books of the cash held before this session."""
        if self.rescue:
            return self.cash_register_balance_start
        late = self._smartcash_late("opening")
        return self._smartcash_previous().cash_register_balance_end_real + sum(
            late.mapped("smartcash_late_amount")
        )

    @api.depends(
        "payment_method_ids",
        "order_ids",
        "order_ids.state",
        "cash_register_balance_start",
        "cash_register_balance_end_real",
    )
    def _compute_cash_balance(self):
        result = super()._compute_cash_balance()
        for session in self.filtered(lambda session: isinstance(session.id, int)):
            if session._smartcash_method():
                session._smartcash_compute_balance()
        return result

    def _smartcash_compute_balance(self):
        entries = self._smartcash_booked_payments() + (
            self.cash_real_transaction
            if self.state == "closed"
            else sum(self.statement_line_ids.mapped("amount"))
        )
        late = (
            0
            if self.rescue
            else sum(self._smartcash_late("closing").mapped("smartcash_late_amount"))
        )
        exact = self._smartcash_exact
        self.cash_register_total_entry_encoding = exact(entries)
        self.cash_register_balance_end = exact(self._smartcash_balance_before() + entries + late)
        self.cash_register_difference = exact(
            self.cash_register_balance_end_real - self.cash_register_balance_end
        )

    def _smartcash_exact(self, amount):
        """:returns: ``amount`` without the noise of sums of floats"""
        return from_minor(self._smartcash_to_minor(amount), self.currency_id.decimal_places)

    def _smartcash_booked_payments(self):
        """The payments that the closing books: core adds those of cancelled orders here, and books none."""
        ((amount,),) = self.env["pos.payment"]._read_group(
            [
                ("session_id", "=", self.id),
                ("payment_method_id", "=", self._smartcash_method().id),
                ("pos_order_id.state", "not in", ("draft", "cancel")),
            ],
            aggregates=["amount:sum"],
        )
        return amount or 0.0

    def _smartcash_note_balance_before(self):
        """Core takes it from the session with the next lower number, late ones too."""
        for session in self:
            if not session._smartcash_method():
                continue
            if session.rescue:
                before = session._smartcash_last_closed().cash_register_balance_end_real
                session.write(
                    {
                        "cash_register_balance_start": before,
                        "cash_register_balance_end_real": before,
                    }
                )
            elif session.state == "opening_control":
                session.cash_register_balance_start = session._smartcash_balance_before()

    def _smartcash_last_closed(self):
        return self.search(
            [
                ("config_id", "=", self.config_id.id),
                ("rescue", "=", False),
                ("state", "=", "closed"),
            ],
            limit=1,
        )

    # ---- core's steps -------------------------------------------------------------------------

    def action_pos_session_open(self):
        new = self.filtered(lambda session: session.state == "opening_control")
        result = super().action_pos_session_open()
        new.sudo()._smartcash_note_balance_before()
        return result

    def action_pos_session_validate(self, *args, **kwargs):
        """A late session has no count: it ends with what it books, and no difference."""
        for session in self.sudo():
            if session.rescue and session._smartcash_method():
                session.cash_register_balance_end_real = session.cash_register_balance_end
                session.smartcash_late_amount = session._smartcash_exact(
                    session.cash_register_balance_end - session.cash_register_balance_start
                )
        return super().action_pos_session_validate(*args, **kwargs)
