"""The pages of the addons are those that their readme fragments make."""

import pytest
import store_pages

from stack.paths import ROOT, addons


@pytest.mark.parametrize("name", addons())
def test_a_page_is_current(name) -> None:
    assert store_pages.outdated(ROOT / name) == [], "run tools/store_pages.py"


@pytest.mark.parametrize("name", addons())
def test_a_page_says_what_the_addon_is_with_a_picture(name) -> None:
    html = store_pages.page(ROOT / name)
    assert "<h1>" in html
    assert "<img " in html
    assert "![" not in html


def test_a_changed_fragment_is_noticed(tmp_path) -> None:
    (tmp_path / "readme").mkdir()
    (tmp_path / "static" / "description").mkdir(parents=True)
    (tmp_path / "__manifest__.py").write_text('{"name": "A & B", "summary": "s"}')
    fragment = tmp_path / "readme" / "DESCRIPTION.md"
    fragment.write_text("It *works*.")
    store_pages.write(tmp_path)
    assert store_pages.outdated(tmp_path) == []
    assert "A &amp; B" in (tmp_path / "static/description/index.html").read_text()
    fragment.write_text("It does not.")
    assert [path.name for path in store_pages.outdated(tmp_path)] == ["index.html"]
