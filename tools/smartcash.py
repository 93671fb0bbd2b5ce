"""One command for everything that the Makefile, CI and the containers do."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

from stack import odoo, one_test, postgres, suite, venvs
from stack.demo import run_demo, setup_demo
from stack.gateway_build import build_gateway
from stack.node import node, node_env, node_modules
from stack.odoo_source import launcher
from stack.odoo_tests import OdooTests, run_odoo_tests
from stack.paths import ROOT, RUN, VENVS, addons
from stack.shell import Problem


def _setup(_options: argparse.Namespace) -> int:
    venvs.tools_python()
    venvs.odoo_python()
    launcher()
    return 0


def _demo_setup(_options: argparse.Namespace) -> int:
    setup_demo()
    return 0


def _pg(options: argparse.Namespace) -> int:
    if options.action == "stop":
        postgres.stop()
        return 0
    for key, value in postgres.keep().env().items():
        print(f"export {key}={shlex.quote(value)}")
    return 0


def _pytest(options: argparse.Namespace) -> int:
    return one_test.run_one_test(options.arguments)


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
    subcommand = arguments.pop(0) if arguments and not arguments[0].startswith("-") else None
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


def _node(options: argparse.Namespace) -> int:
    """Become Node, with the linters of package.json installed."""
    node_modules()
    executable = node()[0]
    os.execve(executable, [executable, *options.arguments], node_env())


def _lint(_options: argparse.Namespace) -> int:
    venvs.tools_python()
    node_modules()
    command = [str(venvs.tools_python()), "-m", "pre_commit", "run", "--all-files", "--color=never"]
    return subprocess.run(command, cwd=ROOT, env=venvs.tools_env(), check=False).returncode


def _format(_options: argparse.Namespace) -> int:
    ruff = str(venvs.tools_python().with_name("ruff"))
    modules = node_modules()
    prettier = [node()[0], str(modules / "prettier" / "bin" / "prettier.cjs"), "--write"]
    eslint = [node()[0], str(modules / "eslint" / "bin" / "eslint.js"), "--fix", "."]
    patterns = ["--log-level=warn", "**/*.{js,mjs,xml,json,yml,yaml,css,scss}"]
    commands = ([ruff, "check", "--fix", "."], [ruff, "format", "."], eslint, prettier + patterns)
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands)


def _test(_options: argparse.Namespace) -> int:
    return 0 if suite.run_suite() else 1


def _test_core(_options: argparse.Namespace) -> int:
    return 0 if suite.run_core() else 1


def _bench(options: argparse.Namespace) -> int:
    command = [str(venvs.tools_python()), "-m", "tests.bench", *options.arguments]
    with postgres.lease() as server:
        env = {**venvs.tools_env(), **server.env()}
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def _gateway(_options: argparse.Namespace) -> int:
    build_gateway()
    return 0


def _clean(_options: argparse.Namespace) -> int:
    postgres.remove()
    for folder in (RUN, VENVS, ROOT / "node_modules"):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _demo(_options: argparse.Namespace) -> int:
    # Explicit for both: a shell's background job starts with Ctrl-C ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    run_demo()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartcash.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(
        name: str, act: Callable[[argparse.Namespace], int], text: str, *, free: bool = False
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, add_help=not free)
        sub.set_defaults(act=act, free=free)
        return sub

    command("setup", _setup, "install all that the other commands need")
    command("demo", _demo, "run the demo until Ctrl-C")
    command("demo-setup", _demo_setup, "bring the demo's database and settings up to date")
    command("test", _test, "run every test, end with one summary")
    command("test-core", _test_core, "run Odoo's own tests of the Point of Sale with our addons")
    command("lint", _lint, "run every linter")
    command("format", _format, "mend what linters can mend")
    command("bench", _bench, "measure, and write docs/benchmarks.md", free=True)
    command("gateway", _gateway, "build the gateway as one file, and sell with it")
    command("clean", _clean, "remove environments, databases and logs")
    command("node", _node, "run Node, with the linters installed", free=True)
    pg = command(
        "pg",
        _pg,
        "keep the embedded PostgreSQL running (prints PG* exports), or stop it",
    )
    pg.add_argument("action", choices=("start", "stop"))
    test = command("odoo-test", _odoo_test, "run Odoo tests and tours in a fresh database")
    test.add_argument("--modules", default="", help="comma-separated addons; default: all here")
    test.add_argument("--tags", default="", help="Odoo's --test-tags; default: all of the addons")
    test.add_argument("--keep-db", action="store_true", help="leave the database for a look")
    test.add_argument("--core", action="store_true", help="allow skips that are not the browser's")
    command("pytest", _pytest, "run tests of any level by path or name", free=True)
    command("odoo", _odoo, "run odoo-bin with this repository's addons", free=True)
    database = command("db", _database, "create a database from the template, or drop it")
    database.add_argument("action", choices=("create", "drop"))
    database.add_argument("name")
    database.add_argument("--modules", default="", help="addons to install into it")
    command("python", _python, "run the tools' Python in the repository", free=True)
    return parser


def main() -> int:
    """Run the command that the arguments name."""
    parser = _parser()
    options, rest = parser.parse_known_args()
    if rest and not options.free:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.arguments = rest
    try:
        return int(options.act(options))
    except Problem as problem:
        print(f"\n[smartcash] {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
