"""Fed to `odoo shell` by ``ledger_cost``: what register and report cost in ledgers of two sizes.

Prints one line ``LEDGER_COST {json}``. Everything happens in a database of its own.
"""

import json
import sys
import time
from uuid import uuid4

import jwt

AMOUNT, INSERTED, CHANGE = 990, 2000, 1010  # minor units


def shop(env):
    """Make a POS with a paired Cashlogy; return the operation model of its cashier and a wish."""
    company = env.company
    journal = env["account.journal"].create({"name": "Machine", "code": "MCH", "type": "cash"})
    device = env["smartcash.device"].create({"name": "Till 1", "driver": "cashlogy"})
    device.action_new_pairing_key()
    method = env["pos.payment.method"].create(
        {
            "name": "Machine",
            "journal_id": journal.id,
            "use_payment_terminal": "cashlogy",
            "smartcash_device_id": device.id,
        }
    )
    config = env["pos.config"].create({"name": "Shop", "payment_method_ids": [(6, 0, method.ids)]})
    groups = env.ref("base.group_user") | env.ref("point_of_sale.group_pos_user")
    cashier = env["res.users"].create(
        {"name": "Ana", "login": "ana", "groups_id": [(6, 0, groups.ids)]}
    )
    env["smartcash.rule"].create({"payment_method_id": method.id})
    config.open_ui()
    wish = {
        "kind": "sale",
        "amount": AMOUNT,
        "currency": company.currency_id.name,
        "session_id": config.current_session_id.id,
        "payment_method_id": method.id,
        "order_uid": "00001-001-0001",
        "order_name": "Order 00001-001-0001",
        "cashier": "Ana",
    }
    return env["smartcash.operation"].with_user(cashier), wish, device


def fill(env, wish, device, rows):
    """Bring the ledger to ``rows`` ended sales with two events each, all of this device and session."""
    missing = rows - env["smartcash.operation"].search_count([])
    env.cr.execute(
        """
        INSERT INTO smartcash_operation (uuid, kind, device_id, payment_method_id, session_id, company_id, user_id,
               cashier, currency_id, amount, amount_in, amount_out, net, undispensed, rounding, state, phase, evidence,
               match_state, started_at, ended_at, create_date, write_date, create_uid, write_uid)
        SELECT gen_random_uuid()::text, 'sale', %(device)s, %(method)s, %(session)s, %(company)s, 1,
               'Ana', %(currency)s, 9.90, 20, 10.10, 9.90, 0, 0, 'done', 'ended', 'signed',
               'matched', now(), now(), now(), now(), 1, 1
          FROM generate_series(1, %(missing)s)
        """,
        {
            "device": device.id,
            "method": wish["payment_method_id"],
            "session": wish["session_id"],
            "company": device.company_id.id,
            "currency": device.currency_id.id,
            "missing": missing,
        },
    )
    env.cr.execute(
        """
        INSERT INTO smartcash_operation_event (operation_id, company_id, at, user_id, kind, state_from, state_to, message)
        SELECT operation.id, operation.company_id, now(), 1, kinds.kind, 'running', 'done', 'Done'
          FROM smartcash_operation operation CROSS JOIN (VALUES ('registered'), ('step')) AS kinds (kind)
         WHERE NOT EXISTS (SELECT FROM smartcash_operation_event event WHERE event.operation_id = operation.id)
        """
    )
    env.cr.execute("ANALYZE smartcash_operation")
    env.cr.execute("ANALYZE smartcash_operation_event")
    env.cr.commit()


def progress(device, uuid):
    """Return the end of a sale as the till reports it, signed with the pairing key."""
    claims = {
        "op": uuid,
        "device": device.uid,
        "kind": "sale",
        "state": "done",
        "amount": AMOUNT,
        "amount_in": INSERTED,
        "amount_out": CHANGE,
        "undispensed": 0,
        "iat": int(time.time()),
    }
    return {
        "state": "done",
        "phase": "ended",
        "amountIn": INSERTED,
        "amountOut": CHANGE,
        "deviceRef": "j:1",
        "signature": jwt.encode(claims, device.gateway_pairing_key, algorithm="HS256"),
    }


def sale(model, wish, said, uuid):
    """Register and report one sale, each as a request with its own commit; return (queries, seconds)."""
    env = model.env
    env.invalidate_all()
    queries, began = env.cr.sql_log_count, time.perf_counter()
    registered = model.register({**wish, "uuid": uuid})
    env.cr.commit()
    env.invalidate_all()
    reported = model.report(uuid, said)
    env.cr.commit()
    cost = env.cr.sql_log_count - queries, time.perf_counter() - began
    if "refused" in registered or reported.get("state") != "done":
        raise SystemExit(f"the sale did not go through: {registered} {reported}")
    return cost


def measure(model, wish, device, sales):
    """Sell, and return queries and seconds of each sale; the first ones warm the caches."""
    costs = []
    for _number in range(sales + 20):
        uuid = str(uuid4())
        costs.append(sale(model, wish, progress(device, uuid), uuid))
    return costs[20:]


def main(env, sizes, sales):
    """Measure at each size, smallest first, in one process on one database."""
    model, wish, device = shop(env)
    result = {}
    for rows in sizes:
        fill(env, wish, device, rows)
        result[rows] = measure(model, wish, device, sales)
    sys.stdout.write(f"LEDGER_COST {json.dumps(result)}\n")
    sys.stdout.flush()
