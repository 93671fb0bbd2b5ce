"""Odoo's command lines, and databases that are copied instead of built again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .odoo_source import addons_folders, launcher, revision
from .paths import ROOT, RUN, addons
from .postgres import Server
from .shell import Problem, digest, locked, run, say
from .venvs import odoo_python, tools_python

DATA = Path(os.environ.get("ODOO_DATA_DIR") or RUN / "odoo-data")
LOGS = RUN / "logs"


def addons_path() -> str:
    """Return Odoo's addons path: this repository first (Odoo refuses a folder without addons)."""
    folders = [ROOT, *addons_folders()] if addons() else addons_folders()
    return ",".join(str(path) for path in folders)


def odoo_command(subcommand: str | None = None, *arguments: str) -> list[str]:
    """Return the command line of an Odoo that knows this repository's addons."""
    command = [str(odoo_python()), launcher()]
    if subcommand:
        command.append(subcommand)
    return [
        *command,
        f"--addons-path={addons_path()}",
        f"--data-dir={DATA}",
        *arguments,
    ]


def odoo_env(server: Server) -> dict[str, str]:
    """Return the environment of an Odoo process; psycopg2 reads the server from it."""
    return {
        **os.environ,
        **server.env(),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def sql(
    server: Server, database: str, statement: str, *parameters: str
) -> list[tuple[object, ...]]:
    """Run one statement outside a transaction; return its rows."""
    script = (
        "import json, psycopg2, sys\n"
        "connection = psycopg2.connect(dbname=sys.argv[1])\n"
        "connection.autocommit = True\n"
        "cursor = connection.cursor()\n"
        "cursor.execute(sys.argv[2], sys.argv[3:] or None)\n"
        "print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))\n"
    )
    output = run(
        [tools_python(), "-c", script, database, statement, *parameters],
        what=f"SQL on {database}",
        env={**os.environ, **server.env()},
    )
    return [tuple(row) for row in json.loads(output.splitlines()[-1])]


def database_exists(server: Server, name: str) -> bool:
    """Tell whether a database of that name is there."""
    return bool(sql(server, "postgres", "SELECT 1 FROM pg_database WHERE datname = %s", name))


def create_database(server: Server, name: str) -> None:
    """Create an empty database the way Odoo wants it.

    Odoo itself would also ask for pg_trgm, which the embedded PostgreSQL lacks, and log an error.
    """
    sql(
        server,
        "postgres",
        f"CREATE DATABASE \"{name}\" ENCODING 'unicode' LC_COLLATE 'C' TEMPLATE template0",
    )


def drop_database(server: Server, name: str) -> None:
    """Drop a database with its files, whoever is connected."""
    sql(server, "postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def copy_database(server: Server, source: str, target: str) -> None:
    """Copy a database with its files; the files never change, so hard links do."""
    with locked("copy-database"):
        sql(server, "postgres", f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    files = DATA / "filestore" / source
    if files.is_dir():
        shutil.copytree(files, DATA / "filestore" / target, copy_function=os.link)


def install(
    server: Server, database: str, modules: Iterable[str], log: Path, *, update: bool = False
) -> None:
    """Install modules into a database, or update them.

    :raise Problem: when Odoo fails or logs an error.
    """
    names = ",".join(modules)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = odoo_command(
        None,
        f"--database={database}",
        f"--{'update' if update else 'init'}={names}",
        "--without-demo=all",
        "--stop-after-init",
        "--no-http",
        "--max-cron-threads=0",
        f"--logfile={log}",
    )
    log.unlink(missing_ok=True)
    done = subprocess.run(
        command, env=odoo_env(server), stdin=subprocess.DEVNULL, cwd=RUN, check=False
    )
    text = log.read_text(errors="replace") if log.exists() else ""
    errors = [line for line in text.splitlines() if " ERROR " in line or " CRITICAL " in line]
    if done.returncode or errors:
        tail = "\n".join(errors[-5:] or text.splitlines()[-15:])
        raise Problem(f"installing {names} failed, see {log}:\n{tail}")


def template(server: Server, modules: Sequence[str] = ("point_of_sale",)) -> str:
    """Return the name of a database with these modules of Odoo's own, built once."""
    name = f"smartcash_template_{digest(revision(), *modules, str(odoo_python()))}"
    with locked("odoo-template"):
        if not database_exists(server, name):
            say(f"building a database with {', '.join(modules)} (once; about a minute)")
            building = f"{name}_building"
            drop_database(server, building)
            shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)
            create_database(server, building)
            install(server, building, modules, LOGS / "template.log")
            files = DATA / "filestore" / building
            if files.is_dir():
                files.rename(DATA / "filestore" / name)
            sql(server, "postgres", f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


@contextlib.contextmanager
def scratch_database(server: Server, name: str, *, keep: bool = False) -> Iterator[str]:
    """Have a fresh copy of the template while the block runs."""
    base = template(server)
    drop_database(server, name)
    with locked("odoo-copy"):  # PostgreSQL copies a database only while nobody else does
        copy_database(server, base, name)
    try:
        yield name
    finally:
        if not keep:
            drop_database(server, name)
