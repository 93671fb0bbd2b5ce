"""Odoo itself: `ODOO_BIN` (an installed one), `ODOO_SRC`, the cache, else a clone into the cache."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path

from .paths import CACHE
from .shell import Problem, locked, run, say
from .venvs import odoo_python

BRANCH = "17.0"
URL = "https://github.com/odoo/odoo"


def _is_odoo(path: Path) -> bool:
    return (path / "odoo-bin").is_file() and (path / "addons" / "point_of_sale").is_dir()


@lru_cache(maxsize=1)
def odoo_source() -> Path:
    """Return the folder that holds odoo-bin, cloned if need be."""
    named = os.environ.get("ODOO_SRC")
    if named:
        path = Path(named).expanduser().resolve()
        if not _is_odoo(path):
            raise Problem(f"ODOO_SRC={named} holds no odoo-bin and addons/point_of_sale")
        return path
    path = CACHE / f"odoo-{BRANCH}"
    with locked("odoo-source"):
        if _is_odoo(path):
            return path
        say(f"cloning Odoo {BRANCH} into {path} (once; some minutes)")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        command: list[str | Path] = [
            "git",
            "clone",
            "--quiet",
            "--depth=1",
            f"--branch={BRANCH}",
            URL,
            partial,
        ]
        run(command, what=f"cloning {URL} (set ODOO_SRC to use a copy that you have)")
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    return path


def installed() -> str | None:
    """Return the launcher of an installed Odoo, as in the official container; None: use the source."""
    return os.environ.get("ODOO_BIN") or None


def launcher() -> str:
    """Return the script that starts Odoo."""
    return installed() or str(odoo_source() / "odoo-bin")


def addons_folders() -> list[Path]:
    """Return where Odoo's own addons lie; an installed Odoo knows that itself."""
    if installed():
        return []
    source = odoo_source()
    return [source / "addons", source / "odoo" / "addons"]


def revision() -> str:
    """Return what tells one state of Odoo from another."""
    if named := installed():
        return run([odoo_python(), named, "--version"], what="reading Odoo's version").strip()
    source = odoo_source()
    if (source / ".git").exists():
        command: list[str | Path] = ["git", "-C", source, "rev-parse", "HEAD"]
        return run(command, what="reading Odoo's revision").strip()
    return (source / "odoo" / "release.py").read_text()
