"""Local gateway between the Odoo Point of Sale and a Cashlogy cash machine."""

__version__ = "17.0.1.1.0"
