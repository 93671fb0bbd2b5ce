from odoo import api, models


class SmartcashDevice(models.Model):
    """The way from a device to the driver of its make."""

    _inherit = "smartcash.device"

    def _driver(self):
        """:returns: the driver of this device, with the rights that this recordset has"""
        self.ensure_one()
        return self._driver_of(self.driver)

    @api.model
    def _driver_of(self, make):
        """:returns: the driver of ``make``; the contract itself, which refuses, where nobody knows it"""
        name = f"smartcash.driver.{make}"
        return self.env[name if name in self.env else "smartcash.driver"]
