"""The client and the simulated machine, which was built from the machine's manual by somebody else."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import cashdro_protocol.client as client_module
import pytest
from cashdro_client import (
    CashdroAuthError,
    CashdroBusy,
    CashdroClient,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroStatus,
    CashdroUnknownOperation,
    CashdroUnreachable,
    FinishMode,
    OperationState,
    OperationType,
)

from smartcash_simulators.cashdro.testing import CashdroSimulator

SALE, PAYOUT = OperationType.SALE, OperationType.PAYOUT
VECTORS = Path(__file__).resolve().parents[1] / "vectors"
HOMOLOGATION = json.loads((VECTORS / "homologation.json").read_text())


@pytest.fixture(scope="module")
def running() -> Iterator[CashdroSimulator]:
    with CashdroSimulator(speed=200, float_="homologation") as simulator:
        simulator.add_user("till", "p&ss/w+rd %")
        simulator.add_user("seller", "x", [4])
        yield simulator


@pytest.fixture
def simulator(running) -> CashdroSimulator:
    running.clear_faults()
    running.reset(float="homologation")
    return running


@pytest.fixture
def client(simulator) -> CashdroClient:
    return connect(simulator)


def connect(simulator, user="till", password="p&ss/w+rd %", timeout=5.0) -> CashdroClient:
    return CashdroClient(
        simulator.url, user, password, fingerprint=simulator.fingerprint, timeout=timeout
    )


def begin(client, operation_type=SALE, amount=1000) -> str:
    number = client.start_operation(
        operation_type, amount, terminal="odoo-1", cashier="Ana", alias=f"u-{time.monotonic_ns()}"
    )
    client.acknowledge(number)
    return number


def finished(client, number, seconds=10.0) -> CashdroStatus:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = client.ask(number)
        if status.finished:
            return status
        time.sleep(0.02)
    raise AssertionError(f"not finished: {status}")


@pytest.mark.parametrize("entry", client_module.ENTRY_POINTS)
def test_the_basic_homologation(simulator, entry, monkeypatch):
    client = connect(simulator)
    monkeypatch.setattr(client_module, "ENTRY_POINTS", (entry,))
    monkeypatch.setitem(client_module._entry_points, client.base_url, entry)
    total_in = total_out = 0
    for row in HOMOLOGATION["rows"]:
        number = begin(client, SALE if row["kind"] == "sale" else PAYOUT, row["amount"])
        for piece in row["pieces"]:
            simulator.insert(piece)
        if row.get("cancel"):
            client.finish(number, FinishMode.CANCEL)
        status = finished(client, number)
        assert (status.total_in, status.total_out) == (row["in"], row["out"]), row
        assert not status.change_not_available
        client.set_imported(number)
        simulator.take()
        total_in += status.total_in
        total_out += status.total_out
    (totals,) = HOMOLOGATION["totals"]
    assert (total_in, total_out) == (totals["in"], totals["out"])
    assert client.pending("odoo-1", include_manual=True) == []
    assert client.executing() is None


def test_nothing_moves_before_the_acknowledgement(simulator, client):
    number = client.start_operation(SALE, 500, terminal="odoo-1", alias="u-1")
    assert client.ask(number).state is OperationState.WAITING
    client.acknowledge(number)
    status = client.ask(number)
    assert status.state is OperationState.EXECUTING
    assert (status.terminal, status.alias) == ("odoo-1", "u-1")
    assert client.executing() == number
    with pytest.raises(CashdroBusy):
        begin(client)
    simulator.insert(200)
    assert client.ask(number).total_in == 200
    client.finish(number, FinishMode.ACCEPT)
    status = finished(client, number)
    assert (status.total_in, status.total_out) == (200, 0)
    with pytest.raises(CashdroRefused):
        client.finish(number, FinishMode.CANCEL)
    assert client.pending("odoo-1") == [number]
    now = datetime.now()
    moved = client.movements(now - timedelta(days=1), now + timedelta(days=1), [SALE])
    assert [one.id for one in moved if one.alias == "u-1"] == [number]


def test_questions_about_the_machine(simulator, client):
    client.test()
    levels = {(level.value, level.kind): level for level in client.levels("EUR")}
    assert levels[50, "coin"].recycler == 20
    assert client.diagnosis().with_error is False
    assert isinstance(client.alerts(), list)
    with pytest.raises(CashdroUnknownOperation):
        client.ask("99999")
    with pytest.raises(CashdroUnknownOperation):
        client.acknowledge("99999")


def test_who_may_do_what(simulator):
    with pytest.raises(CashdroAuthError) as raised:
        connect(simulator, password="wrong").test()
    assert raised.value.code == -1
    with pytest.raises(CashdroAuthError) as raised:
        begin(connect(simulator, "seller", "x"), PAYOUT, 100)
    assert raised.value.code == -4


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"service": "loading"}, CashdroBusy),
        ({"service": "out_of_service"}, CashdroRefused),
        ({"service": "stopped"}, CashdroRefused),
        ({"html": 1}, CashdroProtocolError),
        ({"http_error": 1}, CashdroProtocolError),
        ({"redirect": 1}, CashdroProtocolError),
        ({"huge": 1}, CashdroProtocolError),
        ({"drip_ms": 100}, CashdroUnreachable),
        ({"drop_requests": 1}, CashdroUnreachable),
        ({"drop_replies": 1}, CashdroUnreachable),
    ],
)
def test_what_goes_wrong_with_a_start_has_a_type_and_happens_once(simulator, fault, error):
    client = connect(simulator, timeout=1.0)
    client.test()
    simulator.fault(only_on="startOperation", **fault)
    with pytest.raises(CashdroError) as raised:
        client.start_operation(SALE, 500, terminal="odoo-1", alias="u-9")
    assert type(raised.value) is error
    simulator.clear_faults()
    assert len([one for one in simulator.operations() if one["aliasid"] == "u-9"]) <= 1


def test_states_and_signs_of_other_software(simulator, client):
    simulator.fault(unknown_state=1000, positive_totalout=True)
    number = begin(client, SALE, 500)
    assert client.ask(number).state is OperationState.OTHER
    simulator.clear_faults()
    simulator.fault(positive_totalout=True)
    simulator.insert(1000)
    assert finished(client, number).total_out == 500
