"""What needs no Odoo is on the lists of the type checkers, so that a new file is no gap."""

import json
import re
from pathlib import Path

import pytest
import tomli

from stack.paths import ROOT

#: Odoo's own classes, by other names.
OTHERS = re.compile(r"(^|/)(__\w+__|hooks)\.py$|/(controllers|models|wizard|tests\w*)/")
IMPORTS_ODOO = re.compile(r"^\s*(from|import) odoo\b", re.MULTILINE)
SHIPPED = re.compile(r"[\"'](?:@(pos_\w+)/([\w/]+))[\"']")

CHECKED_PYTHON = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
CHECKED_JAVASCRIPT = json.loads((ROOT / "tsconfig.json").read_text())["files"]


def free_python() -> list[str]:
    found = (path.relative_to(ROOT).as_posix() for path in ROOT.glob("pos_*/**/*.py"))
    return [
        path
        for path in found
        if not OTHERS.search(path) and not IMPORTS_ODOO.search((ROOT / path).read_text())
    ]


def loaded_javascript() -> set[str]:
    """What the tests of Node load by name."""
    texts = [path.read_text() for path in (ROOT / "tests" / "js").glob("**/*.mjs")]
    found = (match.groups() for text in texts for match in SHIPPED.finditer(text))
    return {f"{addon}/static/src/{path}.js" for addon, path in found}


@pytest.mark.parametrize("path", free_python())
def test_python_without_odoo_is_checked(path: str) -> None:
    assert any(path == one or path.startswith(f"{one}/") for one in CHECKED_PYTHON), path


@pytest.mark.parametrize("path", sorted(loaded_javascript()))
def test_javascript_that_node_loads_is_checked(path: str) -> None:
    assert path in CHECKED_JAVASCRIPT


@pytest.mark.parametrize("path", [*CHECKED_PYTHON, *CHECKED_JAVASCRIPT])
def test_the_lists_name_what_there_is(path: str) -> None:
    assert (ROOT / Path(path)).exists()
