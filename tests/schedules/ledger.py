"""The real ledger, a call away: Odoo with both addons, and a socket in the place of its web server.

Runs in Odoo's Python. Each connection is served by a process of its own, as a worker of a prefork
Odoo would be: a transaction per call, committed at its end, repeated by Odoo itself when two workers
collide. A line of JSON in, ``{uid, model, method, args}``; a line out, ``{result}`` or ``{error}``.
"""

import argparse
import json
import os
import signal
import socket
import sys
import traceback

import odoo
from odoo.service.model import execute_kw, retrying
from odoo.tools import config

from tests.world import CASHIERS, World, add_machine, make_cashier, make_device, make_shop

METHOD = [("smartcash_device_id", "!=", False)]
#: A rule of her own sends her to the second machine of each till.
SECOND_CASHIER = "cashier3"
ENDPOINT = (
    "http://127.0.0.1:8787"  # where a gateway listens is told to the pages by whoever starts it
)
PRODUCT = "Anything"


class LocalRpc:
    """What ``tests.odoo_rpc`` is over XML-RPC, inside Odoo itself."""

    def __init__(self, env: odoo.api.Environment) -> None:
        self.env = env

    def call(self, model: str, method: str, *positional: object, **named: object) -> object:
        return odoo.api.call_kw(self.env[model], method, list(positional), named)

    def search_read(self, model: str, domain: list, fields: list[str], **named: object) -> list:
        return self.call(model, "search_read", domain, fields, **named)


def open_shops(env: odoo.api.Environment, count: int) -> list[dict]:
    """Return ``count`` tills, each with two machines and an open session of its own: one cashier has
    a rule that sends her to the second machine, everybody else works with the first."""
    rpc = LocalRpc(env)
    tills = make_shop(rpc, count).config_ids
    make_cashier(rpc, SECOND_CASHIER)
    product = env["product.product"].create(
        {"name": PRODUCT, "detailed_type": "service", "taxes_id": False, "available_in_pos": True}
    )
    cashiers = env["res.users"].search([("login", "in", (*CASHIERS, SECOND_CASHIER))], order="id")
    shops = []
    for config_id in tills:
        world = add_machine(rpc, World((config_id,)), ENDPOINT)
        till = env["pos.config"].browse(config_id)
        session = open_session(env, config_id, cashiers[0])
        method = till.payment_method_ids.filtered_domain(METHOD)
        first = method.smartcash_device_id
        second, key = make_device(rpc, f"{first.name} 2", ENDPOINT)
        add_own_rule(env, method, second, cashiers[2])
        shops.append(
            {
                "devices": [
                    {"id": first.id, "uid": world.device_uid, "key": world.pairing_key},
                    {
                        "id": second,
                        "uid": env["smartcash.device"].browse(second).uid,
                        "key": key,
                        "users": [cashiers[2].id],
                    },
                ],
                "config_id": config_id,
                "session_id": session.id,
                "payment_method_id": method.id,
                "pricelist_id": till.pricelist_id.id,
                "product_id": product.id,
                "cashiers": cashiers.ids,
                "admin": odoo.SUPERUSER_ID,
            }
        )
    return shops


def open_session(env, config_id, cashier):
    session = env["pos.session"].with_user(cashier).create({"config_id": config_id})
    session.sudo().write({"state": "opened"})
    return session


def add_own_rule(env, method, device_id, user):
    """It comes before everybody's."""
    env["smartcash.rule"].create(
        {
            "sequence": 5,
            "payment_method_id": method.id,
            "device_id": device_id,
            "user_id": user.id,
            "right_cash_in": True,
            "right_cash_out": True,
        }
    )


def answer(database: str, wish: dict) -> dict:
    try:
        result = execute_kw(
            database, wish["uid"], wish["model"], wish["method"], wish["args"], wish.get("kw")
        )
    except Exception as error:  # noqa: BLE001 - whatever Odoo raises is the caller's answer
        name = f"{type(error).__module__}.{type(error).__name__}"
        return {"error": {"name": name, "message": str(error)}}
    return {"result": result}


def change(database: str, *statements: tuple[str, list]) -> dict:
    """Meddle with the database behind Odoo's back; repeated when a worker is in the way."""
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        retrying(lambda: [cr.execute(*statement) for statement in statements] and None, env)
    return {"result": True}


EMPTY = """
DELETE FROM smartcash_operation_event WHERE operation_id IN
    (SELECT id FROM smartcash_operation WHERE session_id IN (SELECT id FROM of_till));
DELETE FROM smartcash_count WHERE session_id IN (SELECT id FROM of_till);
UPDATE smartcash_operation SET parent_id = NULL WHERE session_id IN (SELECT id FROM of_till);
DELETE FROM smartcash_operation WHERE session_id IN (SELECT id FROM of_till);
DELETE FROM pos_payment WHERE session_id IN (SELECT id FROM of_till);
DELETE FROM pos_order WHERE session_id IN (SELECT id FROM of_till);
CREATE TEMP TABLE of_books ON COMMIT DROP AS SELECT id, move_id FROM account_bank_statement_line
    WHERE pos_session_id IN (SELECT id FROM of_till);
UPDATE account_move SET statement_line_id = NULL
    WHERE statement_line_id IN (SELECT id FROM of_books);
CREATE TEMP TABLE of_moves ON COMMIT DROP AS SELECT id FROM account_move_line
    WHERE move_id IN (SELECT move_id FROM of_books);
DELETE FROM account_partial_reconcile WHERE debit_move_id IN (SELECT id FROM of_moves)
    OR credit_move_id IN (SELECT id FROM of_moves);
DELETE FROM account_bank_statement_line WHERE id IN (SELECT id FROM of_books);
DELETE FROM account_move WHERE id IN (SELECT move_id FROM of_books);
"""


def empty(database: str, config_id: int, cashier: int) -> dict:
    """Forget what happened at a till: the next schedule starts with an empty ledger and without an
    entry.

    :returns: an open session, the one from before if it still is
    """
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})

        def begin() -> int:
            cr.execute(
                "CREATE TEMP TABLE of_till ON COMMIT DROP AS"
                " SELECT id, state, rescue FROM pos_session WHERE config_id = %s",
                [config_id],
            )
            cr.execute(EMPTY)
            cr.execute("SELECT id FROM of_till WHERE state = 'opened' AND rescue IS NOT TRUE")
            usable = [row[0] for row in cr.fetchall()]
            cr.execute(
                "UPDATE pos_session SET state = 'closed' WHERE config_id = %s AND id != %s",
                [config_id, usable[0] if usable else 0],
            )
            env.invalidate_all()
            return usable[0] if usable else open_session(env, config_id, cashier).id

        return {"result": retrying(begin, env)}


def next_session(database: str, config_id: int, cashier: int) -> dict:
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        return {"result": retrying(lambda: open_session(env, config_id, cashier).id, env)}


def pass_time(database: str, device_ids: list[int], seconds: int) -> dict:
    """What runs on these devices has been running for that much longer."""
    older = (
        "UPDATE smartcash_operation SET started_at = started_at - %s * interval '1 second'"
        " WHERE state = 'running' AND device_id IN %s"
    )
    return change(database, (older, [seconds, tuple(device_ids)]))


def serve(database: str, connection: socket.socket) -> None:
    # One file each way: writing to a text file forgets what it has read ahead.
    with connection, connection.makefile("r") as wishes, connection.makefile("w") as answers:
        for line in wishes:
            wish = json.loads(line)
            if "empty" in wish:
                said = empty(database, *wish["empty"])
            elif "next_session" in wish:
                said = next_session(database, *wish["next_session"])
            elif "pass_time" in wish:
                said = pass_time(database, *wish["pass_time"])
            else:
                said = answer(database, wish)
            answers.write(json.dumps(said, default=str) + "\n")
            answers.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, required=True)
    options, arguments = parser.parse_known_args()
    config.parse_config(arguments)
    database = config["db_name"]
    if config["init"]:
        odoo.modules.registry.Registry.new(database, update_module=True)
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        shops = open_shops(env, options.shops) if options.shops else []
    # A connection to the database cannot be shared with the workers to come.
    odoo.sql_db.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(json.dumps({"port": listener.getsockname()[1], "shops": shops}), flush=True)
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                status = 1
                try:
                    serve(database, connection)
                    status = 0
                except BaseException:
                    # Nobody else will say so: the caller only sees that the line is cut.
                    traceback.print_exc()
                    raise
                finally:
                    sys.stderr.flush()
                    os._exit(status)
            connection.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
