"""Starts the ledger's process and talks to it; see ``ledger.py`` for what runs there."""

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.stack import odoo, postgres
from tools.stack.odoo_source import addons_folders, installed, launcher
from tools.stack.paths import ROOT
from tools.stack.shell import free_port

STOP_TIMEOUT = 60.0  # seconds


class OdooFault(Exception):
    """Odoo answered with an exception."""


@dataclass(frozen=True)
class Device:
    """A machine in Odoo, and the key of its gateway.

    :param users: who have a rule of their own that leads here
    """

    id: int
    uid: str
    key: str
    users: tuple[int, ...] = ()


@dataclass(frozen=True)
class Shop:
    """One till's ids in Odoo. The first device is everybody's."""

    devices: tuple[Device, ...]
    config_id: int
    session_id: int
    payment_method_id: int
    pricelist_id: int
    product_id: int
    cashiers: tuple[int, ...]
    admin: int

    @property
    def device_ids(self) -> list[int]:
        return [device.id for device in self.devices]

    @classmethod
    def from_values(cls, values: dict) -> "Shop":
        devices = tuple(
            Device(**{**device, "users": tuple(device.get("users", ()))})
            for device in values["devices"]
        )
        return cls(**{**values, "devices": devices, "cashiers": tuple(values["cashiers"])})


@dataclass(frozen=True)
class Ledger:
    """Where the ledger listens, and the shops in it."""

    port: int
    shops: tuple[Shop, ...]

    @classmethod
    def from_json(cls, text: str) -> "Ledger":
        values = json.loads(text)
        return cls(values["port"], tuple(Shop.from_values(shop) for shop in values["shops"]))


class LedgerLine:
    """One connection to the ledger, served by one worker of Odoo."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._lines = self._socket.makefile("rw", encoding="utf-8")

    def call(self, uid: int, model: str, method: str, *args: object, **kw: object) -> Any:
        return self._ask({"uid": uid, "model": model, "method": method, "args": args, "kw": kw})

    def empty(self, shop: Shop) -> int:
        """Forget all that happened at a till; return an open session of it."""
        return self._ask({"empty": [shop.config_id, shop.cashiers[0]]})

    def next_session(self, shop: Shop) -> int:
        """A new session of a till whose last one is closed."""
        return self._ask({"next_session": [shop.config_id, shop.cashiers[0]]})

    def pass_time(self, shop: Shop, seconds: int) -> None:
        """What runs at a till has been running for that much longer."""
        self._ask({"pass_time": [shop.device_ids, seconds]})

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def _ask(self, wish: dict) -> Any:
        self._lines.write(json.dumps(wish) + "\n")
        self._lines.flush()
        said = json.loads(self._lines.readline())
        if "error" in said:
            raise OdooFault(f"{said['error']['name']}: {said['error']['message']}")
        return said["result"]


@contextlib.contextmanager
def ledger_database(name: str) -> Iterator[str]:
    """Have a database of this process with our addons; PostgreSQL runs meanwhile."""
    database = f"smartcash_{name}_{os.getpid()}"
    with postgres.lease() as server, odoo.scratch_database(server, database, ours=True):
        yield database


@contextlib.contextmanager
def odoo_ledger(
    database: str,
    shops: int,
    *,
    root: Path = ROOT,
    log: str,
    more: Path | None = None,
    install: str = "",
) -> Iterator[str]:
    """Have Odoo's workers on the database and ``shops`` new tills in it; yields the Ledger as JSON.

    :param root: the repository whose addons and tests are used
    :param more: a folder with more addons, of which ``install`` are installed first
    """
    with postgres.lease() as server, open(odoo.LOGS / log, "wb") as output:
        folders = [root, *([more] if more else []), *addons_folders()]
        # The launcher's name is unused here: it is Odoo's command line without its program.
        python, _launcher, *arguments = odoo.odoo_command(
            None,
            f"--addons-path={','.join(str(path) for path in folders)}",
            *([f"--init={install}"] if install else []),
            f"--database={database}",
            # Odoo reads the option although nothing listens there.
            f"--http-port={free_port()}",
            "--log-level=warn",
            "--max-cron-threads=0",
        )
        python_path = [str(root)] if installed() else [str(root), str(Path(launcher()).parent)]
        environment = {
            **odoo.odoo_env(server),
            "PYTHONPATH": os.pathsep.join(python_path),
            "TZ": "UTC",
        }
        process = subprocess.Popen(
            [python, "-m", "tests.schedules.ledger", f"--shops={shops}", *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
        try:
            line = process.stdout.readline()
            if not line:
                said = (odoo.LOGS / log).read_text()
                raise AssertionError(f"the ledger did not start, see {log}:\n{said}")
            yield line
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT)
            process.stdout.close()
