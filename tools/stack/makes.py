"""The makes of machine in this repository: each addon brings what the tools have to know, in ``make/``.

``make/parts.py`` has what the demo runs of the make; it imports nothing of Odoo:

* ``PORTS``: name → (environment variable, port), where its parts listen;
* ``PAGES``: (label, name of a port, hint) of the pages that a visitor of the demo opens;
* ``shop_env(here)``: the environment of the addon's ``make/shop.py``, which makes its demo shop in Odoo;
* ``configure(here, told)``: writes what its parts read; ``told`` is what ``make/shop.py`` answered;
* ``processes(here)``: (name, command, address that answers once it runs) of each part.

No list of makes exists: an addon with such a folder is one.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .paths import ROOT


def modules(name: str, root: Path | None = None) -> dict[str, ModuleType]:
    """Return ``make/<name>.py`` of each addon that has one, by addon; without the addon, which wants Odoo.

    :param root: where to look for addons, if not in this repository
    """
    found = sorted((root or ROOT).glob(f"*/make/{name}.py"))
    addons = {path.parts[-3]: path for path in found}
    return {addon: _load(addon, name, path) for addon, path in addons.items()}


def _load(addon: str, name: str, path: Path) -> ModuleType:
    full = f"{addon}__make__{name}"
    if full in sys.modules:
        return sys.modules[full]
    spec = importlib.util.spec_from_file_location(full, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    return module


def parts() -> dict[str, ModuleType]:
    """Return what the demo runs of each make, by addon."""
    return modules("parts")


@dataclass(frozen=True)
class Here:
    """A demo, as the parts of a make see it."""

    home: Path  #: of what belongs to this demo
    python: str  #: which has the simulators and the gateway
    ports: Mapping[str, int]
    shop: str  #: where the browser finds Odoo
    host: str = "127.0.0.1"  #: on which the parts listen
    speed: float = 1.0  #: of the simulated machines
    env: Mapping[str, str] | None = None  #: what moves the parts' addresses

    def url(self, port: str) -> str:
        """Return the address of a part, as the browser sees it."""
        return f"http://127.0.0.1:{self.ports[port]}"

    def address(self, variable: str, port: str) -> str:
        """Return host:port of a part as other parts see it: in containers that is elsewhere."""
        return self.named(variable, f"127.0.0.1:{self.ports[port]}")

    def named(self, variable: str, usual: str) -> str:
        """Return a setting of the environment."""
        return (self.env or {}).get(variable, usual)

    def program(self, name: str) -> str:
        """Return a command that is installed beside the Python."""
        return str(Path(self.python).with_name(name))

    def simulator(self, make: str, port: str, page: str, *more: str) -> list[str]:
        """Return the command of a simulator of this repository."""
        ports = ["--port", str(self.ports[port]), "--web-port", str(self.ports[page])]
        module = f"smartcash_simulators.{make}"
        return [self.python, "-m", module, "--host", self.host, *ports, *more]

    def write_secret(self, name: str, text: str) -> Path:
        """Write a file of the demo that only its owner reads."""
        self.home.mkdir(parents=True, exist_ok=True)
        path = self.home / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
        return path
