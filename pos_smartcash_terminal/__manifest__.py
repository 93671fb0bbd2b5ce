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
        "data/ir_cron.xml",
        "views/smartcash_rule_views.xml",
        "wizard/smartcash_resolve_views.xml",
        "wizard/smartcash_resolve_many_views.xml",
        "wizard/smartcash_close_session_views.xml",
        "views/smartcash_count_views.xml",
        "views/smartcash_operation_views.xml",
        "views/smartcash_operation_event_views.xml",
        "views/smartcash_device_views.xml",
        "views/pos_payment_method_views.xml",
        "views/res_config_settings_views.xml",
        "report/smartcash_session_report.xml",
        "report/smartcash_bring_list.xml",
        "views/pos_session_views.xml",
        "views/smartcash_menus.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_smartcash_terminal/static/src/app/colors.scss",
            "pos_smartcash_terminal/static/src/app/**/*",
            "pos_smartcash_terminal/static/src/overrides/**/*",
        ],
        "web.assets_backend": [
            # The levels of a machine look the same on its form and at the till.
            "pos_smartcash_terminal/static/src/app/colors.scss",
            "pos_smartcash_terminal/static/src/app/money.js",
            "pos_smartcash_terminal/static/src/app/amount_*",
            "pos_smartcash_terminal/static/src/app/levels/levels_*",
            "pos_smartcash_terminal/static/src/backend/**/*",
        ],
        "web.assets_tests": [
            # What the tours of every make have in common.
            "pos_smartcash_terminal/static/tests/tours/helpers/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
