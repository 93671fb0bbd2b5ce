"""A shop that runs on an older version upgrades in the middle of its day, and loses nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.upgrade.shop import HERE, UpgradedShop
from tools.stack import odoo, postgres

VERSIONS = ("17.0.1.0.0",)
#: What an upgrade may change in a row that was there.
MAY_CHANGE = {"write_date", "write_uid"}
#: Columns that a version has dropped, by table; what they held is elsewhere, or was never read.
DROPPED: dict[str, set[str]] = {}


def script(name: str) -> str:
    return (HERE / name).read_text()


@pytest.fixture(scope="module", params=VERSIONS)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UpgradedShop]:
    old: Path = tmp_path_factory.mktemp("old_addons")
    database = f"smartcash_upgrade_{request.param.replace('.', '_')}"
    with (
        postgres.lease() as server,
        odoo.scratch_database(server, database, modules=odoo.POINT_OF_SALE),
    ):
        shop = UpgradedShop(server, database, old)
        shop.make(request.param)
        yield shop


@pytest.fixture(scope="module")
def upgraded(shop: UpgradedShop) -> tuple[dict[str, list[dict]], dict[str, list[dict]]]:
    """All rows before and after."""
    before = shop.shell(script("facts.py"), path=shop.old)
    shop.upgrade()
    return before, shop.shell(script("facts.py"))


def test_the_old_shop_has_what_can_get_lost(upgraded: Any):
    before, _after = upgraded
    states = {row["state"] for row in before["smartcash_operation"]}
    assert states >= {"done", "running", "unknown"}
    matches = {row["match_state"] for row in before["smartcash_operation"]}
    assert matches >= {"matched", "open", "resolved"}
    assert {row["state"] for row in before["pos_session"]} == {"opened", "closed"}
    assert {row["moment"] for row in before["smartcash_count"]} == {"opening", "closing"}


def test_no_row_and_no_value_is_lost(upgraded: Any):
    before, after = upgraded
    lost = []
    for table, rows in before.items():
        now = {_key(row): row for row in after.get(table, [])}
        for row in rows:
            found = now.get(_key(row))
            if found is None:
                lost.append(f"{table}: row {_key(row)}")
                continue
            lost += [
                f"{table} {_key(row)} {name}: {value!r} → {found.get(name, 'no such column')!r}"
                for name, value in row.items()
                if name not in MAY_CHANGE | DROPPED.get(table, set())
                and found.get(name, "no such column") != value
            ]
    assert not lost, "\n".join(lost)


def test_the_day_goes_on(upgraded: Any, shop: UpgradedShop):
    trail = shop.shell(script("new_shop.py"))
    assert trail["running"] == ["cancelled", 0.0, "signed"]
    assert trail["open"] == [5.0, 9.9]
    assert trail["transfer"] == [[-30.0, 30.0], True]
    assert trail["counted"] == ["manual"] * 3
    assert not trail["matched anew"]
    assert trail["closed"] == "closed"
    assert trail["next"] == ["opened", trail["inside"]]
    assert trail["books"] == trail["inside"]
    assert trail["differences"] == 0


def _key(row: dict) -> Any:
    """A row's id; of a table that only links two others, the two."""
    return row["id"] if "id" in row else tuple(row.values())
