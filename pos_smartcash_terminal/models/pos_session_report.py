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
        method, device = session._smartcash_machine()
        currency = device.currency_id
        machine, hand = session._smartcash_expected(method, device)
        opening = session._smartcash_last_count("opening", device)
        closing = session._smartcash_last_count("closing", device)
        causes = session._smartcash_causes(method, device)
        labels = session._smartcash_cause_labels()

        def major(minor):
            return from_minor(minor, currency.decimal_places)

        return {
            "session": session,
            "device": device,
            "method": method,
            "currency": currency,
            "opening": opening,
            "closing": closing,
            "causes": [
                {"name": name, "label": labels[name], "amount": major(causes[name])}
                for name in labels
            ],
            "expected_machine": major(machine),
            "expected_hand": major(hand),
            "expected": major(machine + hand),
            "counted": closing.share + closing.hand if closing else 0.0,
            "difference": (
                currency.round(closing.share + closing.hand - major(machine + hand))
                if closing
                else 0.0
            ),
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
