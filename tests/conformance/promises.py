"""The promises of a make, each a function over a till with its machine. Amounts: minor units.

After each of them the day is closed, and the verdict of the schedules is heard: every cent that the
machine took or gave is in the ledger and in the books, or visibly asks for a decision.
"""

from collections.abc import Callable

from tests.conformance.floor import PATIENCE, Floor
from tests.waiting import until

DUE = 700
BANKNOTE = 1000

Promise = Callable[[Floor], None]
PROMISES: dict[str, Promise] = {}


#: After these a person may be asked about the end. The cents have to be right all the same.
MAY_ASK = ("power_cut",)


def promise(check: Promise) -> Promise:
    """Every make is tried with it, unless it says in its data that it cannot."""
    PROMISES[check.__name__] = check
    return check


def _done(floor: Floor, uuid: str, amount: int, **amounts: int) -> None:
    """The line, the ledger and the machine agree that ``amount`` was kept."""
    line = floor.wait_line(uuid, "done")
    assert line["amount"] == amount
    row = floor.wait_state(uuid, "done")
    assert row["net"] == amount, row
    for name, value in amounts.items():
        assert row[name] == value, row
    assert floor.moved == amount


@promise
def sale(floor: Floor) -> None:
    """What is due is put in: the line is paid, and the ledger knows."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(DUE)
    _done(floor, uuid, DUE, amount_in=DUE, amount_out=0)


@promise
def change(floor: Floor) -> None:
    """More than is due is put in: the machine gives the rest, and both are written down."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(BANKNOTE)
    _done(floor, uuid, DUE, amount_in=BANKNOTE, amount_out=BANKNOTE - DUE)


@promise
def partial(floor: Floor) -> None:
    """What has been put in is kept, and the line is worth that."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(200)
    line = floor.press_until("accept", uuid, "done")
    assert line["result"] == "partial"
    _done(floor, uuid, 200)


@promise
def cancel(floor: Floor) -> None:
    """Nothing was put in: the machine is free again, and no money moved."""
    uuid = floor.pay("sale", DUE)
    until("the machine to accept money", lambda: floor.make.accepting, pause=0.01)
    floor.press_until("cancel", uuid, "retry")
    floor.wait_state(uuid, "cancelled")
    assert floor.moved == 0


@promise
def cancel_with_money(floor: Floor) -> None:
    """Whatever was put in comes out again."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(200)
    floor.press_until("cancel", uuid, "retry")
    floor.wait_state(uuid, "cancelled")
    assert floor.moved == 0


@promise
def refund(floor: Floor) -> None:
    """Money goes out, once, and the line is worth that."""
    uuid = floor.pay("refund", DUE)
    _done(floor, uuid, -DUE, amount_out=DUE)


@promise
def cash_in(floor: Floor) -> None:
    """A cash move that no order pays."""
    uuid = floor.pay("cash_in", DUE)
    floor.make.pay(DUE)
    _done(floor, uuid, DUE)


@promise
def cash_out(floor: Floor) -> None:
    """A cash move that no order pays, the other way."""
    uuid = floor.pay("cash_out", DUE)
    _done(floor, uuid, -DUE)


def _lose(floor: Floor, what: str) -> None:
    """The start meets ``what`` on its way. Whatever comes of it, it is charged once or not at all, and the
    machine is free for the next customer."""
    wire, call = floor.make.start
    floor.till("fault", wire=wire, faults=[{"fault": what, "call": call}])
    uuid = floor.pay("sale", DUE)

    def settled() -> bool:
        return floor.make.accepting or floor.line(uuid)["status"] == "retry"

    until("the start to be settled", settled, PATIENCE, 0.02)
    kept = 0
    if floor.make.accepting:
        floor.make.pay(DUE)
        _done(floor, uuid, DUE)
        kept = DUE
    else:
        floor.wait_state(uuid, "cancelled", "failed")
        assert floor.moved == 0
    following = floor.pay("sale", DUE)
    floor.make.pay(DUE)
    floor.wait_line(following, "done")
    assert floor.moved == kept + DUE


@promise
def lost_answer(floor: Floor) -> None:
    """The answer to the start is lost on its way."""
    _lose(floor, "answer")


@promise
def lost_request(floor: Floor) -> None:
    """The start itself is lost on its way."""
    _lose(floor, "request")


@promise
def reload(floor: Floor) -> None:
    """The page is loaded anew while the customer pays: the payment goes on where it was."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(200)
    floor.open(0, 0)
    floor.make.pay(DUE - 200)
    _done(floor, uuid, DUE)


@promise
def reload_after_the_end(floor: Floor) -> None:
    """It ends while no page is there: the next one shows how."""
    uuid = floor.pay("sale", DUE)
    until("the machine to accept money", lambda: floor.make.accepting, pause=0.01)
    floor.till("close", browser=0, tab=0)
    floor.make.pay(DUE)
    floor.open(0, 0)
    _done(floor, uuid, DUE)


@promise
def odoo_away(floor: Floor) -> None:
    """Odoo cannot be reached for a while: nothing is lost, and the line is settled afterwards."""
    uuid = floor.pay("sale", DUE)
    until("the machine to accept money", lambda: floor.make.accepting, pause=0.01)
    floor.till("network", wire="rpc", down=True)
    floor.make.pay(DUE)
    floor.pause(300)
    floor.till("network", wire="rpc", down=False)
    _done(floor, uuid, DUE)


@promise
def power_cut(floor: Floor) -> None:
    """The machine loses its power with money inside: the end is known, or it is a question."""
    uuid = floor.pay("sale", DUE)
    floor.make.pay(200)
    floor.make.power(False)
    floor.pause(300)
    floor.make.power(True)
    assert floor.line(uuid)["status"] in ("waiting", "retry", "done")
    floor.close_the_day()
    row = floor.row(uuid)
    assert row["state"] in ("done", "cancelled", "failed", "unknown"), row
    if row["state"] == "unknown":
        assert row["match_state"] == "open", row
    else:
        assert row["net"] == floor.moved


@promise
def started_without_power(floor: Floor) -> None:
    """The machine has no power when it is started: nothing is charged, whatever it is asked later."""
    floor.make.power(False)
    uuid = floor.pay("sale", DUE)
    floor.pause(300)
    floor.make.power(True)
    floor.close_the_day()
    row = floor.row(uuid)
    assert row["state"] in ("cancelled", "failed"), row
    assert floor.moved == 0


@promise
def busy(floor: Floor) -> None:
    """A second till is told no, and nothing happens; the first one's payment goes on."""
    uuid = floor.pay("sale", DUE)
    until("the machine to accept money", lambda: floor.make.accepting, pause=0.01)
    floor.open(1, 0)
    other = floor.pay("sale", 300, browser=1)
    refused = floor.wait_line(other, "retry")
    assert refused["refusal"], refused
    assert refused["amount"] == 0
    floor.make.pay(DUE)
    _done(floor, uuid, DUE)


@promise
def counts(floor: Floor) -> None:
    """What it says is in it is what lies in it, before a sale and after."""
    for paid in (0, DUE):
        if paid:
            uuid = floor.pay("sale", paid)
            floor.make.pay(paid)
            _done(floor, uuid, paid)
        assert floor.count() == floor.make.total


@promise
def one_after_the_other(floor: Floor) -> None:
    """An operation that has ended keeps nobody waiting."""
    for number in (1, 2, 3):
        uuid = floor.pay("sale", DUE)
        floor.make.pay(DUE)
        floor.wait_line(uuid, "done")
        assert floor.moved == number * DUE
