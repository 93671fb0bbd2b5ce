"""The addon's modules that know nothing of Odoo, under the names that they have in it."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "odoo": ROOT,
    "odoo.addons": ROOT,
    "odoo.addons.pos_smartcash_terminal": ROOT / "pos_smartcash_terminal",
    "odoo.addons.pos_cashdro": ROOT / "pos_cashdro",
}


def addon_module(name: str) -> ModuleType:
    """:param name: of a module of pos_cashdro; its package's own ``__init__`` asks for Odoo"""
    for package, folder in PACKAGES.items():
        if package not in sys.modules:
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = [str(folder)]
    return import_module(f"odoo.addons.pos_cashdro.{name}")
