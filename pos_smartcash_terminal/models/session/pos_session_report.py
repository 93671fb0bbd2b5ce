from operator import itemgetter

from odoo import _, fields, models

from ...core.money import from_minor
from ...core.progress import CASH_MOVES

#: Of the figures of a report, those that are amounts.
AMOUNTS = ("expected_machine", "expected_hand", "expected", "counted", "difference")


class PosSession(models.Model):
    """What a session did with its cash machine, for the screen, paper and spreadsheets.

    The figures of a session are taken down when it is closed: whatever machine, rule or setting its
    Point of Sale has afterwards, they stay.
    """

    _inherit = "pos.session"

    smartcash_figures = fields.Json(
        string="Figures at the Closing",
        readonly=True,
        copy=False,
        help="What the report of this session says, in minor units.",
    )

    def _validate_session(self, *args, **kwargs):
        result = super()._validate_session(*args, **kwargs)
        closed = self.sudo().filtered(lambda session: session.state == "closed")
        for session in closed:
            if session._smartcash_method() and not session.smartcash_figures:
                session.smartcash_figures = session._smartcash_take_figures()
        return result

    def _smartcash_take_figures(self):
        """:returns: the figures of the report, as JSON; amounts in minor units"""
        self.ensure_one()
        expected, hand = self._smartcash_expected()
        closings = self._smartcash_counts("closing")
        causes = self._smartcash_causes()
        devices = self._smartcash_machines()
        is_counted = bool(closings) and all(device in closings for device in devices)
        machine = sum(expected.values())
        books = self._smartcash_to_minor(self._smartcash_expected_in_books())
        counted = self._smartcash_sum(closings) if is_counted else 0
        return {
            "currency_id": self.currency_id.id,
            "machines": [
                {
                    "name": device.name,
                    "closing_id": closings[device].id if device in closings else False,
                    "causes": {**causes[device], "other": 0},
                    "expected": expected.get(device, 0),
                    "counted": closings[device]._minor("share") if device in closings else 0,
                    "difference": (
                        closings[device]._minor("share") - expected.get(device, 0)
                        if device in closings
                        else 0
                    ),
                }
                for device in devices
            ],
            "moves": self._smartcash_moves(),
            "is_counted": is_counted,
            # What people booked in the journal themselves, or paid without the machine.
            "causes": {**self._smartcash_causes_in_all(), "other": books - machine - hand},
            "expected_machine": machine,
            "expected_hand": hand,
            "expected": books,
            "counted": counted,
            "difference": counted - books if is_counted else 0,
        }

    def _smartcash_report(self):
        """:returns: dict of the report's parts, amounts in the machine's currency (major units);
        None when the session's cash is no machine's"""
        self.ensure_one()
        session = self.sudo()
        if not session.smartcash_figures and not session._smartcash_method():
            return None
        figures = session.smartcash_figures or session._smartcash_take_figures()
        currency = self.env["res.currency"].browse(figures["currency_id"])

        def major(minor):
            return from_minor(minor, currency.decimal_places)

        kinds = dict(
            self.env["smartcash.operation"]._fields["kind"]._description_selection(self.env)
        )
        machines = [
            {
                **each,
                "closing": self.env["smartcash.count"].sudo().browse(each["closing_id"] or []),
                "causes": {name: major(minor) for name, minor in each["causes"].items()},
                **{name: major(each[name]) for name in ("expected", "counted", "difference")},
            }
            for each in figures["machines"]
        ]
        return {
            "session": session,
            "names": ", ".join(each["name"] for each in machines),
            "currency": currency,
            "machines": machines,
            "is_counted": figures["is_counted"],
            "causes": [
                {"name": name, "label": label, "amount": major(figures["causes"].get(name, 0))}
                for name, label in session._smartcash_cause_labels().items()
            ],
            "hand_label": session._smartcash_hand_label(figures["expected_hand"]),
            **{name: major(figures[name]) for name in AMOUNTS},
            "moves": [
                {
                    **move,
                    "at": fields.Datetime.to_datetime(move["at"]),
                    "what": kinds.get(move["kind"]) or _("Without the machine"),
                    "amount": major(move["amount"]),
                }
                for move in (
                    # A session that was closed before these were kept has them as they are now.
                    figures["moves"] if "moves" in figures else session._smartcash_moves()
                )
            ],
            "unmatched": session._smartcash_unsettled()[1],
        }

    def _smartcash_moves(self):
        """What was put in and taken out beside the sales, and why: at the machine, or without it.

        :returns: list of JSON, the oldest first; amounts in minor units
        """
        operations = self.env["smartcash.operation"].search(
            [("session_id", "=", self.id), ("parent_id", "=", False)], order="id"
        )
        moves = [
            {
                "at": fields.Datetime.to_string(one.ended_at or one.create_date),
                "kind": one.kind,
                "reason": one.reference or "",
                "who": one.cashier or one.user_id.name or "",
                "amount": one._minor("net"),
            }
            for one in operations
            if one.kind in CASH_MOVES and (one.amount_in or one.amount_out)
        ]
        moves += [
            {
                "at": fields.Datetime.to_string(line.create_date),
                "kind": False,
                "reason": line.payment_ref or "",
                "who": line.create_uid.name or "",
                "amount": self._smartcash_to_minor(line.amount),
            }
            for line in self._smartcash_lines_without(operations | operations.child_ids)
        ]
        return sorted(moves, key=itemgetter("at"))

    def _smartcash_lines_without(self, operations):
        """Cash in and out that no machine moved; the differences of counts are none."""
        lines = self.statement_line_ids - operations.statement_line_id
        lines -= operations.superseded_line_ids | lines._smartcash_closing_lines()
        return lines.filtered(
            lambda line: (
                not line.smartcash_rounding_device_id
                and not line.smartcash_is_transfer
                # So core names what somebody puts in or takes out, and no difference.
                and (line.payment_ref or "").startswith(f"{self.name}-")
            )
        )

    def _smartcash_hand_label(self, hand):
        if hand < 0:
            return _("Expected in the drawer (less than nothing: it was given from elsewhere)")
        return _("Expected in the drawer")

    def _smartcash_cause_labels(self):
        """In the order of the report; all but the rounding add up to what is expected."""
        return {
            "opening": _("Opening balance"),
            "salesIn": _("Inserted for sales"),
            "change": _("Change given"),
            "refunds": _("Refunds"),
            "cashIn": _("Cash in"),
            "cashOut": _("Cash out"),
            "filled": _("Change added"),
            "emptied": _("Emptied"),
            "exchanged": _("Change for notes"),
            "byHand": _("Taken and given by hand"),
            "late": _("Orders that came late"),
            "other": _("Other entries of this session"),
            "rounding": _("Rounding by the machine (not in the cash)"),
        }

    def action_smartcash_report(self):
        return self.env.ref("pos_smartcash_terminal.smartcash_session_report").report_action(self)

    def action_smartcash_report_xlsx(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/smartcash/session/{self.id}/report.xlsx",
            "target": "self",
        }

    def action_smartcash_counts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_count_action"
        )
        action.update(domain=[("session_id", "=", self.id)], context={})
        return action
