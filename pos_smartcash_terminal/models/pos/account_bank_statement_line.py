from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

#: What makes another amount, or another journal, of a line.
WORTH = {"amount", "amount_currency", "foreign_currency_id", "currency_id", "journal_id"}


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    smartcash_rounding_device_id = fields.Many2one(
        "smartcash.device",
        string="Rounding Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The machine whose rounding in a session this line books.",
    )
    smartcash_transfer_id = fields.Many2one(
        "account.bank.statement.line",
        string="Transfer With",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The other half of a transfer between a machine and the safe.",
    )
    smartcash_is_transfer = fields.Boolean(
        readonly=True, copy=False, help="Half of a transfer between a machine and the safe."
    )

    smartcash_float_device_id = fields.Many2one(
        "smartcash.device",
        string="Opening Float Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The machine whose contents this line took into the books when it was set up.",
    )
    smartcash_float_config_id = fields.Many2one(
        "pos.config", string="Opening Float For", readonly=True, copy=False, ondelete="restrict"
    )
    smartcash_float_session_id = fields.Many2one(
        "pos.session",
        string="Opened With the Float",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The session whose balance goes on from this float.",
    )
    smartcash_float_offset = fields.Monetary(
        readonly=True,
        copy=False,
        help="What the journal held already, less what the Point of Sale would have expected.",
    )

    @api.model
    def _smartcash_book_transfer(self, values, own, other):
        """Money that goes from a machine to another journal, or back: a line in each, which meet on the
        company's transfer account.

        :param dict own: what only the line in the machine's journal has
        :param other: the other journal
        :returns: the line in the machine's journal
        """
        account = other.company_id.transfer_account_id
        if not account:
            raise UserError(
                _(
                    "%s has no account for internal transfers. Choose one in the settings of "
                    "Invoicing, under Default Accounts.",
                    other.company_id.name,
                )
            )
        values = {**values, "counterpart_account_id": account.id}
        halves = self.sudo().with_company(other.company_id)
        halves = halves.create(
            [
                {**values, **own},
                {**values, "journal_id": other.id, "amount": -values["amount"]},
            ]
        )
        for half, counterpart in zip(halves, reversed(halves), strict=True):
            half.write({"smartcash_is_transfer": True, "smartcash_transfer_id": counterpart.id})
        items = halves.move_id.line_ids.filtered(lambda item: item.account_id == account)
        if account.reconcile:
            items.reconcile()
        return halves[0]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._smartcash_check_own_fields(vals)
        # Whoever calls us chooses the context, also of what is then booked in sudo.
        context = {
            key: value
            for key, value in self.env.context.items()
            if not key.startswith("default_smartcash_")
        }
        return super(AccountBankStatementLine, self.with_context(context)).create(vals_list)

    def write(self, vals):
        self._smartcash_check_own_fields(vals)
        if not WORTH.isdisjoint(vals):
            self.move_id._smartcash_check_floats()
        result = super().write(vals)
        if not {"amount", "journal_id", "pos_session_id"}.isdisjoint(vals):
            self.env["smartcash.operation"]._review_lines(self)
        return result

    def _smartcash_check_own_fields(self, vals):
        """A cashier may write on the lines of a session. What a line means to a machine is not theirs to
        say: it decides what the next opening expects."""
        if not self.env.su and any(name.startswith("smartcash_") for name in vals):
            raise AccessError(
                _("What a machine has to do with an entry is written by SmartCash only.")
            )

    def unlink(self):
        self.move_id._unlink_except_smartcash_closing()
        self.move_id._smartcash_check_floats()
        lines = self | self.sudo().smartcash_transfer_id
        uuids = self.env["smartcash.operation"]._booked_on(lines).mapped("uuid")
        result = super().unlink()
        self.env["smartcash.operation"]._match_uuids(uuids)
        return result

    def _smartcash_closing_lines(self):
        """Those with which a session's closing booked the cash of its orders."""
        return self.filtered(
            lambda line: (
                line.pos_session_id.state == "closed"
                and not line.smartcash_rounding_device_id
                and "asset_receivable" in line.move_id.line_ids.mapped("account_type")
            )
        )

    def _smartcash_is_whole(self):
        """Both halves of a transfer are posted; any other line is whole by itself."""
        self.ensure_one()
        if not self.smartcash_is_transfer:
            return True
        other = self.smartcash_transfer_id
        return other.move_id.state == "posted" and not self.currency_id.compare_amounts(
            other.amount, -self.amount
        )
