{
    "name": "SmartCash for Point of Sale",
    "summary": "Cash machines and card terminals as payment methods, with a ledger of every cent",
    "version": "17.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["point_of_sale"],
    "data": [
        "security/smartcash_security.xml",
        "security/ir.model.access.csv",
        "views/smartcash_rule_views.xml",
        "wizard/smartcash_resolve_views.xml",
        "views/smartcash_operation_views.xml",
        "views/smartcash_device_views.xml",
        "views/pos_payment_method_views.xml",
        "views/res_config_settings_views.xml",
        "views/smartcash_menus.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_smartcash_terminal/static/src/app/**/*",
            "pos_smartcash_terminal/static/src/overrides/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
