{
    "name": "SmartCash: CashDro",
    "summary": "CashDro cash machines at the till, reached through the Odoo server",
    "version": "17.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["pos_smartcash_terminal"],
    "data": [
        "data/ir_cron.xml",
        "views/smartcash_device_views.xml",
        "views/smartcash_rule_views.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_cashdro/static/src/app/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
