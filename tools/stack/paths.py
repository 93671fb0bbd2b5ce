"""Where things lie."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"
VENVS = ROOT / ".venv"
ODOO_PYTHON = VENVS / "odoo" / "bin" / "python"
TOOLS_PYTHON = VENVS / "tools" / "bin" / "python"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smartcash"


def addons() -> list[str]:
    """Names of the addons in this repository."""
    return sorted(manifest.parent.name for manifest in ROOT.glob("*/__manifest__.py"))
