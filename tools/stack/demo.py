"""The demo on this machine: PostgreSQL, simulators, gateway, Odoo with the demo shops."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import odoo, services
from .odoo_source import revision
from .paths import ROOT, RUN, addons
from .postgres import Server, lease
from .processes import Processes, port_is_free
from .services import Ports
from .shell import Problem, digest, say
from .venvs import odoo_python, tools_env, tools_python

DATABASE = os.environ.get("DEMO_DATABASE", "smartcash_demo")
HOME = RUN / DATABASE
LOGS = HOME / "logs"
DATA_SCRIPT = ROOT / "tools" / "demo_data.py"
#: Environment variables that move the demo to other ports.
PORT_VARIABLES = {
    "odoo": "ODOO_PORT",
    "gateway": "GATEWAY_PORT",
    "connector": "CONNECTOR_PORT",
    "customer": "CUSTOMER_PORT",
    "cashdro": "CASHDRO_PORT",
    "cashdro_customer": "CASHDRO_CUSTOMER_PORT",
    "hesabe": "HESABE_PORT",
    "terminals": "TERMINALS_PORT",
}
#: Made before the database, which trusts this certificate only.
CASHDRO_CERTIFICATE = HOME / "cashdro.pem"
#: Where the simulated Hesabe reads the address of Odoo's webhook, a secret.
HESABE_OPTIONS = HOME / "hesabe.options"


@dataclass(frozen=True)
class Pairing:
    """What Odoo and the gateway share about the demo's device."""

    device: str
    key: str


def ports_from_env(env: Mapping[str, str]) -> Ports:
    """Read the ports; a bad one is named.

    :raise Problem: when a variable is not a port number.
    """
    chosen = {}
    for name, variable in PORT_VARIABLES.items():
        text = env.get(variable)
        if text is None:
            continue
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise Problem(f"{variable}={text} is not a port number (1 to 65535)")
        chosen[name] = int(text)
    return Ports(**chosen)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Refuse a second demo on the same database."""
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "lock", "w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"a demo already runs with the database {DATABASE}; "
                "end it, or choose another database with DEMO_DATABASE=…"
            ) from None
        yield


def _pairing() -> Pairing:
    """Return the demo's device id and key, made at the first start."""
    place = HOME / "pairing.json"
    if not place.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        made = {"device": str(uuid.uuid4()), "key": secrets.token_urlsafe(32)}
        _write_secret(place, json.dumps(made))
    return Pairing(**json.loads(place.read_text()))


def _addons_digest() -> str:
    """Hash what an Odoo update would load: code, views and data, not the browser's files."""
    files = sorted(
        path
        for name in addons()
        for path in (ROOT / name).rglob("*")
        if path.suffix in (".py", ".xml", ".csv", ".sql") and "static" not in path.parts
    )
    return digest(*files, *(str(path.relative_to(ROOT)) for path in files))


def _cashdro_fingerprint() -> str:
    """Return the SHA-256 of the CashDro's certificate, which is made at the first start.

    :raise Problem: with what went wrong.
    """
    command = services.cashdro_certificate(str(tools_python()), str(CASHDRO_CERTIFICATE))
    done = subprocess.run(command, env=tools_env(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"making the CashDro's certificate failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def _prepare(server: Server, pairing: Pairing, addresses: Addresses) -> None:
    """Bring the demo's database to the addons' present state; nothing is done when it is there."""
    stamp = HOME / "database.json"
    env = services.demo_env(
        device=pairing.device,
        key=pairing.key,
        gateway_url=addresses.gateway,
        cashdro=addresses.cashdro,
        cashdro_fingerprint=_cashdro_fingerprint(),
        hesabe_url=addresses.hesabe,
    )
    wanted = {
        "odoo": digest(revision(), str(odoo_python())),
        "addons": _addons_digest(),
        "data": digest(DATA_SCRIPT, addresses.webhooks, *env.values()),
    }
    exists = odoo.database_exists(server, DATABASE)
    have = json.loads(stamp.read_text()) if exists and stamp.exists() else {}
    if have == wanted:
        return
    stamp.unlink(missing_ok=True)
    if have.get("odoo") != wanted["odoo"]:
        odoo.drop_database(server, DATABASE)
        odoo.copy_database(server, odoo.template(server), DATABASE)
    if have.get("addons") != wanted["addons"]:
        say("installing the addons into the demo's database")
        names = addons()
        odoo.install(server, DATABASE, names, LOGS / "install.log", update=bool(have))
    say("loading the demo's data")
    webhook = load_demo_data(server, DATABASE, env)
    _write_secret(HESABE_OPTIONS, f"--webhook={addresses.webhooks}{webhook}\n")
    stamp.write_text(json.dumps(wanted))


def load_demo_data(server: Server, database: str, env: Mapping[str, str]) -> str:
    """Run tools/demo_data.py in a database that has the addons; return the path of Hesabe's webhook.

    :raise Problem: with what Odoo said.
    """
    arguments = [f"--database={database}", "--no-http", "--log-level=warn"]
    with open(DATA_SCRIPT, encoding="utf-8") as script:
        done = subprocess.run(
            odoo.odoo_command("shell", *arguments),
            env={**odoo.odoo_env(server), **env},
            cwd=RUN,
            stdin=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    loaded = re.search(r"^SMARTCASH_DEMO webhook=(\S+)$", done.stdout, re.MULTILINE)
    if done.returncode or not loaded:
        raise Problem(f"loading the demo's data failed:\n{done.stdout[-3000:]}")
    return loaded[1]


@dataclass(frozen=True)
class Addresses:
    """Where the browser finds the parts, and how they find each other."""

    shop: str
    gateway: str
    customer: str
    cashdro_customer: str
    terminals: str
    listen: str
    connector: str
    cashdro: str
    hesabe: str
    webhooks: str


def _addresses(ports: Ports, env: Mapping[str, str]) -> Addresses:
    """Return the addresses; in containers the parts reach each other elsewhere than on loopback."""
    shop = f"http://127.0.0.1:{ports.odoo}"
    return Addresses(
        shop=shop,
        gateway=f"http://127.0.0.1:{ports.gateway}",
        customer=f"http://127.0.0.1:{ports.customer}",
        cashdro_customer=f"http://127.0.0.1:{ports.cashdro_customer}",
        terminals=f"http://127.0.0.1:{ports.terminals}",
        listen=env.get("GATEWAY_LISTEN", f"127.0.0.1:{ports.gateway}"),
        connector=env.get("GATEWAY_CONNECTOR", f"127.0.0.1:{ports.connector}"),
        cashdro=env.get("CASHDRO_ADDRESS", f"127.0.0.1:{ports.cashdro}"),
        hesabe=env.get("HESABE_ADDRESS", f"http://127.0.0.1:{ports.hesabe}"),
        webhooks=env.get("HESABE_WEBHOOKS", shop),
    )


def _configure_gateway(pairing: Pairing, addresses: Addresses, ports: Ports) -> Path:
    """Write the demo's gateway.toml (a JSON string is a TOML string, a list of them a list)."""
    settings = {
        "listen": addresses.listen,
        "connector": addresses.connector,
        "device": pairing.device,
        "pairing_key": pairing.key,
        "origins": [addresses.shop, f"http://localhost:{ports.odoo}"],
        "journal": os.environ.get("GATEWAY_JOURNAL", str(HOME / "journal.sqlite")),
    }
    path = HOME / "gateway.toml"
    _write_secret(
        path, "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    )
    return path


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)


def _set_up(server: Server, addresses: Addresses, ports: Ports) -> Path:
    pairing = _pairing()
    _prepare(server, pairing, addresses)
    return _configure_gateway(pairing, addresses, ports)


def setup_demo() -> None:
    """Bring the demo's database and the gateway's settings up to date, and start nothing."""
    ports = ports_from_env(os.environ)
    with _alone(), lease() as server:
        _set_up(server, _addresses(ports, os.environ), ports)


def run_demo() -> None:
    """Bring the demo up and keep it up until Ctrl-C."""
    ports = ports_from_env(os.environ)
    for name, variable in PORT_VARIABLES.items():
        port = getattr(ports, name)
        if not port_is_free(port):
            raise Problem(f"port {port} is taken; choose another one with {variable}=…")
    speed = float(os.environ.get("SIMULATOR_SPEED", "1"))
    addresses = _addresses(ports, os.environ)
    tools = str(tools_python())
    with _alone(), lease() as server, Processes(LOGS) as parts:
        settings = _set_up(server, addresses, ports)
        say("starting simulators, gateway and Odoo")
        simulator = services.simulator(tools, "127.0.0.1", ports, speed=speed)
        parts.start("simulator", simulator, env=tools_env(), url=addresses.customer, wait=30)
        cashdro = services.cashdro(tools, "127.0.0.1", ports, str(CASHDRO_CERTIFICATE), speed=speed)
        parts.start("cashdro", cashdro, env=tools_env(), url=addresses.cashdro_customer, wait=30)
        hesabe = services.hesabe(tools, "127.0.0.1", ports, str(HESABE_OPTIONS))
        parts.start("hesabe", hesabe, env=tools_env(), url=addresses.terminals, wait=30)
        gateway = services.gateway(str(Path(tools).with_name("smartcash-gateway")), str(settings))
        health = f"{addresses.gateway}/v1/health"
        parts.start("gateway", gateway, env=tools_env(), url=health, wait=30)
        shop = odoo.odoo_command(None, *services.odoo_server("127.0.0.1", ports, DATABASE))
        login = f"{addresses.shop}/web/login"
        parts.start("odoo", shop, env=odoo.odoo_env(server), url=login, wait=180)
        print(
            f"\n  Odoo            {addresses.shop}   admin/admin; cashier/cashier; kuwait/kuwait\n"
            f"  Cashlogy        {addresses.customer}   put in coins and notes, take the change\n"
            f"  CashDro         {addresses.cashdro_customer}   the same\n"
            f"  Card terminals  {addresses.terminals}   tap a card\n"
            f"  Gateway         {health}\n"
            f"  Logs            {LOGS}\n\n"
            "  Log in as cashier, open Point of Sale > Cashlogy till or CashDro till, sell something\n"
            "  and choose the machine; then pay on its page. As kuwait it is Hesabe till, in dinars.\n"
            "  Ctrl-C stops everything.\n",
            flush=True,
        )
        parts.watch()
