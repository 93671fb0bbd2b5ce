from odoo import api, fields, models

SOURCES = [("invoice", "Invoice"), ("transaction", "Transaction report")]


class HesabeStatus(models.Model):
    """What a word of Hesabe means. Without an entry here or a default it means: still pending."""

    _name = "hesabe.status"
    _description = "Hesabe Status"
    _order = "source, word, id"

    account_id = fields.Many2one("hesabe.account", required=True, index=True, ondelete="cascade")
    source = fields.Selection(SOURCES, string="Found In", required=True, default="invoice")
    word = fields.Char(
        string="Hesabe's Word", required=True, help="Upper or lower case; or a number."
    )
    meaning = fields.Selection(
        [
            ("pending", "Still pending"),
            ("paid", "Paid"),
            ("declined", "Declined"),
            ("cancelled", "Cancelled"),
            ("expired", "Timed out"),
            ("refunded", "Refunded"),
        ],
        required=True,
    )

    _sql_constraints = [
        ("word_unique", "UNIQUE(account_id, source, word)", "This word has a meaning already."),
    ]

    @api.constrains("source", "word", "meaning")
    def _check_word(self):
        self.account_id._check_mapping()


class HesabeField(models.Model):
    """Where a value stands in Hesabe's answers, in place of the default."""

    _name = "hesabe.field"
    _description = "Hesabe Field"
    _order = "source, name, id"

    account_id = fields.Many2one("hesabe.account", required=True, index=True, ondelete="cascade")
    source = fields.Selection(SOURCES, string="Found In", required=True, default="invoice")
    name = fields.Selection(
        [
            ("id", "Invoice id"),
            ("transaction_id", "Transaction id"),
            ("invoice_number", "Invoice number"),
            ("merchant_code", "Merchant code"),
            ("terminal_id", "Terminal"),
            ("amount", "Amount"),
            ("status", "Status"),
            ("reason", "Reason"),
            ("token", "Token"),
            ("card_brand", "Card brand"),
            ("card_number", "Card number"),
            ("authorisation_code", "Authorisation code"),
            ("rrn", "RRN"),
            ("customer_name", "Customer name"),
            ("created_at", "Date and time"),
        ],
        string="Value",
        required=True,
    )
    path = fields.Char(
        string="Hesabe's Field",
        required=True,
        help="For example payment_status, or card.brand for “brand” within “card”.",
    )

    _sql_constraints = [
        ("name_unique", "UNIQUE(account_id, source, name)", "This value has a field already."),
    ]

    @api.constrains("source", "name", "path")
    def _check_path(self):
        self.account_id._check_mapping()
