"""One shop: a machine, its gateway, the tills' browsers and their ledger, all of them real."""

import time
from typing import Any
from uuid import uuid4

from smartcash_simulators.testing import CashlogySimulator
from tests.schedules.gateway_process import GatewayProcess
from tests.schedules.odoo_ledger import Ledger, LedgerLine, OdooFault, Shop
from tests.schedules.till_process import TillProcess

BROWSERS = 2
#: Pieces move that much faster than in a real machine.
SPEED = 100
SYNCS = 5
#: A float that small sales empty and large refunds exhaust.
SCARCE = [
    {"value": 10, "recycler": 12},
    {"value": 50, "recycler": 3},
    {"value": 1000, "recycler": 2},
]


def machine_with_gateway(device: str, key: str) -> tuple[CashlogySimulator, GatewayProcess]:
    """A running machine, and its gateway that is to be started."""
    machine = CashlogySimulator(speed=SPEED)
    machine.start()
    return machine, GatewayProcess(connector=machine.connector, device=device, key=key)


class ShopFloor:
    """Everything that a schedule can touch."""

    def __init__(
        self, port: int, shop: Shop, machine: CashlogySimulator, gateway: GatewayProcess
    ) -> None:
        """:param port: where the ledger listens
        :param shop: one till's ids in it
        """
        self.shop = shop
        self.machine, self.gateway = machine, gateway
        self._port = port
        self.till = TillProcess(gateway.folder / f"till-{shop.payment_method_id}.log")
        self.ledger = LedgerLine(port)
        self.first_total = 0
        self.order_uid = ""
        #: Tills that somebody sat at; their browsers are opened again in the evening.
        self.tills_used: set[int] = set()
        #: What happened, with the milliseconds since the morning.
        self.story: list[str] = []
        self._morning = time.monotonic()

    @classmethod
    def alone(cls, ledger: Ledger, number: int) -> "ShopFloor":
        """A shop of the ledger, with a new machine and gateway that nobody else uses."""
        shop = ledger.shops[number]
        machine, gateway = machine_with_gateway(shop.device, shop.key)
        return cls(ledger.port, shop, machine, gateway)

    def close(self) -> None:
        self.leave()
        self.gateway.remove()
        self.machine.stop()

    def leave(self) -> None:
        """Nobody is at this till any more; its machine stays."""
        self.till.close()
        self.ledger.close()

    # ---- a new day -------------------------------------------------------------------------

    def begin(self, *, scarce: bool) -> None:
        """A sound machine, an empty ledger, a gateway without a past, one open page."""
        self.till("end")
        self.gateway.kill()
        self.machine.power(True)
        self.machine.clear_faults()
        self.machine.reset(**({"pieces": SCARCE} if scarce else {"float": "standard"}))
        self.ledger.empty(self.shop.device_id)
        self.gateway.renew()
        self.first_total = self.machine.state()["physical_total"]
        self.order_uid = str(uuid4())
        self.gateway.wait_online()
        self.story = []
        self._morning = time.monotonic()
        self.sit_down()

    def sit_down(self) -> None:
        """New browsers, and the POS opened in the first one."""
        self.till(
            "begin",
            port=self._port,
            endpoint=self.gateway.url,
            shop={**vars(self.shop)},
            browsers=BROWSERS,
        )
        self.tills_used = {0}
        self.till("open", browser=0, tab=0)

    def note(self, what: str) -> None:
        """One line of the schedule's story."""
        self.story.append(f"{(time.monotonic() - self._morning) * 1000:6.0f} ms  {what}")

    # ---- what people do ----------------------------------------------------------------------

    def pay(self, kind: str, amount: int, *, browser: int = 0, tab: int = 0) -> str:
        """A payment line is sent to the machine; returns the operation's uuid."""
        uuid = str(uuid4())
        op = {
            "uuid": uuid,
            "kind": kind,
            "amount": amount,
            "currency": "EUR",
            "reference": f"Order {self.order_uid}",
            "allowPartial": kind == "sale",
            "token": None,
            "sessionId": self.shop.session_id,
            "paymentMethodId": self.shop.payment_method_id,
            "orderUid": self.order_uid,
            "orderName": f"Order {self.order_uid}",
            "cashier": f"Cashier {browser + 1}",
        }
        self.till("pay", browser=browser, tab=tab, op=op)
        return uuid

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

    def moved(self) -> int:
        """What the machine physically holds more than at the beginning, minor units."""
        return self.machine.state()["physical_total"] - self.first_total

    def rows(self) -> list[dict[str, Any]]:
        """The ledger's rows, oldest first; amounts in minor units."""
        amounts = ("amount", "amount_in", "amount_out", "undispensed", "rounding", "net")
        names = ["uuid", "kind", "state", "phase", "evidence", "match_state", "disputed"]
        rows = self.ledger.call(
            self.shop.admin,
            "smartcash.operation",
            "search_read",
            [("device_id", "=", self.shop.device_id)],
            [*names, "parent_id", "pos_payment_id", "message", *amounts],
            order="id",
        )
        return [row | {name: round(row[name] * 100) for name in amounts} for row in rows]

    def events(self) -> list[dict[str, Any]]:
        """The ledger's story, oldest step first."""
        return self.ledger.call(
            self.shop.admin,
            "smartcash.operation.event",
            "search_read",
            [("operation_id.device_id", "=", self.shop.device_id)],
            ["operation_id", "kind", "state_from", "state_to", "message"],
            order="id",
        )

    def sync(self) -> None:
        """The order reaches Odoo with the lines that are paid, as the POS sends it: again each time."""
        lines = {
            line["op"]["uuid"]: line["amount"]
            for browser in self.look()["browsers"]
            for line in browser["lines"]
            if line["status"] == "done"
        }
        total = sum(lines.values()) / 100
        order = {
            "name": f"Order {self.order_uid}",
            "uid": self.order_uid,
            "user_id": self.shop.cashiers[0],
            "pos_session_id": self.shop.session_id,
            "pricelist_id": self.shop.pricelist_id,
            "partner_id": False,
            "fiscal_position_id": False,
            "sequence_number": 1,
            "access_token": "",
            "date_order": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "lines": [],
            "statement_ids": [
                [
                    0,
                    0,
                    {
                        "name": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                        "amount": amount / 100,
                        "payment_method_id": self.shop.payment_method_id,
                        "smartcash_uuid": uuid,
                    },
                ]
                for uuid, amount in lines.items()
            ],
            "amount_paid": total,
            "amount_total": total,
            "amount_tax": 0,
            "amount_return": 0,
            "to_invoice": False,
        }
        data = [{"id": self.order_uid, "data": order, "to_invoice": False}]
        for attempt in range(SYNCS):
            try:
                user = self.shop.cashiers[0]
                self.ledger.call(user, "pos.order", "create_from_ui", data, draft=True)
                return
            except OdooFault as fault:
                # Core gives up when a report writes the same rows; the POS then sends it again.
                if "InFailedSqlTransaction" not in str(fault) or attempt == SYNCS - 1:
                    raise
                self.note("the order is sent again")
