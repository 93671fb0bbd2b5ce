from odoo import _, api, models
from odoo.exceptions import ValidationError


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _default_payment_methods(self):
        """A machine belongs to the POS that it was set up for: a new POS takes another cash method."""
        methods = super()._default_payment_methods()
        machines = methods.filtered(lambda method: method._is_smartcash_machine())
        if not machines:
            return methods
        drawer = self.env["pos.payment.method"].search(
            [
                *self.env["pos.payment.method"]._check_company_domain(self.env.company),
                ("split_transactions", "=", False),
                ("is_cash_count", "=", True),
                ("config_ids", "=", False),
                ("journal_id.currency_id", "in", (False, self.env.company.currency_id.id)),
                "|",
                ("use_payment_terminal", "=", False),
                ("use_payment_terminal", "not in", methods._smartcash_machine_keys()),
            ],
            limit=1,
        )
        return methods - machines | drawer

    def _smartcash_is_kiosk(self):
        """Odoo's self-ordering need not be installed."""
        return "self_ordering_mode" in self._fields and self.self_ordering_mode == "kiosk"

    @api.constrains("payment_method_ids")
    def _check_smartcash_one_cash_method(self):
        for config in self:
            cash = config.payment_method_ids.filtered("is_cash_count")
            machines = cash.filtered(lambda method: method._is_smartcash_machine())
            if machines and len(cash) > 1:
                raise ValidationError(
                    _(
                        "%(machine)s replaces the cash of %(config)s: what the machine takes and gives is this "
                        "Point of Sale's cash. Remove the other cash methods from it: %(others)s. "
                        "(Cash that is taken by hand is booked on the machine's method too.)",
                        machine=machines[0].name,
                        config=config.name,
                        others=", ".join((cash - machines[0]).mapped("name")),
                    )
                )
