from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..models.hesabe_reconciliation import KUWAIT


class HesabeFetch(models.TransientModel):
    _name = "hesabe.fetch"
    _description = "Fetch Invoices from Hesabe"

    account_id = fields.Many2one(
        "hesabe.account",
        required=True,
        default=lambda self: self.env["hesabe.account"].search([], limit=1),
    )
    from_day = fields.Date(
        string="From", required=True, default=lambda self: _today() - timedelta(days=7)
    )
    to_day = fields.Date(string="To", required=True, default=lambda self: _today())

    def action_fetch(self):
        self.ensure_one()
        if self.from_day > self.to_day:
            raise UserError(_("The first day comes after the last one."))
        read, new = self.env["hesabe.invoice"]._fetch(self.account_id, self.from_day, self.to_day)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": _(
                    "%(read)s invoices at Hesabe, %(new)s of them new here.", read=read, new=new
                ),
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


def _today():
    return (fields.Datetime.now() + KUWAIT).date()
