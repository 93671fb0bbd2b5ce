from odoo import _, api, fields, models

#: So many users are looked at, and so many sentences written; a form is no report.
MAX_USERS = 200
MAX_SENTENCES = 10


class SmartcashRule(models.Model):
    """Who gets a rule, and who gets another one instead: shown on its form."""

    _inherit = "smartcash.rule"

    admitted_user_ids = fields.Many2many(
        "res.users",
        string="Who Gets This Rule",
        compute="_compute_admitted_users",
        compute_sudo=True,
        help="Point of Sale users for whom this rule counts, at one of its Points of Sale at least.",
    )
    overruled = fields.Text(
        string="Other Rules Count For",
        compute="_compute_admitted_users",
        compute_sudo=True,
        help="Users whom this rule fits, and who get another one that comes first.",
    )

    @api.depends("sequence", "active", "user_id", "pos_config_ids", "payment_method_id")
    def _compute_admitted_users(self):
        for rule in self:
            admitted, sentences = rule._look_at_users()
            rule.admitted_user_ids = admitted
            rule.overruled = "\n".join(sentences) or False

    def _look_at_users(self):
        """:returns: the users who get this rule, and sentences about those who get another one"""
        admitted, sentences = self.env["res.users"], []
        rules = self._rules_of_method()
        for user in self._users_it_fits():
            for config in self._configs_it_fits():
                first = next((rule for rule in rules if rule._fits(user, config)), None)
                if first == self:
                    admitted |= user
                elif first and len(sentences) < MAX_SENTENCES:
                    sentences.append(
                        _(
                            "%(user)s at %(config)s: “%(rule)s”",
                            user=user.name,
                            config=config.name,
                            rule=first.display_name,
                        )
                    )
        return admitted, sentences

    def _rules_of_method(self):
        """The rules of the payment method in order, with this one as it stands on the form."""
        method = self.payment_method_id._origin
        others = self.search([("payment_method_id", "=", method.id)]) - self._origin
        return self._in_order([*others, *(self if self.active else ())])

    def _users_it_fits(self):
        if self.user_id:
            return self.user_id._origin
        users = self.env.ref("point_of_sale.group_pos_user").users
        company = self.company_id._origin
        return users.filtered(lambda user: company in user.company_ids)[:MAX_USERS]

    def _configs_it_fits(self):
        return self.pos_config_ids._origin or self.payment_method_id._origin.config_ids
