import secrets
from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceRefused
from odoo.exceptions import ValidationError

from ..hesabe_client import HesabeClient, read_mapping
from .hesabe_token import AccountTokens

MANAGER = "point_of_sale.group_pos_manager"
#: (merchant API, gateway) by environment; production to be confirmed with Hesabe.
HOSTS = {
    "sandbox": ("https://merchantapisandbox.hesabe.com", "https://sandbox.hesabe.com"),
    "production": ("https://merchantapi.hesabe.com", "https://api.hesabe.com"),
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEY_LENGTHS = {"secret_key": 32, "iv_key": 16}
#: Without one of these nobody can be asked.
NEEDED = ("merchant_code", "access_code", "secret_key", "iv_key", "username", "password")


def _secret(**attributes):
    return fields.Char(copy=False, exportable=False, groups=MANAGER, **attributes)


class HesabeAccount(models.Model):
    """A merchant at Hesabe: where its cloud is, who we are there, and what its words mean."""

    _name = "hesabe.account"
    _description = "Hesabe Account"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    environment = fields.Selection(
        [("sandbox", "Sandbox (tests)"), ("production", "Production")],
        required=True,
        default="sandbox",
        copy=False,
        tracking=True,
    )
    merchant_url = fields.Char(
        string="Merchant API",
        compute="_compute_hosts",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        tracking=True,
        help="Ask Hesabe to confirm the address of production.",
    )
    gateway_url = fields.Char(
        string="Gateway",
        compute="_compute_hosts",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        tracking=True,
        help="For transaction enquiries.",
    )
    merchant_code = fields.Char(copy=False, tracking=True)
    access_code = _secret()
    secret_key = _secret(help="32 characters, from Hesabe's merchant panel.")
    iv_key = _secret(string="IV Key", help="16 characters, from Hesabe's merchant panel.")
    username = _secret(string="API User")
    password = _secret(string="API Password")
    amount_form = fields.Selection(
        [("text", 'Text with three decimals ("0.100")'), ("number", "Number (0.1)")],
        required=True,
        default="text",
        help="Hesabe's documentation shows numbers, its servers are known to take text. "
        "Change it when Hesabe refuses amounts.",
    )
    customer_name = fields.Char(
        string="Name for Walk-in Customers",
        required=True,
        default="Walk-in customer",
        help="Hesabe wants the name of a customer with each invoice.",
    )
    status_ids = fields.One2many("hesabe.status", "account_id", string="Statuses", copy=True)
    field_ids = fields.One2many("hesabe.field", "account_id", string="Fields", copy=True)
    device_ids = fields.One2many(
        "smartcash.device", "hesabe_account_id", string="Terminals", readonly=True
    )
    webhook_token = _secret(readonly=True, default=lambda self: secrets.token_urlsafe(32))
    webhook_url = fields.Char(compute="_compute_webhook_url", groups=MANAGER)
    tested_at = fields.Datetime(string="Last Test", readonly=True, copy=False)
    test_message = fields.Char(string="Last Status", readonly=True, copy=False)

    @api.depends("environment")
    def _compute_hosts(self):
        for account in self:
            account.merchant_url, account.gateway_url = HOSTS[account.environment]

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        for account in self:
            account.webhook_url = (
                f"{account.get_base_url()}/smartcash/hesabe/{account.id}/{account.webhook_token}"
                if account._origin and account.webhook_token
                else False
            )

    @api.constrains("merchant_url", "gateway_url")
    def _check_hosts(self):
        for account in self:
            for address in (account.merchant_url, account.gateway_url):
                _check_address(address)

    @api.constrains("secret_key", "iv_key")
    def _check_keys(self):
        labels = {"secret_key": _("secret key"), "iv_key": _("IV key")}
        for account in self.sudo():
            for name, length in KEY_LENGTHS.items():
                if account[name] and len(account[name].encode()) != length:
                    raise ValidationError(
                        _(
                            "The %(key)s of %(account)s has %(length)s characters: "
                            "copy it from Hesabe's merchant panel, without blanks.",
                            key=labels[name],
                            account=account.name,
                            length=length,
                        )
                    )

    def _check_mapping(self):
        for account in self:
            try:
                account._mapping()
            except ValueError as error:
                raise ValidationError(
                    _(
                        "Hesabe's fields and statuses of %(account)s: %(error)s",
                        account=account.name,
                        error=error,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not {"merchant_url", "username", "password", "merchant_code", "active"}.isdisjoint(vals):
            # Tokens of somebody else.
            self.env["hesabe.token"].sudo().search([("account_id", "in", self.ids)]).unlink()
        return result

    def action_new_webhook_token(self):
        """The old address stops working at once."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for account in self:
            account.webhook_token = secrets.token_urlsafe(32)

    # ---- for drivers ----------------------------------------------------------------------------

    def _mapping(self):
        """:raise ValueError: an entry that cannot be"""

        def of(lines, source, key, value):
            return {line[key]: line[value] for line in lines if line.source == source}

        return read_mapping(
            invoice=of(self.field_ids, "invoice", "name", "path"),
            transaction=of(self.field_ids, "transaction", "name", "path"),
            invoice_statuses=of(self.status_ids, "invoice", "word", "meaning"),
            transaction_statuses=of(self.status_ids, "transaction", "word", "meaning"),
        )

    def _client(self):
        """A client with the tokens that all workers share.

        :raise DeviceRefused: something has not been entered
        """
        self.ensure_one()
        account = self.sudo()
        missing = [
            account._fields[name]._description_string(self.env)
            for name in NEEDED
            if not account[name]
        ]
        if missing:
            raise DeviceRefused(
                _(
                    "The Hesabe account %(account)s is not complete: %(missing)s. Ask a manager to "
                    "enter it under Point of Sale > Configuration > SmartCash > Hesabe Accounts.",
                    account=account.name,
                    missing=", ".join(missing),
                )
            )
        return HesabeClient(
            account.merchant_url,
            account.gateway_url,
            *(account[name] for name in NEEDED),
            mapping=account._mapping(),
            amount_form=account.amount_form,
            token_store=AccountTokens(self.env.registry, account.id),
        )


def _check_address(address):
    """https, a host, nothing behind it; http only to this very machine (a simulator)."""
    try:
        parts = urlsplit(address)
        usable = (
            (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and parts.username is None
            and parts.path in ("", "/")
            and not parts.query
            and not parts.fragment
            and not any(character.isspace() for character in address)
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError(
            _("%s is no address of Hesabe. It looks like https://merchantapi.hesabe.com.", address)
        )
