from odoo import _, models

from ..money import from_minor


class PosSession(models.Model):
    """What a session did with its cash machine, for the screen, paper and spreadsheets."""

    _inherit = "pos.session"

    def _smartcash_report(self):
        """:returns: dict of the report's parts, amounts in the machine's currency (major units);
        None when the session's cash is no machine's"""
        self.ensure_one()
        session = self.sudo()
        if not session._smartcash_method():
            return None
        currency = session.currency_id
        expected, hand = session._smartcash_expected()
        closings = session._smartcash_counts("closing")
        causes = session._smartcash_causes()
        in_all = session._smartcash_causes_in_all()
        machines = session._smartcash_machines()

        def major(minor):
            return from_minor(minor, currency.decimal_places)

        none = self.env["smartcash.count"]
        parts = [
            {
                "device": device,
                "closing": closings.get(device, none),
                "causes": {name: major(causes[device][name]) for name in in_all},
                "expected": major(expected.get(device, 0)),
                "difference": (
                    major(closings[device]._minor("share") - expected.get(device, 0))
                    if device in closings
                    else 0.0
                ),
            }
            for device in machines
        ]
        machine = sum(expected.values())
        is_counted = bool(closings) and all(device in closings for device in machines)
        counted = session._smartcash_sum(closings)
        return {
            "session": session,
            "names": ", ".join(machines.mapped("name")),
            "currency": currency,
            "machines": parts,
            "is_counted": is_counted,
            "causes": [
                {"name": name, "label": label, "amount": major(in_all[name])}
                for name, label in session._smartcash_cause_labels().items()
            ],
            "expected_machine": major(machine),
            "expected_hand": major(hand),
            "expected": major(machine + hand),
            "counted": major(counted) if is_counted else 0.0,
            "difference": major(counted - machine - hand) if is_counted else 0.0,
            "unmatched": session._smartcash_unsettled()[1],
        }

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
