"""A pytest plugin: each end-to-end test plainly, then once more with each of its mutants."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.mutations.table import MUTANTS
from tools.stack import odoo
from tools.stack.paths import ROOT
from tools.stack.postgres import lease


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants-report", type=Path, help="where to say what ran and what failed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    test = f"{metafunc.definition.path.name}::{metafunc.function.__name__}"
    chosen = os.environ["SMARTCASH_MUTANTS"].split(",")
    mutants = [one for one in MUTANTS if one.name in chosen and one.target == test]
    metafunc.parametrize(
        "mutant",
        [None, *mutants],
        ids=["plain", *(one.name for one in mutants)],
        indirect=True,
    )


@pytest.fixture(scope="session")
def sound(stack: Deployment) -> Iterator[Callable[[], None]]:
    """A function that takes back what the shop's books went through without a fix."""
    kept = f"{stack.database}_sound"
    with lease() as server:
        with _stopped(stack):
            odoo.copy_database(server, stack.database, kept)

        def restore() -> None:
            odoo.drop_database(server, stack.database)
            odoo.copy_database(server, kept, stack.database)

        yield restore
        odoo.drop_database(server, kept)


@contextlib.contextmanager
def _stopped(stack: Deployment) -> Iterator[None]:
    stack.odoo.stop()
    try:
        yield
    finally:
        stack.odoo.start()


@pytest.fixture(autouse=True)
def mutant(request: pytest.FixtureRequest, stack: Deployment) -> Iterator[None]:
    """The shop runs without the fix while the test lives."""
    if request.param is None:
        yield
        return
    restore = request.getfixturevalue("sound")
    with request.param.applied(ROOT):
        with _stopped(stack):
            pass
        yield
    with _stopped(stack):
        restore()


class Report:
    """One line per test: how it ended, and its name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            with open(self._path, "a", encoding="utf-8") as rows:
                rows.write(f"{report.outcome} {report.nodeid.split('::')[1]}\n")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Report(config.getoption("--mutants-report")))
