"""The client and the simulated machine, which was built from the machine's manual by somebody else."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

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

from smartcash_simulators.testing import CashdroSimulator

SALE, PAYOUT = OperationType.SALE, OperationType.PAYOUT
#: The vendor's basic homologation: type, amount, pieces put in, cancelled?, expected in and out.
HOMOLOGATION = [
    (SALE, 1, [], False, 0, 0),
    (SALE, 3, [2], False, 2, 0),
    (SALE, 1000, [500], True, 500, 500),
    (SALE, 101, [100], False, 100, 0),
    (SALE, 103, [100, 2], False, 102, 0),
    (SALE, 103, [2, 2, 100], False, 104, 2),
    (SALE, 197, [200], False, 200, 4),
    (SALE, 1001, [100, 1000], False, 1100, 100),
    (SALE, 300, [200, 100], False, 300, 0),
    (SALE, 1000, [1000], False, 1000, 0),
    (SALE, 1250, [1000, 200, 50], False, 1250, 0),
    (SALE, 500, [2000], False, 2000, 1500),
    (PAYOUT, 501, [], False, 0, 502),
    (PAYOUT, 1203, [], False, 0, 1204),
    (PAYOUT, 499, [], False, 0, 500),
    (PAYOUT, 1, [], False, 0, 2),
    (PAYOUT, 3, [], False, 0, 4),
]


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
    for kind, amount, pieces, cancelled, expected_in, expected_out in HOMOLOGATION:
        number = begin(client, kind, amount)
        for piece in pieces:
            simulator.insert(piece)
        if cancelled:
            client.finish(number, FinishMode.CANCEL)
        status = finished(client, number)
        assert (status.total_in, status.total_out) == (expected_in, expected_out), (kind, amount)
        assert not status.change_not_available
        client.set_imported(number)
        simulator.take()
        total_in += status.total_in
        total_out += status.total_out
    assert (total_in, total_out, total_in - total_out) == (6658, 4318, 2340)
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
