from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcash_simulators.cash import (
    CASH_SETS,
    Holdings,
    UnknownPieceError,
    greedy_change,
    starting_float,
    worth,
)

EUR = CASH_SETS["EUR"]
USD = CASH_SETS["USD"]


def stock(**counts: int) -> Counter:
    return Counter({EUR.find(int(name[1:])): count for name, count in counts.items()})


def values(pieces: Counter) -> dict[int, int]:
    return {piece.value: count for piece, count in pieces.items()}


def test_change_takes_the_largest_pieces_first() -> None:
    change = greedy_change(3_80, stock(c200=5, c100=5, c50=5, c20=5, c10=5))
    assert values(change) == {200: 1, 100: 1, 50: 1, 20: 1, 10: 1}


def test_change_goes_on_with_smaller_pieces_when_a_large_one_runs_out() -> None:
    assert values(greedy_change(4_00, stock(c200=1, c100=5))) == {200: 1, 100: 2}


def test_greedy_change_overlooks_what_only_a_search_would_find() -> None:
    assert greedy_change(60, stock(c50=1, c20=3)) is None


def test_no_change_at_all_when_it_is_not_exact() -> None:
    assert greedy_change(3, stock(c2=5)) is None


@given(
    amount=st.integers(1, 60_000),
    counts=st.lists(st.integers(0, 40), min_size=11, max_size=11),
)
def test_change_is_exact_and_within_the_stock(amount: int, counts: list[int]) -> None:
    recycled = [piece for piece in EUR.denominations if piece.recycled]
    held = Counter(dict(zip(recycled, counts, strict=True)))
    change = greedy_change(amount, held)
    if change is not None:
        assert worth(change) == amount
        assert all(count <= held[piece] for piece, count in change.items())


def test_euro_recyclers_hold_what_the_maker_says() -> None:
    capacities = {(piece.kind, piece.value): piece.capacity for piece in EUR.denominations}
    assert capacities["coin", 1] == 390
    assert capacities["coin", 200] == 120
    assert capacities["note", 1000] == 49
    assert capacities["note", 5000] is None
    assert EUR.cassette_capacity == 500


def test_one_dollar_is_a_coin_and_a_note() -> None:
    with pytest.raises(UnknownPieceError, match=r'"kind": "coin"'):
        USD.find(100)
    assert USD.find(100, "note").capacity == 43
    assert USD.find(100, "coin").capacity == 125


def test_unknown_piece_names_those_that_are_known() -> None:
    with pytest.raises(UnknownPieceError, match=r"200 \(coin\)"):
        EUR.find(300)


@pytest.mark.parametrize("cash_set", CASH_SETS.values(), ids=CASH_SETS)
def test_full_float_leaves_no_room(cash_set) -> None:
    full = starting_float(cash_set, "full")
    recycled = [piece for piece in cash_set.denominations if piece.recycled]
    assert all(full.recyclers[piece] == piece.capacity for piece in recycled)
    assert full.cassette.total() == cash_set.cassette_capacity
    assert starting_float(cash_set, "empty").total == 0


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("all", "list"),
        ([5], "object"),
        ([{"value": 300}], "no piece of 300"),
        ([{"recycler": 3}], "value must be"),
        ([{"value": 200, "recycler": 121}], "at most 120"),
        ([{"value": 5000, "recycler": 1}], "at most 0"),
        ([{"value": 200, "cassette": 1}], "coins"),
        ([{"value": 5000, "cassette": 501}], "at most 500"),
        ([{"value": 5000, "cassette": -1}], "zero or more"),
        ([{"value": 5000, "cassette": True}], "whole number"),
        ([{"value": 5000, "cassette": 1.5}], "whole number"),
    ],
)
def test_impossible_contents_are_refused_with_a_reason(rows: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Holdings.from_json(rows, EUR)
