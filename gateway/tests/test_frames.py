"""Bytes in, replies out, however the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcash_gateway.cashlogy import frames
from smartcash_gateway.cashlogy.frames import Command, FrameError, scan, scan_short

AMOUNTS = st.integers(min_value=0, max_value=10_000_000)
CODES = st.sampled_from(["0", "WR:LEVEL", "WR:CANCEL", "ER:GENERIC"])


def reply_bytes(code: str, *fields: object) -> bytes:
    return ("#" + "#".join([code, *map(str, fields)]) + "#").encode("latin-1")


def read_in_pieces(data: bytes, cuts: list[int], command: Command):
    """Feeds `data` cut at `cuts`; (reply, how many bytes it took)."""
    buffer = b""
    edges = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    start = 0
    for edge in edges:
        buffer += data[start:edge]
        start = edge
        reply = scan(buffer, command)
        if reply:
            return reply, len(buffer)
    return None, len(buffer)


@given(CODES, AMOUNTS, AMOUNTS, st.lists(st.integers(0, 100)))
def test_a_reply_is_the_same_however_it_is_split(code, dispensed, added, cuts):
    data = reply_bytes(code, dispensed, added)
    reply, _ = read_in_pieces(data, cuts, frames.PAY_OUT)
    assert reply.code == code
    assert reply.fields == (str(dispensed), str(added))


@given(CODES, AMOUNTS, AMOUNTS)
def test_no_beginning_of_a_reply_is_taken_for_the_reply(code, dispensed, added):
    data = reply_bytes(code, dispensed, added)
    assert all(scan(data[:end], frames.PAY_OUT) is None for end in range(len(data)))


@given(AMOUNTS.filter(lambda amount: amount > 9), st.data())
def test_a_reply_that_breaks_off_never_yields_a_smaller_amount(amount, data):
    whole = reply_bytes("0", amount)
    part = whole[: data.draw(st.integers(4, len(whole) - 1))]
    with pytest.raises(FrameError):
        scan_short(part, frames.STOP)


@given(AMOUNTS, st.lists(st.text("0123456789abc", max_size=5), max_size=4))
def test_fields_that_nobody_knows_are_left_out(amount, extra):
    reply = scan(reply_bytes("0", amount, *extra), frames.INSERTED)
    assert reply.amount(0) == amount


@given(AMOUNTS, st.binary(max_size=20).filter(lambda noise: b"#" not in noise))
def test_noise_before_a_reply_is_skipped(amount, noise):
    assert scan(noise + reply_bytes("0", amount), frames.INSERTED).amount(0) == amount


@given(AMOUNTS, AMOUNTS)
def test_a_stray_answer_to_the_interruption_is_not_the_sale(inserted, returned):
    strays = [b"#0#", b"#WR:CANCEL#"]
    sale = reply_bytes("WR:CANCEL", inserted, returned, 0, 0)
    for stray in strays:
        reply = scan(stray + sale, frames.CHARGE)
        assert (reply.amount(0), reply.amount(1)) == (inserted, returned)
        assert scan(stray, frames.CHARGE) is None


@pytest.mark.parametrize("code", ["ER:BUSY", "ER:ILLEGAL", "ER:BAD_DATA"])
def test_a_refusal_without_fields_is_complete_at_once(code):
    assert scan(f"#{code}#".encode(), frames.CHARGE).code == code


def test_a_short_failure_is_taken_after_silence():
    assert scan(b"#ER:GENERIC#", frames.PAY_OUT) is None
    assert scan_short(b"#ER:GENERIC#", frames.PAY_OUT).code == "ER:GENERIC"


def test_a_short_success_is_not_taken():
    with pytest.raises(FrameError, match="too short"):
        scan_short(b"#0#", frames.STOP)


@pytest.mark.parametrize("text", ["-5", "5.0", "", "0x10", "9" * 13, "５"])
def test_what_is_not_an_amount_is_not_read_as_one(text):
    with pytest.raises(FrameError):
        frames.Reply("0", (text,)).amount(0)


@given(
    st.dictionaries(st.integers(1, 50_000), st.integers(0, 500)),
    st.dictionaries(st.integers(1, 50_000), st.integers(0, 500)),
)
def test_lists_of_pieces_keep_coins_and_notes_apart(coins, notes):
    def half(pieces):
        return ",".join(f"{value}:{count}" for value, count in sorted(pieces.items()))

    assert frames.parse_pieces(f"{half(coins)};{half(notes)}") == (coins, notes)


def test_a_list_of_coins_only_needs_no_semicolon():
    assert frames.parse_pieces("100:1") == ({100: 1}, {})
    assert frames.parse_pieces("") == ({}, {})


def test_containers_in_a_list_of_levels_are_no_denominations():
    assert frames.parse_pieces("1:0;500:12,STACKER:22") == ({1: 0}, {500: 12})


@pytest.mark.parametrize("text", ["1;2;3", "1:-2", "1:2:3", "a:b", "100"])
def test_a_list_that_makes_no_sense_is_refused(text):
    with pytest.raises(FrameError):
        frames.parse_pieces(text)


def test_error_codes_may_be_none():
    assert frames.parse_codes("") == ()
    assert frames.parse_codes("1014,1120") == (1014, 1120)
    with pytest.raises(FrameError):
        frames.parse_codes("jam")


@pytest.mark.parametrize("parameter", ["1#P#999", "1\r\n"])
def test_a_parameter_cannot_smuggle_a_second_command(parameter):
    with pytest.raises(FrameError):
        frames.PAY_OUT.encode(parameter)


def test_a_request_has_the_documented_shape():
    assert frames.PAY_OUT.encode(1010, 0, 0, 0) == b"#P#1010#0#0#0#"
    assert frames.INVENTORY_2.encode() == b"#Y2#"
