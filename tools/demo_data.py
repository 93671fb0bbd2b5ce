"""The demo shop: run by `odoo shell`, as often as one likes (what is there is kept or set right).

Reads from the environment: SMARTCASH_DEMO_DEVICE (the device's uid), SMARTCASH_DEMO_KEY (pairing
key, shared with the gateway), SMARTCASH_DEMO_GATEWAY (the gateway's URL as the browser sees it).
"""

import os

from odoo import fields

PRODUCTS = (
    ("Café con leche", 1.60, "Bar"),
    ("Cortado", 1.40, "Bar"),
    ("Zumo de naranja", 2.90, "Bar"),
    ("Bocadillo de tortilla", 4.25, "Kitchen"),
    ("Croissant", 1.85, "Kitchen"),
    ("Menú del día", 13.50, "Kitchen"),
    ("Tarta de Santiago", 4.80, "Kitchen"),
)


def company(env):
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


def device(env, shop):
    """The Cashlogy that the simulator plays, behind the gateway on this machine."""
    uid = os.environ["SMARTCASH_DEMO_DEVICE"]
    values = {
        "name": "Cashlogy at the counter",
        "driver": "cashlogy",
        "model": "pos1500",
        "transport": "gateway",
        "endpoint": os.environ["SMARTCASH_DEMO_GATEWAY"],
        "gateway_pairing_key": os.environ["SMARTCASH_DEMO_KEY"],
        "gateway_paired_at": fields.Datetime.now(),
        "company_id": shop.id,
        "currency_id": shop.currency_id.id,
    }
    machine = env["smartcash.device"].search([("uid", "=", uid)])
    if machine:
        machine.write(values)
        return machine
    return env["smartcash.device"].create({**values, "uid": uid})


def journal(env, xml_id, name, code, kind, shop):
    """A journal of the shop, found by its code if the chart made it already."""
    found = env["account.journal"].search(
        [("code", "=", code), ("company_id", "=", shop.id)], limit=1
    )
    if found:
        return found
    values = {"name": name, "code": code, "type": kind, "company_id": shop.id}
    return keep(env, xml_id, "account.journal", values)


def till(env, shop, machine):
    """A POS whose only cash method is the machine's, beside a bank method."""
    cash = keep(
        env,
        "method_cashlogy",
        "pos.payment.method",
        {
            "name": "Cashlogy",
            "journal_id": journal(env, "journal_cashlogy", "Cashlogy", "CLGY", "cash", shop).id,
            "use_payment_terminal": "cashlogy",
            "smartcash_device_id": machine.id,
            "smartcash_close_sale": True,
            "company_id": shop.id,
        },
    )
    bank = keep(
        env,
        "method_bank",
        "pos.payment.method",
        {
            "name": "Bank",
            "journal_id": journal(env, "journal_bank", "Bank", "BNK1", "bank", shop).id,
            "company_id": shop.id,
        },
    )
    config = env.ref("smartcash_demo.till_cashlogy", raise_if_not_found=False)
    if not config:
        env["pos.config"].search([("company_id", "=", shop.id)]).active = False
        config = keep(
            env,
            "till_cashlogy",
            "pos.config",
            {
                "name": "Cashlogy till",
                "company_id": shop.id,
                "payment_method_ids": [(6, 0, (cash | bank).ids)],
            },
        )
    keep(
        env,
        "rule_cashlogy",
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
    return config


def products(env):
    """What the shop sells, without taxes, so that sums are easy to follow."""
    for number, (name, price, category) in enumerate(PRODUCTS):
        shelf = keep(env, f"category_{category.lower()}", "pos.category", {"name": category})
        values = {
            "name": name,
            "list_price": price,
            "available_in_pos": True,
            "detailed_type": "consu",
            "taxes_id": [(5, 0, 0)],
            "pos_categ_ids": [(6, 0, shelf.ids)],
        }
        keep(env, f"product_{number}", "product.template", values)


def people(env, shop):
    """A cashier who may sell and nothing else; the manager is admin/admin."""
    manager = env.ref("point_of_sale.group_pos_manager")
    env.ref("base.user_admin").groups_id |= manager
    cashier = env["res.users"].search([("login", "=", "cashier")])
    if not cashier:
        groups = env.ref("base.group_user") | env.ref("point_of_sale.group_pos_user")
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": "Carmen, cashier",
                "login": "cashier",
                "password": "cashier",
                "company_id": shop.id,
                "company_ids": [(6, 0, shop.ids)],
                "groups_id": [(6, 0, groups.ids)],
                "tz": "Europe/Madrid",
            }
        )


def load(env):
    """Make the whole demo; all or nothing."""
    shop = company(env)
    env = env(context={**env.context, "allowed_company_ids": shop.ids})
    machine = device(env, shop)
    config = till(env, shop, machine)
    products(env)
    people(env, shop)
    env.cr.commit()
    print(f"SMARTCASH_DEMO config_id={config.id} device={machine.uid}")


if "env" in globals():
    load(globals()["env"])
