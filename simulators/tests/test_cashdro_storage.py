"""What outlives the machine's computer: contents, operations, certificate."""

import ssl
import urllib.request

import pytest
from conftest import Till

from smartcash_simulators.cashdro.testing import CashdroSimulator
from smartcash_simulators.testing import SimulatorError

SALE, PAYOUT = 4, 3


def simulator(path, **options: object) -> CashdroSimulator:
    return CashdroSimulator(speed=100, float_="homologation", state_file=path, **options)


def test_operations_survive_a_restart(tmp_path) -> None:
    path = tmp_path / "machine.state"
    with simulator(path) as machine:
        till = Till(machine)
        done = till.begin(SALE, 197, aliasid="a-1")
        till.pay(200)
        seen = till.wait(done)
        waiting = till.start(SALE, 500)
        contents, fingerprint = machine.state()["pieces"], machine.fingerprint
    with simulator(path) as machine:
        till = Till(machine)
        assert till.look(done) == {**seen, "payOutProgress": "1"}
        assert till.look(waiting)["state"] == "I"
        assert (machine.state()["pieces"], machine.fingerprint) == (contents, fingerprint)
        assert int(till.start(PAYOUT, 100)) == int(waiting) + 1


def test_a_machine_that_is_killed_in_mid_sale_knows_what_went_in(tmp_path) -> None:
    path = tmp_path / "machine.state"
    machine = simulator(path)
    machine.start()
    till = Till(machine)
    number = till.begin(SALE, 1000)
    till.pay(500, 200)
    total = machine.state()["physical_total"]
    machine.kill()
    with simulator(path) as machine:
        seen = Till(machine).look(number)
        assert (seen["state"], seen["totalin"], seen["error"]) == ("F", "700", "1")
        assert machine.state()["total"] == total


@pytest.mark.parametrize("content", ["not a database", ""])
def test_a_file_that_is_not_ours_is_told(tmp_path, content: str) -> None:
    path = tmp_path / "machine.state"
    path.write_text(content)
    machine = simulator(path)
    if content:
        with pytest.raises(SimulatorError, match="remove it to start anew"):
            machine.start()
        return
    with machine:
        assert Till(machine).code("doTest") == 1


def test_a_file_of_another_currency_is_told(tmp_path) -> None:
    path = tmp_path / "machine.state"
    with simulator(path) as machine:
        machine.reset()
    with pytest.raises(SimulatorError, match="it holds EUR, not MXN"):
        simulator(path, currency="MXN").start()


def test_users_and_certificate_names_come_from_the_command_line(tmp_path) -> None:
    arguments = ("--user", "till:secret:4,3", "--certificate-name", "127.0.0.1")
    with simulator(tmp_path / "machine.state", arguments=arguments) as machine:
        till = Till(machine)
        user = {"name": "till", "password": "secret", "parameters": {"amount": "100"}}
        assert till.code("startOperation", type="3", **user) == 1
        assert till.code("startOperation", type="16", **user) == -4
        context = ssl.create_default_context(cafile=tmp_path / "machine.state.pem")
        url = f"{machine.url}/Cashdro3Web/index.html"
        with urllib.request.urlopen(url, context=context, timeout=10) as answer:  # noqa: S310 - our own child
            assert answer.status == 200
