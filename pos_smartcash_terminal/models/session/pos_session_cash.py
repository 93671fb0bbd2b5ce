from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.money import from_minor, read_major
from ...core.progress import ENDED

OPENABLE = ("opening_control", "opened")


class PosSession(models.Model):
    """Opening and closing with cash machines: the machines are counted, nobody types what they hold."""

    _inherit = "pos.session"

    # ---- opening ----------------------------------------------------------------------------------

    def set_cashbox_pos(self, cashbox_value, notes):
        """Core opens whatever session it is told to, however often: a closed one, or one with sales."""
        self.ensure_one()
        self.env.cr.execute("SELECT state FROM pos_session WHERE id = %s FOR UPDATE", [self.id])
        has_machine = bool(self._smartcash_method()) and not self.rescue
        self._smartcash_check_amount(cashbox_value)
        is_same = self.currency_id.is_zero(cashbox_value - self.cash_register_balance_start)
        if has_machine and self.state == "opened" and is_same:
            return None  # said twice, by a double click or a second tab
        # Of a drawer an open session may be counted once more, as core has it.
        if self.state not in (("opening_control",) if has_machine else OPENABLE):
            raise UserError(
                _(
                    "%(session)s is not being opened (%(state)s). Nothing was changed. Reload the page.",
                    session=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )
        if has_machine:
            opening = self.sudo()
            # A late order may have been booked since this session was made.
            opening._smartcash_note_balance_before()
            opening._smartcash_check_opening(cashbox_value)
            opening._smartcash_carry_late()
            opening._smartcash_carry_floats()
            cashbox_value = opening._smartcash_without_noise(cashbox_value)
        return super().set_cashbox_pos(cashbox_value, notes)

    def _smartcash_without_noise(self, counted):
        """Core books a difference of 0.00, too: of 0.35 to the 0.35000000000000003 that it rounds to."""
        before = self.cash_register_balance_start
        return before if self.currency_id.is_zero(counted - before) else counted

    def _smartcash_check_amount(self, amount):
        """Core books whatever it is told, and fails later on what is no amount."""
        try:
            read_major(amount, self.currency_id.decimal_places)
        except ValueError as error:
            raise UserError(
                _("This is not an amount of cash (%s). Nothing was changed. Count again.", error)
            ) from error

    def _smartcash_check_opening(self, cashbox_value):
        counts = self._smartcash_counts("opening")
        uncounted = self._smartcash_machines().filtered(lambda device: device not in counts)
        uncounted |= self._smartcash_not_counted_since(counts)
        if uncounted:
            raise UserError(self._smartcash_not_counted(uncounted))
        self._smartcash_note_hand(counts, cashbox_value)

    def _smartcash_not_counted(self, devices):
        names = ", ".join(devices.mapped("name"))
        if len(devices) > 1:
            return _("%s have not been counted yet. Press “Count again”.", names)
        return _("%s has not been counted yet. Press “Count again”.", names)

    def _smartcash_note_hand(self, counts, counted):
        """What was counted beside the machines is in the drawer.

        :param dict counts: of all machines, by device
        :raise UserError: the amount is below what the machines hold for this session"""
        currency = self.currency_id
        machines = sum(count._minor("share") for count in counts.values())
        hand = self._smartcash_to_minor(counted) - machines
        if hand < 0:
            raise UserError(
                _(
                    "%(device)s holds %(share)s for this Point of Sale, which is more than %(counted)s. "
                    "Count again.",
                    device=", ".join(device.name for device in counts),
                    share=currency.format(from_minor(machines, currency.decimal_places)),
                    counted=currency.format(counted),
                )
            )
        # The drawer is the session's, whatever machines stand beside it: one of the counts tells it.
        first, *others = counts.values()
        first.hand = from_minor(hand, currency.decimal_places)
        for count in others:
            count.hand = 0

    def _message_compute_author(self, author_id=None, email_from=None, raise_on_email=True):
        """A cashier without an e-mail address can open and close: core's messages would refuse.

        Not in ``message_post``, which is public: who may write on a session is for core to say.
        """
        return super()._message_compute_author(author_id, email_from, raise_on_email=False)

    # ---- closing ----------------------------------------------------------------------------------

    def get_closing_control_data(self):
        data = super().get_closing_control_data()
        data["smartcash"] = self.sudo()._smartcash_closing_data()
        if data["smartcash"] and data["smartcash"]["machines"] and data["default_cash_details"]:
            session = self.sudo()
            data["default_cash_details"].update(
                opening=session._smartcash_exact(session._smartcash_balance_before()),
                amount=session._smartcash_expected_in_books(),
            )
        return data

    def _post_cash_details_message(self, state, difference, notes):
        """Core tells the closing's difference before the rounding is booked that explains a part of it."""
        session = self.sudo()
        if state == "Closing" and session._smartcash_method():
            difference = session._smartcash_exact(
                session.cash_register_balance_end_real - session._smartcash_expected_in_books()
            )
        return super()._post_cash_details_message(state, difference, notes)

    def _smartcash_expected_in_books(self):
        """What the books hold of the cash, once the rounding is booked: that is what the machines hold."""
        rounding = from_minor(
            sum(self._smartcash_rounding_to_book().values()), self.currency_id.decimal_places
        )
        return self._smartcash_exact(self.cash_register_balance_end - rounding)

    def _smartcash_closing_data(self):
        running, questions = self._smartcash_unsettled()
        unsettled = {
            "running": [operation._pending_data() for operation in running],
            "open": [operation._pending_data() for operation in questions],
            "currency": self.currency_id.name,
            "problems": self._smartcash_missing_setup(),
        }
        if self._smartcash_method() and not self.rescue:
            machines, hand = self._smartcash_content()
            return {
                **unsettled,
                "machines": self._smartcash_machines_data("closing"),
                "expected": sum(machines.values()),
                "handExpected": hand,
                "cause": self._smartcash_causes_in_all(),
            }
        # Card terminals only: nothing to count, and no less to settle.
        if running or questions or self._smartcash_has_terminals():
            return {**unsettled, "machines": [], "expected": 0, "handExpected": 0, "cause": {}}
        return None

    def _smartcash_has_terminals(self):
        return any(method._is_smartcash() for method in self.payment_method_ids) or bool(
            self.env["smartcash.operation"].search_count([("session_id", "=", self.id)], limit=1)
        )

    def _smartcash_machines_data(self, moment):
        """What a till needs to know to count each machine.

        :returns: list of ``{id, name, transport, expected, joined}``; ``joined``: it came into use while
            the session was open, and nobody knows what was inside
        """
        if moment == "opening":
            (machines, _hand), joined = self._smartcash_before_opening(), ()
        else:
            (machines, _hand), joined = self._smartcash_content(), self._smartcash_joined()
        return [
            {
                "id": device.id,
                "name": device.name,
                "transport": device.transport,
                "expected": machines.get(device, 0),
                "joined": device in joined,
            }
            for device in self._smartcash_machines()
        ]

    def _smartcash_unsettled(self):
        """Operations of this session that run, and those that ask for a decision."""
        operations = self.env["smartcash.operation"].search(
            [
                ("session_id", "=", self.id),
                ("parent_id", "=", False),
                "|",
                ("state", "in", ("running", "unknown")),
                ("match_state", "=", "open"),
            ]
        )
        running = operations.filtered(lambda operation: operation.state == "running")
        return running, operations - running

    def _cannot_close_session(self, bank_payment_method_diffs=None):
        refusal = super()._cannot_close_session(bank_payment_method_diffs)
        if refusal:
            return refusal
        closing = self.sudo()
        obstacle = closing._smartcash_obstacle() or closing._smartcash_closing_counts()[1]
        return (
            {"successful": False, "message": obstacle, "redirect": False} if obstacle else refusal
        )

    def _smartcash_obstacle(self):
        """Why this session cannot be closed yet, in words; else None."""
        running, questions = self._smartcash_unsettled()
        if running:
            return _(
                "%s is at work. Close when the running operation has ended, or cancel it first.",
                running[0].device_id.name,
            )
        if questions:
            return _(
                "%(count)s operations ask for a decision (%(names)s). A manager decides them under "
                "Point of Sale > SmartCash > Operations, or in the closing dialog.",
                count=len(questions),
                names=", ".join(
                    operation.order_name or operation.reference or operation.uuid[:8]
                    for operation in questions[:5]
                ),
            )
        return " ".join(self._smartcash_missing_setup()) or None

    def _smartcash_check_may_close(self):
        """:raise AccessError: before anything is answered to whoever has nothing to do with a till"""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")

    def post_closing_cash_details(self, counted_cash):
        self._smartcash_check_may_close()
        try:
            self._smartcash_check_amount(counted_cash)
        except UserError as error:
            return {"successful": False, "message": str(error), "redirect": False}
        unsettled = self._cannot_close_session()
        if unsettled:
            return unsettled
        closing = self.sudo()
        counts, _refusal = closing._smartcash_closing_counts()
        if counts:
            try:
                closing._smartcash_note_hand(counts, counted_cash)
            except UserError as error:
                return {"successful": False, "message": str(error), "redirect": False}
            closing._smartcash_settle_joined(counts)
        return super().post_closing_cash_details(counted_cash)

    def _smartcash_closing_counts(self):
        """:returns: the counts to close with, by device (empty: there is no machine), and why they are
        not all there yet"""
        if not self._smartcash_method() or self.rescue:
            return {}, None
        counts = self._smartcash_counts("closing")
        uncounted = self._smartcash_machines().filtered(lambda device: device not in counts)
        if uncounted:
            return {}, self._smartcash_not_counted(uncounted)
        refusals = (self._smartcash_is_stale(count) for count in counts.values())
        refusal = next((text for text in refusals if text), None)
        return ({}, refusal) if refusal else (counts, None)

    def _smartcash_is_stale(self, count):
        """Why the session cannot be closed with this count any more, in words; else None."""
        device = count.device_id
        later = self.env["smartcash.operation"].search(
            [
                ("device_id", "=", device.id),
                ("payment_method_id", "=", self._smartcash_method().id),
                ("evidence", "!=", "manual"),
                ("id", ">", count.last_operation_id.id or 0),
                ("state", "in", ("running", *ENDED)),
                "|",
                ("net", "!=", 0),
                ("state", "=", "running"),
            ],
            limit=1,
        )
        if later:
            return _("Money has moved since %s was counted. Press “Count again”.", device.name)
        if count.deferred and not self._smartcash_other_open_sessions(device):
            return _(
                "The other session on %s has been closed since it was counted. Press “Count again”.",
                device.name,
            )
        return None

    def _smartcash_settle_joined(self, counts):
        """A machine that came into use while the session was open is opened afterwards, with what was
        inside before: it belongs to the opening, and to no difference of the closing."""
        joined = self._smartcash_joined()
        joined._lock_rows()
        for device in joined:
            count = counts[device]
            self.env["smartcash.count"].create(
                {
                    "session_id": self.id,
                    "device_id": device.id,
                    "payment_method_id": count.payment_method_id.id,
                    "company_id": count.company_id.id,
                    "currency_id": count.currency_id.id,
                    "user_id": self.env.uid,
                    "moment": "opening",
                    "source": count.source,
                    "reason": _("In use since the session was open"),
                    "total": count.found,
                    "share": count.found,
                }
            )
            if count.found:
                self._smartcash_book_found(count)

    def _smartcash_book_found(self, count):
        self.env["account.bank.statement.line"].with_company(self.company_id).create(
            {
                "pos_session_id": self.id,
                "journal_id": self._smartcash_method().journal_id.id,
                "amount": count.found,
                "date": fields.Date.context_today(self),
                "payment_ref": _(
                    "%(session)s - found in %(device)s when it came into use - opening",
                    session=self.name,
                    device=count.device_id.name,
                ),
            }
        )
        self.cash_register_balance_start += count.found

    def close_session_from_ui(self, bank_payment_method_diff_pairs=None):
        """What the books refuse is told to the till in words: core would say that an error occurred."""
        self._smartcash_check_may_close()
        self.env.flush_all()
        before = self.env.cr.savepoint(flush=False)
        try:
            result = super().close_session_from_ui(bank_payment_method_diff_pairs)
        except UserError as error:
            before.close(rollback=True)
            self.env.cr.clear()
            return {"successful": False, "message": str(error), "redirect": False}
        if not result.get("redirect"):
            before.close(rollback=False)
        # Else core may have undone the whole transaction, and the savepoint with it.
        return result

    def action_pos_session_closing_control(
        self, balancing_account=False, amount_to_balance=0, bank_payment_method_diffs=None
    ):
        """Closing from the back end, without a count, would book all cash as lost."""
        for session in self:
            if session.state == "closed":
                continue
            closing = session.sudo()
            action = closing._smartcash_prepare_closing()
            if action and closing._smartcash_is_deletion_noted():
                # A kiosk deletes what nobody has paid, and then closes: it does not close yet.
                self.env.cr.rollback()
                action = closing._smartcash_prepare_closing()
            if action:
                return action
        return super().action_pos_session_closing_control(
            balancing_account, amount_to_balance, bank_payment_method_diffs
        )

    def _smartcash_prepare_closing(self):
        """:returns: an action that asks for the count when there is none, else None
        :raise UserError: something is unsettled"""
        has_machine = bool(self._smartcash_method())
        if has_machine and not self.rescue:
            # Two sessions that close at the same moment would each leave a difference to the other.
            self._smartcash_machines()._lock_rows()
        obstacle = self._smartcash_obstacle()
        if obstacle:
            raise UserError(obstacle)
        if not has_machine:
            return None
        if self.rescue:
            self._smartcash_book_rounding()
            return None
        counts, refusal = self._smartcash_closing_counts()
        if refusal:
            return self._smartcash_ask_for_count(refusal)
        self._smartcash_book_rounding()
        if self._smartcash_to_minor(self.cash_register_balance_end_real) != self._smartcash_sum(
            counts
        ):
            return self._smartcash_ask_for_count(
                _("The cash was counted, and nobody confirmed the count.")
            )
        self._smartcash_carry_late()
        return None

    def _smartcash_ask_for_count(self, reason):
        return {
            "type": "ir.actions.act_window",
            "name": _("Count the Cash"),
            "res_model": "smartcash.close.session",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id, "default_notice": reason},
        }
