"""The shop that the tests sell in, made over RPC like a consultant would make it."""

from dataclasses import dataclass

from tests.odoo_rpc import OdooRpc
from tests.played_make import DRIVER, NAME

ADMIN = ("admin", "admin")
#: Two cashiers, for two tills. Odoo lets a user have one session per till.
CASHIERS = ("cashier1", "cashier2")
PASSWORD = "cashier-of-the-tests"
METHOD = NAME
PRODUCTS = {"Coffee": 2.35, "Cake": 4.9, "Menu": 17.05}


@dataclass(frozen=True)
class World:
    """Ids in one database."""

    config_ids: tuple[int, ...]
    device_uid: str = ""
    pairing_key: str = ""


def make_shop(odoo: OdooRpc, tills: int = 1) -> World:
    """Euros, products, cashiers and tills with a drawer, in a database with the Point of Sale only."""
    _use_euros(odoo)
    category = odoo.call("pos.category", "create", {"name": "Menu card"})
    for name, price in PRODUCTS.items():
        odoo.call(
            "product.product",
            "create",
            {
                "name": name,
                "list_price": price,
                "taxes_id": [(5,)],
                "available_in_pos": True,
                "pos_categ_ids": [(4, category)],
            },
        )
    for login in CASHIERS:
        make_cashier(odoo, login)
    return World(tuple(make_till(odoo, number + 1) for number in range(tills)))


def make_cashier(odoo: OdooRpc, login: str) -> None:
    """Make a Point of Sale user whose password is ``PASSWORD``."""
    groups = [_ref(odoo, "base", "group_user"), _ref(odoo, "point_of_sale", "group_pos_user")]
    odoo.call(
        "res.users",
        "create",
        {
            "name": login.capitalize(),
            "login": login,
            "password": PASSWORD,
            "email": f"{login}@example.com",
            "groups_id": [(6, 0, groups)],
        },
    )


def _ref(odoo: OdooRpc, module: str, name: str) -> int:
    (row,) = odoo.search_read(
        "ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"]
    )
    return row["res_id"]


def _use_euros(odoo: OdooRpc) -> None:
    euro = _ref(odoo, "base", "EUR")
    odoo.call("res.currency", "write", [euro], {"active": True})
    companies = odoo.call("res.company", "search", [])
    odoo.call("res.company", "write", companies, {"currency_id": euro})
    odoo.call(
        "product.pricelist",
        "write",
        odoo.call("product.pricelist", "search", []),
        {"currency_id": euro},
    )


def make_till(odoo: OdooRpc, number: int) -> int:
    """Make a POS with a drawer and a card terminal; return its id."""
    cash = make_method(odoo, f"Drawer {number}", "cash")
    bank = make_method(odoo, f"Card {number}", "bank")
    values = {"name": f"Till {number}", "payment_method_ids": [(6, 0, [cash, bank])]}
    return odoo.call("pos.config", "create", values)


def make_method(
    odoo: OdooRpc, name: str, kind: str, currency: int | bool = False, **values: object
) -> int:
    """Make a payment method with a journal of its own; return its id.

    ``currency``: of the journal, if not the company's.
    """
    journal = odoo.call(
        "account.journal", "create", {"name": name, "type": kind, "currency_id": currency}
    )
    return odoo.call(
        "pos.payment.method", "create", {"name": name, "journal_id": journal, **values}
    )


def add_machine(odoo: OdooRpc, shop: World, gateway_url: str) -> World:
    """Put a machine in the place of each till's drawer (one machine, a method per till)."""
    device, key = make_device(odoo, "Machine of the tests", gateway_url)
    for number, config in enumerate(shop.config_ids, 1):
        machine = make_method(
            odoo,
            f"{METHOD} {number}",
            "cash",
            use_payment_terminal=DRIVER,
            smartcash_device_id=device,
            smartcash_close_sale=True,
            smartcash_auto_start=False,
        )
        add_rules(odoo, machine)
        replace_drawer(odoo, config, machine)
    (row,) = odoo.call("smartcash.device", "read", [device], ["uid"])
    return World(shop.config_ids, row["uid"], key)


def add_rules(odoo: OdooRpc, method: int) -> None:
    """Cashiers may take money out; a manager may also work by hand, as without rules."""
    cashier = {"payment_method_id": method, "right_cash_in": True, "right_cash_out": True}
    (manager,) = odoo.call("res.users", "search", [("login", "=", "admin")])
    odoo.call("smartcash.rule", "create", {**cashier, "sequence": 20})
    own = {"user_id": manager, "sequence": 10, "right_by_hand": True}
    odoo.call("smartcash.rule", "create", {**cashier, **own})


def make_device(odoo: OdooRpc, name: str, gateway_url: str) -> tuple[int, str]:
    """Make a machine that no till uses yet; return its id and its gateway's key."""
    device = odoo.call(
        "smartcash.device", "create", {"name": name, "driver": DRIVER, "endpoint": gateway_url}
    )
    dialog = odoo.call("smartcash.device", "action_new_pairing_key", [device])
    return device, dialog["context"]["default_pairing_key"]


def replace_drawer(odoo: OdooRpc, config_id: int, method: int) -> None:
    """Put a machine's payment method in the place of the till's cash."""
    (row,) = odoo.call("pos.config", "read", [config_id], ["payment_method_ids"])
    cash = odoo.call(
        "pos.payment.method",
        "search",
        [("id", "in", row["payment_method_ids"]), ("is_cash_count", "=", True)],
    )
    methods = set(row["payment_method_ids"]) - set(cash) | {method}
    odoo.call("pos.config", "write", [config_id], {"payment_method_ids": [(6, 0, sorted(methods))]})


def open_session(cashier: OdooRpc, config_id: int) -> None:
    """Do what "New session" does in the backend; with a session already open nothing happens."""
    cashier.call("pos.config", "open_ui", [config_id])


def install_language(odoo: OdooRpc, code: str) -> None:
    """Load a language of Odoo, translations and number format included."""
    (language,) = odoo.search_read(
        "res.lang", [("code", "=", code), ("active", "in", [True, False])], ["active"]
    )
    if language["active"]:
        return
    wizard = odoo.call("base.language.install", "create", {"lang_ids": [(6, 0, [language["id"]])]})
    odoo.call("base.language.install", "lang_install", [wizard])
