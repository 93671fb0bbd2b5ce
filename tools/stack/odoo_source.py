"""Odoo's own source: `ODOO_SRC`, else the cache, else a shallow clone into the cache."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path

from .paths import CACHE
from .shell import Problem, locked, run, say

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
        command = [
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


def revision() -> str:
    """Return what tells one state of the source from another."""
    source = odoo_source()
    if (source / ".git").exists():
        return run(
            ["git", "-C", source, "rev-parse", "HEAD"], what="reading Odoo's revision"
        ).strip()
    return (source / "odoo" / "release.py").read_text()
