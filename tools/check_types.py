"""Type-check what needs no Odoo: ``python`` with mypy, ``javascript`` with tsc.

Which files those are is found in the addons, so that a new one is no gap and a new addon needs no list.
Of Python: what imports no Odoo, besides the ``files`` of pyproject.toml. Of JavaScript: what imports, and
leads to, nothing of Odoo but its translations; its settings are in tsconfig.json.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import tomli

from stack.node import node, node_env, node_modules
from stack.paths import ROOT, RUN, addons

#: Odoo's own classes, by other names, and what tests import.
OF_ODOO = re.compile(
    r"(^|/)(__\w+__|hooks)\.py$|/(controllers|models|wizard|migrations|tests\w*)/|/make/(shop|conformance)\.py$"
)
IMPORTS_ODOO = re.compile(r"^\s*(from|import) odoo\b", re.MULTILINE)
IMPORTED = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"']+)["']""")
ADDON_PATH = re.compile(r"@(pos_\w+)/(.+)")
TRANSLATION = "@web/core/l10n/translation"


def python() -> list[str]:
    """Return the Python files of the addons that import no Odoo."""
    found = (path for addon in addons() for path in sorted((ROOT / addon).glob("**/*.py")))
    return [
        path.relative_to(ROOT).as_posix()
        for path in found
        if not OF_ODOO.search(path.relative_to(ROOT).as_posix())
        and not IMPORTS_ODOO.search(path.read_text("utf-8"))
    ]


def javascript() -> list[str]:
    """Return the shipped files that run without Odoo's framework, as Node's tests run them."""
    found = (path for addon in addons() for path in (ROOT / addon).glob("static/src/**/*.js"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found if _is_free(path))


def _is_free(path: Path) -> bool:
    """Whether nothing that a file leads to is Odoo's; types in comments lead there too, and in circles."""
    reached: set[Path] = set()
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if not file.is_file():
            return False
        reached.add(file)
        waiting += [found for found in _imports(file) if found and found not in reached]
    return True


@cache
def _imports(path: Path) -> list[Path | None]:
    """Return what a file imports; None for the translations, a file that is not there for Odoo's."""
    found: list[Path | None] = []
    for name in IMPORTED.findall(path.read_text("utf-8")):
        ours = ADDON_PATH.fullmatch(name)
        if name == TRANSLATION:
            found.append(None)
        elif ours and ours[1] in addons():
            found.append(ROOT / ours[1] / "static" / "src" / f"{ours[2]}.js")
        else:
            # Odoo's has no such file beside this one.
            found.append((path.parent / f"{name}.js").resolve())
    return found


def _check_python() -> list[str]:
    settings = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    return [sys.executable, "-m", "mypy", *settings["files"], *python()]


def _check_javascript() -> list[str]:
    node_modules()
    folders = {f"@{addon}/*": [str(ROOT / addon / "static" / "src" / "*")] for addon in addons()}
    files = ["tests/js/odoo.d.ts", *javascript()]
    settings = {
        "extends": str(ROOT / "tsconfig.json"),
        "compilerOptions": {"paths": folders},
        "files": [str(ROOT / path) for path in files],
    }
    place = RUN / "tsconfig.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(settings, indent=4))
    return [node()[0], str(ROOT / "node_modules/typescript/bin/tsc"), "-p", str(place)]


def main() -> int:
    """Return the checker's exit code."""
    command = {"python": _check_python, "javascript": _check_javascript}[sys.argv[1]]()
    return subprocess.run(command, cwd=ROOT, env=node_env(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
