from odoo import models


class PosSession(models.Model):
    _inherit = "pos.session"

    def _get_pos_ui_pos_payment_method(self, params):
        """Tell each method what this user may do with which device, resolved once for the whole load."""
        loaded = super()._get_pos_ui_pos_payment_method(params)
        terminals = self.env["pos.payment.method"]._smartcash_terminal_keys()
        ours = [data["id"] for data in loaded if data.get("use_payment_terminal") in terminals]
        admissions = (
            self.env["smartcash.rule"]._admit(
                self.env["pos.payment.method"].browse(ours), self.config_id, self.env.user
            )
            if ours
            else {}
        )
        machine = self._smartcash_method()
        for data in loaded:
            admission = admissions.get(data["id"])
            data["smartcash"] = admission.pos_data() if admission else None
            if data["id"] == machine.id and self.state == "opening_control":
                opening = self.sudo()
                data["smartcash"]["machines"] = opening._smartcash_machines_data("opening")
                data["smartcash"]["problems"] = opening._smartcash_missing_setup()
        return loaded
