"""One shop: a machine, its gateway, the tills' browsers and their ledger, all of them real."""

import time
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from tests.played_make import DRIVER_MODULE
from tests.schedules.desk import Desk
from tests.schedules.odoo_ledger import Ledger, LedgerLine, Shop
from tests.schedules.office import Office
from tests.schedules.orders import Orders
from tests.schedules.till_process import TillProcess

#: Two of everybody's, and one for the cashier with a machine of her own.
BROWSERS = 3
AMOUNTS = ("amount", "amount_in", "amount_out", "undispensed", "rounding", "net")
MONEY = ("sale", "cash_in")
CASH_MOVES = ("cash_in", "cash_out")


class ShopFloor:
    """Everything that a schedule can touch."""

    def __init__(self, port: int, shop: Shop, desks: list[Desk]) -> None:
        """:param port: where the ledger listens
        :param shop: one till's ids in it
        :param desks: the machines, in the order of the shop's devices
        """
        self.shop = shop
        self.desks = desks
        self.port = port
        self.till = TillProcess(desks[0].gateway.folder / f"till-{shop.payment_method_id}.log")
        self.ledger = LedgerLine(port)
        self.orders = Orders(shop, self.ledger)
        self.office = Office(self)
        self.session_id = shop.session_id
        #: Tills that somebody sat at; their browsers are opened again in the evening.
        self.tills_used: set[int] = set()
        #: What happened, with the milliseconds since the morning.
        self.story: list[str] = []
        self._morning = time.monotonic()

    @classmethod
    def alone(cls, ledger: Ledger, number: int) -> "ShopFloor":
        """A shop of the ledger, with new machines and gateways that nobody else uses."""
        shop = ledger.shops[number]
        return cls(ledger.port, shop, [Desk.new(device) for device in shop.devices])

    @property
    def machine(self):
        """Everybody's."""
        return self.desks[0].machine

    @property
    def gateway(self):
        return self.desks[0].gateway

    def close(self) -> None:
        self.leave()
        for desk in self.desks:
            desk.close()

    def leave(self) -> None:
        """Nobody is at this till any more; its machine stays."""
        self.till.close()
        self.ledger.close()

    # ---- a new day -------------------------------------------------------------------------

    def begin(self, *, scarce: bool) -> None:
        """A sound machine, an empty ledger, a gateway without a past, one open page."""
        self.till("end")
        for desk in self.desks:
            desk.rest(scarce=scarce)
        self.session_id = self.ledger.empty(self.shop)
        self.desks[0].wake()
        self.orders.forget()
        self.orders.begin(self.session_id)
        self.story = []
        self._morning = time.monotonic()
        self.sit_down()

    def sit_down(self) -> None:
        """New browsers, and the POS opened in the first one."""
        self.till(
            "begin",
            port=self.port,
            devices=self._devices(),
            drivers=self._drivers(),
            shop={**asdict(self.shop), "session_id": self.session_id},
            browsers=BROWSERS,
        )
        self.tills_used = {0}
        self.till("open", browser=0, tab=0)

    def _devices(self) -> list[dict[str, Any]]:
        """As the tills are told about them."""
        return [desk.as_told() for desk in self.desks]

    def _drivers(self) -> list[str]:
        """The modules that bring the drivers of these devices."""
        return [DRIVER_MODULE]

    def open(self, browser: int, tab: int, *, user: int | None = None) -> None:
        """The POS in a tab, or a reload of it; ``user``: whose number, if not the browser's own."""
        number = browser if user is None else user
        uid = self.shop.cashiers[number]
        for desk in self.desks:
            if uid in desk.device.users:
                desk.wake()
        self.tills_used.add(browser)
        self.till("open", browser=browser, tab=tab, uid=uid)

    def next_session(self) -> None:
        """The next one is open. Whoever reloads works in it; the others are still in the last one."""
        self.session_id = self.ledger.next_session(self.shop)
        self.till("session", id=self.session_id)
        self.orders.begin(self.session_id)

    def note(self, what: str) -> None:
        """One line of the schedule's story."""
        self.story.append(f"{(time.monotonic() - self._morning) * 1000:6.0f} ms  {what}")

    # ---- what people do ----------------------------------------------------------------------

    def pay(self, kind: str, amount: int, *, browser: int = 0, tab: int = 0) -> str:
        """A payment line is sent to the machine; returns the operation's uuid."""
        uuid = str(uuid4())
        order = None if kind in CASH_MOVES else self.orders.current
        op = {
            "uuid": uuid,
            "kind": kind,
            "amount": amount,
            "currency": "EUR",
            "reference": order.name if order else "Somebody's reason",
            "allowPartial": kind in MONEY,
            "token": None,
            "paymentMethodId": self.shop.payment_method_id,
            "orderUid": order and order.uid,
            "orderName": order and order.name,
            "cashier": f"Cashier {browser + 1}",
        }
        self.till("pay", browser=browser, tab=tab, op=op)
        return uuid

    def tap_table(self, browser: int) -> list[str]:
        """A browser builds the current order anew from Odoo's copy of it; whose lines are gone then."""
        order = self.orders.current
        for saved in self.office.saved("draft"):
            if saved["pos_reference"] == order.name:
                payments = [payment for payment in self.payments() if payment["uuid"]]
                kept = [payment["uuid"] for payment in payments]
                return self.till("replace", browser=browser, order=order.uid, kept=kept)
        return []

    def press(self, button: str) -> None:
        """Every dialog on every screen that has the button."""
        for number, browser in enumerate(self.look()["browsers"]):
            for page in browser["tabs"]:
                self.till("press", browser=number, tab=page["tab"], button=button)

    def pause(self, milliseconds: int) -> None:
        """Nobody does anything."""
        time.sleep(milliseconds / 1000)

    def open_tabs(self) -> list[tuple[int, int]]:
        return [
            (number, page["tab"])
            for number, browser in enumerate(self.look()["browsers"])
            for page in browser["tabs"]
        ]

    # ---- what can be seen --------------------------------------------------------------------

    def look(self) -> dict[str, Any]:
        return self.till("state")

    def lines(self) -> list[dict[str, Any]]:
        """All payment lines and cash moves, whatever browser has them."""
        return [line for browser in self.look()["browsers"] for line in browser["lines"]]

    def rows(self) -> list[dict[str, Any]]:
        """The ledger's rows, oldest first; amounts in minor units."""
        names = ["uuid", "kind", "state", "phase", "evidence", "match_state", "disputed"]
        links = ["device_id", "parent_id", "pos_payment_id"]
        lines = ["statement_line_id", "superseded_line_ids"]
        rows = self.manager(
            "smartcash.operation",
            "search_read",
            [("device_id", "in", self.shop.device_ids)],
            [*names, *links, *lines, "message", *AMOUNTS],
            order="id",
        )
        return [row | {name: round(row[name] * 100) for name in AMOUNTS} for row in rows]

    def events(self) -> list[dict[str, Any]]:
        """The ledger's story, oldest step first."""
        return self.manager(
            "smartcash.operation.event",
            "search_read",
            [("operation_id.device_id", "in", self.shop.device_ids)],
            ["operation_id", "kind", "state_from", "state_to", "message"],
            order="id",
        )

    def payments(self) -> list[dict[str, Any]]:
        """What the orders say was paid with the machines; minor units."""
        rows = self.manager(
            "pos.payment",
            "search_read",
            [("payment_method_id", "=", self.shop.payment_method_id)],
            ["amount", "smartcash_uuid", "pos_order_id"],
        )
        orders = self._states("pos.order", [row["pos_order_id"][0] for row in rows])
        return [
            {
                "uuid": row["smartcash_uuid"],
                "amount": round(row["amount"] * 100),
                "counts": orders[row["pos_order_id"][0]] != "cancel",
            }
            for row in rows
        ]

    def entries(self) -> dict[int, int]:
        """The posted statement lines of the till: minor units by id."""
        lines = self.manager(
            "account.bank.statement.line",
            "search_read",
            [("pos_session_id.config_id", "=", self.shop.config_id), ("state", "=", "posted")],
            ["amount"],
        )
        return {line["id"]: round(line["amount"] * 100) for line in lines}

    def sync(self) -> None:
        """The orders reach Odoo with the lines that are paid, as the POS sends them: again each time."""
        for _again in range(self.orders.send(self.lines())):
            self.note("an order is sent again")

    def manager(self, model: str, method: str, *args: object, **named: object) -> Any:
        return self.ledger.call(self.shop.admin, model, method, *args, **named)

    def _states(self, model: str, ids: list[int]) -> dict[int, str]:
        return {row["id"]: row["state"] for row in self.manager(model, "read", ids, ["state"])}
