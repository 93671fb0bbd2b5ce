"""What SmartCash says and decides without Odoo: nothing in here imports it."""
