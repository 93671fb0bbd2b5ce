from odoo import fields, models


class HesabeAccount(models.Model):
    _inherit = "hesabe.account"

    invoice_journal_id = fields.Many2one(
        "account.journal",
        string="Journal for Invoices",
        check_company=True,
        copy=False,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        help="Where payments are booked that the back end asks for on terminals. Empty: the bank journal "
        "of the payment method that uses the terminal.",
    )


class SmartcashDevice(models.Model):
    _inherit = "smartcash.device"

    def _invoice_journal(self):
        """The bank journal for what this terminal takes for the back end; empty when nobody said."""
        self.ensure_one()
        account = self.hesabe_account_id
        methods = self.payment_method_ids | self.rule_ids.payment_method_id
        journals = account.invoice_journal_id or methods.journal_id
        return journals.filtered(
            lambda journal: journal.type == "bank" and journal.company_id == self.company_id
        )[:1]
