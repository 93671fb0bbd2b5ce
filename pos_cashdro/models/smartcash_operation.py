from odoo import fields, models

from ..kinds import asked_amount
from ..outcome import Asked


class SmartcashOperation(models.Model):
    """What has to be known of an operation on a CashDro until it is in the machine's own books too."""

    _inherit = "smartcash.operation"

    cashdro_address = fields.Char(
        string="Machine's Address",
        readonly=True,
        groups="point_of_sale.group_pos_manager",
        help="Where it was started: it stays there, whoever asks later, and from where.",
    )
    cashdro_rule_id = fields.Many2one(
        "smartcash.rule",
        readonly=True,
        ondelete="set null",
        groups="point_of_sale.group_pos_manager",
    )
    cashdro_wish = fields.Selection(
        selection=[("cancel", "Cancel"), ("accept", "Accept"), ("execute", "Give out")],
        string="End Asked For",
        readonly=True,
        help="Asked of the machine; how it ended, the machine's totals tell.",
    )
    cashdro_unimported = fields.Boolean(
        readonly=True, help="The machine has not been told yet that this is in the books."
    )

    def init(self):
        super().init()
        self.env.cr.execute(
            # Two workers that find the same operation write it down once. Later the machine may give
            # its number again.
            "CREATE UNIQUE INDEX IF NOT EXISTS smartcash_operation_cashdro_unimported "
            "ON smartcash_operation (device_id, device_ref) WHERE cashdro_unimported"
        )

    def _cashdro_asked(self):
        """:rtype: Asked"""
        self.ensure_one()
        return Asked(
            kind=self.kind,
            amount=asked_amount(self.kind, self._minor("amount")),
            wish=self.cashdro_wish or None,
            allow_partial=self.allow_partial,
            tolerance=self.device_id._driver()._tolerance(self.device_id),
        )

    def _cashdro_claim(self, wish):
        """Whether it falls to this worker to ask for ``wish``: to one, and once, whoever else polls."""

        def claim(operation):
            operation._relock()
            is_first = not operation.cashdro_wish
            if is_first:
                operation.cashdro_wish = wish
            return is_first

        is_first = self._commit(claim)
        self.invalidate_recordset(["cashdro_wish"], flush=False)
        if is_first:
            # This transaction does not see the other one's.
            self.env.cache.set(self, self._fields["cashdro_wish"], wish)
        return is_first
