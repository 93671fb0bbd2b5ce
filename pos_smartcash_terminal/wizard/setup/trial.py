from odoo import api, fields, models


class SmartcashSetup(models.Model):
    """A small payment and its refund at the till: then everything has been tried."""

    _inherit = "smartcash.setup"

    test_after = fields.Integer(
        readonly=True, copy=False, help="The number of the last operation before the test."
    )
    test_operation_ids = fields.Many2many(
        "smartcash.operation",
        string="Operations of the Test",
        compute="_compute_test_operation_ids",
    )

    @api.depends("device_id", "test_after", "step")
    def _compute_test_operation_ids(self):
        for setup in self:
            setup.test_operation_ids = setup.step in ("test", "done") and self.env[
                "smartcash.operation"
            ].search(
                [("device_id", "=", setup.device_id.id), ("id", ">", setup.test_after)],
                limit=10,
            )

    def _begin_test(self):
        self.write({"step": "test", "test_after": self.device_id._last_operation().id})

    def action_open_till(self):
        self._check_manager()
        self.ensure_one()
        return self.config_id.open_ui()

    def action_refresh(self):
        """Look again what the till has done."""
        self._check_manager()

    def action_finish(self):
        if self._enter("test"):
            self.step = "done"
