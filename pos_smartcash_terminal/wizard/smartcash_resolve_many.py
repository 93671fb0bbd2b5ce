from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.progress import FINAL

MAX_AT_ONCE = 500


class SmartcashResolveMany(models.TransientModel):
    """One decision about many operations, such as all that was done at a machine before it was connected."""

    _name = "smartcash.resolve.many"
    _description = "Decision about Several Operations"

    operation_ids = fields.Many2many(
        "smartcash.operation", required=True, default=lambda self: self._default_operations()
    )
    operation_count = fields.Integer(string="Open Questions", compute="_compute_totals")
    totals = fields.Char(string="Not in the Books", compute="_compute_totals")
    resolution = fields.Selection(
        selection=[
            ("as_moved", "Book each as cash in or out, as the money moved"),
            ("in_opening", "In the opening count: it was done before somebody counted by hand"),
            ("counting_error", "Counting error: the difference is left to the count"),
            ("nothing_moved", "No money moved"),
        ],
        string="What became of the money",
        required=True,
        default="as_moved",
    )
    choices = fields.Json(compute="_compute_choices", help="The decisions, and what each books.")
    reason = fields.Char(required=True, help="Kept in the ledger with your name.")

    @api.model
    def _default_operations(self):
        chosen = self.env["smartcash.operation"].browse(self.env.context.get("active_ids", []))
        return chosen.exists().filtered(
            lambda one: one.match_state == "open" and not one.parent_id and one._is_ended()
        )

    @api.depends("operation_ids")
    def _compute_totals(self):
        for decision in self:
            operations = decision.operation_ids.sudo()
            decision.operation_count = len(operations)
            decision.totals = ", ".join(
                currency.format(sum(one._major(one._missing()) for one in group))
                for currency, group in operations.grouped("currency_id").items()
            )

    @api.depends("operation_ids")
    def _compute_choices(self):
        effects = {
            "as_moved": _(
                "Books a line for each, in the journal of its machine, with your reason. What would "
                "be a guess stays a question."
            ),
            "in_opening": _("Books nothing: the opening count holds it already."),
            "counting_error": _(
                "Books nothing: the count at the end of each session holds the difference."
            ),
            "nothing_moved": _("Books nothing."),
        }
        labels = self._fields["resolution"]._description_selection(self.env)
        for decision in self:
            decision.choices = [
                {"resolution": key, "label": label, "effect": effects[key]} for key, label in labels
            ]

    def action_resolve(self):
        """Each is decided by itself: what cannot be booked stays a question, and is named."""
        self.ensure_one()
        if not self.operation_ids:
            raise UserError(_("None of the chosen operations asks for a decision."))
        if len(self.operation_ids) > MAX_AT_ONCE:
            raise UserError(_("Choose at most %s operations at once.", MAX_AT_ONCE))
        refused = {}
        for operation in self.operation_ids:
            refusal = self._decide(operation)
            if refusal:
                refused.setdefault(refusal, []).append(operation)
        if not refused:
            return {"type": "ir.actions.act_window_close"}
        left = sum(len(operations) for operations in refused.values())
        text = "\n".join(f"{len(group)}: {message}" for message, group in refused.items())
        if left == len(self.operation_ids):
            raise UserError(text)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": _("%s operations still ask for a decision", left),
                "message": text,
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _decide(self, operation):
        """:returns: why it was not decided, in words; or None"""
        if self.resolution == "as_moved" and operation.may_be_in_opening:
            missing = operation.sudo()._missing()
            opening = operation.sudo()._describe_opening(missing)
            if opening:
                return _("%s Otherwise decide it by itself.", opening)
        answer = operation.resolve(operation.uuid, self._resolution_of(operation), self.reason)
        return answer["refused"]["message"] if "refused" in answer else None

    def _resolution_of(self, operation):
        if self.resolution != "as_moved":
            return self.resolution
        missing = operation.sudo()._missing()
        if not missing:
            return "as_booked" if operation.state in FINAL else "nothing_moved"
        return "cash_in" if missing > 0 else "cash_out"
