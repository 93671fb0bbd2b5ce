"""The demo's till with a CashDro, made by tools/demo_data.py."""

import os


def load(demo, env):
    env, shop, shelves = demo.counter(env)
    demo.machine_till(env, "CashDro", machine(demo, env, shop), "CDRO", shelves)


def machine(demo, env, shop):
    """The CashDro that the simulator plays; Odoo itself talks to it, and to no other certificate."""
    host, port = os.environ["SMARTCASH_DEMO_CASHDRO"].rsplit(":", 1)
    user, password = os.environ["SMARTCASH_DEMO_CASHDRO_USER"].split(":", 1)
    rounding = demo.keep(
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
    found = demo.keep(
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
            "safe_journal_id": demo.safe(env, shop).id,
        },
    )
    found.write(
        {
            "cashdro_host": host,
            "cashdro_port": int(port),
            "cashdro_tls": "pin",
            "cashdro_fingerprint": os.environ["SMARTCASH_DEMO_CASHDRO_FINGERPRINT"],
        }
    )
    return found
