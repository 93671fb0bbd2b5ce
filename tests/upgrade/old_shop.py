"""Run by `odoo shell` with the addons of 17.0.1.0.0: two sessions' worth of everything that has money in it.

One session is closed. In the open one: a paid order, a payment whose order was never saved, an end that
nobody knows, an operation that runs, cash taken out, a decision of a manager, a count.
"""

import time
from uuid import uuid4

import jwt

COMPANY = env.ref("base.main_company")  # noqa: F821 - `odoo-bin shell` defines env
env = env(context={**env.context, "allowed_company_ids": COMPANY.ids})  # noqa: F821 - `odoo-bin shell` defines env
euro = env.ref("base.EUR")
euro.active = True
env["account.chart.template"].try_loading("generic_coa", COMPANY, install_demo=False)
COMPANY.currency_id = euro
env["product.pricelist"].search([]).currency_id = euro


def user(login, *groups):
    return env["res.users"].create(
        {
            "name": login.capitalize(),
            "login": login,
            "email": f"{login}@example.com",
            "groups_id": [(6, 0, [env.ref(group).id for group in ("base.group_user", *groups)])],
        }
    )


def machine(name, code, driver, **values):
    """A device with its journal and payment method."""
    journal = env["account.journal"].create({"name": name, "code": code, "type": "cash"})
    device = env["smartcash.device"].create({"name": name, "driver": driver, **values})
    return env["pos.payment.method"].create(
        {
            "name": name,
            "journal_id": journal.id,
            "use_payment_terminal": driver,
            "smartcash_device_id": device.id,
        }
    )


def refused_not(answer):
    assert not (isinstance(answer, dict) and "refused" in answer), answer
    return answer


cashier = user("old_cashier", "point_of_sale.group_pos_user")
manager = user("old_manager", "point_of_sale.group_pos_manager", "account.group_account_user")
safe = env["account.journal"].create({"name": "Safe", "code": "SAFE", "type": "cash"})
rounding = env["account.account"].create(
    {"name": "Rounding of machines", "code": "649900", "account_type": "expense"}
)
cashlogy = machine(
    "Old Cashlogy", "OCL", "cashlogy", endpoint="http://127.0.0.1:8787", safe_journal_id=safe.id
)
key = cashlogy.smartcash_device_id.action_new_pairing_key()["context"]["default_pairing_key"]
cashdro = machine(
    "Old CashDro",
    "OCD",
    "cashdro",
    transport="server",
    cashdro_host="127.0.0.1",
    cashdro_port=1,
    cashdro_user="till",
    cashdro_password="a-secret",
    rounding_account_id=rounding.id,
)
env["smartcash.rule"].create(
    [
        {
            "payment_method_id": cashlogy.id,
            "user_id": cashier.id,
            "right_cash_in": True,
            "right_cash_out": True,
            "right_refund": True,
            "right_by_hand": True,
        },
        {"payment_method_id": cashlogy.id, "user_id": manager.id},
        {"payment_method_id": cashdro.id, "right_cash_in": True},
    ]
)
product = env["product.product"].create(
    {"name": "Old coffee", "list_price": 9.9, "taxes_id": [(5,)], "available_in_pos": True}
)
card = env["pos.payment.method"].create(
    {
        "name": "Old card",
        "journal_id": env["account.journal"].create({"name": "Card", "type": "bank"}).id,
    }
)
config = env["pos.config"].create(
    {"name": "Old shop", "payment_method_ids": [(6, 0, [cashlogy.id, card.id])]}
)
Operation = env["smartcash.operation"].with_user(cashier)
numbers = iter(range(1, 100))


def open_session(total):
    config.with_user(cashier).open_ui()
    session = config.current_session_id.with_user(cashier)
    count(session, "opening", total)
    session.set_cashbox_pos(total / 100, "")
    assert session.state == "opened"
    return session


def count(session, moment, total):
    seen = {"total": total, "reason": "Counted by hand"}
    taken = env["smartcash.count"].with_user(cashier).take(session.id, moment, seen)
    return refused_not(taken)


def register(session, kind="sale", amount=990, by=cashier):
    number = next(numbers)
    wish = {
        "uuid": str(uuid4()),
        "kind": kind,
        "amount": amount,
        "currency": "EUR",
        "session_id": session.id,
        "payment_method_id": cashlogy.id,
        "order_uid": f"00001-001-{number:04}" if kind in ("sale", "refund") else None,
        "order_name": f"Order 00001-001-{number:04}",
        "cashier": "Ana",
        "allow_partial": False,
        "reference": None,
    }
    return refused_not(Operation.with_user(by).register(wish))["uuid"]


def report(uuid, state, phase, amount_in=0, amount_out=0, undispensed=0):
    operation = Operation.sudo().search([("uuid", "=", uuid)])
    claims = {
        "op": uuid,
        "device": operation.device_id.uid,
        "kind": operation.kind,
        "state": state,
        "amount": round(operation.amount * 100),
        "amount_in": amount_in,
        "amount_out": amount_out,
        "undispensed": undispensed,
        "iat": int(time.time()),
    }
    ended = state in ("done", "cancelled", "failed")
    progress = {
        "state": state,
        "phase": phase,
        "amountIn": amount_in,
        "amountOut": amount_out,
        "undispensed": undispensed,
        "rounding": 0,
        "deviceRef": None,
        "cancellable": False,
        "acceptable": False,
        "messages": [],
        "card": None,
        "signature": jwt.encode(claims, key, algorithm="HS256") if ended else None,
    }
    return refused_not(Operation.with_user(operation.user_id).report(uuid, progress))


def sell(session, uuid, amount=9.9):
    operation = Operation.sudo().search([("uuid", "=", uuid)])
    uid = operation.order_uid
    order = {
        "id": uid,
        "to_invoice": False,
        "data": {
            "amount_paid": amount,
            "amount_return": 0,
            "amount_tax": 0,
            "amount_total": amount,
            "date_order": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "fiscal_position_id": False,
            "lines": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "qty": 1,
                        "price_unit": amount,
                        "price_subtotal": amount,
                        "price_subtotal_incl": amount,
                        "discount": 0,
                        "tax_ids": [(6, 0, [])],
                        "pack_lot_ids": [],
                        "full_product_name": product.name,
                    },
                )
            ],
            "name": f"Order {uid}",
            "partner_id": False,
            "pos_session_id": session.id,
            "pricelist_id": config.pricelist_id.id,
            "sequence_number": 1,
            "statement_ids": [
                (
                    0,
                    0,
                    {
                        "amount": amount,
                        "name": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                        "payment_method_id": cashlogy.id,
                        "smartcash_uuid": uuid,
                    },
                )
            ],
            "uid": uid,
            "user_id": cashier.id,
            "access_token": "",
        },
    }
    env["pos.order"].with_user(cashier).create_from_ui([order])


def paid(session):
    uuid = register(session)
    report(uuid, "running", "accepting", 2000)
    report(uuid, "done", "ended", 2000, 1010)
    sell(session, uuid)


def cash_out(session, amount):
    uuid = register(session, "cash_out", amount)
    report(uuid, "running", "dispensing")
    report(uuid, "done", "ended", 0, amount)


# Yesterday: 200.00 + 9.90 - 5.00, and the machine held it.
first = open_session(20000)
paid(first)
cash_out(first, 500)
env.flush_all()
count(first, "closing", 20490)
closed = first.post_closing_cash_details(204.90)
assert closed["successful"], closed
first.update_closing_control_state_session("")
closed = first.close_session_from_ui([])
assert closed["successful"], closed
assert first.state == "closed"

# Today: as much in it as yesterday's closing left.
second = open_session(20490)
paid(second)
lost = register(second)
report(lost, "done", "ended", 1000, 10)  # its order never came
unknown = register(second)
report(unknown, "running", "accepting", 500)
report(unknown, "unknown", "accepting", 500)
cash_out(second, 1000)
decided = register(second)
report(decided, "done", "ended", 990, 0)
env["smartcash.operation"].with_user(manager).pending(second.id)
refused_not(
    env["smartcash.operation"].with_user(manager).resolve(decided, "cash_in", "Found in the tray")
)
fill = register(second, "fill", 3000, manager)
report(fill, "running", "accepting", 1000)
report(fill, "done", "ended", 3000)  # from the safe
assert Operation.sudo().search([("uuid", "=", fill)]).statement_line_id, "no transfer was booked"
running = register(second)
report(running, "running", "accepting", 500)
env.cr.commit()
print("OLD SHOP IS OPEN")
