"""An addon's tests in parts: each test in exactly one of them."""

from pathlib import Path

import pytest

from stack.odoo_parts import SET_UP, TEST, TOUR, parts

COMMON = """
class Common:
    def test_shared(self):
        self.run_tour("A")
"""
TESTS = """
class TestFast(Other):
    def test_one(self):
        pass

    def helper(self):
        self.run_tour("B")

class TestTours(common.Common):
    def test_two(self):
        self.start_tour("C")

class TestSlow(Common):
    def test_three(self):
        pass
"""


@pytest.fixture
def addon(tmp_path: Path) -> Path:
    tests = tmp_path / "shop" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_shop.py").write_text(TESTS)
    base = tmp_path / "base" / "tests"
    base.mkdir(parents=True)
    (base / "common.py").write_text(COMMON)
    return tmp_path / "shop"


def test_one_part_is_the_addon(addon: Path):
    (only,) = parts(addon, 1, [addon.parent / "base"])
    assert (only.name, only.tags) == ("shop", "/shop")
    assert only.weight == 3 * SET_UP + (TEST) + (TOUR + TOUR) + (TEST + TOUR)


def test_inherited_tours_weigh_and_the_last_part_is_the_rest(addon: Path):
    first, second = parts(addon, 2, [addon.parent / "base"])
    assert first.tags == "/shop:TestTours"
    assert second.tags == "/shop,-/shop:TestTours"
    assert (first.name, second.name) == ("shop 1/2", "shop 2/2")


def test_no_part_is_empty(addon: Path):
    """Odoo would take empty tags for all tests."""
    found = parts(addon, 9, [addon.parent / "base"])
    assert [part.tags for part in found] == [
        "/shop:TestTours",
        "/shop:TestSlow",
        "/shop,-/shop:TestTours,-/shop:TestSlow",
    ]
