"""The simulated Hesabe, as an independent merchant sees it."""

import json
import time

import pytest
import requests
from hesabe_wire import CODE, IV, KEY, TERMINAL, Merchant, seal, unseal

from smartcash_simulators.hesabe import crypto
from smartcash_simulators.hesabe.__main__ import parse
from smartcash_simulators.hesabe.testing import HesabeSimulator
from smartcash_simulators.testing import SimulatorError


@pytest.fixture(scope="module")
def shared():
    with HesabeSimulator() as simulator:
        yield simulator


@pytest.fixture
def hesabe(shared):
    shared.reset()
    shared.tokens(seconds=900)
    return shared


@pytest.fixture
def merchant(hesabe):
    merchant = Merchant(hesabe.api)
    assert merchant.login().ok
    return merchant


# -- getting in --------------------------------------------------------------------------------


def test_a_secret_argument_comes_from_a_file(tmp_path) -> None:
    options = tmp_path / "options"
    options.write_text("--webhook=http://127.0.0.1:8069/secret\n")
    assert parse([f"@{options}"]).webhook == "http://127.0.0.1:8069/secret"


def test_a_reset_keeps_the_webhook_given_at_the_start() -> None:
    url = "http://127.0.0.1:9/given"
    with HesabeSimulator(arguments=("--webhook", url)) as simulator:
        simulator.webhook("http://127.0.0.1:9/another", copies=2)
        simulator.reset()
        webhook = simulator.state()["webhook"]
        assert (webhook["url"], webhook["copies"]) == (url, 1)


def test_refunds_are_listed_by_the_day_of_their_request(hesabe, merchant) -> None:
    merchant.create()
    token = hesabe.pay(TERMINAL)["token"]
    merchant.ask("POST", "/api/v1/refund", refundAmount="1.500", refundMethod="1", token=token)

    def listed(**days):
        answer = merchant.ask("GET", "/api/v1/refund/", query=days)
        return len(answer["response"]["refund_request_list"]["data"])

    assert (listed(), listed(toDate="2020-01-01"), listed(fromDate="2020-01-01")) == (1, 0, 1)


def test_a_login_gives_a_bearer_for_fifteen_minutes(hesabe) -> None:
    answer = Merchant(hesabe.api).login().json()
    token = answer["response"]["token"]
    assert (answer["status"], token["token_type"], token["expires_in"]) == (True, "Bearer", 900)
    assert token["refresh_token"].startswith("def502")


def test_a_wrong_password_is_refused_in_plain_json(hesabe) -> None:
    answer = Merchant(hesabe.api).login("wrong")
    assert answer.status_code == 401
    assert answer.json() == {"status": False, "message": "Invalid Signature.", "response": None}


def test_a_refresh_token_is_good_for_one_use(merchant) -> None:
    used = merchant.refresh_token
    assert merchant.refresh().ok
    assert merchant.refresh_token != used
    merchant.refresh_token = used
    assert merchant.refresh().status_code == 401


def test_tokens_expire_and_are_revoked(hesabe, merchant) -> None:
    hesabe.tokens("expire")
    assert merchant.send("GET", "/api/v1/profile").status_code == 401
    assert merchant.refresh().ok
    assert merchant.send("GET", "/api/v1/profile").ok
    hesabe.tokens("revoke")
    assert merchant.refresh().status_code == 401
    hesabe.tokens(seconds=0)
    merchant.login()
    assert merchant.send("GET", "/api/v1/profile").status_code == 401


def test_nobody_gets_in_without_bearer_access_code_and_merchant_code(merchant) -> None:
    assert merchant.send("GET", "/api/v1/profile", code="1").json()["code"] == 501
    url = merchant.api + "/api/v1/profile"
    query = {"data": seal({"merchantCode": CODE})}
    bearer = {"Authorization": f"Bearer {merchant.bearer}"}
    for headers in ({}, bearer, {"accessCode": "x", **bearer}):
        assert requests.get(url, params=query, headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize("data", ["", "zz", "00", "00" * 16, seal({"merchantCode": CODE})[:-32]])
def test_a_request_that_does_not_decrypt_is_506(merchant, data) -> None:
    headers = {"Authorization": f"Bearer {merchant.bearer}", "accessCode": "any"}
    url = merchant.api + "/api/v1/merchant/smartpos-transaction"
    answer = requests.post(url, json={"data": data}, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, 506)


# -- encryption --------------------------------------------------------------------------------


def test_answers_are_padded_to_32_and_requests_to_16_are_taken(merchant) -> None:
    text = merchant.send("GET", "/api/v1/profile").text
    assert len(bytes.fromhex(text)) % 32 == 0
    sealed = [crypto.encrypt({"a": "b" * length}, KEY, IV) for length in range(32)]
    assert {unseal(text)[1] for text in sealed} == set(range(1, 33))


@pytest.mark.parametrize("shape", ["hex", "json_string", "response", "plain"])
def test_answers_come_in_every_shape(hesabe, merchant, shape) -> None:
    hesabe.dialect(shape=shape)
    text = merchant.send("GET", "/api/v1/profile").text
    if shape == "plain":
        envelope = json.loads(text)
    else:
        opened = {
            "hex": str,
            "json_string": json.loads,
            "response": lambda t: json.loads(t)["response"],
        }
        envelope = unseal(opened[shape](text))[0]
    assert envelope["response"]["merchant_code"] == CODE


# -- invoices ----------------------------------------------------------------------------------


def test_terminals_have_two_look_alike_ids_and_only_one_is_taken(merchant) -> None:
    row = merchant.ask("GET", "/api/v1/merchant/smartpos-terminals")["response"][0]
    assert (row["TerminalID"], row["Terminal_ID"]) == (TERMINAL, 178)
    refused = merchant.create(terminal_id=str(row["Terminal_ID"]))
    assert (refused["status"], refused["code"]) == (False, 422)


def test_a_larger_merchant_has_more_terminals() -> None:
    with HesabeSimulator(arguments=("--terminals", "20")) as large:
        merchant = Merchant(large.api)
        assert merchant.login().ok
        rows = merchant.ask("GET", "/api/v1/merchant/smartpos-terminals")["response"]
        assert len({row["TerminalID"] for row in rows}) == 20
        assert len({row["Terminal_ID"] for row in rows}) == 20
        last = rows[-1]["TerminalID"]
        assert merchant.create(terminal_id=last)["status"]
        assert large.pay(last)["state"] == "paid"
        assert len(large.reset()["terminals"]) == 20


def test_an_invoice_is_shown_paid_and_told(hesabe, merchant) -> None:
    created = merchant.create()
    assert created["message"] == "POS invoice created successfully"
    invoice = created["response"]
    assert invoice["transaction_id"].startswith(f"{TERMINAL}84")
    assert (invoice["amount"], invoice["status"]) == ("1.500", "PENDING")
    shown = hesabe.state()["terminals"][0]["invoice"]
    assert (shown["amount"], shown["customer_name"]) == (1500, "فاطمة")
    hesabe.pay(TERMINAL, brand="KNET")
    paid = merchant.detail(invoice["id"])
    assert (paid["status"], paid["payment_type"], paid["card_number"]) == (
        "SUCCESSFUL",
        "KNET",
        "888888******0001",
    )
    assert merchant.ask("GET", "/api/v1/merchant/smartpos-invoices")["response"]["data"] == [paid]
    assert hesabe.state()["paid_total"] == 1500


def test_the_same_number_twice_is_two_invoices(hesabe, merchant) -> None:
    merchant.create()
    merchant.create()
    assert len(hesabe.state()["invoices"]) == 2


@pytest.mark.parametrize(
    "amount", ["1.5", "1.5000", "1", "-1.000", "1,500", 1.2345, True, None, "x"]
)
def test_amounts_without_three_decimals_are_506(merchant, amount) -> None:
    assert merchant.create(amount)["code"] == 506


def test_amounts_may_be_numbers(hesabe, merchant) -> None:
    assert merchant.create(0.1)["status"]
    assert hesabe.state()["invoices"][0]["amount"] == 100
    assert merchant.create("0.000")["code"] == 422


@pytest.mark.parametrize(
    ("action", "word"), [("decline", "FAILED"), ("cancel", "CANCELLED"), ("expire", "EXPIRED")]
)
def test_what_was_not_paid_can_be_sent_again(hesabe, merchant, action, word) -> None:
    invoice = merchant.create()["response"]
    hesabe.at(TERMINAL, action)
    assert merchant.detail(invoice["id"])["status"] == word
    with pytest.raises(SimulatorError, match="shows no invoice"):
        hesabe.pay(TERMINAL)
    again = merchant.create(resend=1, transaction_id=invoice["transaction_id"])
    assert (again["response"]["id"], again["response"]["status"]) == (invoice["id"], "PENDING")
    hesabe.pay(TERMINAL)
    refused = merchant.create(resend=1, transaction_id=invoice["transaction_id"])
    assert not refused["status"]
    assert len(hesabe.state()["invoices"]) == 1


def test_a_card_that_was_in_pays_after_the_terminal_gave_up(hesabe, merchant) -> None:
    invoice = merchant.create()["response"]
    hesabe.at(TERMINAL, "cancel")
    hesabe.pay(TERMINAL, late=True)
    assert merchant.detail(invoice["id"])["status"] == "SUCCESSFUL"


def test_a_terminal_without_network_shows_nothing_until_it_is_back(hesabe, merchant) -> None:
    hesabe.switch(TERMINAL, False)
    merchant.create()
    with pytest.raises(SimulatorError, match="no network"):
        hesabe.pay(TERMINAL)
    hesabe.switch(TERMINAL, True)
    assert hesabe.pay(TERMINAL)["state"] == "paid"


def test_pages_are_counted(hesabe, merchant) -> None:
    hesabe.dialect(page_size=2)
    ids = [merchant.create()["response"]["id"] for _ in range(5)]
    found = []
    for page in (1, 2, 3):
        listed = merchant.ask("GET", "/api/v1/merchant/smartpos-invoices", query={"page": page})[
            "response"
        ]
        found += [row["id"] for row in listed["data"]]
        assert listed["pagination"]["last_page"] == 3
    assert found == ids[::-1]


def test_words_and_fields_are_the_simulator_s_to_change(hesabe, merchant) -> None:
    hesabe.dialect(status_field="state", number_field="ref", words={"paid": 7}, amounts="number")
    invoice = merchant.create()["response"]
    hesabe.pay(TERMINAL)
    paid = merchant.detail(invoice["id"])
    assert (paid["state"], paid["ref"], paid["amount"]) == (7, "INV-1", 1.5)
    assert "status" not in paid
    for wrong in ({"shape": "x"}, {"words": {"lost": 1}}, {"colour": 1}, {"page_size": 0}):
        with pytest.raises(SimulatorError, match="400"):
            hesabe.dialect(**wrong)


# -- report, refunds, enquiry ------------------------------------------------------------------


def test_the_report_has_what_ended_on_these_days(hesabe, merchant) -> None:
    merchant.create(invoice_number="A")
    hesabe.pay(TERMINAL)
    merchant.create(invoice_number="B")
    hesabe.at(TERMINAL, "decline")
    merchant.create(invoice_number="C")

    def report(**query) -> list:
        asked = {"serviceType": 6, "fromDate": "2020-01-01", **query}
        answer = merchant.ask("GET", "/api/v1/report/transactions", query=asked)
        return [row["reference_number"] for row in answer["response"]["transaction_list"]["data"]]

    assert report() == ["B", "A"]
    assert report(paymentStatus=1) == ["A"]
    assert report(search="B") == ["B"]
    assert report(serviceType=3) == report(toDate="2020-01-02") == []


def test_refunds_wait_for_hesabe(hesabe, merchant) -> None:
    merchant.create()
    token = hesabe.pay(TERMINAL)["token"]

    def refund(amount: str, method: str = "2") -> dict:
        return merchant.ask(
            "POST", "/api/v1/refund", refundAmount=amount, refundMethod=method, token=token
        )

    first = refund("0.500")["response"]
    assert first["status"] == 0
    assert not refund("1.500", "1")["status"], "more than what is left"
    assert merchant.ask("DELETE", f"/api/v1/refund/{first['id']}")["status"]
    second = refund("1.500", "1")["response"]
    hesabe.decide_refund(second["id"], "approve")
    assert merchant.ask("GET", f"/api/v1/refund/{second['id']}")["response"]["status"] == 1
    assert not merchant.ask("DELETE", f"/api/v1/refund/{second['id']}")["status"]
    rows = merchant.ask("GET", "/api/v1/refund/")["response"]["refund_request_list"]["data"]
    assert [row["id"] for row in rows] == [second["id"]]


def test_enquiry_by_token_and_by_reference(hesabe, merchant) -> None:
    merchant.create()
    token = hesabe.pay(TERMINAL)["token"]
    headers = {"accessCode": "c333729b-d060-4b74-a49d-7686a8353481"}

    def ask(path: str, **query) -> requests.Response:
        url = f"{merchant.api}/api/transaction/{path}"
        return requests.get(url, params=query, headers=headers, timeout=10)

    assert ask(token).json()["data"]["status"] == "SUCCESSFUL"
    assert ask("INV-1", isOrderReference=1).json()["data"]["token"] == token
    assert ask("INV-1").status_code == 404


# -- what goes wrong ---------------------------------------------------------------------------


def count(hesabe) -> int:
    return len(hesabe.state()["invoices"])


@pytest.mark.parametrize(
    ("fault", "status", "carried_out"),
    [
        ("unauthorized", 401, 0),
        ("unauthorized_after", 401, 1),
        ("rate_limit", 429, 0),
        ("server_error", 500, 0),
        ("server_error_after", 500, 1),
        ("redirect", 302, 0),
        ("html", 200, 1),
    ],
)
def test_a_fault_breaks_the_next_call_and_no_other(
    hesabe, merchant, fault, status, carried_out
) -> None:
    hesabe.fault(**{fault: 1}, retry_after=7)
    answer = merchant.send("POST", "/api/v1/merchant/smartpos-transaction", **merchant.wish())
    assert (answer.status_code, count(hesabe)) == (status, carried_out)
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert merchant.create()["status"]


@pytest.mark.parametrize(("fault", "carried_out"), [("drop_before", 0), ("drop_after", 1)])
def test_answers_are_lost_before_and_after_the_effect(hesabe, merchant, fault, carried_out) -> None:
    hesabe.fault(**{fault: 1})
    with pytest.raises(requests.ConnectionError):
        merchant.create()
    assert count(hesabe) == carried_out


def test_faults_can_be_for_one_call_only(hesabe, merchant) -> None:
    hesabe.fault(on="detail", server_error=1)
    number = merchant.create()["response"]["id"]
    assert merchant.send("GET", f"/api/v1/merchant/smartpos-invoices/{number}").status_code == 500
    hesabe.fault(on="login", unauthorized=1)
    assert merchant.login().status_code == 401
    for wrong in ({"on": "x"}, {"gremlins": 1}, {"html": -1}):
        with pytest.raises(SimulatorError, match="400"):
            hesabe.fault(**wrong)


def test_answers_that_cannot_be_read(hesabe, merchant) -> None:
    for fault in ("garbage", "wrong_padding"):
        hesabe.fault(**{fault: 1})
        text = merchant.send("GET", "/api/v1/profile").text
        with pytest.raises(crypto.UnreadableError):
            crypto.decrypt(text, KEY, IV)


def test_another_merchant_s_invoice_and_a_wrong_amount(hesabe, merchant) -> None:
    number = merchant.create()["response"]["id"]
    hesabe.fault(foreign_invoice=1)
    foreign = merchant.detail(number)
    assert (foreign["status"], foreign["invoice_number"]) == ("SUCCESSFUL", "NOT-YOURS")
    hesabe.fault(wrong_amount=1)
    assert merchant.detail(number)["amount"] == "0.150"


def test_two_statuses_that_contradict(hesabe, merchant) -> None:
    number = merchant.create()["response"]["id"]
    hesabe.pay(TERMINAL)
    hesabe.fault(contradiction=1)
    told = merchant.detail(number)
    assert (told["status"], told["payment_status"]) == ("SUCCESSFUL", "FAILED")
    assert "payment_status" not in merchant.detail(number)


def test_a_server_that_reads_padding_to_32_only(hesabe, merchant) -> None:
    hesabe.fault(padding_32_only=1)
    short = {"note": "x" * 4}  # 48 bytes with their padding
    assert merchant.send("GET", "/api/v1/profile", **short).status_code == 400
    hesabe.clear_faults()
    assert merchant.send("GET", "/api/v1/profile", **short).status_code == 200


def test_the_list_of_refunds_has_a_slash_at_its_end(merchant) -> None:
    answer = merchant.send("GET", "/api/v1/refund", query={"page": "2"})
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("/api/v1/refund/?page=2")


def test_an_answer_can_be_held_while_its_effect_is_seen(hesabe, merchant) -> None:
    hesabe.fault(on="create", hold_answer_ms=300)
    began = time.monotonic()
    assert merchant.create()["status"]
    assert time.monotonic() - began > 0.25
