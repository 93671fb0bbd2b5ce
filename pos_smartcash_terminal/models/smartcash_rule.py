from collections import defaultdict
from dataclasses import dataclass, field

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..core.money import read_major, to_minor
from ..core.registration import SERVICE
from .device.smartcash_device import check_web_address

RIGHTS = ("sale", "refund", "cash_in", "cash_out", "count", "by_hand")
LIMITS = ("sale", "refund", "cash_in", "cash_out")
#: What a cashier may do while a payment method has no rules.
WITHOUT_RULE = frozenset({"sale", "refund", "cash_in", "count"})
CAMEL = {
    "sale": "sale",
    "refund": "refund",
    "cash_in": "cashIn",
    "cash_out": "cashOut",
    "count": "count",
    "by_hand": "byHand",
    SERVICE: "service",
}


@dataclass(frozen=True)
class Admission:
    """What one user may do with one payment method at one POS. Records are in sudo."""

    method: models.Model
    device: models.Model
    rule: models.Model
    code: str | None = None  # why not: no_rule, device_archived
    refusal: str | None = None  # the same in words that name the fix
    rights: frozenset = frozenset()
    limits: dict = field(default_factory=dict)  # kind -> minor units; absent = no limit
    close_sale: bool = True

    def pos_data(self):
        return {
            "device": self.device._pos_data(self.rule) if self.device else None,
            "ruleId": self.rule.id or None,
            "rights": {name: right in self.rights for right, name in CAMEL.items()},
            "limits": {CAMEL[kind]: self.limits.get(kind) for kind in LIMITS},
            "closeSale": self.close_sale,
            "autoStart": self.method.smartcash_auto_start,
            "refusal": self.refusal,
        }


class SmartcashRule(models.Model):
    _name = "smartcash.rule"
    _description = "Who May Use Which Device"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(
        default=10,
        help="The first rule that fits a user and a Point of Sale counts. Of rules with the same "
        "number the more specific one comes first: for a user at some Points of Sale, for a user, "
        "for some Points of Sale, for everyone.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="device_id.currency_id")
    user_id = fields.Many2one("res.users", index="btree_not_null", help="Leave empty for everyone.")
    pos_config_ids = fields.Many2many(
        "pos.config", string="Points of Sale", check_company=True, help="Leave empty for all."
    )
    payment_method_id = fields.Many2one(
        "pos.payment.method",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('smartcash_device_id', '!=', False), ('company_id', '=', company_id)]",
    )
    device_id = fields.Many2one(
        "smartcash.device",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        compute="_compute_from_payment_method",
        store=True,
        readonly=False,
        precompute=True,
    )
    endpoint = fields.Char(
        string="Address Override",
        help="When this user reaches the device at another address than the device's own.",
    )
    close_sale = fields.Boolean(
        string="Straight to the Receipt",
        compute="_compute_from_payment_method",
        store=True,
        readonly=False,
        precompute=True,
        help="Validate the order and show the receipt as soon as it is paid.",
    )
    right_sale = fields.Boolean(string="Sales", default=True)
    right_refund = fields.Boolean(string="Refunds", default=True)
    right_cash_in = fields.Boolean(string="Cash In")
    right_cash_out = fields.Boolean(string="Cash Out")
    right_count = fields.Boolean(string="Count", default=True)
    right_by_hand = fields.Boolean(
        string="Take by Hand",
        help="When the machine is down: take and give cash by hand, on the same payment method. "
        "Without any rule, only managers may.",
    )
    limit_sale = fields.Monetary(string="Largest Sale", help="0 means no limit.")
    limit_refund = fields.Monetary(string="Largest Refund", help="0 means no limit.")
    limit_cash_in = fields.Monetary(string="Largest Cash In", help="0 means no limit.")
    limit_cash_out = fields.Monetary(string="Largest Cash Out", help="0 means no limit.")

    _sql_constraints = [
        (
            "limits_not_negative",
            "CHECK(limit_sale >= 0 AND limit_refund >= 0 AND limit_cash_in >= 0 AND limit_cash_out >= 0)",
            "A limit cannot be negative. Use 0 for no limit.",
        ),
    ]

    @api.depends("payment_method_id")
    def _compute_from_payment_method(self):
        for rule in self:
            rule.device_id = rule.device_id or rule.payment_method_id.smartcash_device_id
            rule.close_sale = rule.payment_method_id.smartcash_close_sale

    @api.depends("payment_method_id", "user_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = _(
                "%(method)s for %(user)s",
                method=rule.payment_method_id.name or "",
                user=rule.user_id.name or _("everyone"),
            )

    @api.constrains("payment_method_id", "device_id")
    def _check_same_make(self):
        for rule in self:
            terminal = rule.payment_method_id.use_payment_terminal
            if terminal not in rule.payment_method_id._smartcash_terminal_keys():
                raise ValidationError(
                    _(
                        "%s is not paid through a device. Choose a terminal on the payment method first.",
                        rule.payment_method_id.name,
                    )
                )
            if rule.device_id and rule.device_id.driver != terminal:
                raise ValidationError(
                    _(
                        "%(device)s is of another make than the terminal of the payment method %(method)s.",
                        device=rule.device_id.name,
                        method=rule.payment_method_id.name,
                    )
                )

    @api.constrains(*(f"limit_{kind}" for kind in LIMITS))
    def _check_limits(self):
        """A limit that is no number would keep every till of the rule from starting."""
        for rule in self:
            for kind in LIMITS:
                try:
                    read_major(rule[f"limit_{kind}"], rule.currency_id.decimal_places or 2)
                except ValueError as error:
                    raise ValidationError(
                        _("The limit is not an amount (%s). Use 0 for no limit.", error)
                    ) from error

    @api.constrains("endpoint")
    def _check_endpoint(self):
        for rule in self:
            if rule.endpoint:
                check_web_address(rule.endpoint)

    @api.constrains("user_id", "company_id")
    def _check_user_company(self):
        for rule in self:
            if rule.user_id and rule.company_id not in rule.user_id.sudo().company_ids:
                raise ValidationError(
                    _(
                        "%(user)s does not work for %(company)s. Give the user access to the company first.",
                        user=rule.user_id.name,
                        company=rule.company_id.name,
                    )
                )

    def _fits(self, user, config):
        self.ensure_one()
        return (not self.user_id or self.user_id == user) and (
            not self.pos_config_ids or config in self.pos_config_ids
        )

    @api.model
    def _in_order(self, rules):
        """:returns: list of these rules in which the first that fits is the one that counts"""

        def place(rule):
            # A rule that is being written has no number of its own yet.
            number = rule._origin.id or float("inf")
            return rule.sequence, not rule.user_id, not rule.pos_config_ids, number

        return sorted(rules, key=place)

    @api.model
    def _admit(self, methods, config, user, *, compare_currency=True):
        """Resolve the rules of ``methods`` for ``user`` at ``config``, in a constant number of queries.

        :param compare_currency: whether the device must work in the currency of ``config``
        :returns: dict payment method id -> Admission
        """
        methods = methods.sudo()
        # Lists, not recordsets: the rules of all methods are then read together.
        by_method = defaultdict(list)
        columns = [name for name, field in self._fields.items() if field.prefetch is True]
        for rule in self.sudo().search_fetch([("payment_method_id", "in", methods.ids)], columns):
            by_method[rule.payment_method_id.id].append(rule)
        return {
            method.id: self._admit_one(
                method, self._in_order(by_method[method.id]), config.sudo(), user, compare_currency
            )
            for method in methods
        }

    @api.model
    def _usable_devices(self, methods):
        """The devices that somebody can use, in a constant number of queries.

        :param dict methods: the payment method of each Point of Sale
        :returns: dict pos.config id -> devices, in sudo
        """
        by_method = defaultdict(self.sudo().browse)
        method_ids = [method.id for method in methods.values()]
        for rule in self.sudo().search([("payment_method_id", "in", method_ids)]):
            by_method[rule.payment_method_id.id] |= rule
        return {
            config.id: by_method[method.id]._devices_of(method.sudo(), config.sudo())
            for config, method in methods.items()
        }

    def _devices_of(self, method, config):
        """:returns: the devices to which these rules of ``method`` lead somebody at ``config``"""
        devices = method.smartcash_device_id if not self else method.smartcash_device_id.browse()
        users = self.user_id.browse()
        for rule in self._in_order(self):
            if (rule.pos_config_ids and config not in rule.pos_config_ids) or rule.user_id in users:
                continue
            if rule.user_id.active or not rule.user_id:
                devices |= rule.device_id
            if not rule.user_id:
                break  # it fits everyone: no later one does
            users |= rule.user_id
        return devices.filtered(
            lambda device: (
                device.active
                and device.driver == method.use_payment_terminal
                and device.currency_id == config.currency_id
            )
        )

    def _admit_one(self, method, rules, config, user, compare_currency):
        rule = next((rule for rule in rules if rule._fits(user, config)), self.sudo().browse())
        device = rule.device_id if rule else method.smartcash_device_id
        code, refusal = self._find_obstacle(
            method, rules, rule, device, config, user, compare_currency
        )
        if code:
            return Admission(method, device.browse(), rule, code, refusal)
        decimals = device.currency_id.decimal_places
        limits = (
            {kind: to_minor(rule[f"limit_{kind}"], decimals) for kind in LIMITS} if rule else {}
        )
        return Admission(
            method,
            device,
            rule,
            rights=self._rights_by(rule, user),
            limits={kind: limit for kind, limit in limits.items() if limit},
            close_sale=rule.close_sale if rule else method.smartcash_close_sale,
        )

    def _rights_by(self, rule, user):
        """Without a rule a manager may do everything. Everybody else may take money, refund what an
        order was paid (``_check_refund``) and count: as in core, money out wants more.

        Nobody but a manager fills or empties a machine, whatever a rule says.
        """
        is_manager = user.has_group("point_of_sale.group_pos_manager")
        own = frozenset({SERVICE}) if is_manager else frozenset()
        if rule:
            return own | {right for right in RIGHTS if rule[f"right_{right}"]}
        return own | (frozenset(RIGHTS) if is_manager else WITHOUT_RULE)

    def _find_obstacle(self, method, rules, rule, device, config, user, compare_currency):
        """Why not: a code, and words that name the fix; or two None."""
        code, text = "no_rule", None
        if rules and not rule:
            text = _(
                "No rule lets %(user)s use %(method)s at %(config)s. "
                "Ask a manager to add one under Point of Sale > Configuration > SmartCash > Rules."
            )
        elif rule and not device:
            text = _(
                "The rule “%(rule)s” has no device. "
                "Ask a manager to choose one under Point of Sale > Configuration > SmartCash > Rules."
            )
        elif not device:
            text = _(
                "The payment method %(method)s has no device. "
                "Ask a manager to choose one on the payment method."
            )
        elif not device.active:
            code = "device_archived"
            text = _(
                "The device %(device)s is archived. "
                "Ask a manager to unarchive it, or to choose another one for %(method)s."
            )
        elif device.driver != method.use_payment_terminal:
            text = _(
                "The device %(device)s is of another make than the terminal of %(method)s. "
                "Ask a manager to choose a device of the same make."
            )
        elif compare_currency and device.currency_id != config.currency_id:
            text = _(
                "The device %(device)s works in another currency than %(config)s. "
                "Ask a manager to set the device's currency, or to use another device."
            )
        if not text:
            return None, None
        return code, text % {
            "method": method.name,
            "user": user.name,
            "config": config.name,
            "rule": rule.display_name,
            "device": device.name,
        }
