"""A deployed SmartCash: PostgreSQL, prefork Odoo, gateway and machine, each a process of its own.

Ports are free ones, logs lie in ``.run/logs``, and what was started here is ended here, by its process id.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import requests
from playwright.sync_api import Page

from tests.machine import Machine
from tests.odoo_rpc import OdooRpc
from tests.till import Till, log_in
from tests.waiting import until
from tests.world import (
    ADMIN,
    CASHIERS,
    PASSWORD,
    World,
    add_machine,
    make_shop,
    open_session,
)
from tools.stack import odoo, postgres, services
from tools.stack.paths import RUN
from tools.stack.shell import free_port
from tools.stack.venvs import tools_env

WORKERS = 2
START_TIMEOUT = 120.0  # seconds
STOP_TIMEOUT = 15.0


class Daemon:
    """A program that a test may stop, kill and start again."""

    def __init__(
        self, name: str, command: Sequence[str], health: str, env: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self._command = list(command)
        self._health = health
        self._env = env
        self._process: subprocess.Popen | None = None
        self._log: IO[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> Path:
        return odoo.LOGS / f"{self.name}.log"

    def start(self) -> None:
        """Start it and wait until it answers over HTTP."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log = open(self.log, "ab")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            self._command,
            cwd=RUN,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until(f"{self.name} to answer at {self._health}", self._answers, START_TIMEOUT)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(
                f"{self.name} ended with {self._process.returncode}; see {self.log}:\n{self._tail()}"
            )
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return requests.get(self._health, timeout=5).status_code < 500
        return False

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """Ask it to end, with all its workers; insist after a while."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Take it away as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
        self._log.close()


class Deployment:
    """What a shop with one machine and some tills has running."""

    def __init__(self, name: str) -> None:
        self.name = name
        # Two trees may share a PostgreSQL server.
        name += os.environ.get("SMARTCASH_DATABASE_SUFFIX", "")
        self.database = f"smartcash_{name}"
        self.plain_database = f"smartcash_{name}_plain"
        self.machine: Machine | None = None
        self.odoo: Daemon | None = None
        self.gateway: Daemon | None = None
        self.world: World | None = None
        self.plain_world: World | None = None
        self.port = free_port()
        self.evented_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.gateway_url = f"http://127.0.0.1:{free_port()}"
        self.folder = RUN / name

    def rpc(self, database: str | None = None) -> OdooRpc:
        return OdooRpc(self.url, database or self.database, *ADMIN)

    def open_till(self, page: Page, number: int = 1, *, plain: bool = False) -> Till:
        """Log the till's cashier in, open a session and the POS in ``page``."""
        database = self.plain_database if plain else self.database
        config_id = (self.plain_world if plain else self.world).config_ids[number - 1]
        cashier = CASHIERS[number - 1]
        open_session(OdooRpc(self.url, database, cashier, PASSWORD), config_id)
        log_in(page, self.url, database, cashier, PASSWORD)
        till = Till(page, f"{self.url}/pos/ui?config_id={config_id}")
        till.open()
        return till


@contextlib.contextmanager
def deployed(
    name: str, *, tills: int = 1, speed: float = 20, with_plain: bool = False
) -> Iterator[Deployment]:
    """Have a fresh deployment while the block runs.

    ``with_plain``: also a database with the same shop and without our addons, on the same Odoo.
    """
    here = Deployment(name)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres.lease())
        stack.enter_context(odoo.scratch_database(server, here.database, ours=True))
        databases = [here.database]
        if with_plain:
            stack.enter_context(odoo.scratch_database(server, here.plain_database))
            databases.append(here.plain_database)

        here.odoo = _odoo_daemon(here, server, databases)
        here.odoo.log.unlink(missing_ok=True)
        stack.callback(here.odoo.stop)
        here.odoo.start()
        here.world = add_machine(here.rpc(), make_shop(here.rpc(), tills), here.gateway_url)
        if with_plain:
            here.plain_world = make_shop(here.rpc(here.plain_database), tills)

        here.machine = stack.enter_context(Machine(speed=speed))
        here.gateway = gateway_daemon(here, here.machine.connector)
        here.gateway.log.unlink(missing_ok=True)
        shutil.rmtree(here.folder, ignore_errors=True)
        here.folder.mkdir(parents=True)
        stack.callback(lambda: here.gateway.stop())  # whichever gateway it is by then
        here.gateway.start()
        yield here


def _odoo_daemon(here: Deployment, server: postgres.Server, databases: list[str]) -> Daemon:
    # Without a reverse proxy nobody routes websockets to the evented port. Few tests need the bus.
    command = odoo.odoo_command(
        "server",
        *services.odoo_server("127.0.0.1", here.port, here.database),
        f"--database={','.join(databases)}",
        f"--db-filter=^({'|'.join(databases)})$",
        f"--gevent-port={here.evented_port}",
        f"--workers={WORKERS}",
    )
    return Daemon(f"{here.name}-odoo", command, f"{here.url}/web/health", odoo.odoo_env(server))


def gateway_daemon(here: Deployment, connector: str) -> Daemon:
    """Return the till's gateway, not started yet, for a Connector at ``connector`` ("host:port")."""
    settings = services.gateway_env(
        listen=here.gateway_url.removeprefix("http://"),
        connector=connector,
        device=here.world.device_uid,
        key=here.world.pairing_key,
        origins=[here.url],
        journal=str(here.folder / "journal.sqlite"),
    )
    command = services.gateway(str(Path(sys.executable).with_name("smartcash-gateway")))
    return Daemon(
        f"{here.name}-gateway",
        command,
        f"{here.gateway_url}/v1/health",
        {**tools_env(), **settings},
    )
