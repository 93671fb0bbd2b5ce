from odoo import fields, models


def _retire(devices):
    """Without its addon a device cannot be used, but the ledger still names it."""
    devices.write({"active": False, "driver": False, "model": False})


class SmartcashDevice(models.Model):
    _inherit = "smartcash.device"

    driver = fields.Selection(selection_add=[("toy", "Toy")], ondelete={"toy": _retire})
