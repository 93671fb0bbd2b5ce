"""`smartcash.py pytest`: a test of any level by its path or its name, with the runner that it needs.

Odoo's tests run on a database that is kept: what changed in an addon is updated in it first.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import odoo, postgres
from .node import node, node_env
from .odoo_source import installed, launcher
from .odoo_tests import ODOO_ADDONS
from .paths import ROOT, RUN, addons
from .shell import Problem, digest, free_port, say
from .venvs import odoo_python, tools_env, tools_python

FRESH = "--fresh"
#: Options that take the next argument.
VALUED = {"-k", "-m", "-n", "-p", "-o", "-W"}
#: What a change of does not change the database.
NOT_LOADED = {"make", "tests", "tests_client", "static", "readme", "__pycache__"}
PYTHON_TESTS = ("*/tests/**/*.py", "*/tests_client/**/*.py", "tests/**/*.py", "tools/tests/*.py")
NODE_TESTS = "tests/js/**/*.test.mjs"


@dataclass(frozen=True)
class Target:
    """Tests in one file: as the runner of that file names them; none is all of them."""

    path: Path
    name: str = ""

    @property
    def level(self) -> str:
        """Whose tests these are: ``node``, ``odoo`` or ``python``."""
        if self.path.suffix in (".mjs", ".js"):
            return "node"
        folder, *inner = self.path.relative_to(ROOT).parts
        return "odoo" if folder in addons() and inner and inner[0] == "tests" else "python"


def run_one_test(arguments: Sequence[str]) -> int:
    """Run tests; return the exit code of their runner.

    :param arguments: paths (``file.py``, ``file.py::Class::test``, a folder), names of tests, classes
        or tours, and options for pytest
    :raise Problem: for a name that no test has, or tests of two levels at once
    """
    names, options = _split(arguments)
    fresh = FRESH in options
    options = [option for option in options if option != FRESH]
    targets = [target for name in names for target in find(name)]
    levels = {target.level for target in targets}
    if len(levels) != 1:
        raise Problem(
            "Name tests of one level: "
            + (
                ", ".join(sorted(levels)) + " have different runners."
                if levels
                else "none is named."
            )
        )
    runner = {"node": _run_node, "python": _run_python}.get(levels.pop())
    return runner(targets, options) if runner else _run_odoo(targets, options, fresh)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what names tests, and what is an option or an option's value."""
    names: list[str] = []
    options: list[str] = []
    for argument in arguments:
        is_value = bool(options) and options[-1] in VALUED
        (options if is_value or argument.startswith("-") else names).append(argument)
    return names, options


def find(argument: str) -> list[Target]:
    """Return the tests at a path, or of a name."""
    path, _, name = argument.partition("::")
    if (Path.cwd() / path).exists():
        return [Target((Path.cwd() / path).resolve(), name)]
    if (ROOT / path).exists():
        return [Target((ROOT / path).resolve(), name)]
    found = [*_named(argument), *_named_node(argument)]
    if not found:
        raise Problem(f"No test, class or tour is called “{argument}”, and no file.")
    return found


def _named(name: str) -> Iterator[Target]:
    """Python tests of that name, tests of a class of that name, tests that play a tour of that name."""
    wanted = name.partition("::")[0]
    for path in sorted({path for pattern in PYTHON_TESTS for path in ROOT.glob(pattern)}):
        source = path.read_text("utf-8")
        if wanted not in source:
            continue
        for node_ in ast.parse(source).body:
            if isinstance(node_, ast.FunctionDef | ast.AsyncFunctionDef) and node_.name == name:
                yield Target(path, name)
            if not isinstance(node_, ast.ClassDef):
                continue
            if node_.name == wanted:
                yield Target(path, name)
                continue
            for method in node_.body:
                if not isinstance(method, ast.FunctionDef) or not method.name.startswith("test"):
                    continue
                if method.name == name or f"'{name}'" in ast.unparse(method):
                    yield Target(path, f"{node_.name}::{method.name}")


def _named_node(name: str) -> Iterator[Target]:
    for path in sorted(ROOT.glob(NODE_TESTS)):
        if re.search(
            rf"""\b(?:test|it|describe)\(\s*["'`]{re.escape(name)}["'`]""", path.read_text("utf-8")
        ):
            yield Target(path, name)


def _run_node(targets: Sequence[Target], options: Sequence[str]) -> int:
    names = [f"--test-name-pattern=^{re.escape(target.name)}$" for target in targets if target.name]
    files = list(dict.fromkeys(str(target.path) for target in targets))
    command = [node()[0], "--import=./tests/js/loader.mjs", "--test", *names, *options, *files]
    return subprocess.run(command, cwd=ROOT, env=node_env(), check=False).returncode


def _run_python(targets: Sequence[Target], options: Sequence[str]) -> int:
    command = [str(tools_python()), "-m", "pytest", *_ids(targets), *options]
    with postgres.lease() as server:
        env = {**tools_env(), **server.env()}
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def _run_odoo(targets: Sequence[Target], options: Sequence[str], fresh: bool) -> int:
    server = postgres.keep()
    database = f"smartcash_developer_{digest(ROOT.as_posix())[:8]}"
    _bring_up_to_date(server, database, fresh)
    settings = RUN / "developer.conf"
    settings.write_text(
        "[options]\n"
        f"addons_path = {odoo.addons_path()}\n"
        f"data_dir = {odoo.DATA}\n"
        f"db_name = {database}\n"
        f"http_port = {free_port()}\n"
        "http_interface = 127.0.0.1\n"
        "max_cron_threads = 0\n"
        f"screenshots = {RUN / 'screenshots'}\n"
    )
    folders = [] if installed() else [str(Path(launcher()).parent)]
    env = {**odoo.odoo_env(server), "PYTHONPATH": os.pathsep.join(folders)}
    own = [f"--odoo-config={settings}", f"--odoo-database={database}", "--odoo-http"]
    # The settings of pyproject.toml are for the other environment's plugins.
    own += ["-c", os.devnull, f"--rootdir={ROOT}", "-p", "no:cacheprovider"]
    command = [str(odoo_python()), "-m", "pytest", *own, *_ids(targets), *options]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def _ids(targets: Sequence[Target]) -> list[str]:
    return [
        f"{target.path}::{target.name}" if target.name else str(target.path) for target in targets
    ]


def _bring_up_to_date(server: postgres.Server, database: str, fresh: bool) -> None:
    """Have the developer's database, with the addons as they are now."""
    note = RUN / "developer.json"
    now = {name: digest(*_loaded(ROOT / name)) for name in addons()}
    if fresh or not odoo.database_exists(server, database) or not note.exists():
        odoo.drop_database(server, database)
        odoo.copy_database(server, odoo.ready(server, ODOO_ADDONS), database)
        note.write_text(json.dumps(now))
        return
    known = json.loads(note.read_text())
    if changed := [name for name in now if known.get(name) != now[name]]:
        say(f"updating {', '.join(changed)} in {database}")
        odoo.install(server, database, changed, odoo.LOGS / "developer.log", update=True)
        note.write_text(json.dumps(now))


def _loaded(addon: Path) -> list[Path]:
    """The files that an update of an addon reads."""
    return sorted(
        path
        for path in addon.rglob("*")
        if path.is_file() and NOT_LOADED.isdisjoint(path.relative_to(addon).parts)
    )
