{
    "name": "SmartCash: Hesabe Smart POS",
    "summary": "KNET and card payments on Hesabe's PAX terminals and KNET SoftPOS, through Hesabe's cloud",
    "version": "17.0.1.1.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["pos_smartcash_terminal"],
    "external_dependencies": {"python": ["cryptography", "requests"]},
    "data": [
        "security/hesabe_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron.xml",
        "views/hesabe_account_views.xml",
        "views/smartcash_device_views.xml",
        "views/hesabe_refund_views.xml",
        "views/hesabe_reconciliation_views.xml",
        "report/hesabe_invoice_report.xml",
        "wizard/hesabe_pay_views.xml",
        "wizard/hesabe_fetch_views.xml",
        "wizard/smartcash_setup_views.xml",
        "views/hesabe_invoice_views.xml",
        "views/account_move_views.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "pos_hesabe_smartpos/static/src/app/**/*",
        ],
        "web.assets_backend": [
            "pos_hesabe_smartpos/static/src/backend/**/*",
        ],
        "web.assets_tests": [
            "pos_hesabe_smartpos/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "installable": True,
}
