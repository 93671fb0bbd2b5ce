from odoo import fields, models


class SmartcashPairing(models.TransientModel):
    """Shows a new pairing key once. The values come with the action; nothing is saved."""

    _name = "smartcash.pairing"
    _description = "Pairing of a Gateway"

    device_name = fields.Char(string="Device", readonly=True, store=False)
    pairing_key = fields.Char(readonly=True, store=False)
    command = fields.Text(string="On the Till", readonly=True, store=False)
