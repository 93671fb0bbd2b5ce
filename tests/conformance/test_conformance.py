"""Every make keeps every promise, or says in its data which it cannot keep.

The makes are found: ``make/conformance.py`` of each addon, and of the toy make, which lives here alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.floor import PRODUCT, Floor
from tests.conformance.make import LineRpc, Make
from tests.conformance.promises import MAY_ASK, PROMISES
from tests.schedules.odoo_ledger import LedgerLine, ledger_database, odoo_ledger
from tests.world import make_shop
from tools.stack import makes, odoo
from tools.stack.paths import ROOT, addons

HERE = Path(__file__).parent
TOY = HERE / "toy"


def every_make() -> dict[str, type[Make]]:
    """By name."""
    found = makes.modules("conformance")
    found |= makes.modules("conformance", TOY)
    return {make.name: make for module in found.values() for make in module.MAKES}


MAKES = every_make()
TRIED = [(make, name) for make in MAKES for name in PROMISES if name not in MAKES[make].cannot]


@pytest.fixture(scope="module")
def tills() -> Iterator[tuple[int, dict[str, int]]]:
    """The ledger's port, and a till for each make."""
    toys = ",".join(path.parent.name for path in TOY.glob("*/__manifest__.py"))
    with (
        ledger_database("conformance") as database,
        odoo_ledger(database, 0, log="conformance-ledger.log", more=TOY, install=toys) as ledger,
    ):
        port = json.loads(ledger)["port"]
        line = LedgerLine(port)
        rpc = LineRpc(line.call)
        configs = make_shop(rpc, len(MAKES)).config_ids
        values = {"name": PRODUCT, "detailed_type": "service", "taxes_id": False}
        rpc.call("product.product", "create", {**values, "available_in_pos": True})
        line.close()
        yield port, dict(zip(MAKES, configs, strict=True))


@pytest.fixture(scope="module")
def floors(tills) -> Iterator[dict[str, Floor]]:
    """The till of the make that is tried, opened when its first promise is."""
    opened: dict[str, Floor] = {}
    yield opened
    for floor in opened.values():
        floor.leave()
        floor.make.close()


@pytest.fixture
def floor(request: pytest.FixtureRequest, tills, floors) -> Floor:
    name, (port, configs) = request.param, tills
    if name not in floors:
        make = MAKES[name]()
        make.open()
        floors[name] = Floor(port, make, configs[name], odoo.LOGS / f"conformance-{name}.log")
    floors[name].begin()
    return floors[name]


@pytest.mark.parametrize(("floor", "name"), TRIED, indirect=["floor"])
def test_promise(floor: Floor, name: str):
    PROMISES[name](floor)
    broken = floor.close_the_day()
    if name in MAY_ASK:
        broken = [one for one in broken if not one.startswith("books: disputed")]
    assert broken == []


def test_what_a_make_cannot_is_a_promise_with_a_reason():
    for make in MAKES.values():
        assert set(make.cannot) <= set(PROMISES), make.name
        assert all(reason.endswith(".") for reason in make.cannot.values()), make.name


def test_every_addon_with_parts_is_tried():
    assert set(makes.parts()) <= set(makes.modules("conformance"))


def test_the_toy_make_keeps_every_promise():
    assert MAKES["toy"].cannot == {}


def test_the_toy_make_is_known_to_nobody_else():
    folders = [*addons(), "gateway", "simulators", "tools", "tests"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    word = "pos_smartcash" + "_toy"
    assert not [
        path
        for path in files
        if path.suffix in (".py", ".js", ".mjs", ".xml", ".toml")
        and HERE not in path.parents
        and word in path.read_text("utf-8", "replace")
    ]
