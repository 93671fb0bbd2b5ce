"""The orders of a till: what the browsers have paid, and how it is sent to Odoo."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.schedules.odoo_ledger import LedgerLine, OdooFault, Shop

#: Core gives up when a report writes the same rows; the POS then sends the order again.
SENT_AGAIN = 5
TURN_LOST = "InFailedSqlTransaction"


@dataclass
class Order:
    """What a till remembers of an order. Amounts in minor units, by operation."""

    session_id: int
    user_id: int
    uid: str = field(default_factory=lambda: str(uuid4()))
    #: Of a finished order, whose payments change no more.
    paid: dict[str, int] | None = None
    #: Another till deleted it, and this one has heard of that.
    gone: bool = False

    @property
    def name(self) -> str:
        return f"Order {self.uid}"


class Orders:
    """All orders of a day; customers come one after the other."""

    def __init__(self, shop: Shop, line: LedgerLine) -> None:
        self._shop, self._line = shop, line
        self.all: list[Order] = []
        #: Operations whose payment line was moved to another order.
        self.moved_to: dict[str, str] = {}

    def begin(self, session_id: int) -> Order:
        """The next customer's."""
        order = Order(session_id, self._shop.cashiers[0])
        self.all.append(order)
        return order

    def forget(self) -> None:
        """A new day."""
        self.all = []
        self.moved_to = {}

    def forget_deleted(self, name: str) -> None:
        """The order is not there any more, nor sent again; the current one has a successor."""
        for order in self.all:
            order.gone = order.gone or order.name == name
        if self.current.gone:
            self.begin(self.current.session_id)

    @property
    def current(self) -> Order:
        return self.all[-1]

    def of(self, op: dict[str, Any]) -> str:
        return self.moved_to.get(op["uuid"], op["orderUid"])

    def lines_of(self, order: Order, lines: list[dict]) -> list[dict]:
        return [line for line in lines if self.of(line["op"]) == order.uid and not line.get("gone")]

    def finish(self, lines: list[dict]) -> bool:
        """The customer of the current order has paid: it changes no more, and the next one comes."""
        order = self.current
        own = self.lines_of(order, lines)
        paid = {line["op"]["uuid"]: line["amount"] for line in own if line["status"] == "done"}
        if order.gone or not sum(paid.values()) or any(line["status"] == "waiting" for line in own):
            return False
        order.paid = paid
        return True

    def send(self, lines: list[dict]) -> int:
        """All of them, as the POS sends them: again each time; how often one had to be repeated."""
        again = 0
        for order in self.all:
            if order.gone:
                continue
            paid = order.paid
            if paid is None:
                own = self.lines_of(order, lines)
                paid = {
                    line["op"]["uuid"]: line["amount"] for line in own if line["status"] == "done"
                }
            again += self._send(order, paid)
        return again

    def _send(self, order: Order, paid: dict[str, int]) -> int:
        finished = order.paid is not None
        data = [{"id": order.uid, "data": self._json(order, paid, finished), "to_invoice": False}]
        for attempt in range(SENT_AGAIN):
            try:
                self._line.call(
                    order.user_id, "pos.order", "create_from_ui", data, draft=not finished
                )
                return attempt
            except OdooFault as fault:
                if TURN_LOST not in str(fault) or attempt == SENT_AGAIN - 1:
                    raise
        return SENT_AGAIN

    def _json(self, order: Order, paid: dict[str, int], finished: bool) -> dict[str, Any]:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        total = sum(paid.values())
        method = self._shop.payment_method_id
        payments = [
            {
                "name": now,
                "amount": amount / 100,
                "payment_method_id": method,
                "smartcash_uuid": uuid,
            }
            for uuid, amount in paid.items()
        ]
        return order_json(
            order.uid,
            total,
            payments,
            user_id=order.user_id,
            session_id=order.session_id,
            pricelist_id=self._shop.pricelist_id,
            product_id=self._shop.product_id if finished else None,
        )


def order_json(
    uid: str,
    total: int,
    payments: list[dict[str, Any]],
    *,
    user_id: int,
    session_id: int,
    pricelist_id: int,
    product_id: int | None,
) -> dict[str, Any]:
    """An order as the POS exports it.

    :param total: minor units, negative for a refund
    :param product_id: what was sold; a draft may be without
    """
    line = {
        "product_id": product_id,
        "qty": 1 if total > 0 else -1,
        "price_unit": abs(total) / 100,
        "price_subtotal": total / 100,
        "price_subtotal_incl": total / 100,
        "discount": 0,
        "tax_ids": [[6, False, []]],
        "pack_lot_ids": [],
    }
    return {
        "name": f"Order {uid}",
        "uid": uid,
        "user_id": user_id,
        "pos_session_id": session_id,
        "pricelist_id": pricelist_id,
        "partner_id": False,
        "fiscal_position_id": False,
        "sequence_number": 1,
        "access_token": "",
        "date_order": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "lines": [[0, 0, line]] if product_id else [],
        "statement_ids": [[0, 0, payment] for payment in payments],
        "amount_paid": total / 100,
        "amount_total": total / 100,
        "amount_tax": 0,
        "amount_return": 0,
        "to_invoice": False,
    }
