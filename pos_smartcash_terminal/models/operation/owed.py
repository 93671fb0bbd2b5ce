from odoo import _, api, fields, models

from ...core.progress import FINAL, MONEY_OUT
from ...core.registration import Refused

#: States of a session whose drawer somebody can give cash from.
WITH_DRAWER = ("opened", "closing_control")


class SmartcashOperation(models.Model):
    """Money that a person should have given out, and nobody at the till had the cash for it.

    By hand it was booked as given before it was given: then the till's word that nothing came out is a
    later report. What a machine could not give out is owed, whatever the books hold.
    """

    _inherit = "smartcash.operation"

    still_owed = fields.Boolean(
        readonly=True, help="Nobody at the till had the cash to hand over what the machine owes."
    )

    @api.model
    def not_handed_over(self, uuid):
        """Nobody at the till had the cash: who gives it, and whether, is a manager's decision. May be
        said twice.

        :returns: the operation as it now stands; or ``{"refused": …}``, and nothing has changed
        """
        self._check_pos_user()
        operation = self.browse()
        try:
            operation = self._lock_known(uuid)
            operation._check_mine()
            operation._note_not_handed_over()
        except Refused as refused:
            if operation:
                operation._note_refusal(refused)
            return refused.to_wire()
        return operation._to_wire()

    def _note_not_handed_over(self):
        if self._is_by_hand_alone():
            if self.match_state == "resolved":
                raise Refused(
                    "nothing_to_resolve", _("A manager has decided about this operation already.")
                )
            if self.disputed:
                return
            owed = self._minor("amount_out")
            values = {"disputed": True, "has_late_report": True, "late_in": 0, "late_out": 0}
        else:
            if not self._is_ended() or self.parent_id or not self._minor("undispensed"):
                raise Refused(
                    "bad_values", _("Nothing is owed for this operation. Nothing changed.")
                )
            owed = self._owed()
            if self.still_owed or not owed or self.match_state == "resolved":
                return
            values = {"still_owed": True}
        self.write(values)
        self._add_event(
            "late", _("No cash at the till: %s is not handed over yet", self._format(owed))
        )
        self._match(locked=True)

    def _is_by_hand_alone(self):
        """A person gave it out instead of the machine, and not what a machine still owed."""
        return self.evidence == "manual" and self.kind in MONEY_OUT and not self.parent_id

    def _owed(self):
        """Minor units that the machine could not give out, and nobody has handed over since."""
        given = sum(child._minor("amount_out") for child in self.child_ids)
        return max(0, self._minor("undispensed") - given)

    def _asks_who_gives(self):
        return self.still_owed and self._owed() > 0

    # ---- the question and its answers ------------------------------------------------------------

    def _is_not_given(self):
        """Booked as given out by hand, and the till says that nobody has."""
        return self._is_by_hand_alone() and self.disputed and self.has_late_report

    def _describe_end(self):
        if self._is_not_given():
            return _(
                "No cash at the till: %s was booked as given out by hand, and was not given.",
                self.currency_id.format(self.amount_out),
            )
        if self.state in FINAL and not self.disputed and self._asks_who_gives():
            owed = _(
                "No cash at the till: %s that the machine could not give out is still owed.",
                self._format(self._owed()),
            )
            return owed if self._has_drawer() else owed + " " + self._explain_no_drawer()
        return super()._describe_end()

    def _describe_reopening(self, payment):
        if self._is_not_given() or self._asks_who_gives():
            return _("A question again: a manager says who gives it out")
        return super()._describe_reopening(payment)

    def _describe_books(self, missing):
        if not missing and (self._is_not_given() or self._asks_who_gives()):
            return None
        return super()._describe_books(missing)

    def _effect_of_as_booked(self, missing):
        if self._is_not_given():
            return _("Books nothing: it was given out after all.")
        if self._asks_who_gives():
            return _("Books nothing: %s is not given out any more.", self._format(self._owed()))
        return super()._effect_of_as_booked(missing)

    def _possible_resolutions(self, missing):
        found = super()._possible_resolutions(missing)
        if not missing and self._asks_who_gives() and self._has_drawer():
            found.insert(0, "returned")
        return found

    def _has_drawer(self):
        """Whether a drawer is open to give it from: its session's, or the one of today."""
        return self._session_by_hand().state in WITH_DRAWER

    def _explain_no_drawer(self):
        return _("Open a session to give it from its drawer.")

    def _fits_nothing_moved(self, missing):
        """Not given out, and no order is booked as paid by it either."""
        return super()._fits_nothing_moved(missing) or (self._is_not_given() and not missing)

    def _to_return(self, missing):
        if not missing and self._asks_who_gives():
            return self._owed(), 0
        return super()._to_return(missing)

    def _book_returned(self, reason, order_id, undecided):
        said = super()._book_returned(reason, order_id, undecided)
        # What is handed over for a cash move is a cash move, too: no order books it.
        self.child_ids.sorted("id")[-1:]._book_cash_move()
        return said
