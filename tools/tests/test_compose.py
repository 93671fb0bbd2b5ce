"""The containers run what the demo and the tests run, and nothing else."""

from pathlib import Path

import pytest
import yaml

from stack import makes, services
from stack.demo import DATABASE, PORTS, ports_from_env
from stack.makes import Here

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- inside its container


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def command(service: dict) -> list[str]:
    """The command as Docker runs it: a doubled dollar is one."""
    return [str(part).replace("$$", "$") for part in service["command"]]


def in_containers(**moved: str) -> Here:
    """The demo, as its parts in containers see it."""
    ports = ports_from_env({})
    shop = f"http://127.0.0.1:{ports['odoo']}"
    return Here(Path("/demo"), "python", ports, shop, EVERYWHERE, 1.0, moved)


@pytest.mark.parametrize("addon", makes.parts())
def test_each_part_of_a_make_runs_as_in_the_demo(compose, addon):
    for name, expected, _url in makes.parts()[addon].processes(in_containers()):
        assert command(compose[name]) == expected


@pytest.mark.parametrize("addon", makes.parts())
def test_the_shops_are_told_where_the_parts_are_to_each_other(compose, addon):
    """Each address names a service of the file and the port on which its part listens there."""
    told = compose["setup"]["environment"]
    names = {name for name, _command, _url in makes.parts()[addon].processes(in_containers())}
    ports = {str(port) for _variable, port in makes.parts()[addon].PORTS.values()}
    known = {"127.0.0.1", EVERYWHERE, *names}
    variables = {variable.split("_")[0] for variable, _port in makes.parts()[addon].PORTS.values()}
    mine = {key: value for key, value in told.items() if key.split("_")[0] in variables}
    addresses = [value for key, value in mine.items() if key.endswith(("_ADDRESS", "_CONNECTOR"))]
    assert addresses
    for address in addresses:
        host, port = address.removeprefix("http://").rsplit(":", 1)
        assert host in known
        assert port in ports


def test_whoever_is_on_the_loopback_of_odoo_is_in_its_container(compose):
    """Odoo takes an address without TLS on loopback only."""
    told = compose["setup"]["environment"]
    on_loopback = [
        key.removesuffix("_ADDRESS").lower()
        for key, value in told.items()
        if key.endswith("_ADDRESS") and "127.0.0.1" in value
    ]
    assert on_loopback
    for name in on_loopback:
        assert compose[name]["network_mode"] == "service:odoo"


def test_odoo_runs_as_in_the_demo(compose):
    expected = services.odoo_server(EVERYWHERE, PORTS["odoo"][1], DATABASE)
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
    expected = [f"127.0.0.1:${{{variable}:-{port}}}:{port}" for variable, port in PORTS.values()]
    assert sorted(published) == sorted(expected)


def test_what_the_browser_is_told_moves_with_the_published_ports(compose):
    told = compose["setup"]["environment"]
    for name in ("odoo", "gateway"):
        variable, port = PORTS[name]
        assert told[variable] == f"${{{variable}:-{port}}}"


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
