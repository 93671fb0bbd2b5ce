"""What field logs and other people's clients say of real machines, and the maker's manual does not."""

import time
from collections import Counter

import cashdro_protocol.client as client_module
import pytest
from cashdro_client import (
    CashdroClient,
    CashdroError,
    CashdroProtocolError,
    CashdroRefused,
    CashdroUnitError,
    CashdroUnreachable,
    FinishMode,
    OperationType,
    Pieces,
    Unit,
    known_pieces,
)
from fake_machine import no, ok

from smartcash_simulators.cashdro.testing import CashdroSimulator

CLP_IN_HUNDREDTHS = Unit(ours=0, machine=2, pieces=known_pieces("CLP", 0))
KWD_IN_HUNDREDTHS = Unit(ours=3, machine=2, pieces=known_pieces("KWD", 3))


@pytest.fixture(autouse=True)
def nothing_proven_yet():
    client_module._proven_units.clear()


@pytest.fixture
def client(machine):
    return CashdroClient(machine.url, "till", "secret", timeout=5)


def told(state, **values):
    operation = {
        "operationid": "7",
        "state": state,
        "total": "1000",
        "totalin": "500",
        "totalout": "-500",
        **values,
    }
    return ok({"operation": operation, "messages": [], "withError": "false"})


# ---- an end that is not told as F ----------------------------------------------------------------


@pytest.mark.parametrize("word", ["C", "canceled", "error"])
def test_a_cancelled_sale_of_the_simulator(word):
    with CashdroSimulator(speed=200) as simulator:
        simulator.fault(end_told_as=word)
        client = CashdroClient(simulator.http_url, "admin", "admin")
        number = client.start_operation(OperationType.SALE, 1000, terminal="odoo-1")
        client.acknowledge(number)
        simulator.insert(500)
        client.finish(number, FinishMode.CANCEL)
        limit = time.monotonic() + 10
        while not (status := client.ask(number)).finished:
            assert time.monotonic() < limit, status
        assert (status.total_in, status.total_out) == (500, 500)


# ---- what it counts in -------------------------------------------------------------------------


def pieces(currency, coins, notes):
    rows = [("1", value) for value in coins] + [("2", value) for value in notes]
    return ok(
        {
            "pieces": [
                {
                    "CurrencyId": currency,
                    "Value": str(value),
                    "Type": kind,
                    "LevelRecycler": "3",
                    "LevelCasete": "0",
                }
                for kind, value in rows
            ]
        }
    )


CLP = (10, 50, 100, 500), (1000, 2000, 5000, 10000, 20000)
KWD = (5, 10, 20, 50, 100), (250, 500, 1000, 5000, 10000, 20000)


def times(values, factor):
    return [value * factor for value in values]


def sell(client, currency, amount=1000):
    return client.start_operation(OperationType.SALE, amount, terminal="odoo-1", currency=currency)


@pytest.mark.parametrize(
    ("unit", "currency", "amount", "sent"),
    [
        (CLP_IN_HUNDREDTHS, "CLP", 1990, "199000"),
        (KWD_IN_HUNDREDTHS, "KWD", 1250, "125"),
        (Unit(2, 2), "EUR", 1990, "1990"),
    ],
)
def test_the_right_unit_in_both_directions(machine, unit, currency, amount, sent):
    client = CashdroClient(machine.url, "till", "secret", unit=unit)
    factor = 10**unit.machine / 10**unit.ours
    coins, notes = {"CLP": CLP, "KWD": KWD}.get(currency) or ((1, 2), (500,))
    machine.answers.update(
        getPiecesCurrency=pieces(
            currency,
            [int(value * factor) for value in coins if value * factor >= 1],
            [int(value * factor) for value in notes],
        ),
        startOperation=ok({"operationId": "7"}),
        askOperation=told(
            "F", total=sent, totalin=sent, totalout=f"-{sent}", amountchangenotavailable=sent
        ),
    )
    number = sell(client, currency, amount)
    assert machine.named("startOperation")[0]["parameters"] == f'{{"amount":"{sent}"}}'
    status = client.ask(number)
    assert (status.total, status.total_in, status.total_out) == (amount,) * 3
    assert status.change_not_available == amount


def test_the_unit_is_proven_once(machine):
    client = CashdroClient(machine.url, "till", "secret", unit=CLP_IN_HUNDREDTHS)
    machine.answers.update(
        getPiecesCurrency=pieces("CLP", times(CLP[0], 100), times(CLP[1], 100)),
        startOperation=ok({"operationId": "7"}),
    )
    sell(client, "CLP")
    sell(client, "CLP")
    assert Counter(query["operation"] for _path, query in machine.calls) == Counter(
        getPiecesCurrency=1, startOperation=2
    )


def test_euros_are_asked_for_no_proof(client, machine):
    machine.answers["startOperation"] = ok({"operationId": "7"})
    sell(client, "EUR")
    assert not machine.named("getPiecesCurrency")


def test_an_amount_that_the_machine_cannot_count(machine):
    client = CashdroClient(machine.url, "till", "secret", unit=KWD_IN_HUNDREDTHS)
    machine.answers["getPiecesCurrency"] = pieces("KWD", (1, 2, 5, 10), (25, 50, 100))
    with pytest.raises(CashdroRefused) as caught:
        sell(client, "KWD", 1005)
    assert caught.value.code == -3
    assert not machine.named("startOperation")


def test_a_total_that_is_no_amount_of_the_currency(machine):
    client = CashdroClient(machine.url, "till", "secret", unit=CLP_IN_HUNDREDTHS)
    machine.answers["askOperation"] = told("E", total="1000", totalin="550", totalout="0")
    with pytest.raises(CashdroProtocolError):
        client.ask("7")


@pytest.mark.parametrize(("currency", "note"), [("CLP", 5000), ("KWD", 500)])
def test_a_sale_on_the_simulator_that_counts_in_hundredths(currency, note):
    decimals = {"CLP": 0, "KWD": 3}[currency]
    with CashdroSimulator(currency=currency, speed=200) as simulator:
        simulator.fault(hundredths=True)
        unit = Unit(decimals, 2, known_pieces(currency, decimals))
        client = CashdroClient(simulator.http_url, "admin", "admin", unit=unit)
        price = note - 50
        number = sell(client, currency, price)
        client.acknowledge(number)
        simulator.insert(note)
        limit = time.monotonic() + 10
        while not (status := client.ask(number)).finished:
            assert time.monotonic() < limit
        assert (status.total_in, status.total_out) == (note, 50)
        row = simulator.operations()[-1]
        assert (row["total_in"], row["total_out"]) == (note, 50)
        wrong = CashdroClient(
            simulator.http_url,
            "admin",
            "admin",
            unit=Unit(decimals, decimals, known_pieces(currency, decimals)),
        )
        with pytest.raises(CashdroUnitError):
            sell(wrong, currency, price)
        assert len(simulator.operations()) == 1
        out = client.start_operation(OperationType.WITHDRAW, terminal="odoo-1", currency=currency)
        client.acknowledge(out)
        level = next(one for one in client.levels(currency) if one.recycler and one.kind == "coin")
        client.finish(out, FinishMode.EXECUTE, pieces=[Pieces(level.value, 1, False)])
        while not (status := client.ask(out)).finished:
            assert time.monotonic() < limit
        assert status.total_out == level.value


# ---- slow machines, and how long all of it may take -----------------------------------------------


def test_a_slow_machine_has_the_time_that_it_needs():
    with CashdroSimulator() as simulator:
        simulator.fault(latency_ms=800)
        CashdroClient(simulator.http_url, "admin", "admin", timeout=5).test()
        with pytest.raises(CashdroUnreachable) as caught:
            CashdroClient(simulator.http_url, "admin", "admin", timeout=0.3).test()
        assert caught.value.reason == "time"


def test_all_calls_together_have_a_limit(machine):
    client = CashdroClient(machine.url, "till", "secret", timeout=5, budget=0.4)
    machine.answers["doTest"] = lambda handler: machine.held.wait(0.25)
    for _attempt in range(3):
        with pytest.raises(CashdroError):
            client.test()
    with pytest.raises(CashdroUnreachable) as caught:
        client.test()
    assert (caught.value.reason, caught.value.sent) == ("time", False)
    assert len(machine.calls) < 4


# ---- the account that every machine has ---------------------------------------------------------


def test_whether_everybody_in_its_network_may_start_something(client, machine):
    assert client.has_network_account()
    assert machine.named("doTest")[0]["name"] == "Exchange_Machine"
    machine.answers["doTest"] = no(-1, "Authentication Failed")
    assert not client.has_network_account()
    machine.answers["doTest"] = ok()
    client.test()
    assert machine.named("doTest")[-1]["name"] == "till"
