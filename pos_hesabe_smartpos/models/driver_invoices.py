from odoo import models


class HesabeDriver(models.AbstractModel):
    _inherit = "smartcash.driver.hesabe"

    def _ended(self, operation):
        """Its end is committed: what the back end asked for goes into the books now."""
        super()._ended(operation)
        invoice = operation._hesabe_invoice()
        if invoice and operation.state == "done":
            invoice._settle()
