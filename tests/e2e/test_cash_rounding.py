"""Where the smallest coins are gone, the till asks the machine for what can be paid."""

from collections.abc import Iterator

import pytest

from tests.deployment import Deployment
from tests.odoo_rpc import OdooRpc

STEP = 5  # minor units
#: (way of rounding, price of the product, what the machine is asked for)
CASES = [("HALF-UP", 237, 235), ("HALF-UP", 238, 240), ("UP", 236, 240), ("DOWN", 239, 235)]


@pytest.fixture
def rounding(odoo: OdooRpc, stack: Deployment, request: pytest.FixtureRequest) -> Iterator[int]:
    """Cash is rounded at the first till; the amount that "Pretzel" costs there in cash."""
    way, price, due = request.param
    product = odoo.call(
        "product.product",
        "create",
        {"name": "Pretzel", "list_price": price / 100, "taxes_id": [(5,)], "available_in_pos": True}
        | {"pos_categ_ids": [(6, 0, odoo.call("pos.category", "search", [], limit=1))]},
    )
    account = odoo.call("account.account", "search", [("account_type", "=", "expense")], limit=1)
    rule = odoo.call(
        "account.cash.rounding",
        "create",
        {
            "name": f"{way} {price}",
            "rounding": STEP / 100,
            "rounding_method": way,
            "strategy": "add_invoice_line",
            "profit_account_id": account[0],
            "loss_account_id": account[0],
        },
    )
    config = [stack.world.config_ids[0]]
    values = {"cash_rounding": True, "only_round_cash_method": True, "rounding_method": rule}
    odoo.call("pos.config", "write", config, values)
    yield due
    odoo.call("pos.config", "write", config, {"cash_rounding": False})
    odoo.call("product.product", "write", [product], {"available_in_pos": False, "active": False})


@pytest.mark.parametrize("rounding", CASES, indirect=True, ids=lambda case: f"{case[0]} {case[1]}")
def test_the_machine_is_asked_for_the_rounded_amount(rounding, till, machine, customer, books):
    till.add_product("Pretzel")
    till.start_payment()
    machine.wait_accepting()
    customer.insert(500)
    till.expect_receipt()
    assert books.settle().payments == rounding
    (operation,) = books.operations()
    assert (operation["amount"], operation["amount_out"]) == (rounding, 500 - rounding)
    assert operation["match_state"] == "matched"
