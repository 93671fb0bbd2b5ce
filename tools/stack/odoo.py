"""Odoo's command lines, and databases that are copied instead of built again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from .odoo_source import addons_folders, launcher, revision
from .paths import ROOT, RUN, addons
from .postgres import Server
from .shell import Problem, digest, locked, run, say
from .venvs import odoo_python, tools_python

DATA = Path(os.environ.get("ODOO_DATA_DIR") or RUN / "odoo-data")
LOGS = RUN / "logs"
#: What our addons build on.
POINT_OF_SALE = ("point_of_sale",)
#: Odoo's own addons that change the Point of Sale around ours: the tests have them, nothing needs them.
NEIGHBOURS = ("pos_hr", "pos_restaurant")


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


def template(server: Server, modules: Sequence[str] = POINT_OF_SALE) -> str:
    """Return the name of a database with these modules of Odoo's own, built once."""

    def build(building: str) -> None:
        create_database(server, building)
        install(server, building, modules, LOGS / "template.log")

    name = f"smartcash_template_{digest(revision(), *modules, str(odoo_python()))}"
    return _built_once(server, name, f"{', '.join(modules)}", build)


def ready(server: Server, modules: Sequence[str] = POINT_OF_SALE) -> str:
    """Return the name of a database with this repository's addons and their assets, built once.

    A changed addon is another database; the one before it is dropped.

    :param modules: which of Odoo's own addons are in it besides
    """

    def build(building: str) -> None:
        with locked("odoo-copy"):
            for (old,) in sql(
                server,
                "postgres",
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
                family,
            ):
                drop_database(server, str(old))
            copy_database(server, base, building)
        install(server, building, addons(), LOGS / f"ready-{digest(*modules)[:8]}.log")
        _generate_assets(server, building)

    base = template(server, modules)
    family = f"smartcash_ready_{digest(ROOT.as_posix(), *modules)[:8]}_"
    sources = sorted(
        path for name in addons() for path in (ROOT / name).rglob("*") if _source(path)
    )
    parts = (part for path in sources for part in (path.relative_to(ROOT).as_posix(), path))
    return _built_once(server, family + digest(base, *parts), "all addons", build)


def _source(path: Path) -> bool:
    # What an addon brings for the tools, Odoo does not load.
    return path.is_file() and path.suffix != ".pyc" and path.parent.name != "make"


def _generate_assets(server: Server, database: str) -> None:
    """Make the bundles that Odoo would make anew before each run of browser tests."""
    command = odoo_command("shell", f"--database={database}", "--no-http", "--max-cron-threads=0")
    subprocess.run(
        command,
        env=odoo_env(server),
        input="env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=RUN,
        check=True,
    )


def _built_once(server: Server, name: str, what: str, build: Callable[[str], None]) -> str:
    # One lock a family: whoever wants another kind of database is not held up.
    with locked(name.rpartition("_")[0].replace("_", "-")):
        if not database_exists(server, name):
            say(f"building a database with {what} (once; about a minute)")
            building = f"{name}_building"
            drop_database(server, building)
            shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)
            build(building)
            files = DATA / "filestore" / building
            if files.is_dir():
                files.rename(DATA / "filestore" / name)
            sql(server, "postgres", f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


@contextlib.contextmanager
def scratch_database(
    server: Server,
    name: str,
    *,
    ours: bool = False,
    keep: bool = False,
    modules: Sequence[str] = POINT_OF_SALE,
) -> Iterator[str]:
    """Have a fresh database with Odoo's Point of Sale, or with our addons too, in the block."""
    base = ready(server, modules) if ours else template(server, modules)
    drop_database(server, name)
    with locked("odoo-copy"):  # PostgreSQL copies a database only while nobody else does
        copy_database(server, base, name)
    try:
        yield name
    finally:
        if not keep:
            drop_database(server, name)
