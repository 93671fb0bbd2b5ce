"""Fed to `odoo shell` by ``closing_cost``: what closing a session costs, with our addons and without.

Prints one line ``CLOSING_COST {json}``. The shell's own database has the addons, a second one does not.
"""

import json
import sys
import time
from uuid import uuid4

import odoo

PRICE = 9.90
OPENING = 100.0
MINOR = 100


def shop(env, orders, *, machine):
    """Make a POS with ``orders`` paid in cash in its open session; return the session."""
    name = f"{orders} orders"
    journal = env["account.journal"].create({"name": name, "type": "cash"})
    terminal = {}
    if machine:
        device = env["smartcash.device"].create({"name": name, "driver": "cashlogy"})
        terminal = {"use_payment_terminal": "cashlogy", "smartcash_device_id": device.id}
    method = env["pos.payment.method"].create({"name": name, "journal_id": journal.id, **terminal})
    config = env["pos.config"].create({"name": name, "payment_method_ids": [(6, 0, method.ids)]})
    config.open_ui()
    session = config.current_session_id
    if machine:
        count(session, "opening", OPENING)
    session.set_cashbox_pos(OPENING, None)
    multiply(env.cr, sale(env, session, method, machine=machine), orders)
    return session


def count(session, moment, total):
    """A person counts ``total`` in the machine."""
    seen = {"total": round(total * MINOR), "reason": "Counted"}
    answer = session.env["smartcash.count"].take(session.id, moment, seen)
    if "refused" in answer:
        raise SystemExit(f"not counted: {answer}")
    return answer


def sale(env, session, method, *, machine):
    """Sell one piece through the front door; return the order."""
    uuid = register(env, session, method) if machine else False
    product = env["product.product"].search([("name", "=", "Anything")]) or env[
        "product.product"
    ].create({"name": "Anything", "detailed_type": "service", "taxes_id": [(5,)]})
    uid, now = str(uuid4()), time.strftime("%Y-%m-%d %H:%M:%S")
    line = {
        "product_id": product.id,
        "qty": 1,
        "price_unit": PRICE,
        "price_subtotal": PRICE,
        "price_subtotal_incl": PRICE,
        "tax_ids": [[6, False, []]],
        "pack_lot_ids": [],
    }
    payment = {
        "name": now,
        "amount": PRICE,
        "payment_method_id": method.id,
        "smartcash_uuid": uuid,
    }
    order = {
        "name": f"Order {uid}",
        "uid": uid,
        "user_id": env.uid,
        "pos_session_id": session.id,
        "pricelist_id": session.config_id.pricelist_id.id,
        "partner_id": False,
        "fiscal_position_id": False,
        "sequence_number": 1,
        "access_token": "",
        "date_order": now,
        "lines": [[0, 0, line]],
        "statement_ids": [[0, 0, payment]],
        "amount_paid": PRICE,
        "amount_total": PRICE,
        "amount_tax": 0,
        "amount_return": 0,
        "to_invoice": False,
    }
    (saved,) = env["pos.order"].create_from_ui([{"id": uid, "data": order, "to_invoice": False}])
    return env["pos.order"].browse(saved["id"])


def register(env, session, method):
    """Have the ledger hold the sale; return its uuid."""
    uuid, ledger = str(uuid4()), env["smartcash.operation"]
    ledger.register(
        {
            "uuid": uuid,
            "kind": "sale",
            "amount": round(PRICE * MINOR),
            "currency": session.currency_id.name,
            "session_id": session.id,
            "payment_method_id": method.id,
        }
    )
    told = ledger.report(
        uuid, {"state": "done", "phase": "ended", "amountIn": 2000, "amountOut": 1010}
    )
    if told.get("state") != "done":
        raise SystemExit(f"the ledger did not take the sale: {told}")
    return uuid


def multiply(cr, order, orders):
    """Copy an order, with its line, payment, operation and events, until there are ``orders``."""
    order.env.flush_all()
    session = order.session_id.id
    cr.execute("CREATE TEMP TABLE made AS SELECT generate_series(2, %s) AS id", [orders])
    copy(
        cr,
        "pos_order",
        order.ids,
        name="source.name || '/' || made.id",
        pos_reference="source.pos_reference || '-' || made.id",
        access_token="gen_random_uuid()::text",
    )
    again(cr, "SELECT id FROM pos_order WHERE session_id = %s AND id <> %s", session, order.id)
    uuid = "gen_random_uuid()::text"
    copy(cr, "pos_order_line", order.lines.ids, order_id="made.id", uuid=uuid)
    copy(cr, "pos_payment", order.payment_ids.ids, pos_order_id="made.id", smartcash_uuid=uuid)
    if "smartcash.operation" in order.env:
        operation = order.env["smartcash.operation"].search([("pos_order_id", "=", order.id)])
        payments = "SELECT * FROM pos_payment WHERE session_id = %s AND pos_order_id <> %s"
        again(cr, payments, session, order.id)
        copy(
            cr,
            "smartcash_operation",
            operation.ids,
            uuid="made.smartcash_uuid",
            pos_payment_id="made.id",
            pos_order_id="made.pos_order_id",
        )
        operations = "SELECT id FROM smartcash_operation WHERE session_id = %s AND id <> %s"
        again(cr, operations, session, operation.id)
        events = operation.event_ids.ids
        copy(cr, "smartcash_operation_event", events, operation_id="made.id")
    cr.execute("DROP TABLE made")
    order.env.invalidate_all()


def again(cr, select, *parameters):
    """What is copied next is copied once for each of these rows."""
    cr.execute("DROP TABLE made")
    cr.execute("CREATE TEMP TABLE made AS " + select, parameters)


def copy(cr, table, sources, **changed):
    """Insert each source row once per row of ``made``, but for what is ``changed`` (SQL)."""
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cr.fetchall() if name != "id"]
    values = [changed.get(name, f"source.{name}") for name in columns]
    cr.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608 - our own words
        f" FROM {table} source CROSS JOIN made WHERE source.id IN %s",
        [tuple(sources)],
    )
    cr.execute(f"ANALYZE {table}")


def close(session, orders, *, machine):
    """Close as the till does, each call with cold caches, and undo it; return (queries, seconds)."""
    env = session.env
    total = OPENING + orders * PRICE
    steps = [
        lambda: session.get_closing_control_data(),
        lambda: machine and count(session, "closing", total),
        lambda: session.post_closing_cash_details(round(total, 2)),
        lambda: session.update_closing_control_state_session(""),
        lambda: session.close_session_from_ui([]),
    ]
    env.invalidate_all()
    queries, began = env.cr.sql_log_count, time.perf_counter()
    for step in steps:
        said = step()
        env.invalidate_all()
    cost = env.cr.sql_log_count - queries, time.perf_counter() - began
    lines = session.statement_line_ids.mapped("payment_ref")
    if said != {"successful": True} or any("closing" in line for line in lines):
        raise SystemExit(f"the session did not close without a difference: {said} {lines}")
    env.cr.rollback()
    return cost


def main(env, plain, sizes, repeats):
    """Measure at each size, with the addons and without in turns."""
    result = {}
    with odoo.registry(plain).cursor() as cr:
        plain_env = odoo.api.Environment(cr, env.uid, {})
        for orders in sizes:
            ours = shop(env, orders, machine=True)
            theirs = shop(plain_env, orders, machine=False)
            env.cr.commit()
            cr.commit()
            pairs = []
            for number in range(repeats + 1):
                pair = {}
                for machine in (True, False) if number % 2 else (False, True):
                    pair[machine] = close(ours if machine else theirs, orders, machine=machine)
                pairs.append([*pair[False], *pair[True]])
            result[orders] = pairs[1:]  # the first pair warmed the caches
    sys.stdout.write(f"CLOSING_COST {json.dumps(result)}\n")
    sys.stdout.flush()
