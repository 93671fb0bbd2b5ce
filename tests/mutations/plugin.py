"""A pytest plugin: each end-to-end test plainly, then once more with each of its mutants."""

import os
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.mutations.table import MUTANTS
from tools.stack.paths import ROOT


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


@pytest.fixture(autouse=True)
def mutant(request: pytest.FixtureRequest, stack: Deployment):
    """The shop runs without the fix while the test lives."""
    if request.param is None:
        yield
        return
    with request.param.applied(ROOT):
        stack.odoo.stop()
        stack.odoo.start()
        yield
    stack.odoo.stop()
    stack.odoo.start()


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
