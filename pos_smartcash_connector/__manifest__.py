{
    "name": "SmartCash: Cashlogy",
    "summary": "Cashlogy cash machines at the till, through CashlogyConnector and a local gateway",
    "version": "17.0.1.1.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["pos_smartcash_terminal"],
    "external_dependencies": {"python": ["PyJWT"]},
    "data": [
        "security/ir.model.access.csv",
        "wizard/smartcash_pairing_views.xml",
        "views/smartcash_device_views.xml",
        "wizard/smartcash_setup_views.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_smartcash_connector/static/src/app/**/*",
        ],
        "web.assets_backend": [
            # What the connection test of the device form shares with the point of sale.
            "pos_smartcash_terminal/static/src/app/common/clock.js",
            "pos_smartcash_terminal/static/src/app/driver/driver.js",
            "pos_smartcash_terminal/static/src/app/driver/local_network.js",
            "pos_smartcash_terminal/static/src/app/common/progress.js",
            "pos_smartcash_connector/static/src/app/connection_test.js",
            "pos_smartcash_connector/static/src/app/gateway_client.js",
            "pos_smartcash_connector/static/src/app/gateway_texts.js",
            "pos_smartcash_connector/static/src/backend/**/*",
        ],
        "web.assets_tests": [
            "pos_smartcash_connector/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "installable": True,
}
