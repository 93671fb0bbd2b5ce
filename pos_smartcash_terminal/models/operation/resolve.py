from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.progress import FINAL
from ...core.registration import Refused

#: A manager's decisions, and the state that each gives to an operation without a known outcome.
OUTCOME = {
    "returned": "cancelled",
    "order": "done",
    "cash_in": "done",
    "cash_out": "done",
    "in_opening": "done",
    "counting_error": "done",
    "credit": "done",
    "nothing_moved": "failed",
    "as_booked": None,
    "confirmed": None,
}
#: Decisions by which the amounts of the first report stand; all others take a later report's.
FIRST_REPORT = ("as_booked", "in_opening", "counting_error", "confirmed")
MAX_REASON = 500


class SmartcashOperation(models.Model):
    """A manager's decision about an operation that asks for one; the bookkeeping is in the sibling."""

    _inherit = "smartcash.operation"

    @api.model
    def resolve(self, uuid, resolution, reason, order_id=None):
        """Decide what became of the money, and book it.

        :param str resolution: a key of ``OUTCOME``
        :param str reason: why, in the manager's words
        :param int order_id: the order, for the resolution ``order``
        :returns: the operation as it now stands; or ``{"refused": …}``, and nothing has changed
        """
        self._check_pos_manager()
        operation = self.browse()
        try:
            operation = self._lock_known(uuid)
            with self.env.cr.savepoint():
                (operation.parent_id or operation)._resolve(resolution, reason, order_id)
        except Refused as refused:
            return refused.to_wire()
        except UserError as error:
            # The books themselves say no: a lock date, an archived journal.
            return Refused("not_booked", str(error)).to_wire()
        return operation._to_wire()

    def _resolve(self, resolution, reason, order_id):
        reason = self._check_decision(resolution, reason)
        state_from = self.state
        undecided = self.state not in FINAL
        for state in self._path_to(OUTCOME[resolution]):
            self._move(state)
        if self.has_late_report and resolution not in FIRST_REPORT:
            self.write({"amount_in": self.late_in, "amount_out": self.late_out})
        booked = getattr(self, f"_book_{resolution}")(reason, order_id, undecided)
        decided = {
            "disputed": False,
            "has_late_report": False,
            "unproven": False,
            "still_owed": False,
            "resolution": resolution,
            "resolution_reason": reason,
            "resolved_by_id": self.env.uid,
            "resolved_at": fields.Datetime.now(),
        }
        if resolution != "confirmed":
            decided["match_state"] = "resolved"
        (self | self.child_ids).write(decided)
        label = dict(self._fields["resolution"]._description_selection(self.env))[resolution]
        self._add_event(
            "resolved",
            " · ".join(part for part in (label, booked, reason) if part),
            state_from=state_from,
            data={"resolution": resolution, "order": order_id or None},
        )

    def _check_decision(self, resolution, reason):
        if not isinstance(resolution, str) or resolution not in OUTCOME:
            raise Refused("bad_values", _("The resolution is one of: %s", ", ".join(OUTCOME)))
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > MAX_REASON:
            raise Refused(
                "bad_values",
                _("Write the reason of the decision (at most %s characters).", MAX_REASON),
            )
        if resolution == "confirmed":
            if not self.unproven or self.match_state == "open":
                raise Refused(
                    "nothing_to_resolve",
                    _("Only a result that is unproven and already in the books can be confirmed."),
                )
        elif self._is_ended() and self.match_state != "open":
            raise Refused("nothing_to_resolve", _("This operation asks for no decision."))
        else:
            self._check_offered(resolution)
        return reason

    def _path_to(self, state):
        """The steps from the current state to a decided one; an outcome that is known stays."""
        return {
            "draft": ["failed"],
            "running": ["unknown", state],
            "unknown": [state],
        }.get(self.state, [])
