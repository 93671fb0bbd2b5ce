from uuid import uuid4

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.money import to_minor

from ..hesabe_protocol.money import FILS


class HesabePay(models.TransientModel):
    """Asks for a payment on a terminal. Pressed twice, or sent twice by a browser, it is one payment."""

    _name = "hesabe.pay"
    _description = "Payment on a Terminal"

    uuid = fields.Char(required=True, readonly=True, default=lambda self: str(uuid4()), copy=False)
    move_id = fields.Many2one("account.move", string="Customer Invoice", readonly=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_from_move", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.ref("base.KWD")
    )
    device_id = fields.Many2one(
        "smartcash.device",
        string="Terminal",
        required=True,
        compute="_compute_device_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('driver', '=', 'hesabe'), ('company_id', '=', company_id)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        compute="_compute_from_move",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(
        required=True,
        compute="_compute_from_move",
        store=True,
        readonly=False,
        precompute=True,
    )
    due = fields.Monetary(string="Still to Be Paid", compute="_compute_due")
    description = fields.Char(
        compute="_compute_from_move",
        store=True,
        readonly=False,
        precompute=True,
        help="Shown at Hesabe, for example what is paid for.",
    )
    warning = fields.Char(compute="_compute_due")

    @api.depends("move_id")
    def _compute_from_move(self):
        for wish in self:
            move = wish.move_id
            wish.company_id = move.company_id or self.env.company
            wish.partner_id = move.partner_id
            wish.amount = move.amount_residual
            wish.description = move.name

    @api.depends("company_id")
    def _compute_device_id(self):
        """The terminal that this user took last, or the only one."""
        for wish in self:
            terminals = self.env["smartcash.device"].search(
                [("driver", "=", "hesabe"), ("company_id", "=", wish.company_id.id)]
            )
            last = (
                self.env["hesabe.invoice"]
                .sudo()
                .search(
                    [("user_id", "=", self.env.uid), ("device_id", "in", terminals.ids)],
                    order="id desc",
                    limit=1,
                )
                .device_id
            )
            only = terminals if len(terminals) == 1 else terminals.browse()
            wish.device_id = last.sudo(False) or only

    @api.depends("move_id")
    def _compute_due(self):
        for wish in self:
            wish.due = wish.move_id.amount_residual
            watched = wish.move_id.sudo().hesabe_invoice_ids.filtered(lambda one: one._is_watched())
            wish.warning = wish._warn_of(watched[0]) if watched else False

    def _warn_of(self, watched):
        return _(
            "%(amount)s was on %(terminal)s before, and nobody waits for it any more. First cancel it on "
            "that terminal: a card could still be charged there.",
            amount=watched.currency_id.format(watched.amount),
            terminal=watched.device_id.name,
        )

    def action_send(self):
        self.ensure_one()
        invoices = self.env["hesabe.invoice"]
        number, trouble = invoices._request(
            self.uuid,
            self.device_id,
            to_minor(self.amount, FILS),
            self.partner_id,
            self.description,
            self.move_id,
        )
        opened = invoices._open(number)
        if not trouble:
            return opened
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": trouble, "type": "danger", "sticky": True, "next": opened},
        }
