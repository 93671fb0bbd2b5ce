"""The client against the simulated cloud: what it asks, what it reads, and what it never repeats."""

import logging
import re
import traceback
from datetime import date, timedelta

import pytest
from conftest import SECRETS
from hesabe_client import (
    HesabeAuthError,
    HesabeError,
    HesabeProtocolError,
    HesabeRateLimited,
    HesabeRefused,
    HesabeUnreachable,
    read_mapping,
)

from smartcash_simulators.cashdro.testing import CashdroSimulator

TERMINAL = "29708454"
TODAY = date.today()
DAYS = (TODAY - timedelta(1), TODAY + timedelta(1))


def create(client, amount=1500, **values):
    wish = {
        "customer_name": "فاطمة الزهراء",
        "amount": amount,
        "terminal_id": TERMINAL,
        "invoice_number": "SC-1",
        **values,
    }
    return client.create_invoice(**wish)


def sold(hesabe) -> int:
    return len(hesabe.state()["invoices"])


# -- the calls ---------------------------------------------------------------------------------


def test_the_profile_tells_who_we_are_and_no_bank_account(client) -> None:
    profile = client.profile()
    assert (profile.merchant_code, profile.active) == ("842217", True)
    assert "KW81" not in repr(profile)


def test_terminals_have_the_id_that_invoices_are_sent_to(client) -> None:
    terminals = client.terminals()
    assert [(t.terminal_id, t.kind) for t in terminals] == [
        ("29708454", "pax_a920"),
        ("29708455", "pax_a50"),
        ("29708456", "softpos"),
    ]


@pytest.mark.parametrize("shape", ["hex", "json_string", "response", "plain", "mixed"])
def test_an_invoice_is_created_paid_and_read_in_every_shape(hesabe, client, shape) -> None:
    hesabe.dialect(shape=shape)
    created = create(client)
    assert (created.status, created.amount, created.invoice_number) == ("pending", 1500, "SC-1")
    shown = hesabe.state()["invoices"][0]
    assert (shown["customer_name"], shown["amount"]) == ("فاطمة الزهراء", 1500)
    hesabe.pay(TERMINAL)
    paid = client.invoice(created.id)
    assert (paid.status, paid.amount, paid.terminal_id) == ("paid", 1500, TERMINAL)
    assert (paid.card.brand, paid.card.number) == ("KNET", "888888******0001")
    assert re.fullmatch(r"\d{6}", paid.card.authorisation_code)
    assert re.fullmatch(r"\d{12}", paid.card.rrn)
    assert client.invoices().rows == (paid,)


@pytest.mark.parametrize("amount", [1, 100, 999, 1000, 1234567])
@pytest.mark.parametrize("form", ["text", "number"])
def test_fils_arrive_as_they_were_sent(hesabe, new_client, amount, form) -> None:
    create(new_client(amount_form=form), amount)
    assert hesabe.state()["invoices"][0]["amount"] == amount
    hesabe.dialect(amounts="number")
    assert new_client().invoices().rows[0].amount == amount


@pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, None, 10**13])
def test_other_amounts_never_leave(hesabe, client, amount) -> None:
    with pytest.raises(ValueError, match="fils"):
        create(client, amount)
    assert not hesabe.state()["calls"]


def test_a_declined_invoice_says_why_and_can_be_sent_again(hesabe, client) -> None:
    created = create(client)
    hesabe.at(TERMINAL, "decline", reason="رصيد غير كاف")
    declined = client.invoice(created.id)
    assert (declined.status, declined.reason) == ("declined", "رصيد غير كاف")
    again = client.resend_invoice(
        transaction_id=created.transaction_id,
        customer_name="فاطمة",
        amount=1500,
        terminal_id=TERMINAL,
        invoice_number="SC-1",
    )
    assert (again.id, again.status) == (created.id, "pending")
    assert (sold(hesabe), hesabe.state()["invoices"][0]["sent"]) == (1, 2)


def test_pages_have_a_last_one(hesabe, client) -> None:
    hesabe.dialect(page_size=2)
    for number in range(3):
        create(client, invoice_number=f"SC-{number}")
    pages = [client.invoices(page) for page in (1, 2, 3)]
    assert [[row.invoice_number for row in page.rows] for page in pages] == [
        ["SC-2", "SC-1"],
        ["SC-0"],
        [],
    ]
    assert [page.last for page in pages] == [2, 2, 2]


def search(client, number):
    return client.find_invoice(number, *DAYS)


def test_our_own_number_finds_an_invoice_wherever_it_is(hesabe, client) -> None:
    hesabe.dialect(page_size=1)
    for number in range(8):
        create(client, invoice_number=f"SC-{number}")
    hesabe.at(TERMINAL, "decline")
    for newest_first in (True, False):
        hesabe.dialect(newest_first=newest_first)
        for number in (0, 1, 2, 5, 6, 7):
            assert search(client, f"SC-{number}").invoice.invoice_number == f"SC-{number}"
    missing = search(client, "SC-9")
    assert (missing.invoice, missing.complete) == (None, False), "two pages were not looked at"
    hesabe.dialect(page_size=2)
    assert search(client, "SC-9").complete


def test_what_has_left_the_list_is_in_the_report(hesabe, client) -> None:
    create(client)
    hesabe.pay(TERMINAL)
    hesabe.dialect(number_field="elsewhere")
    found = search(client, "SC-1").invoice
    assert (found.status, found.id) == ("paid", None)


@pytest.mark.parametrize(("pages", "complete"), [(2, True), (9, False)])
def test_a_list_without_a_number_of_pages_ends_with_an_empty_one(
    client, monkeypatch, pages, complete
) -> None:
    def answer(path, **query):
        if "report" in path:
            return {"transaction_list": []}
        return [{"id": query["page"], "invoice_number": "other"}] if query["page"] <= pages else []

    monkeypatch.setattr(client, "_get", answer)
    found = search(client, "SC-1")
    assert (found.invoice, found.complete) == (None, complete)


def test_of_two_with_our_number_the_paid_one_counts(hesabe, client) -> None:
    first = create(client)
    hesabe.pay(TERMINAL)
    create(client)
    assert search(client, "SC-1").invoice.id == first.id


def test_the_report_s_numbers_are_its_own(hesabe, client) -> None:
    """0 and 1 are documented there; in an invoice they are words that nobody explained."""
    hesabe.dialect(words={"open": 0, "paid": 1})
    create(client)
    hesabe.pay(TERMINAL)
    create(client, invoice_number="SC-2")
    hesabe.at(TERMINAL, "decline")
    lines = client.transactions(*DAYS).rows
    assert [(line.invoice_number, line.status) for line in lines] == [
        ("SC-2", "declined"),
        ("SC-1", "paid"),
    ]
    assert client.transactions(*DAYS, search="SC-2").rows == lines[:1]
    assert client.invoices().rows[1].status == "pending"


def test_a_refund_waits_and_is_cancelled_or_approved(hesabe, client) -> None:
    create(client)
    token = hesabe.pay(TERMINAL)["token"]
    first = client.refund(token=token, amount=500, full=False)
    assert (first.status, first.amount) == ("pending", 500)
    with pytest.raises(HesabeRefused) as refused:
        client.refund(token=token, amount=1500, full=True)
    assert refused.value.code == 422
    client.cancel_refund(first.id)
    second = client.refund(token=token, amount=1500, full=True)
    hesabe.decide_refund(second.id, "approve")
    assert client.refund_request(second.id).status == "approved"
    assert [refund.id for refund in client.refunds().rows] == [second.id]
    with pytest.raises(HesabeRefused):
        client.cancel_refund(second.id)


def test_all_refunds_are_found_or_it_is_said_that_there_may_be_more(hesabe, client) -> None:
    hesabe.dialect(page_size=2)
    create(client)
    token = hesabe.pay(TERMINAL)["token"]
    asked = {client.refund(token=token, amount=100, full=False).id for _part in range(5)}
    found, complete = client.refunds_since(TODAY)
    assert ({refund.id for refund in found}, complete) == (asked, True)
    found, complete = client.refunds_since(TODAY, max_pages=2)
    assert (len(found), complete) == (4, False)


def test_a_rejected_refund_has_a_word_that_nobody_published(hesabe, client) -> None:
    create(client)
    token = hesabe.pay(TERMINAL)["token"]
    asked = client.refund(token=token, amount=500, full=False)
    hesabe.decide_refund(asked.id, "reject")
    said = client.refund_request(asked.id)
    assert (said.status, said.status_text) == ("unknown", "2")


def test_an_enquiry_by_token_and_by_reference(hesabe, client) -> None:
    create(client)
    token = hesabe.pay(TERMINAL)["token"]
    assert client.enquiry(token).status == "paid"
    found = client.enquiry("SC-1", is_reference=True)
    assert (found.token, found.amount) == (token, 1500)
    with pytest.raises(HesabeRefused) as unknown:
        client.enquiry("nothing")
    assert unknown.value.http_status == 404
    with pytest.raises(ValueError, match="letters"):
        client.enquiry("../login")


# -- what Hesabe does not publish --------------------------------------------------------------


def test_an_unknown_word_is_pending_until_a_manager_explains_it(hesabe, client, new_client) -> None:
    hesabe.dialect(status_field="etat", number_field="no", words={"paid": "PAYÉ", "declined": 9})
    created = create(client, invoice_number="")
    hesabe.pay(TERMINAL)
    assert client.invoice(created.id).status == "pending"
    mapping = read_mapping(
        invoice={"status": "etat", "invoice_number": ["nothing", "no"]},
        invoice_statuses={"payé": "paid", "9": "declined"},
    )
    explained = new_client(mapping=mapping)
    assert explained.invoice(created.id).status == "paid"
    declined = create(explained, invoice_number="SC-7")
    hesabe.at(TERMINAL, "decline")
    found = explained.invoice(declined.id)
    assert (found.status, found.status_text, found.invoice_number) == ("declined", "9", "SC-7")


@pytest.mark.parametrize(
    "wrong",
    [
        {"invoice": {"colour": "x"}},
        {"invoice": {"status": "a b"}},
        {"invoice": {"status": [7]}},
        {"invoice_statuses": {"OK": "fine"}},
    ],
)
def test_a_mapping_that_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"unknown field|no path|no status"):
        read_mapping(**wrong)


# -- tokens ------------------------------------------------------------------------------------


def test_one_login_serves_many_calls(hesabe, client) -> None:
    for _call in range(3):
        client.profile()
    assert hesabe.state()["calls"]["login"] == 1


def test_a_token_is_renewed_a_minute_before_its_end(hesabe, client) -> None:
    hesabe.tokens(seconds=59)
    client.profile()
    hesabe.tokens(seconds=900)
    client.profile()
    client.profile()
    calls = hesabe.state()["calls"]
    assert (calls["login"], calls["refresh"]) == (1, 1)


@pytest.mark.parametrize("action", ["expire", "revoke"])
def test_a_token_that_ended_early_costs_a_look_nothing(hesabe, client, action) -> None:
    client.profile()
    hesabe.tokens(action)
    assert client.profile().active


def test_a_used_refresh_token_falls_back_to_a_login(hesabe, client) -> None:
    hesabe.tokens(seconds=30)
    client.profile()
    hesabe.tokens("revoke", seconds=900)
    client.profile()
    assert hesabe.state()["calls"]["login"] == 2


def test_a_create_that_met_a_401_is_not_repeated(hesabe, client) -> None:
    """It may have been carried out; and the next call has a token that is accepted."""
    client.profile()
    hesabe.tokens("revoke")
    with pytest.raises(HesabeAuthError):
        create(client)
    assert hesabe.state()["calls"]["create"] == 1
    assert create(client).status == "pending"


# -- trouble -----------------------------------------------------------------------------------

UNKNOWN_OUTCOME = {
    "drop_before": HesabeUnreachable,
    "drop_after": HesabeUnreachable,
    "server_error": HesabeUnreachable,
    "server_error_after": HesabeUnreachable,
    "unauthorized_after": HesabeAuthError,
    "html": HesabeProtocolError,
    "garbage": HesabeProtocolError,
    "wrong_padding": HesabeProtocolError,
    "redirect": HesabeProtocolError,
    "huge": HesabeProtocolError,
    "foreign_invoice": HesabeProtocolError,
}


@pytest.mark.parametrize(("fault", "error"), UNKNOWN_OUTCOME.items())
def test_what_moves_money_is_never_repeated(hesabe, client, fault, error) -> None:
    hesabe.fault(**{fault: 1})
    with pytest.raises(error) as caught:
        create(client)
    assert getattr(caught.value, "sent", True)
    assert hesabe.state()["calls"]["create"] == 1


def test_a_429_was_rejected_before_processing_and_is_repeated(hesabe, client) -> None:
    hesabe.fault(rate_limit=1, retry_after=1)
    assert create(client).status == "pending"
    assert (hesabe.state()["calls"]["create"], sold(hesabe)) == (2, 1)


def test_nobody_waits_longer_than_a_call_may_last(hesabe, client) -> None:
    hesabe.fault(rate_limit=5, retry_after=90)
    with pytest.raises(HesabeRateLimited) as limited:
        create(client)
    assert limited.value.retry_after == 30
    assert hesabe.state()["calls"]["create"] == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "rate_limit"])
def test_what_reads_is_repeated_twice_and_no_more(hesabe, client, fault) -> None:
    hesabe.fault(**{fault: 2}, retry_after=0)
    assert client.profile().active
    hesabe.fault(**{fault: 3})
    with pytest.raises((HesabeUnreachable, HesabeRateLimited)):
        client.profile()
    assert hesabe.state()["calls"]["profile"] == 6


def test_a_server_that_is_not_there_was_asked_nothing(new_client) -> None:
    client = new_client(merchant_url="http://127.0.0.1:9")
    with pytest.raises(HesabeUnreachable) as caught:
        create(client)
    assert not caught.value.sent


def test_a_stranger_s_certificate_is_said_and_nothing_is_sent(new_client) -> None:
    with CashdroSimulator() as stranger:
        client = new_client(merchant_url=stranger.url)
        with pytest.raises(HesabeUnreachable, match="certificate") as caught:
            create(client)
    assert not caught.value.sent


def test_a_server_without_https_is_an_error_of_the_connection(hesabe, new_client) -> None:
    client = new_client(merchant_url=hesabe.api.replace("http:", "https:"))
    with pytest.raises(HesabeUnreachable, match="broke"):
        create(client)


def test_a_slow_answer_is_given_up(hesabe, new_client) -> None:
    client = new_client(timeout=(1.0, 0.3), budget=1.0)
    client.profile()
    hesabe.fault(latency_ms=2000)
    with pytest.raises(HesabeUnreachable, match="in time") as caught:
        create(client)
    assert caught.value.sent


def test_an_endless_answer_is_cut_off(hesabe, client) -> None:
    hesabe.fault(huge=1)
    with pytest.raises(HesabeProtocolError, match="too long"):
        client.profile()


def test_refusals_carry_code_fields_and_both_languages(hesabe, client) -> None:
    with pytest.raises(HesabeRefused) as refused:
        create(client, customer_name="")
    error = refused.value
    assert (error.code, error.http_status, str(error)) == (422, 422, "Invalid Input")
    assert error.message_ar == "إدخال غير صالح"
    assert error.fields == {"customer_name": ("The customer_name field is required.",)}


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"access_code": "x"}, {"merchant_code": "1"}])
def test_wrong_codes_are_an_auth_error(new_client, wrong) -> None:
    with pytest.raises(HesabeAuthError):
        new_client(**wrong).profile()


def test_wrong_keys_are_refused_or_unreadable(new_client) -> None:
    with pytest.raises(HesabeError):
        new_client(secret_key="y" * 32).profile()
    for wrong in ({"secret_key": "short"}, {"iv_key": "short"}, {"amount_form": "float"}):
        with pytest.raises(ValueError, match=r"characters|amount_form"):
            new_client(**wrong)


def test_another_invoice_than_was_asked_for_is_not_believed(hesabe, client) -> None:
    created = create(client)
    hesabe.fault(foreign_invoice=1, on="detail")
    with pytest.raises(HesabeProtocolError, match="another merchant"):
        client.invoice(created.id)


def test_no_secret_is_in_errors_reprs_and_logs(hesabe, new_client, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # as in Odoo
    client = new_client()
    seen = [repr(client), str(client)]
    client.profile()
    faults = [*UNKNOWN_OUTCOME, "unauthorized", "rate_limit"]
    for fault in faults:
        hesabe.fault(**{fault: 3}, retry_after=60)
        for call in (client.profile, lambda: create(client), client.invoices):
            try:
                call()
            except HesabeError as error:
                seen.append("".join(traceback.format_exception(error)))
        hesabe.clear_faults()
    for broken in ({"merchant_url": "http://127.0.0.1:9"}, {"merchant_url": "no address"}):
        with pytest.raises(HesabeError) as caught:
            new_client(**broken).profile()
        seen.append("".join(traceback.format_exception(caught.value)))
    tokens = client._session._store.current()
    seen += [repr(tokens), repr(client._session), caplog.text]
    secrets = [value for value in SECRETS.values() if value != "sandbox"]
    for secret in (*secrets, tokens.access, tokens.refresh, '"sandbox"', "data="):
        assert not any(secret in text for text in seen), secret
    assert len(seen) > 20


def test_a_server_that_reads_padding_to_32_only(hesabe, client) -> None:
    hesabe.fault(padding_32_only=1)
    for length in (1, 17):
        assert create(client, customer_name="x" * length).invoice_number


def test_the_list_of_refunds_is_asked_for_in_its_live_form(client) -> None:
    assert client.refunds().rows == ()
