{
    "name": "SmartCash: CashDro",
    "summary": "CashDro cash machines at the till, reached by the Odoo server or by the till's browser",
    "version": "17.0.1.1.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["pos_smartcash_terminal"],
    "data": [
        "data/ir_cron.xml",
        "views/smartcash_device_views.xml",
        "views/smartcash_rule_views.xml",
        "wizard/smartcash_setup_views.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_cashdro/static/src/app/**/*",
        ],
        "web.assets_backend": [
            # What the connection test of the device form shares with the point of sale.
            "pos_smartcash_terminal/static/src/app/common/clock.js",
            "pos_smartcash_terminal/static/src/app/driver/driver.js",
            "pos_smartcash_terminal/static/src/app/driver/local_network.js",
            "pos_cashdro/static/src/app/cashdro_answers.js",
            "pos_cashdro/static/src/app/cashdro_client.js",
            "pos_cashdro/static/src/app/cashdro_codes.js",
            "pos_cashdro/static/src/app/cashdro_connection_test.js",
            "pos_cashdro/static/src/app/cashdro_inventory.js",
            "pos_cashdro/static/src/app/cashdro_reach.js",
            "pos_cashdro/static/src/app/cashdro_texts.js",
            "pos_cashdro/static/src/app/cashdro_unit.js",
            "pos_cashdro/static/src/backend/**/*",
        ],
        "web.assets_tests": [
            "pos_cashdro/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "installable": True,
}
