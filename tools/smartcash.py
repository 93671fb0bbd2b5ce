"""One command for everything that the Makefile, CI and the containers do."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable

from stack import browser, odoo, postgres, venvs
from stack.odoo_source import odoo_source
from stack.odoo_tests import OdooTests, run_odoo_tests
from stack.paths import addons
from stack.shell import Problem


def _setup(_options: argparse.Namespace) -> int:
    venvs.tools_python()
    venvs.odoo_python()
    odoo_source()
    browser.chrome()
    return 0


def _pg(options: argparse.Namespace) -> int:
    if options.action == "stop":
        postgres.stop()
        return 0
    for key, value in postgres.keep().env().items():
        print(f"export {key}={shlex.quote(value)}")
    return 0


def _odoo_test(options: argparse.Namespace) -> int:
    modules = options.modules.split(",") if options.modules else addons()
    verdict = run_odoo_tests(
        OdooTests(modules, tags=options.tags, keep=options.keep_db, core=options.core)
    )
    return 0 if verdict.ok else 1


def _odoo(options: argparse.Namespace) -> int:
    """Become odoo-bin: `smartcash.py odoo shell -d DB` and the like."""
    server = postgres.keep()
    arguments = options.arguments
    subcommand = (
        arguments.pop(0) if arguments and not arguments[0].startswith("-") else None
    )
    command = odoo.odoo_command(subcommand, *arguments)
    os.execve(command[0], command, odoo.odoo_env(server))


def _database(options: argparse.Namespace) -> int:
    server = postgres.keep()
    odoo.drop_database(server, options.name)
    if options.action == "create":
        odoo.copy_database(server, odoo.template(server), options.name)
        if options.modules:
            log = odoo.LOGS / f"install-{options.name}.log"
            odoo.install(server, options.name, options.modules.split(","), log)
    return 0


def _python(options: argparse.Namespace) -> int:
    """Become the tools' Python, with the repository on its path."""
    python = str(venvs.tools_python())
    os.execve(python, [python, *options.arguments], venvs.tools_env())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartcash.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(
        name: str, act: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(act=act)
        return sub

    command("setup", _setup, "install all that the other commands need")
    pg = command(
        "pg",
        _pg,
        "keep the embedded PostgreSQL running (prints PG* exports), or stop it",
    )
    pg.add_argument("action", choices=("start", "stop"))
    test = command(
        "odoo-test", _odoo_test, "run Odoo tests and tours in a fresh database"
    )
    test.add_argument(
        "--modules", default="", help="comma-separated addons; default: all here"
    )
    test.add_argument(
        "--tags", default="", help="Odoo's --test-tags; default: all of the addons"
    )
    test.add_argument(
        "--keep-db", action="store_true", help="leave the database for a look"
    )
    test.add_argument(
        "--core", action="store_true", help="allow skips that are not the browser's"
    )
    run = command("odoo", _odoo, "run odoo-bin with this repository's addons")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    database = command(
        "db", _database, "create a database from the template, or drop it"
    )
    database.add_argument("action", choices=("create", "drop"))
    database.add_argument("name")
    database.add_argument("--modules", default="", help="addons to install into it")
    python = command("python", _python, "run the tools' Python in the repository")
    python.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def main() -> int:
    """Run the command that the arguments name."""
    options = _parser().parse_args()
    try:
        return int(options.act(options))
    except Problem as problem:
        print(f"\n[smartcash] {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
