from odoo import models


class SmartcashDevice(models.Model):
    _inherit = "smartcash.device"

    def _hesabe_ended(self, operation):
        """Its end is committed: what the back end asked for goes into the books now."""
        super()._hesabe_ended(operation)
        invoice = operation._hesabe_invoice()
        if invoice and operation.state == "done":
            invoice._settle()
