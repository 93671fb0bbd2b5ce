"""Run by `odoo shell` after the upgrade: the day goes on where the old version left it.

The running payment ends and its order comes, a manager decides what is open, the session closes with
what is in the machine, and the next one opens with it.
"""

import time

import jwt
from odoo.addons.pos_smartcash_connector.gateway_jwt import ALGORITHM

company = env.ref("base.main_company")  # noqa: F821 - `odoo-bin shell` defines env
env = env(context={**env.context, "allowed_company_ids": company.ids})  # noqa: F821 - `odoo-bin shell` defines env
cashier = env["res.users"].search([("login", "=", "old_cashier")])
manager = env["res.users"].search([("login", "=", "old_manager")])
method = env["pos.payment.method"].search([("name", "=", "Old Cashlogy")])
config = env["pos.config"].search([("name", "=", "Old shop")])
session = config.current_session_id
# A tap starts no machine today that it did not start yesterday.
assert not method.smartcash_auto_start
key = method.smartcash_device_id.gateway_pairing_key
Operation = env["smartcash.operation"]
trail = {}


def granted(answer):
    assert not (isinstance(answer, dict) and "refused" in answer), answer
    return answer


def progress(operation, state, amount_in, amount_out):
    claims = {
        "op": operation.uuid,
        "device": operation.device_id.uid,
        "kind": operation.kind,
        "state": state,
        "amount": round(operation.amount * 100),
        "amount_in": amount_in,
        "amount_out": amount_out,
        "undispensed": 0,
        "iat": int(time.time()),
    }
    return {
        "state": state,
        "phase": "ended",
        "amountIn": amount_in,
        "amountOut": amount_out,
        "undispensed": 0,
        "rounding": 0,
        "deviceRef": None,
        "cancellable": False,
        "acceptable": False,
        "messages": [],
        "card": None,
        "signature": jwt.encode(claims, key, algorithm=ALGORITHM),
    }


running = Operation.search([("state", "=", "running")])
granted(Operation.with_user(cashier).report(running.uuid, progress(running, "cancelled", 500, 500)))
trail["running"] = running.state, running.net, running.evidence

Operation.with_user(manager).pending(session.id)
unknown = Operation.search([("state", "=", "unknown")])
lost = Operation.search([("match_state", "=", "open")]) - unknown
trail["open"] = sorted((lost | unknown).mapped("net"))
for operation in lost:
    granted(Operation.with_user(manager).resolve(operation.uuid, "cash_in", "Nobody knows why"))
granted(Operation.with_user(manager).resolve(unknown.uuid, "cash_in", "It is in the machine"))
env.flush_all()
env.invalidate_all()

transfers = env["account.bank.statement.line"].search([("smartcash_is_transfer", "=", True)])
trail["transfer"] = sorted(transfers.mapped("amount")), transfers == transfers.smartcash_transfer_id
trail["counted"] = sorted(env["smartcash.count"].search([]).mapped("evidence"))
states = {operation: operation.match_state for operation in Operation.search([])}
Operation.search([("state", "!=", "running")])._match()
trail["matched anew"] = [
    operation.uuid for operation, state in states.items() if operation.match_state != state
]

inside = 20490 + 990 + 990 + 500 - 1000 + 990 + 3000
seen = {"total": inside, "reason": "Counted by hand"}
granted(env["smartcash.count"].with_user(manager).take(session.id, "closing", seen))
as_manager = session.with_user(manager)
closed = as_manager.post_closing_cash_details(inside / 100)
assert closed["successful"], closed
as_manager.update_closing_control_state_session("")
closed = as_manager.close_session_from_ui([])
assert closed["successful"], closed
trail["closed"] = session.state

config.with_user(cashier).open_ui()
following = config.current_session_id.with_user(cashier)
granted(env["smartcash.count"].with_user(cashier).take(following.id, "opening", seen))
following.set_cashbox_pos(inside / 100, "")
trail["next"] = following.state, following.cash_register_balance_start

account = method.journal_id.default_account_id
lines = env["account.move.line"].search(
    [("account_id", "=", account.id), ("parent_state", "=", "posted")]
)
trail["books"] = round(sum(lines.mapped("balance")), 2)
trail["differences"] = env["account.bank.statement.line"].search_count(
    [("pos_session_id", "in", (session.id, following.id)), ("payment_ref", "ilike", "difference")]
)
trail["inside"] = inside / 100
env.cr.commit()
answer(trail)  # noqa: F821 - shop.py defines answer
