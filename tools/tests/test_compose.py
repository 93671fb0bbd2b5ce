"""The containers run what the demo and the tests run, and nothing else."""

from pathlib import Path

import pytest
import yaml

from stack import services
from stack.demo import CASHDRO_CERTIFICATE, DATABASE, HESABE_OPTIONS, PORT_VARIABLES
from stack.services import Ports

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- inside its container


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def command(service: dict) -> list[str]:
    """The command as Docker runs it: a doubled dollar is one."""
    return [str(part).replace("$$", "$") for part in service["command"]]


def test_the_simulator_runs_as_in_the_demo(compose):
    assert command(compose["simulator"]) == services.simulator("python", EVERYWHERE, Ports())


def test_the_cashdro_runs_as_in_the_demo(compose):
    certificate = f"/demo/{CASHDRO_CERTIFICATE.name}"
    expected = services.cashdro("python", EVERYWHERE, Ports(), certificate)
    assert command(compose["cashdro"]) == expected


def test_hesabe_runs_as_in_the_demo_and_on_the_loopback_of_odoo(compose):
    expected = services.hesabe("python", EVERYWHERE, Ports(), f"/demo/{HESABE_OPTIONS.name}")
    assert command(compose["hesabe"]) == expected
    assert compose["hesabe"]["network_mode"] == "service:odoo"


def test_odoo_is_told_where_the_parts_are_to_each_other(compose):
    told = compose["setup"]["environment"]
    ports = Ports()
    assert told["CASHDRO_ADDRESS"] == f"cashdro:{ports.cashdro}"
    assert told["HESABE_ADDRESS"] == f"http://127.0.0.1:{ports.hesabe}"
    assert told["HESABE_WEBHOOKS"] == f"http://127.0.0.1:{ports.odoo}"


def test_the_gateway_runs_as_in_the_demo(compose):
    expected = services.gateway("smartcash-gateway", "/demo/gateway.toml")
    assert command(compose["gateway"]) == expected


def test_odoo_runs_as_in_the_demo(compose):
    expected = services.odoo_server(EVERYWHERE, Ports(), DATABASE)
    assert command(compose["odoo"]) == ["odoo", *expected]


@pytest.mark.parametrize(("service", "target"), [("test", "test"), ("setup", "demo-setup")])
def test_one_script_serves_containers_and_make(compose, service, target):
    assert command(compose[service]) == ["python3", "tools/smartcash.py", target]


def test_make_test_is_the_test_container():
    makefile = (ROOT / "Makefile").read_text()
    assert "SMARTCASH = $(PYTHON) tools/smartcash.py\n" in makefile
    assert "\n\t@$(SMARTCASH) test\n" in makefile
    assert "\n\t@$(SMARTCASH) demo\n" in makefile


def test_every_port_is_published_on_loopback_only_and_moved_as_in_the_demo(compose):
    published = [port for service in compose.values() for port in service.get("ports", [])]
    expected = [
        f"127.0.0.1:${{{variable}:-{getattr(Ports(), name)}}}:{getattr(Ports(), name)}"
        for name, variable in PORT_VARIABLES.items()
    ]
    assert sorted(published) == sorted(expected)


def test_what_the_browser_is_told_moves_with_the_published_ports(compose):
    told = compose["setup"]["environment"]
    for name in ("odoo", "gateway"):
        variable = PORT_VARIABLES[name]
        assert told[variable] == f"${{{variable}:-{getattr(Ports(), name)}}}"


@pytest.mark.parametrize("service", ["setup", "odoo", "test"])
def test_databases_and_their_files_are_kept_together(compose, service):
    """A database in `db` whose files went with a container would be copied without them."""
    assert "postgres:/var/lib/postgresql/data" in compose["db"]["volumes"]
    assert "odoo-data:/var/lib/odoo" in compose[service]["volumes"]


def test_the_database_counts_as_healthy_only_when_others_reach_it(compose):
    """PostgreSQL's image has a temporary server at first, on a socket only, which then ends."""
    assert "--host=127.0.0.1" in compose["db"]["healthcheck"]["test"]


def test_the_tools_environment_is_made_without_the_addons_packages():
    """On PYTHONPATH they would pass for installed there, and be missing wherever it is not set."""
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    setup = dockerfile.index("RUN python3 tools/smartcash.py setup")
    assert "PYTHONPATH" not in dockerfile[:setup]
    assert "\nENV PYTHONPATH=/opt/odoo-extra\n" in dockerfile[setup:]
