import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcash_simulators.cash import CASH_SETS
from smartcash_simulators.cashlogy.frames import ARITIES, Reply, Request, RequestReader, vpd

EUR = CASH_SETS["EUR"]
SALE = "#C#1#1#360#1#15360#0#0#0#1#0#0#"


def read(*segments: str) -> list[Request]:
    """Requests of a stream, with silence after the last segment."""
    reader = RequestReader()
    requests = [request for part in segments for request in reader.feed(part.encode("latin-1"))]
    return requests + reader.flush()


def names(requests: list[Request]) -> list[str]:
    return [request.name for request in requests]


def test_a_request_needs_no_terminator() -> None:
    assert RequestReader().feed(b"#Q#") == [Request("Q")]
    assert RequestReader().feed(b"#P#1010#0#0#0#") == [Request("P", ("1010", "0", "0", "0"))]


def test_a_trailing_crlf_is_tolerated() -> None:
    assert read("#Q#\r\n#J#\r\n") == [Request("Q"), Request("J")]
    assert RequestReader().feed(b"#B#0#\r\n") == [Request("B", ("0",))]


def test_an_empty_parameter_is_kept() -> None:
    assert read("#GV##") == [Request("GV", ("",))]
    assert read("#P#100###0#") == [Request("P", ("100", "", "", "0"))]


def test_an_older_dialect_ends_with_silence() -> None:
    reader = RequestReader()
    assert reader.feed(b"#B#0#") == []
    assert reader.settle() == [Request("B", ("0",))]


def test_a_longer_request_may_follow_in_the_next_segment() -> None:
    assert read("#B#0#", "0#0#") == [Request("B", ("0", "0", "0"))]


def test_coalesced_requests_are_taken_apart() -> None:
    assert names(read("#B#0#0#0##Q##J##P#100#0#0#0##!#")) == ["B", "Q", "J", "P", "!"]
    assert names(read("#B#0##Q#")) == ["B", "Q"]


@pytest.mark.parametrize(
    "text", ["hello", "#", "##", "###", "#Q", "#FOO#1#", "#P#100#", "#Q#1#", "\x00\xff", "#C#1#"]
)
def test_rubbish_ends_as_something_malformed(text: str) -> None:
    assert any(not request.well_formed for request in read(text))


def test_rubbish_in_front_does_not_spoil_what_follows() -> None:
    assert read("noise#Q#")[-1] == Request("Q")
    assert read("noise\r\n#Q#")[-1] == Request("Q")


def test_an_endless_request_is_cut_off() -> None:
    reader = RequestReader()
    assert reader.feed(b"#P#" + b"1" * 5000) == [Request("")]
    assert reader.feed(b"#Q#") == [Request("Q")]


COMMANDS = st.sampled_from(sorted(ARITIES)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.lists(
            st.integers(0, 9999).map(str), min_size=max(ARITIES[name]), max_size=max(ARITIES[name])
        ),
    )
)


@given(commands=st.lists(COMMANDS, min_size=1, max_size=6), data=st.data())
def test_requests_survive_any_segmentation(commands: list, data: st.DataObject) -> None:
    stream = "".join("#" + "".join(f"{part}#" for part in [name, *ps]) for name, ps in commands)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    segments = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    expected = [Request(name, tuple(params)) for name, params in commands]
    assert read(*segments) == expected


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    reader = RequestReader()
    reader.feed(noise)
    reader.flush()
    assert reader.feed(SALE.encode())[0].name == "C"


def test_replies_and_denomination_lists_look_like_the_makers() -> None:
    assert Reply("WR:LEVEL", (2000, 1010, 0, 0)).encode() == b"#WR:LEVEL#2000#1010#0#0#"
    assert Reply("0", ("",)).encode() == b"#0##"
    pieces = [EUR.find(value) for value in (1, 2, 500)]
    assert vpd({pieces[0]: 49, pieces[1]: 33, pieces[2]: 15}, pieces) == "1:49,2:33;500:15"
    assert vpd({pieces[2]: 3}, pieces[2:]) == ";500:3"
