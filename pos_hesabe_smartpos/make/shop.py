"""The demo's till with two card terminals of Hesabe, made by tools/demo_data.py."""

import os
from urllib.parse import urlsplit

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


def load(demo, env):
    """:returns: the path of the webhook, which the simulated cloud calls"""
    shop = kuwaiti_company(demo, env)
    env.ref("base.user_admin").company_ids |= shop
    env = env(context={**env.context, "allowed_company_ids": shop.ids})
    account = hesabe_account(demo, env, shop)
    shelves = demo.products(env, "kuwaiti_product", KUWAITI_PRODUCTS, shop)
    terminals_till(demo, env, account, shelves)
    demo.cashier(env, "kuwait", "Khalid, cashier", shop, "Asia/Kuwait")
    return {"webhook": urlsplit(account.webhook_url).path}


def kuwaiti_company(demo, env):
    """A shop in Kuwait that counts in dinars of a thousand fils, with a chart of accounts."""
    dinar = env.ref("base.KWD")
    dinar.active = True
    shop = demo.keep(
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


def hesabe_account(demo, env, shop):
    """The merchant at the simulated Hesabe, and its terminals."""
    cloud = os.environ["SMARTCASH_DEMO_HESABE"]
    account = demo.keep(
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


def terminal(demo, env, account, number, name, model):
    """A card terminal as the synchronisation would make it."""
    return demo.keep(
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


def terminals_till(demo, env, account, shelves):
    """A POS that takes cards, at either of two terminals."""
    book = demo.journal(env, "journal_hesabe", "Hesabe", "HSB", "bank", account.company_id)
    methods = env["pos.payment.method"]
    for number, (reference, name, model) in enumerate(TERMINALS, 1):
        machine = terminal(demo, env, account, reference, name, model)
        methods |= demo.device_method(
            env,
            f"method_hesabe_{number}",
            f"Card {number}",
            machine,
            book,
            close_sale=number == 1,
        )
    demo.till(env, "till_hesabe", "Hesabe till", methods, shelves)
