"""The web service as a client sees it: both entry points, every code, TLS, origins, users."""

import hashlib
import json
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

SALE, PAYOUT, DEPOSIT = 4, 3, 16
AMOUNT = {"amount": "1000"}
SHAPE_OF_OPERATION = {
    "operationid", "batchid", "state", "payInProgress", "payOutProgress", "total", "totalin",
    "totalout", "type", "datefinish", "hourfinish", "amountchangenotavailable", "totalrounded",
    "error", "posuser", "posid", "progressPartial", "progressTotal", "aliasid", "canceled",
    "userId", "userName", "rfId", "roundValue", "finalStatus",
}  # fmt: skip
NOT_TEXT = {"progressPartial", "progressTotal", "canceled"}


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fetch(url: str, method: str = "GET", **options: object) -> tuple[int, dict, bytes]:
    """Status, headers, body; no certificate is verified."""
    request = urllib.request.Request(url, method=method, **options)  # noqa: S310 - our own child
    try:
        with urllib.request.urlopen(request, context=unverified(), timeout=10) as answer:  # noqa: S310 - our own child
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def query(cashdro, operation: str, **params: object) -> str:
    values = {"operation": operation, "name": "admin", "password": "admin", **params}
    return urllib.parse.urlencode(values)


# -- Both entry points -----------------------------------------------------------------------------


def test_index3_of_a_whole_sale(till) -> None:
    ask = till.machine.ask
    started = ask("startOperation", type="4", parameters={"amount": "1000"})
    number = started["response"]["operation"]["operationId"]
    assert started == {
        "code": 1,
        "response": {"errorMessage": "none", "operation": {"operationId": number}},
    }
    done = {"code": 1, "response": {"errorMessage": "none"}}
    assert ask("acknowledgeOperationId", operationId=number) == done
    till.pay(2000)
    till.wait(number)
    nested = ask("askOperation", operationId=number)["response"]["operation"]
    assert set(nested["operation"]) == SHAPE_OF_OPERATION
    assert nested["operation"]["totalout"] == "-1000"
    assert ask("setOperationImported", operationId=number) == done
    assert ask("doTest") == done


def test_the_control_tells_when_an_operation_ended_and_what_was_asked(till) -> None:
    began = time.time()
    number = till.begin(SALE, 1000)
    assert till.machine.operations()[-1]["finished"] is None
    till.pay(1000)
    till.wait(number)
    finished = till.machine.operations()[-1]["finished"]
    assert began < finished < time.time()
    calls = till.machine.requests(began)
    assert [one["call"] for one in calls[:3]] == [
        "startOperation", "acknowledgeOperationId", "askOperationV2",
    ]  # fmt: skip
    assert finished < calls[-1]["at"]
    assert till.machine.requests(calls[-1]["at"]) == []


def test_index_of_a_whole_sale(till) -> None:
    def ask(operation: str, **params: object) -> dict:
        return till.machine.ask(operation, entry="index", **params)

    started = ask("startOperation", type="4", parameters={"amount": 1000})
    number = started["data"]
    assert started == {"code": 1, "data": number}
    assert isinstance(number, str)
    assert ask("acknowledgeOperationId", operationId=number) == {"code": 1, "data": ""}
    till.pay(1000)
    till.wait(number)
    answer = ask("askOperation", operationId=number)
    assert isinstance(answer["data"], str)
    inner = json.loads(answer["data"])
    assert (inner["operation"]["state"], inner["operation"]["totalin"]) == ("F", "1000")
    assert inner["withError"] == "false"
    assert [device["type"] for device in inner["devices"]] == ["1", "2", "3"]
    assert json.loads(ask("askPendingOperations", terminal="")["data"]) == [{"OperationId": number}]
    assert ask("setoperationImported", operationId=number) == {"code": 1, "data": ""}
    assert ask("askPendingOperations", terminal="")["data"] == "[]"


def test_both_entries_see_the_same_machine(till) -> None:
    number = till.start(SALE, 1000)
    ask = till.machine.ask
    assert ask("acknowledgeOperationId", entry="index", operationId=number)["code"] == 1
    assert till.look(number)["state"] == "E"


def test_amounts_are_texts_and_the_few_numbers_are_numbers(till) -> None:
    number = till.begin(SALE, 1000)
    operation = till.machine.ask("askOperation", operationId=number)["response"]["operation"]
    for name, value in operation["operation"].items():
        assert isinstance(value, int if name in NOT_TEXT else str), name


def test_v2_is_the_same_one_level_flatter(till) -> None:
    number = till.start(SALE, 1000)
    nested = till.machine.ask("askOperation", operationId=number)["response"]["operation"]
    beside = {name: value for name, value in nested.items() if name != "operation"}
    assert till.look(number) == {**nested["operation"], **beside}
    assert till.machine.ask("askOperationV2", entry="index", operationId=number)["code"] == 0


def test_what_the_till_sent_is_kept(till) -> None:
    number = till.begin(SALE, 1000, posid="till 7", posuser="Zoë", aliasid="0b7e-uuid")
    seen = till.look(number)
    assert (seen["posid"], seen["posuser"], seen["aliasid"]) == ("till 7", "Zoë", "0b7e-uuid")
    assert seen["userName"] == "admin"


def test_pieces_are_told_per_device(till) -> None:
    number = till.begin(SALE, 600)
    till.pay(100, 500)
    devices = till.wait(number)["devices"]
    assert [device["totalin"] for device in devices] == ["0", "100", "500"]
    note = next(piece for piece in devices[2]["pieces"] if piece["value"] == "500")
    assert (note["unitsinrecycler"], note["startlevelrecycler"]) == ("1", "2")
    assert note["finishlevelrecycler"] == 3


def test_notes_in_the_tray_are_told(till) -> None:
    number = till.begin(PAYOUT, 500)
    assert till.wait(number)["payOutProgress"] == "0"
    till.machine.take()
    assert till.look(number)["payOutProgress"] == "1"


@pytest.mark.parametrize(
    ("shape", "expected"), [("string", ["0"]), ("number", [0]), ("object", [{"value": "0"}])]
)
def test_messages_in_each_shape_that_clients_expect(till, shape: str, expected: list) -> None:
    till.machine.settings(message_shape=shape)
    number = till.begin(SALE, 1000)
    till.machine.messages(0)
    assert till.look(number)["messages"] == expected


# -- States ----------------------------------------------------------------------------------------


def test_an_operation_that_nobody_acknowledges_never_starts(till) -> None:
    number = till.start(PAYOUT, 500)
    other = till.begin(PAYOUT, 200)
    till.wait(other)
    assert till.look(number)["state"] == "I"
    assert till.machine.state()["tray_total"] == 200


def test_a_second_one_waits_for_its_turn(till) -> None:
    first, second = till.start(SALE, 1000), till.start(SALE, 500)
    till.code("acknowledgeOperationId", operationId=first)
    till.code("acknowledgeOperationId", operationId=second)
    assert [till.look(number)["state"] for number in (first, second)] == ["E", "Q"]
    assert till.finish(second, 2) == -2
    till.finish(first, 2)
    till.wait(first)
    till.wait(second, "E")


def test_acknowledging_twice_starts_once(till) -> None:
    number = till.begin(PAYOUT, 200)
    assert till.code("acknowledgeOperationId", operationId=number) == 1
    till.wait(number)
    assert till.code("acknowledgeOperationId", operationId=number) == 1
    assert till.machine.state()["tray_total"] == 200


def test_pending_are_those_of_this_till_and_by_hand_when_asked_for(till) -> None:
    mine = till.begin(PAYOUT, 200)
    till.wait(mine)
    theirs = till.begin(PAYOUT, 200, posid="till-2")
    till.wait(theirs)
    by_hand = str(till.machine.operate_by_hand(PAYOUT, 100)["id"])
    till.wait(by_hand)

    def pending(terminal: str, manual: str) -> list[str]:
        answer = till.machine.ask(
            "askPendingOperations", terminal=terminal, importManualOperations=manual
        )
        return [row["OperationId"] for row in answer["response"]["operation"]["pendingOperations"]]

    assert pending("till-1", "false") == [mine]
    assert pending("till-1", "true") == [mine, by_hand]
    assert till.code("setOperationImported", operationId=by_hand) == 1
    assert till.code("SETOPERATIONIMPORTED", operationId=mine) == 1
    assert pending("till-1", "true") == []
    assert pending("till-2", "false") == [theirs]


def test_the_running_operation_can_be_asked_for(till) -> None:
    def executing(entry: str) -> object:
        answer = till.machine.ask("askOperationExecuting", entry=entry)
        return answer["response"]["operation"] if entry == "index3" else answer["data"]

    assert executing("index3") == {"OperationId": "-1", "Type": "-1"}
    assert executing("index")[0]["LogId"] == "-1"
    number = till.begin(SALE, 1000)
    assert executing("index3") == {"OperationId": number, "Type": "4"}
    assert executing("index")[0]["LogId"] == number


# -- Codes -----------------------------------------------------------------------------------------


def refusal(till, operation: str, **params: object) -> tuple[int, str]:
    """Code and text; the same on both entry points."""
    answer = till.machine.ask(operation, **params)
    old = till.machine.ask(operation, entry="index", **params)
    assert set(answer["response"]) == {"errorMessage"}
    assert old == {"code": answer["code"], "data": answer["response"]["errorMessage"]}
    return answer["code"], answer["response"]["errorMessage"]


def test_a_wrong_password(till) -> None:
    assert refusal(till, "doTest", password="guess") == (-1, "Authentication Failed")
    assert refusal(till, "startOperation", name="nobody") == (-1, "Authentication Failed")


def test_a_user_without_the_permission(till) -> None:
    cashier = {"name": "cashier", "password": "cashier", "parameters": AMOUNT}
    refused = refusal(till, "startOperation", type="3", **cashier)
    assert refused == (-4, "User does not have permission")
    assert till.code("startOperation", type="4", **cashier) == 1
    till.machine.add_user("carla", "s3cr&t =%", types=[3])
    carla = {"name": "carla", "password": "s3cr&t =%", "parameters": AMOUNT}
    assert till.code("startOperation", type="3", **carla) == 1
    assert till.code("startOperation", type="4", **carla) == -4


def test_a_busy_machine(till) -> None:
    till.begin(SALE, 1000)
    refused = refusal(till, "startOperation", type="4", parameters=AMOUNT)
    assert refused == (-2, "Operation not queued")


@pytest.mark.parametrize(
    "amount", ["10.5", 10.5, 10.0, "0", "-5", -5, "", True, None, "١٢", "9" * 30]
)
def test_a_wrong_amount(till, amount: object) -> None:
    refused = refusal(till, "startOperation", type="4", parameters={"amount": amount})
    assert refused == (-3, "Wrong amount")


@pytest.mark.parametrize(
    "params",
    [
        {"type": "4"},
        {"type": "4", "parameters": "{"},
        {"type": "4", "parameters": "[]"},
        {"type": "4", "parameters": {}},
        {"type": "99", "parameters": AMOUNT},
        {"type": "", "parameters": AMOUNT},
        {"type": "4", "parameters": AMOUNT, "posid": "x" * 51},
        {"type": "3", "parameters": {"pieces": {"piece": [{"value": "3", "level": "1"}]}}},
        {"type": "3", "parameters": {"pieces": "all"}},
    ],
)
def test_wrong_parameters(till, params: dict) -> None:
    assert refusal(till, "startOperation", **params) == (-99, "Invalid Parameters")
    assert till.machine.operations() == []


@pytest.mark.parametrize(
    ("service", "code", "text"),
    [
        ("loading", -1900, "System busy"),
        ("out_of_service", -998, "Can't start operation. Check system status on Diagnosis screen"),
        ("stopped", -999, "Cashdro service is not running"),
    ],
)
def test_a_machine_that_is_not_ready(till, service: str, code: int, text: str) -> None:
    till.machine.fault(service=service)
    assert refusal(till, "startOperation", type="4", parameters=AMOUNT) == (code, text)


def test_a_machine_without_its_devices_is_out_of_service(till) -> None:
    till.machine.fault(unplugged=True)
    assert till.code("startOperation", type="4", parameters=AMOUNT) == -998


def test_finish_is_refused_while_the_service_is_down(till) -> None:
    number = till.begin(SALE, 1000)
    till.machine.fault(service="stopped")
    assert till.finish(number, 2) == -999


@pytest.mark.parametrize(
    ("operation", "params", "code", "text"),
    [
        ("acknowledgeOperationId", {"operationId": "999999"}, -2, "Operation not found"),
        ("acknowledgeOperationId", {}, -3, "Invalid parameters"),
        ("askOperation", {"operationId": "999999"}, -2, "Operation not found"),
        (
            "finishOperation",
            {"operationId": "999999", "type": "2"},
            -2,
            "Operation not in execution",
        ),
        ("finishOperation", {"operationId": "1", "type": "9"}, -99, "Invalid Parameters"),
        ("setOperationImported", {"operationId": "999999"}, -2, "Operation not found"),
        ("setOperationImported", {"operationId": "x"}, -3, "Invalid parameters"),
        ("askPendingOperations", {}, -99, "Invalid Parameters"),
        ("getPiecesCurrency", {}, -99, "Invalid Parameters"),
        ("askMovements", {"fromDate": "yesterday", "toDate": ""}, -99, "Invalid Parameters"),
        ("getPendingPrintReports", {}, -1, "posid not provided."),
        ("getPendingPrintReports", {"posid": "1"}, -2, "Invalid getcashdroreports."),
        ("markReportAsPrinted", {}, -1, "ReportId not provided."),
        ("inventSomething", {}, 0, "Unknown operation"),
    ],
)
def test_each_refusal(till, operation: str, params: dict, code: int, text: str) -> None:
    assert refusal(till, operation, **params) == (code, text)


def test_a_payout_cannot_be_cancelled(till) -> None:
    till.machine.settings(wait_at_jam=True)
    till.machine.fault(jam_after=0)
    number = till.begin(PAYOUT, 500)
    assert till.finish(number, 2) == -99


def test_only_a_finished_operation_can_be_imported(till) -> None:
    number = till.begin(SALE, 1000)
    assert till.code("setOperationImported", operationId=number) == -2
    till.finish(number, 2)
    till.wait(number)
    assert till.code("setOperationImported", operationId=number) == 1
    assert till.code("setOperationImported", operationId=number) == 1


# -- Queries ---------------------------------------------------------------------------------------


def test_levels(till) -> None:
    def levels(**params: str) -> dict[str, dict]:
        answer = till.machine.ask("getPiecesCurrency", currencyId="EUR", **params)
        return {row["Value"]: row for row in answer["response"]["operation"]["pieces"]}

    rows = levels(includeImages="0", includeLevels="1")
    assert [int(value) for value in rows] == [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
    ]  # fmt: skip
    five = rows["500"]
    assert (five["Type"], five["Destination"], five["LevelRecycler"]) == ("2", "1", "2")
    assert (rows["1"]["Destination"], rows["2000"]["Destination"]) == ("0", "2")
    assert all(isinstance(value, str) for row in rows.values() for value in row.values())
    assert "LevelRecycler" not in levels()["500"]
    assert levels(includeImages="1")["500"]["Image"]
    assert till.machine.ask("getPiecesCurrency", entry="index", currencyId="USD")["data"] == []


def test_levels_tell_what_was_moved_to_the_cassette(till) -> None:
    number = till.begin(DEPOSIT)
    till.pay(2000)
    till.finish(number, 1)
    till.wait(number)
    answer = till.machine.ask(
        "getPiecesCurrency", entry="index", currencyId="EUR", includeLevels="1"
    )
    twenty = next(row for row in answer["data"] if row["Value"] == "2000")
    assert (twenty["LevelRecycler"], twenty["LevelCasete"]) == ("0", "1")


def test_alerts_and_diagnosis_need_no_password(till) -> None:
    till.machine.reset(float="empty")
    url = f"{till.machine.http_url}/Cashdro3WS/index3.php?operation="
    alerts = json.loads(fetch(url + "getAlerts")[2])["response"]["operation"]["alerts"]
    assert {alert["Type"] for alert in alerts} == {"5"}
    assert {alert["Source"] for alert in alerts} == {"2", "5"}
    diagnosis = json.loads(fetch(url + "getDiagnosis")[2])["response"]["operation"]
    assert diagnosis["WithError"] is False
    assert json.loads(fetch(url + "doTest")[2])["code"] == -1


def test_movements_begin_and_end_with_the_balance(till) -> None:
    start = till.machine.state()["total"]
    sale = till.begin(SALE, 197, posid="till-9")
    till.pay(200)
    till.wait(sale)
    till.wait(till.begin(PAYOUT, 500))
    span = {"fromDate": "2001-01-01_0:00:00", "toDate": "2999-12-31_23:59:59"}
    answer = till.machine.ask("askMovements", group="false", **span)["response"]["operation"]
    assert (answer["openingBalance"], answer["finalBalance"]) == (start, start + 200 - 4 - 500)
    first = answer["movements"][0]
    assert (first["Amount"], first["AmountIn"], first["AmountOut"]) == ("197", "200", "-4")
    assert (first["RoundValue"], first["PosId"]) == ("-1", "till-9")
    only = till.machine.ask("askMovements", operationType=[{"Id": 4}], **span)
    assert [row["Type"] for row in only["response"]["operation"]["movements"]] == ["4"]
    groups = till.machine.ask("askMovements", group="true", **span)["response"]["operation"]
    assert [(row["PosId"], row["Count"]) for row in groups["movements"]] == [
        ("till-9", "1"),
        ("till-1", "1"),
    ]
    past = {"fromDate": "2001-01-01_0:00:00", "toDate": "2001-01-02_0:00:00"}
    answer = till.machine.ask("askMovements", **past)["response"]["operation"]
    assert (answer["finalBalance"], answer["movements"]) == (start, [])


def test_there_are_no_reports_to_print(till) -> None:
    answer = till.machine.ask("getPendingPrintReports", posid="1", getcashdroreports="0")
    assert answer == {"code": 1, "response": {"errorMessage": "none", "operation": None}}


# -- HTTP ------------------------------------------------------------------------------------------


def test_the_certificate_is_the_machines_own(cashdro) -> None:
    host, port = urllib.parse.urlsplit(cashdro.url).netloc.split(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        unverified().wrap_socket(plain, server_hostname=host) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
    assert hashlib.sha256(der).hexdigest() == cashdro.fingerprint
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(cashdro.url, timeout=10)  # noqa: S310 - our own child


def test_https_answers_as_http_does(cashdro) -> None:
    url = f"{cashdro.url}/Cashdro3WS/index3.php?{query(cashdro, 'doTest')}"
    status, headers, body = fetch(url)
    assert (status, json.loads(body)["code"]) == (200, 1)
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_a_post_is_read_from_its_query_string(cashdro) -> None:
    url = f"{cashdro.http_url}/Cashdro3WS/index.php"
    values = query(cashdro, "doTest")
    assert json.loads(fetch(f"{url}?{values}", "POST", data=b"")[2])["code"] == 1
    assert json.loads(fetch(url, "POST", data=values.encode())[2])["code"] == 0


def test_a_preflight_is_not_answered(cashdro) -> None:
    status, headers, _body = fetch(f"{cashdro.http_url}/Cashdro3WS/index3.php", "OPTIONS")
    assert status == 405
    assert "Access-Control-Allow-Origin" not in headers


def test_the_machines_page_can_be_opened_to_accept_its_certificate(cashdro) -> None:
    status, _headers, body = fetch(f"{cashdro.url}/Cashdro3Web/index.html")
    assert (status, b"CashDro" in body) == (200, True)
