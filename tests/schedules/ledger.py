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

import odoo
from odoo.service.model import execute_kw, retrying
from odoo.tools import config

from tests.world import CASHIERS, World, add_machine, make_shop

METHOD = [("use_payment_terminal", "=", "cashlogy")]


class LocalRpc:
    """What ``tests.odoo_rpc`` is over XML-RPC, inside Odoo itself."""

    def __init__(self, env: odoo.api.Environment) -> None:
        self.env = env

    def call(self, model: str, method: str, *positional: object, **named: object) -> object:
        return odoo.api.call_kw(self.env[model], method, list(positional), named)

    def search_read(self, model: str, domain: list, fields: list[str], **named: object) -> list:
        return self.call(model, "search_read", domain, fields, **named)


def open_shops(env: odoo.api.Environment, count: int) -> list[dict]:
    """Return ``count`` tills, each with a machine and an open session of its own."""
    rpc = LocalRpc(env)
    tills = make_shop(rpc, count).config_ids
    cashiers = env["res.users"].search([("login", "in", CASHIERS)], order="id")
    shops = []
    for config_id in tills:
        # Where the gateway listens is told to the pages by whoever starts it.
        world = add_machine(rpc, World((config_id,)), "http://127.0.0.1:8787")
        till = env["pos.config"].browse(config_id)
        session = env["pos.session"].with_user(cashiers[0]).create({"config_id": config_id})
        session.sudo().write({"state": "opened"})
        method = till.payment_method_ids.filtered_domain(METHOD)
        shops.append(
            {
                "device": world.device_uid,
                "device_id": method.smartcash_device_id.id,
                "key": world.pairing_key,
                "session_id": session.id,
                "payment_method_id": method.id,
                "pricelist_id": till.pricelist_id.id,
                "cashiers": cashiers.ids,
                "admin": odoo.SUPERUSER_ID,
            }
        )
    return shops


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


def empty(database: str, device_id: int) -> dict:
    """Forget all operations of a device: the next schedule starts with an empty ledger."""
    events = (
        "DELETE FROM smartcash_operation_event WHERE operation_id IN"
        " (SELECT id FROM smartcash_operation WHERE device_id = %s)"
    )
    return change(
        database,
        (events, [device_id]),
        ("UPDATE smartcash_operation SET parent_id = NULL WHERE device_id = %s", [device_id]),
        ("DELETE FROM smartcash_operation WHERE device_id = %s", [device_id]),
    )


def pass_time(database: str, device_id: int, seconds: int) -> dict:
    """What runs on a device has been running for that much longer."""
    older = (
        "UPDATE smartcash_operation SET started_at = started_at - %s * interval '1 second'"
        " WHERE state = 'running' AND device_id = %s"
    )
    return change(database, (older, [seconds, device_id]))


def serve(database: str, connection: socket.socket) -> None:
    # One file each way: writing to a text file forgets what it has read ahead.
    with connection, connection.makefile("r") as wishes, connection.makefile("w") as answers:
        for line in wishes:
            wish = json.loads(line)
            if "empty" in wish:
                said = empty(database, wish["empty"])
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
                finally:
                    os._exit(status)
            connection.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
