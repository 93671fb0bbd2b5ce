"""Two workers of one Odoo serve the same operation, device or order at the same moment."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.odoo_rpc import OdooError, OdooRpc
from tests.world import World, add_machine, make_till, open_session

PRICE = 235  # minor units
PATIENCE = 120.0  # seconds; Odoo may run a request five times
ROUNDS = 6  # who comes first is chance


class Shop:
    """Two tills with one machine of their own, driven over RPC; no gateway ever answers."""

    def __init__(self, odoo: OdooRpc) -> None:
        self.odoo = odoo
        world = World((make_till(odoo, 3), make_till(odoo, 4)))
        self.configs = add_machine(odoo, world, "http://127.0.0.1:9").config_ids
        self.sessions = [self._open(config) for config in self.configs]
        self.methods = [self._method(config) for config in self.configs]
        (self.coffee,) = odoo.call("product.product", "search", [("name", "=", "Coffee")])
        self.numbers = iter(range(1, 10**4))

    def _open(self, config: int) -> int:
        open_session(self.odoo, config)
        (row,) = self.odoo.call("pos.config", "read", [config], ["current_session_id"])
        session = row["current_session_id"][0]
        counted = {"total": 0, "reason": "The gateway never answers"}
        self.odoo.call("smartcash.count", "take", session, "opening", counted)
        self.odoo.call("pos.session", "set_cashbox_pos", [session], 0, None)
        return session

    def _method(self, config: int) -> int:
        (row,) = self.odoo.call("pos.config", "read", [config], ["payment_method_ids"])
        (method,) = self.odoo.call(
            "pos.payment.method",
            "search",
            [
                ("id", "in", row["payment_method_ids"]),
                ("smartcash_device_id", "!=", False),
            ],
        )
        return method

    def wish(self, till: int = 0, **values: object) -> dict[str, Any]:
        return {
            "uuid": str(uuid4()),
            "kind": "sale",
            "amount": PRICE,
            "currency": "EUR",
            "session_id": self.sessions[till],
            "payment_method_id": self.methods[till],
            "order_uid": None,
            "order_name": None,
            "cashier": f"Cashier of till {till + 3}",
            "allow_partial": False,
            "reference": None,
            **values,
        }

    def running(self) -> str:
        answer = self.call("register", self.wish())
        assert answer["state"] == "running", answer
        return answer["uuid"]

    def call(self, method: str, *arguments: object) -> dict[str, Any]:
        return self.odoo.call("smartcash.operation", method, *arguments)

    def end(self, uuid: str, state: str = "done", amount_in: int = PRICE) -> dict[str, Any]:
        return self.call("report", uuid, ended(state, amount_in))

    def order(self, uuid: str | None, **values: object) -> dict[str, Any]:
        """A paid order of one coffee, as a till sends it."""
        number = next(self.numbers)
        name = f"90000-{self.sessions[0]:03}-{number:04}"
        price = PRICE / 100
        line = {
            "id": number,
            "pack_lot_ids": [],
            "price_unit": price,
            "product_id": self.coffee,
            "price_subtotal": price,
            "price_subtotal_incl": price,
            "qty": 1,
            "discount": 0,
            "tax_ids": [(6, 0, [])],
        }
        payment = {
            "amount": price,
            "name": "2026-01-01 12:00:00",
            "payment_method_id": self.methods[0],
            "smartcash_uuid": uuid,
        }
        data = {
            "amount_paid": price,
            "amount_return": 0,
            "amount_tax": 0,
            "amount_total": price,
            "date_order": "2026-01-01 12:00:00",
            "fiscal_position_id": False,
            "pricelist_id": self._pricelist(),
            "name": f"Order {name}",
            "lines": [(0, 0, line)],
            "partner_id": False,
            "pos_session_id": self.sessions[0],
            "sequence_number": number,
            "statement_ids": [(0, 0, payment)],
            "uid": name,
            "user_id": self.odoo.user_id,
            "to_invoice": False,
            **values,
        }
        return {"data": data, "id": name, "to_invoice": False}

    def _pricelist(self) -> int | bool:
        (row,) = self.odoo.call("pos.config", "read", [self.configs[0]], ["pricelist_id"])
        return row["pricelist_id"] and row["pricelist_id"][0]

    def save(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        return self.odoo.call("pos.order", "create_from_ui", list(orders))

    def row(self, uuid: str) -> dict[str, Any]:
        (row,) = self.odoo.search_read(
            "smartcash.operation",
            [("uuid", "=", uuid)],
            ["state", "match_state", "net", "pos_payment_id", "disputed", "resolution"],
        )
        kinds = self.odoo.search_read(
            "smartcash.operation.event",
            [("operation_id.uuid", "=", uuid)],
            ["kind"],
            order="id",
        )
        return row | {"events": [event["kind"] for event in kinds]}


def ended(state: str, amount_in: int) -> dict[str, Any]:
    return {"state": state, "phase": "ended", "amountIn": amount_in}


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What these calls, made at the same moment, gave back; what they raised is their answer."""
    start = threading.Barrier(len(calls))

    def work(call: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        try:
            return call()
        except OdooError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(work, calls, timeout=PATIENCE))


def refusals(answers: list[dict[str, Any]]) -> list[str]:
    return sorted(answer.get("refused", {}).get("code", "") for answer in answers)


@pytest.fixture(scope="module")
def shop(odoo: OdooRpc) -> Shop:
    return Shop(odoo)


@pytest.fixture
def device(shop: Shop) -> Iterator[None]:
    """Whatever a test leaves behind, the device is free for the next one."""
    yield
    for row in shop.odoo.search_read(
        "smartcash.operation",
        [("session_id", "in", shop.sessions), ("state", "=", "running")],
        ["uuid"],
    ):
        shop.end(row["uuid"], "failed", 0)


pytestmark = pytest.mark.usefixtures("device")


def test_a_wish_that_arrives_twice_is_one_operation(shop):
    for _round in range(ROUNDS):
        wish = shop.wish()
        answers = at_once(*[lambda wish=wish: shop.call("register", wish)] * 3)
        assert [answer.get("state") for answer in answers] == ["running"] * 3, answers
        assert shop.row(wish["uuid"])["events"] == ["registered"]
        shop.end(wish["uuid"], "failed", 0)


def test_two_tills_ask_for_one_machine_and_one_gets_it(shop):
    for _round in range(ROUNDS):
        wishes = [shop.wish(0), shop.wish(1)]
        answers = at_once(*[lambda wish=wish: shop.call("register", wish) for wish in wishes])
        assert refusals(answers) == ["", "device_busy"], answers
        (loser,) = [index for index, answer in enumerate(answers) if "refused" in answer]
        winner = 1 - loser
        words = answers[loser]["refused"]
        assert "Nothing was charged" in words["message"]
        assert words["operation"] in (None, wishes[winner]["uuid"])
        shop.end(wishes[winner]["uuid"], "failed", 0)
        assert shop.call("register", wishes[loser])["state"] == "running"
        shop.end(wishes[loser]["uuid"], "failed", 0)


def test_an_end_that_is_reported_twice_at_once_is_one_event(shop):
    for _round in range(ROUNDS):
        uuid = shop.running()
        answers = at_once(*[lambda uuid=uuid: shop.end(uuid)] * 3)
        assert [answer.get("state") for answer in answers] == ["done"] * 3, answers
        row = shop.row(uuid)
        assert (row["net"], row["disputed"]) == (PRICE / 100, False)
        assert row["events"] == ["registered", "unproven"]
        assert shop.call("resolve", uuid, "counting_error", "a test")["state"] == "done"


def test_a_report_and_its_order_arrive_at_once_and_find_each_other(shop):
    for _round in range(ROUNDS):
        uuid = shop.running()
        order = shop.order(uuid)
        answers = at_once(lambda uuid=uuid: shop.end(uuid), lambda order=order: shop.save(order))
        assert answers[0]["state"] == "done", answers
        assert len(answers[1]) == 1, answers
        row = shop.row(uuid)
        assert row["match_state"] == "matched"
        assert row["pos_payment_id"]


def test_an_order_that_odoo_takes_back_leaves_the_money_a_question_until_it_is_saved(shop):
    for report_first in (True, False, None):
        uuid = shop.running()
        # Core writes the payments, and then cannot find the session of the second order.
        broken = [shop.order(uuid), shop.order(None, pos_session_id=0)]
        saving, reporting = (
            lambda orders=broken: shop.save(*orders),
            lambda uuid=uuid: shop.end(uuid),
        )
        if report_first is None:
            saved, reported = at_once(saving, reporting)
        elif report_first:
            (reported,), (saved,) = at_once(reporting), at_once(saving)
        else:
            (saved,), (reported,) = at_once(saving), at_once(reporting)
        assert isinstance(saved, OdooError)
        assert reported["state"] == "done"
        assert shop.row(uuid)["match_state"] == "open"
        shop.save(broken[0])
        row = shop.row(uuid)
        assert row["match_state"] == "matched"
        assert row["pos_payment_id"]


def test_an_order_that_is_sent_twice_at_once_is_saved_once(shop):
    for _round in range(ROUNDS):
        uuid = shop.running()
        shop.end(uuid)
        order = shop.order(uuid)
        answers = at_once(*[lambda order=order: shop.save(order)] * 2)
        # Core answers with the orders that it has just saved, and leaves out what it had.
        assert len([order["id"] for answer in answers for order in answer]) == 1, answers
        assert (
            len(shop.odoo.search_read("pos.payment", [("smartcash_uuid", "=", uuid)], ["id"])) == 1
        )
        assert shop.row(uuid)["match_state"] == "matched"


def test_two_managers_decide_at_once_and_the_money_is_booked_once(shop):
    for _round in range(ROUNDS):
        uuid = shop.running()
        shop.end(uuid)
        reason = f"found {uuid}"
        answers = at_once(
            lambda uuid=uuid, reason=reason: shop.call("resolve", uuid, "cash_in", reason),
            lambda uuid=uuid, reason=reason: shop.call("resolve", uuid, "returned", reason),
        )
        assert refusals(answers) == ["", "nothing_to_resolve"], answers
        row = shop.row(uuid)
        assert row["match_state"] == "resolved"
        assert row["events"].count("resolved") == 1
        lines = shop.odoo.search_read(
            "account.bank.statement.line", [("payment_ref", "ilike", uuid)], ["amount"]
        )
        by_hand = shop.odoo.search_read(
            "smartcash.operation", [("parent_id.uuid", "=", uuid)], ["net"]
        )
        booked = [line["amount"] for line in lines] + [-child["net"] for child in by_hand]
        assert booked == [PRICE / 100]
