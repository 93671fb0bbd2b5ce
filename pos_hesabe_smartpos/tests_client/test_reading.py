"""Answers that somebody else wrote: read strictly, believed as little as possible."""

import pytest
from hesabe_client import HesabeProtocolError, read_mapping
from hesabe_protocol.mapping import STATUSES, kind_of_terminal
from hesabe_protocol.models import (
    masked,
    read_enquiry,
    read_invoice,
    read_page,
    read_terminals,
    read_transaction,
)
from hesabe_protocol.money import from_wire, to_wire
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.integers(1, 10**12))
def test_money_comes_back_as_it_went(fils) -> None:
    assert from_wire(to_wire(fils)) == from_wire(to_wire(fils, "number")) == fils


@pytest.mark.parametrize(
    ("value", "fils"),
    [
        ("0.100", 100),
        ("45.000", 45000),
        (" 5.1 ", 5100),
        (5.1, 5100),
        (1, 1000),
        (0.1, 100),
        ("0.0001", None),
        ("1,500", None),
        ("-1.000", None),
        ("KWD 1", None),
        ("NaN", None),
        ("Infinity", None),
        (float("inf"), None),
        ("1e99", None),
        ("", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_amounts_are_whole_fils_or_nothing(value, fils) -> None:
    assert from_wire(value) == fils


@pytest.mark.parametrize(
    "word", ["", None, True, False, 1, 0, "1", "paid?", "SUCCESSFUL!", "UNPAID", [], {}, 1.0]
)
def test_a_word_that_nobody_explained_is_pending(word) -> None:
    row = {"id": 1, "status": word, "amount": "1.000"}
    assert read_invoice(row, read_mapping()).status == "pending"


@given(st.dictionaries(st.sampled_from(["id", "status", "amount", "token", "card_number"]), JSON))
def test_any_object_is_read_and_nothing_but_a_known_word_is_paid(row) -> None:
    invoice = read_invoice(row, read_mapping())
    assert invoice.status in STATUSES
    if invoice.status == "paid":
        words = ("SUCCESSFUL", "SUCCESS", "CAPTURED", "ACCEPT", "PAID")
        assert row["status"].strip().upper() in words


CONTRADICTIONS = [
    {"status": "SUCCESSFUL", "payment_status": "FAILED"},
    {"status": "FAILED", "payment_status": "SUCCESSFUL"},
    {"status": "PENDING", "payment_status": "PAID"},
    {"status": "PAID", "payment_status": "what?"},
    {"status": "CANCELLED", "payment_status": "DECLINED"},
    {"status": "REFUNDED", "payment_status": "PAID"},
    {"status": "PAID", "payment_status": []},
]


@pytest.mark.parametrize("statuses", CONTRADICTIONS)
@pytest.mark.parametrize("read", [read_invoice, read_transaction, read_enquiry])
def test_two_statuses_that_contradict_are_pending(statuses, read) -> None:
    found = read({"id": 1, "amount": "1.000", **statuses}, read_mapping())
    assert found.status == "pending"
    assert str(statuses["status"]) in found.status_text
    assert getattr(found, "contradicts_itself", True)


@pytest.mark.parametrize(
    "statuses",
    [
        {"status": "SUCCESSFUL", "payment_status": "captured"},
        {"status": "SUCCESSFUL", "payment_status": None},
        {"payment_status": "PAID", "status": ""},
    ],
)
def test_two_statuses_that_say_the_same_are_one(statuses) -> None:
    found = read_invoice({"id": 1, "amount": "1.000", **statuses}, read_mapping())
    assert (found.status, found.contradicts_itself) == ("paid", False)


def test_in_the_report_a_number_and_a_word_may_agree() -> None:
    row = {"id": 1, "amount": "1.000", "payment_status": 1, "status": "SUCCESSFUL"}
    assert read_transaction(row, read_mapping()).status == "paid"
    assert read_transaction({**row, "payment_status": 0}, read_mapping()).status == "pending"


def test_a_path_may_lead_into_a_group() -> None:
    mapping = read_mapping(invoice={"card_brand": "card.brand", "status": ["no.way", "state"]})
    invoice = read_invoice({"state": "paid", "card": {"brand": "VISA"}, "no": 1}, mapping)
    assert (invoice.card.brand, invoice.status) == ("VISA", "paid")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("888888******0001", "888888******0001"),
        ("8888880000000001", "888888******0001"),
        ("8888 8800 0000 0001", "888888******0001"),
        ("0001", "0001"),
        ("", ""),
    ],
)
def test_a_whole_card_number_goes_no_further(number, shown) -> None:
    assert masked(number) == shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PAX A920 Pro", "pax_a920pro"),
        ("A920Pro front", "pax_a920pro"),
        ("pax-a920", "pax_a920"),
        ("A8", "pax_a8"),
        ("A80 kiosk", ""),
        ("PAX S920", "pax_other"),
        ("KNET SoftPOS", "softpos"),
        ("Soft POS A50", "softpos"),
        ("Till 1", ""),
    ],
)
def test_terminals_are_told_apart_by_their_names(name, kind) -> None:
    assert kind_of_terminal(name) == kind


@pytest.mark.parametrize("rows", [None, {}, "x", [1], [{"Terminal_ID": 178}], [{"TerminalID": ""}]])
def test_a_list_of_terminals_that_cannot_be(rows) -> None:
    with pytest.raises(HesabeProtocolError):
        read_terminals(rows)


@pytest.mark.parametrize("content", [None, 7, {}, {"data": {}}, {"data": [1]}])
def test_a_page_that_cannot_be(content) -> None:
    with pytest.raises(HesabeProtocolError):
        read_page(content, 1, lambda row: read_invoice(row, read_mapping()))
