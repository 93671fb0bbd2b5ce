"""What needs no Odoo is type-checked without being on a list: the checkers' files are found."""

import json
import re

import check_types
import pytest

from stack.paths import ROOT

SHIPPED = re.compile(r"[\"'](?:@(pos_\w+)/([\w/]+))[\"']")


def loaded_javascript() -> set[str]:
    """What the tests of Node load by name."""
    texts = [path.read_text() for path in (ROOT / "tests" / "js").glob("**/*.mjs")]
    found = (match.groups() for text in texts for match in SHIPPED.finditer(text))
    return {f"{addon}/static/src/{path}.js" for addon, path in found}


def test_javascript_that_node_loads_is_checked() -> None:
    assert loaded_javascript() - set(check_types.javascript()) == set()


@pytest.mark.parametrize(
    "path", ["core/money.py", "core/progress.py", "core/levels.py", "core/registration.py"]
)
def test_the_rules_of_money_are_checked(path: str) -> None:
    assert f"pos_smartcash_terminal/{path}" in check_types.python()


def test_every_protocol_is_checked() -> None:
    protocols = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("pos_*/*_protocol/*.py")}
    protocols = {path for path in protocols if not path.endswith("__init__.py")}
    assert protocols
    assert protocols <= set(check_types.python())


def test_what_is_odoos_is_not_checked() -> None:
    assert not [path for path in check_types.python() if "/models/" in path]
    component = "pos_smartcash_terminal/static/src/app/payment_dialog/payment_dialog.js"
    assert (ROOT / component).exists()
    assert component not in check_types.javascript()


def test_a_file_that_imports_one_of_odoos_is_odoos(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "pos_fifth" / "static" / "src"
    folder.mkdir(parents=True)
    (tmp_path / "pos_fifth" / "__manifest__.py").write_text("{}")
    (folder / "free.js").write_text('import { _t } from "@web/core/l10n/translation";\n')
    (folder / "also.js").write_text('import { free } from "./free";\n')
    (folder / "odoos.js").write_text('import { Component } from "@odoo/owl";\n')
    (folder / "leads.js").write_text('import { odoos } from "@pos_fifth/odoos";\n')
    monkeypatch.setattr(check_types, "ROOT", tmp_path)
    monkeypatch.setattr(check_types, "addons", lambda: ["pos_fifth"])
    found = check_types.javascript()
    assert found == ["pos_fifth/static/src/also.js", "pos_fifth/static/src/free.js"]


def test_the_settings_of_tsc_name_no_addon() -> None:
    assert "files" not in json.loads((ROOT / "tsconfig.json").read_text())
    assert "pos_" not in (ROOT / "tsconfig.json").read_text()
