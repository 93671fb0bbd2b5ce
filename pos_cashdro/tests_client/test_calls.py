"""Each call on both entry points: what is sent, what is read, and what each code means."""

import json
from datetime import datetime

import pytest
from cashdro_client import (
    CashdroAuthError,
    CashdroClient,
    CashdroProtocolError,
    FinishMode,
    OperationState,
    OperationType,
)
from fake_machine import NEW, OLD, ok

PASSWORD = "p&ss wörd/+%"
OPERATION = {
    "operationid": "452",
    "state": "F",
    "total": "1825",
    "totalin": "1830",
    "totalout": "-5",
    "amountchangenotavailable": "0",
}


@pytest.fixture
def client(machine):
    return CashdroClient(machine.url, "till", PASSWORD, timeout=5)


def start(client, **values):
    values = {"terminal": "odoo-1", "cashier": "Ana", "alias": "u-1", **values}
    return client.start_operation(OperationType.SALE, 1825, **values)


def test_a_sale_on_the_newer_entry_point(client, machine):
    machine.answers.update(
        startOperation=ok({"operationId": "452"}),
        askOperation=ok(
            {"operation": OPERATION, "devices": [], "messages": [], "withError": "false"}
        ),
    )
    operation = start(client)
    client.acknowledge(operation)
    status = client.ask(operation)
    client.set_imported(operation)
    assert operation == "452"
    assert (status.state, status.finished) == (OperationState.FINISHED, True)
    assert (status.total, status.total_in, status.total_out, status.net) == (1825, 1830, 5, 1825)
    assert {path for path, _query in machine.calls} == {NEW}
    sent = machine.named("startOperation")[0]
    assert (sent["name"], sent["password"]) == ("till", PASSWORD)
    assert (sent["type"], sent["posid"], sent["posuser"], sent["aliasid"]) == (
        "4",
        "odoo-1",
        "Ana",
        "u-1",
    )
    assert json.loads(sent["parameters"]) == {"amount": "1825"}
    for call in ("acknowledgeOperationId", "setOperationImported"):
        assert machine.named(call)[0]["operationId"] == "452"


def test_a_sale_on_the_older_entry_point(client, machine):
    machine.entry_points = [OLD]
    machine.answers.update(
        startOperation={"code": 1, "data": "15445"},
        acknowledgeOperationId={"code": 1, "data": ""},
        askOperation={
            "code": 1,
            "data": json.dumps(
                {
                    "operation": {**OPERATION, "operationid": "15445", "totalout": "5"},
                    "devices": [],
                    "messages": [],
                    "messagesFixed": [],
                    "withError": "true",
                }
            ),
        },
        askPendingOperations={"code": 1, "data": '[{"OperationId":"69"}]'},
        askOperationExecuting={"code": 1, "data": [{"LogId": "-1"}]},
    )
    operation = start(client)
    client.acknowledge(operation)
    status = client.ask(operation)
    assert (operation, status.total_out, status.with_error) == ("15445", 5, True)
    assert client.pending("odoo-1") == ["69"]
    assert client.executing() is None
    # It is looked for once, and a start that met no entry point did not happen.
    assert [path for path, _query in machine.calls].count(NEW) == 1
    assert len(machine.named("startOperation")) == 2


def test_both_entry_points_gone_is_said_plainly(client, machine):
    machine.entry_points = []
    with pytest.raises(CashdroProtocolError, match="no CashDro web service"):
        client.test()


def test_a_machine_whose_software_was_updated_is_found_again(client, machine):
    machine.entry_points = [OLD]
    client.test()
    machine.entry_points = [NEW]
    client.test()
    assert [path for path, _query in machine.calls][-2:] == [OLD, NEW]


def test_what_nobody_imported(client, machine):
    machine.answers["askPendingOperations"] = ok({"pendingOperations": [{"OperationId": "69"}]})
    assert client.pending("odoo-1", include_manual=True) == ["69"]
    sent = machine.named("askPendingOperations")[0]
    assert (sent["terminal"], sent["importManualOperations"]) == ("odoo-1", "true")


def test_only_pieces_of_the_currency_are_its_levels(client, machine):
    coin = {"CurrencyId": "EUR", "Value": "2", "Type": "1", "LevelRecycler": "20", "LevelCasete": 0}
    machine.answers["getPiecesCurrency"] = ok({"pieces": [coin, {**coin, "CurrencyId": "USD"}]})
    assert [level.currency for level in client.levels("EUR")] == ["EUR"]
    assert machine.named("getPiecesCurrency")[0]["currencyId"] == "EUR"


def test_movements_are_asked_for_in_the_machine_s_spelling(client, machine):
    machine.answers["askMovements"] = ok({"movements": [{"OperationId": 9, "AliasId": "u-9"}]})
    since = datetime(2026, 1, 31, 9, 5)
    (movement,) = client.movements(since, datetime(2026, 2, 1), [OperationType.SALE])
    assert (movement.id, movement.alias) == ("9", "u-9")
    sent = machine.named("askMovements")[0]
    assert (sent["fromDate"], sent["toDate"]) == ("2026-01-31_09:05:00", "2026-02-01_00:00:00")
    assert json.loads(sent["operationType"]) == [{"Id": 4}]


def test_diagnosis_and_alerts(client, machine):
    machine.answers.update(
        getDiagnosis=ok(
            {
                "WithError": True,
                "Devices": [
                    {"deviceName": "Coins", "deviceWithError": False},
                    {
                        "deviceName": "Notes",
                        "deviceWithError": True,
                        "deviceMessagesInfo": [{"msg": "Jam"}],
                    },
                ],
            }
        ),
        getAlerts=ok(
            {
                "alerts": [
                    {"AlertId": "1", "Source": "5", "Value": "2", "Type": "5", "CurrencyId": "EUR"}
                ]
            }
        ),
    )
    diagnosis = client.diagnosis()
    assert (diagnosis.with_error, diagnosis.troubles) == (True, ("Notes: Jam",))
    (alert,) = client.alerts()
    assert (alert.source, alert.value, alert.type) == (5, 2, 5)


def test_an_end_without_pieces_names_none(client, machine):
    client.finish("9", FinishMode.CANCEL)
    (cancelled,) = machine.named("finishOperation")
    assert cancelled["type"] == "2"
    assert "params" not in cancelled


def test_minus_one_about_an_operation_is_about_the_password_when_the_test_says_so(client, machine):
    machine.answers["askOperation"] = {"code": -1, "data": ""}
    machine.answers["doTest"] = {"code": -1, "data": "Authentication Failed"}
    with pytest.raises(CashdroAuthError):
        client.ask("9")


@pytest.mark.parametrize("amount", [10.5, "1825", True])
def test_an_amount_is_an_integer(client, machine, amount):
    with pytest.raises(TypeError):
        client.start_operation(OperationType.SALE, amount, terminal="odoo-1")
    assert not machine.calls


def test_names_are_cut_to_what_the_machine_takes(client, machine):
    machine.answers["startOperation"] = ok({"operationId": "1"})
    start(client, terminal="t" * 80, cashier="c" * 80)
    sent = machine.named("startOperation")[0]
    assert (len(sent["posid"]), len(sent["posuser"])) == (50, 50)
