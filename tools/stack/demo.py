"""The demo on this machine: PostgreSQL, simulators, gateway, Odoo with the demo shops."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping

from . import makes, odoo, services
from .makes import Here
from .odoo_source import revision
from .paths import ROOT, RUN, addons
from .postgres import Server, lease
from .processes import Processes, port_is_free
from .shell import Problem, digest, say
from .venvs import odoo_python, tools_env, tools_python

DATABASE = os.environ.get("DEMO_DATABASE", "smartcash_demo")
HOME = RUN / DATABASE
LOGS = HOME / "logs"
DATA_SCRIPT = ROOT / "tools" / "demo_data.py"
#: Where the parts listen and the variables that move them: Odoo's, and those of each make.
PORTS = {"odoo": ("ODOO_PORT", 8069)}
for _part in makes.parts().values():
    PORTS.update(_part.PORTS)


def ports_from_env(env: Mapping[str, str]) -> dict[str, int]:
    """Read the ports, by name; a bad one is named.

    :raise Problem: when a variable is not a port number.
    """
    chosen = {}
    for name, (variable, usual) in PORTS.items():
        text = env.get(variable, str(usual))
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise Problem(f"{variable}={text} is not a port number (1 to 65535)")
        chosen[name] = int(text)
    return chosen


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


def _addons_digest() -> str:
    """Hash what an Odoo update would load: code, views and data, not the browser's files."""
    files = sorted(
        path
        for name in addons()
        for path in (ROOT / name).rglob("*")
        if path.suffix in (".py", ".xml", ".csv", ".sql")
        and {"make", "static"}.isdisjoint(path.parts)
    )
    return digest(*files, *(str(path.relative_to(ROOT)) for path in files))


def _here(ports: Mapping[str, int]) -> Here:
    """Return the demo as the parts of each make see it."""
    return Here(
        home=HOME,
        python=str(tools_python()),
        ports=ports,
        shop=f"http://127.0.0.1:{ports['odoo']}",
        speed=float(os.environ.get("SIMULATOR_SPEED", "1")),
        env=tools_env(),
    )


def _set_up(server: Server, here: Here) -> None:
    """Bring database and settings to the addons' present state."""
    told = _prepare(server, here)
    for addon, part in makes.parts().items():
        part.configure(here, told.get(addon, {}))


def _prepare(server: Server, here: Here) -> dict[str, dict[str, str]]:
    """Bring the demo's database to the addons' present state; nothing is done when it is there.

    :returns: what the makes' shops told, by addon
    """
    stamp = HOME / "database.json"
    env: dict[str, str] = {}
    try:
        for part in makes.parts().values():
            env.update(part.shop_env(here))
    except RuntimeError as error:
        raise Problem(str(error)) from error
    wanted = {
        "odoo": digest(revision(), str(odoo_python())),
        "addons": _addons_digest(),
        "data": digest(DATA_SCRIPT, *sorted(ROOT.glob("*/make/shop.py")), *env.values()),
    }
    exists = odoo.database_exists(server, DATABASE)
    have = json.loads(stamp.read_text()) if exists and stamp.exists() else {}
    told: dict[str, dict[str, str]] = have.pop("told", {})
    if have == wanted:
        return told
    stamp.unlink(missing_ok=True)
    if have.get("odoo") != wanted["odoo"]:
        odoo.drop_database(server, DATABASE)
        odoo.copy_database(server, odoo.template(server), DATABASE)
    if have.get("addons") != wanted["addons"]:
        say("installing the addons into the demo's database")
        names = addons()
        odoo.install(server, DATABASE, names, LOGS / "install.log", update=bool(have))
    say("loading the demo's data")
    told = load_demo_data(server, DATABASE, env)
    here.write_secret(stamp.name, json.dumps({**wanted, "told": told}))
    return told


def load_demo_data(
    server: Server, database: str, env: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Run tools/demo_data.py in a database that has the addons; return what the makes' shops told.

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
    loaded = re.search(r"^SMARTCASH_DEMO (\{.*\})$", done.stdout, re.MULTILINE)
    if done.returncode or not loaded:
        raise Problem(f"loading the demo's data failed:\n{done.stdout[-3000:]}")
    told: dict[str, dict[str, str]] = json.loads(loaded[1])
    return told


def setup_demo() -> None:
    """Bring the demo's database and the parts' settings up to date, and start nothing."""
    here = _here(ports_from_env(os.environ))
    with _alone(), lease() as server:
        _set_up(server, here)


def run_demo() -> None:
    """Bring the demo up and keep it up until Ctrl-C."""
    ports = ports_from_env(os.environ)
    for name, (variable, _usual) in PORTS.items():
        if not port_is_free(ports[name]):
            raise Problem(f"port {ports[name]} is taken; choose another one with {variable}=…")
    here = _here(ports)
    with _alone(), lease() as server, Processes(LOGS) as running:
        _set_up(server, here)
        say("starting simulators, gateway and Odoo")
        for part in makes.parts().values():
            for name, command, url in part.processes(here):
                running.start(name, command, env=tools_env(), url=url, wait=30)
        shop = odoo.odoo_command(None, *services.odoo_server("127.0.0.1", ports["odoo"], DATABASE))
        login = f"{here.shop}/web/login"
        running.start("odoo", shop, env=odoo.odoo_env(server), url=login, wait=180)
        print(_guide(here), flush=True)
        running.watch()


def _guide(here: Here) -> str:
    """Return what a visitor of the demo reads."""
    pages = [("Odoo", here.shop, "admin/admin; cashier/cashier")]
    for part in makes.parts().values():
        pages += [(label, here.url(port), hint) for label, port, hint in part.PAGES]
    lines = [f"  {label:<15} {url}   {hint}" for label, url, hint in pages]
    return "\n".join(
        [
            *("", *lines, f"  {'Logs':<15} {LOGS}", ""),
            "  Log in as cashier, open Point of Sale, choose a till, sell something and choose its",
            "  machine; then pay on the machine's page. Ctrl-C stops everything.",
            "",
        ]
    )
