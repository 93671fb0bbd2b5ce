{
    "name": "SmartCash: Toy",
    "summary": "The smallest make of machine: what the conformance kit is tried with",
    "version": "17.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "SmartCash contributors",
    "license": "LGPL-3",
    "depends": ["pos_smartcash_terminal"],
    "assets": {"point_of_sale._assets_pos": ["pos_smartcash_toy/static/src/app/**/*"]},
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
