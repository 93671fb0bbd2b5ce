"""The demo shops: run by `odoo shell`, as often as one likes (what is there is kept or set right).

Reads from the environment: SMARTCASH_DEMO_DEVICE (the Cashlogy's uid), SMARTCASH_DEMO_KEY (pairing
key, shared with the gateway), SMARTCASH_DEMO_GATEWAY (the gateway's URL as the browser sees it);
SMARTCASH_DEMO_CASHDRO (host:port), SMARTCASH_DEMO_CASHDRO_FINGERPRINT (of its certificate),
SMARTCASH_DEMO_CASHDRO_USER (name:password); SMARTCASH_DEMO_HESABE (the cloud's URL).
"""

import os
from urllib.parse import urlsplit

from odoo import fields

SPANISH_PRODUCTS = (
    ("Café con leche", 1.60, "Bar"),
    ("Cortado", 1.40, "Bar"),
    ("Zumo de naranja", 2.90, "Bar"),
    ("Bocadillo de tortilla", 4.25, "Kitchen"),
    ("Croissant", 1.85, "Kitchen"),
    ("Menú del día", 13.50, "Kitchen"),
    ("Tarta de Santiago", 4.80, "Kitchen"),
)

KUWAITI_PRODUCTS = (
    ("Karak tea", 0.350, "Drinks"),
    ("Fresh lemon and mint", 1.250, "Drinks"),
    ("Falafel sandwich", 0.600, "Food"),
    ("Machboos with chicken", 3.250, "Food"),
    ("Kunafa", 1.750, "Food"),
)
#: Hesabe publishes these for its sandbox; user and password are the simulator's.
HESABE_ACCOUNT = {
    "merchant_code": "842217",
    "access_code": "c333729b-d060-4b74-a49d-7686a8353481",
    "secret_key": "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg",
    "iv_key": "5NVdrlPVNnjo2Jy9",
    "username": "sandbox@example.com",
    "password": "sandbox",
}
#: Terminal ID at Hesabe, name, model.
TERMINALS = (
    ("29708454", "PAX A920 Till 1", "pax_a920"),
    ("29708455", "PAX A50 Till 2", "pax_a50"),
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


def kuwaiti_company(env):
    """A shop in Kuwait that counts in dinars of a thousand fils, with a chart of accounts."""
    dinar = env.ref("base.KWD")
    dinar.active = True
    shop = keep(
        env,
        "company_kuwait",
        "res.company",
        {"name": "SmartCash Kuwait", "country_id": env.ref("base.kw").id, "currency_id": dinar.id},
    )
    if not shop.chart_template:
        env["account.chart.template"].try_loading("generic_coa", shop, install_demo=False)
    if shop.currency_id != dinar:
        shop.currency_id = dinar
    return shop


def keep(env, xml_id, model, values):
    """Create a record under an external id; what is there stays: an open session refuses changes."""
    data = [{"xml_id": f"smartcash_demo.{xml_id}", "values": values, "noupdate": True}]
    return env[model]._load_records(data, update=True)


def safe(env, shop):
    """Where change comes from, and where goes what is taken out of a machine."""
    return journal(env, "journal_safe", "Safe", "SAFE", "cash", shop)


def cashlogy(env, shop):
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
        "safe_journal_id": safe(env, shop).id,
    }
    machine = env["smartcash.device"].search([("uid", "=", uid)])
    if machine:
        machine.write(values)
        return machine
    return env["smartcash.device"].create({**values, "uid": uid})


def cashdro(env, shop):
    """The CashDro that the simulator plays; Odoo itself talks to it, and to no other certificate."""
    host, port = os.environ["SMARTCASH_DEMO_CASHDRO"].rsplit(":", 1)
    user, password = os.environ["SMARTCASH_DEMO_CASHDRO_USER"].split(":", 1)
    rounding = keep(
        env,
        "account_rounding",
        "account.account",
        {
            "name": "Rounding of cash machines",
            "code": "649900",
            "account_type": "expense",
            "company_id": shop.id,
        },
    )
    machine = keep(
        env,
        "device_cashdro",
        "smartcash.device",
        {
            "name": "CashDro at the bar",
            "driver": "cashdro",
            "model": "cashdro3",
            "transport": "server",
            "cashdro_user": user,
            "cashdro_password": password,
            "cashdro_terminal": "smartcash-demo",
            "company_id": shop.id,
            "currency_id": shop.currency_id.id,
            "rounding_account_id": rounding.id,
            "safe_journal_id": safe(env, shop).id,
        },
    )
    machine.write(
        {
            "cashdro_host": host,
            "cashdro_port": int(port),
            "cashdro_tls": "pin",
            "cashdro_fingerprint": os.environ["SMARTCASH_DEMO_CASHDRO_FINGERPRINT"],
        }
    )
    return machine


def hesabe_account(env, shop):
    """The merchant at the simulated Hesabe, and its terminals."""
    cloud = os.environ["SMARTCASH_DEMO_HESABE"]
    account = keep(
        env,
        "hesabe_account",
        "hesabe.account",
        {
            "name": "SmartCash Kuwait",
            "company_id": shop.id,
            "merchant_url": cloud,
            "gateway_url": cloud,
            **HESABE_ACCOUNT,
        },
    )
    account.write({"merchant_url": cloud, "gateway_url": cloud})
    return account


def terminal(env, account, number, name, model):
    """A card terminal as the synchronisation would make it."""
    return keep(
        env,
        f"terminal_{number}",
        "smartcash.device",
        {
            "name": name,
            "driver": "hesabe",
            "model": model,
            "company_id": account.company_id.id,
            "currency_id": account.company_id.currency_id.id,
            "hesabe_account_id": account.id,
            "hesabe_terminal_id": number,
            "hesabe_terminal_name": name,
        },
    )


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


def terminals_till(env, account, shelves):
    """A POS that takes cards, at either of two terminals."""
    book = journal(env, "journal_hesabe", "Hesabe", "HSB", "bank", account.company_id)
    methods = env["pos.payment.method"]
    for number, (reference, name, model) in enumerate(TERMINALS, 1):
        machine = terminal(env, account, reference, name, model)
        methods |= device_method(
            env,
            f"method_hesabe_{number}",
            f"Card {number}",
            machine,
            book,
            close_sale=number == 1,
        )
    till(env, "till_hesabe", "Hesabe till", methods, shelves)


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


def spanish_shop(env):
    """Two tills, with a cash machine each."""
    shop = spanish_company(env)
    env = env(context={**env.context, "allowed_company_ids": shop.ids})
    if not env.ref("smartcash_demo.till_cashlogy", raise_if_not_found=False):
        env["pos.config"].search([("company_id", "=", shop.id)]).active = False
    shelves = products(env, "product", SPANISH_PRODUCTS, shop)
    machine_till(env, "Cashlogy", cashlogy(env, shop), "CLGY", shelves)
    machine_till(env, "CashDro", cashdro(env, shop), "CDRO", shelves)
    cashier(env, "cashier", "Carmen, cashier", shop, "Europe/Madrid")


def kuwaiti_shop(env):
    """A till with two card terminals. :returns: the account at Hesabe"""
    shop = kuwaiti_company(env)
    env = env(context={**env.context, "allowed_company_ids": shop.ids})
    account = hesabe_account(env, shop)
    shelves = products(env, "kuwaiti_product", KUWAITI_PRODUCTS, shop)
    terminals_till(env, account, shelves)
    cashier(env, "kuwait", "Khalid, cashier", shop, "Asia/Kuwait")
    env.ref("base.user_admin").company_ids |= shop
    return account


def load(env):
    """Make the whole demo; all or nothing."""
    # Managers are admin/admin, in both companies.
    env.ref("base.user_admin").groups_id |= env.ref("point_of_sale.group_pos_manager")
    spanish_shop(env)
    account = kuwaiti_shop(env)
    env.cr.commit()
    print(f"SMARTCASH_DEMO webhook={urlsplit(account.webhook_url).path}")


if "env" in globals():
    load(globals()["env"])
