"""The demo shops: run by `odoo shell`, as often as one likes (what is there is kept or set right).

Each make's addon brings its own tills in ``make/shop.py``: a function ``load(demo, env)``, where ``demo``
has the functions of this file. It reads what it needs from the environment, and returns what the make's parts have to
know.
"""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

from odoo.modules.module import get_module_path

SPANISH_PRODUCTS = (
    ("Café con leche", 1.60, "Bar"),
    ("Cortado", 1.40, "Bar"),
    ("Zumo de naranja", 2.90, "Bar"),
    ("Bocadillo de tortilla", 4.25, "Kitchen"),
    ("Croissant", 1.85, "Kitchen"),
    ("Menú del día", 13.50, "Kitchen"),
    ("Tarta de Santiago", 4.80, "Kitchen"),
)


def spanish_company(env):
    """A shop in Spain that counts in euro, with a chart of accounts."""
    shop = env.ref("base.main_company")
    euro = env.ref("base.EUR")
    euro.active = True
    if not shop.chart_template:
        env["account.chart.template"].try_loading("generic_coa", shop, install_demo=False)
    if shop.currency_id != euro:
        shop.currency_id = euro
    shop.write({"name": "Café SmartCash", "country_id": env.ref("base.es").id})
    return shop


def keep(env, xml_id, model, values):
    """Create a record under an external id; what is there stays: an open session refuses changes."""
    data = [{"xml_id": f"smartcash_demo.{xml_id}", "values": values, "noupdate": True}]
    return env[model]._load_records(data, update=True)


def safe(env, shop):
    """Where change comes from, and where goes what is taken out of a machine."""
    return journal(env, "journal_safe", "Safe", "SAFE", "cash", shop)


def journal(env, xml_id, name, code, kind, shop):
    """A journal of the shop, found by its code if the chart made it already."""
    found = env["account.journal"].search(
        [("code", "=", code), ("company_id", "=", shop.id)], limit=1
    )
    if found:
        return found
    values = {"name": name, "code": code, "type": kind, "company_id": shop.id}
    return keep(env, xml_id, "account.journal", values)


def bank_method(env, shop):
    """Cards and transfers that no device takes."""
    return keep(
        env,
        "method_bank",
        "pos.payment.method",
        {
            "name": "Bank",
            "journal_id": journal(env, "journal_bank", "Bank", "BNK1", "bank", shop).id,
            "company_id": shop.id,
        },
    )


def device_method(env, xml_id, name, machine, book, *, close_sale=True):
    """The payment method of a device, on a journal.

    :param close_sale: straight to the receipt once paid
    """
    return keep(
        env,
        xml_id,
        "pos.payment.method",
        {
            "name": name,
            "journal_id": book.id,
            "use_payment_terminal": machine.driver,
            "smartcash_device_id": machine.id,
            "smartcash_close_sale": close_sale,
            "smartcash_auto_start": True,
            "company_id": machine.company_id.id,
        },
    )


def till(env, xml_id, name, methods, shelves):
    """A POS with these payment methods, which shows these categories of products."""
    config = env.ref(f"smartcash_demo.{xml_id}", raise_if_not_found=False)
    if config:
        return config
    values = {
        "name": name,
        "company_id": methods.company_id.id,
        "payment_method_ids": [(6, 0, methods.ids)],
        "limit_categories": True,
        "iface_available_categ_ids": [(6, 0, shelves.ids)],
    }
    return keep(env, xml_id, "pos.config", values)


def machine_till(env, name, machine, code, shelves):
    """A POS whose only cash method is the machine's, beside a bank method."""
    make, shop = machine.driver, machine.company_id
    book = journal(env, f"journal_{make}", name, code, "cash", shop)
    cash = device_method(env, f"method_{make}", name, machine, book)
    config = till(env, f"till_{make}", f"{name} till", cash | bank_method(env, shop), shelves)
    keep(
        env,
        f"rule_{make}",
        "smartcash.rule",
        {
            "company_id": shop.id,
            "payment_method_id": cash.id,
            "device_id": machine.id,
            "pos_config_ids": [(6, 0, config.ids)],
            "right_cash_in": True,
            "right_cash_out": True,
        },
    )


def products(env, prefix, wares, shop):
    """What a shop sells, without taxes, so that sums are easy to follow.

    :returns: their categories
    """
    shelves = env["pos.category"]
    for number, (name, price, category) in enumerate(wares):
        shelf = keep(env, f"category_{category.lower()}", "pos.category", {"name": category})
        shelves |= shelf
        values = {
            "name": name,
            "list_price": price,
            "available_in_pos": True,
            "detailed_type": "consu",
            "taxes_id": [(5, 0, 0)],
            "pos_categ_ids": [(6, 0, shelf.ids)],
            "company_id": shop.id,
        }
        keep(env, f"{prefix}_{number}", "product.template", values)
    return shelves


def cashier(env, login, name, shop, timezone):
    """Somebody who may sell and nothing else; the password is the login."""
    if env["res.users"].search([("login", "=", login)]):
        return
    groups = env.ref("base.group_user") | env.ref("point_of_sale.group_pos_user")
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": name,
            "login": login,
            "password": login,
            "company_id": shop.id,
            "company_ids": [(6, 0, shop.ids)],
            "groups_id": [(6, 0, groups.ids)],
            "tz": timezone,
        }
    )


def counter(env):
    """The shop in Spain: its tills have a cash machine each. :returns: its environment and shelves"""
    shop = spanish_company(env)
    env = env(context={**env.context, "allowed_company_ids": shop.ids})
    if not env.ref("smartcash_demo.product_0", raise_if_not_found=False):
        env["pos.config"].search([("company_id", "=", shop.id)]).active = False
    cashier(env, "cashier", "Carmen, cashier", shop, "Europe/Madrid")
    return env, shop, products(env, "product", SPANISH_PRODUCTS, shop)


def shops(env):
    """What each make brings: ``make/shop.py`` of its addon, by addon."""
    installed = env["ir.module.module"].search([("state", "=", "installed")]).sorted("name")
    return {
        name: importlib.import_module(f"odoo.addons.{name}.make.shop")
        for name in installed.mapped("name")
        if Path(get_module_path(name), "make", "shop.py").is_file()
    }


def load(env):
    """Make the whole demo; all or nothing."""
    # Managers are admin/admin, in all companies.
    env.ref("base.user_admin").groups_id |= env.ref("point_of_sale.group_pos_manager")
    # Odoo executes this file without making a module of it.
    demo = SimpleNamespace(**globals())
    told = {name: shop.load(demo, env) or {} for name, shop in shops(env).items()}
    env.cr.commit()
    print(f"SMARTCASH_DEMO {json.dumps(told)}")


if "env" in globals():
    load(globals()["env"])
