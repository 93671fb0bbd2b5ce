from odoo import _, fields, models
from odoo.exceptions import UserError


class SmartcashSetup(models.Model):
    """Hesabe: the account, and its terminals as Hesabe lists them."""

    _inherit = "smartcash.setup"

    hesabe_account_id = fields.Many2one(
        "hesabe.account",
        copy=False,
        check_company=True,
        ondelete="set null",
        domain="[('company_id', '=', company_id)]",
    )

    def action_hesabe_test(self):
        """Whether Hesabe knows the account; of a terminal that is chosen, also that one."""
        self._check_manager()
        self.ensure_one()
        account = self._hesabe_account()
        if self.device_id:
            self.device_id.action_hesabe_check()
        return account.action_test_connection()

    def action_hesabe_fetch(self):
        self._check_manager()
        self.ensure_one()
        account = self._hesabe_account()
        answer = account.action_sync_terminals()
        terminals = account.device_ids
        if not self.device_id and len(terminals) == 1:
            self.device_id = terminals
        return answer

    def _hesabe_account(self):
        if not self.hesabe_account_id:
            raise UserError(
                _("Choose the Hesabe account, or make one with what Hesabe's panel shows.")
            )
        return self.hesabe_account_id

    def _same_machine(self):
        device = self.device_id
        if device.driver != "hesabe" or not device.hesabe_terminal_id:
            return super()._same_machine()
        return device.search(
            [
                ("driver", "=", "hesabe"),
                ("hesabe_terminal_id", "=", device.hesabe_terminal_id),
                ("hesabe_account_id.merchant_code", "=", device.hesabe_account_id.merchant_code),
                ("id", "!=", device.id),
            ],
            limit=1,
        )
