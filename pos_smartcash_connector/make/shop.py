"""The demo's till with a Cashlogy, made by tools/demo_data.py."""

import os

from odoo import fields


def load(demo, env):
    env, shop, shelves = demo.counter(env)
    demo.machine_till(env, "Cashlogy", machine(demo, env, shop), "CLGY", shelves)


def machine(demo, env, shop):
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
        "safe_journal_id": demo.safe(env, shop).id,
    }
    found = env["smartcash.device"].search([("uid", "=", uid)])
    if found:
        found.write(values)
        return found
    return env["smartcash.device"].create({**values, "uid": uid})
