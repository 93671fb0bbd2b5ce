"""The inventory difference decides; what it does not prove stays unknown."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from smartcash_gateway.models import Kind, Operation, Phase, State, now
from smartcash_gateway.operations.recovery import judge

AMOUNTS = st.integers(1, 100_000)
NETS = st.integers(-100_000, 100_000)


def operation(kind: Kind, amount: int, **members) -> Operation:
    return Operation(
        uuid="u",
        kind=kind,
        amount=amount,
        currency="EUR",
        reference="",
        allow_partial=False,
        started_at=now(),
        phase=Phase.ACCEPTING,
        before=100_000,
        **members,
    )


def operations() -> st.SearchStrategy[Operation]:
    def taking(kind: Kind, amount: int, inserted: int, planned: bool) -> Operation:
        give = inserted - amount if 0 < amount <= inserted else inserted
        return operation(kind, amount, amount_in=inserted, to_dispense=give if planned else 0)

    takers = st.builds(
        taking,
        st.sampled_from([Kind.SALE, Kind.CASH_IN, Kind.FILL, Kind.EXCHANGE]),
        st.integers(0, 100_000),
        st.integers(0, 100_000),
        st.booleans(),
    )
    givers = st.builds(operation, st.sampled_from([Kind.REFUND, Kind.CASH_OUT]), AMOUNTS)
    services = st.builds(
        operation,
        st.sampled_from([Kind.COLLECT, Kind.TRANSFER, Kind.EMPTY]),
        st.just(0),
        to_dispense=AMOUNTS,
    )
    return takers | givers | services


@given(operations(), NETS, st.none() | st.integers(0, 100_000))
def test_a_verdict_never_contradicts_what_the_machine_holds(op, net, stopped):
    verdict = judge(op, net, stopped)
    if verdict is not None:
        assert verdict.amount_in - verdict.amount_out == net
        assert verdict.amount_in >= 0
        assert verdict.amount_out >= 0


@given(operations(), NETS)
def test_nothing_is_called_cancelled_or_failed_while_money_has_moved(op, net):
    assume(net != 0)
    verdict = judge(op, net)
    assert verdict is None or verdict.state is State.DONE


@given(AMOUNTS, NETS)
def test_a_sale_is_done_only_when_the_machine_kept_its_price(amount, net):
    verdict = judge(operation(Kind.SALE, amount), net)
    assert (verdict is not None and verdict.state is State.DONE) == (net == amount)


@given(AMOUNTS, st.integers(1, 100_000))
def test_a_machine_that_contradicts_itself_proves_nothing(amount, stopped):
    assume(stopped != amount)
    assert judge(operation(Kind.SALE, amount), amount, stopped) is None


@given(st.integers(1, 100_000), st.none() | st.integers(0, 100_000))
def test_change_for_a_note_is_never_taken_for_a_deposit(net, stopped):
    assert judge(operation(Kind.EXCHANGE, 0), net, stopped) is None
