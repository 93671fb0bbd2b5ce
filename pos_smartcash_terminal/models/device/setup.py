from odoo import _, api, fields, models


class SmartcashDevice(models.Model):
    """What a closing will need in the books, asked for when the device is set up and not at night."""

    _inherit = "smartcash.device"

    setup_warning = fields.Text(compute="_compute_setup_warning", compute_sudo=True)

    @api.depends("rounding_account_id", "safe_journal_id", "payment_method_ids", "rule_ids")
    def _compute_setup_warning(self):
        for device in self:
            device.setup_warning = "\n".join(device._missing_setup()) or False

    def _missing_setup(self):
        """:returns: list of sentences: what is missing for a closing, and where it is entered"""
        self.ensure_one()
        device = self.sudo()
        methods = device.payment_method_ids | device.rule_ids.payment_method_id
        missing = [*device._missing_rounding(), *device._missing_transfer()]
        for method in methods.filtered("journal_id"):
            missing += method._smartcash_missing_setup()
        return list(dict.fromkeys(missing))

    def _missing_rounding(self):
        if self.takes_cards or self.rounding_account_id or not self._driver()._tolerance(self):
            return []
        return [
            _(
                "%s can round, and has no account for it: a session in which it rounds cannot be closed. "
                "Choose the rounding account on the device "
                "(Point of Sale > SmartCash > Devices).",
                self.name,
            )
        ]

    def _missing_transfer(self):
        if not self.safe_journal_id or self.company_id.transfer_account_id:
            return []
        return [
            _(
                "%(device)s has a safe, and %(company)s has no account for internal transfers: what is filled "
                "or emptied cannot be booked. Choose one in the settings of Invoicing, under Default Accounts.",
                device=self.name,
                company=self.company_id.name,
            )
        ]


class PosPaymentMethod(models.Model):
    _inherit = "pos.payment.method"

    def _smartcash_missing_setup(self):
        """:returns: list of sentences: what a closing will miss in the books of this method"""
        self.ensure_one()
        journal = self.journal_id
        missing = []
        if not journal.active:
            missing.append(
                _("The journal %s is archived. Activate it again in Invoicing.", journal.name)
            )
        accounts = (
            ("profit_account_id", "loss_account_id", "suspense_account_id", "default_account_id")
            if journal.type == "cash"
            else ("default_account_id",)
        )
        labels = journal.fields_get(accounts, ["string"])
        for name in accounts:
            account = journal[name]
            if account and not account.deprecated:
                continue
            missing.append(
                _(
                    "The journal %(journal)s has no usable account as “%(account)s”. Choose one under "
                    "Invoicing > Configuration > Accounting > Journals.",
                    journal=journal.name,
                    account=labels[name]["string"],
                )
            )
        return (
            missing + self._smartcash_missing_receivable() + self._smartcash_missing_outstanding()
        )

    def _smartcash_missing_outstanding(self):
        company = self.company_id
        if self.journal_id.type == "cash" or (
            self.outstanding_account_id or company.account_journal_payment_debit_account_id
        ):
            return []
        return [
            _(
                "%s has no outstanding account, nor has the company one for receipts. Choose it on the "
                "payment method.",
                self.name,
            )
        ]

    def _smartcash_missing_receivable(self):
        if self.receivable_account_id or self.company_id.account_default_pos_receivable_account_id:
            return []
        return [
            _(
                "%s has no intermediary account, nor has the company a default one. Choose it on the "
                "payment method.",
                self.name,
            )
        ]


class PosSession(models.Model):
    _inherit = "pos.session"

    def _smartcash_missing_setup(self):
        """:returns: list of sentences: why the closing of this session could not be booked today; before
        its opening, what its machines may need beside"""
        self.ensure_one()
        return [
            *self._smartcash_missing_rounding(),
            *self._smartcash_locked_books(),
            *(
                text
                for method in self.payment_method_ids.filtered(
                    lambda method: method._is_smartcash() and method.journal_id
                )
                for text in method._smartcash_missing_setup()
            ),
        ]

    def _smartcash_missing_rounding(self):
        if not self._smartcash_method():
            return []
        if self.state == "opening_control":
            machines = self._smartcash_machines()
            return [
                text
                for machine in machines
                for text in (*machine._missing_rounding(), *machine._missing_transfer())
            ]
        return [
            self._smartcash_no_rounding_account(device, minor)
            for device, minor in self._smartcash_rounding_to_book().items()
            if not device.rounding_account_id
        ]

    def _smartcash_locked_books(self):
        company = self.company_id
        locked = company._get_user_fiscal_lock_date()
        if locked < fields.Date.context_today(self):
            return []
        return [
            _(
                "The books of %(company)s are locked until %(date)s: a closing of today cannot be booked. Ask "
                "an accountant to change the lock date.",
                company=company.name,
                date=fields.Date.to_string(locked),
            )
        ]
