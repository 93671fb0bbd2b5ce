"""A till with one machine of a make: the browsers and the ledger of the schedules, whatever the make."""

import time
from pathlib import Path
from typing import Any

from tests.conformance.make import LineRpc, Make
from tests.schedules.evening import accepting_views
from tests.schedules.odoo_ledger import Device, LedgerLine, Shop
from tests.schedules.office import Office
from tests.schedules.orders import Orders
from tests.schedules.shop import ShopFloor
from tests.schedules.till_process import TillProcess
from tests.schedules.verdict import OF_EVERY_MAKE, Evening, complaints
from tests.waiting import until
from tests.world import CASHIERS, add_rules, make_method, replace_drawer

PAUSE = 0.02
PATIENCE = 60.0  # seconds, on a busy computer too
CHECK_EVERY = 0.25  # seconds after which everybody looks again at what is open
PRODUCT = "Anything"


class Floor(ShopFloor):
    """One till, two browsers, one machine."""

    def __init__(self, port: int, make: Make, config_id: int, log: Path) -> None:
        self.make, self.port, self.desks = make, port, []
        self.ledger = LedgerLine(port)
        self.shop = self._set_up(config_id)
        self.session_id = 0
        self.till = TillProcess(log)
        self.orders = Orders(self.shop, self.ledger)
        self.office = Office(self)
        self.tills_used: set[int] = set()
        self.story: list[str] = []
        self._morning = 0.0

    def _set_up(self, config_id: int) -> Shop:
        odoo = LineRpc(self.ledger.call)
        device = self.make.make_device(odoo)
        (row,) = odoo.call("smartcash.device", "read", [device], ["uid"])
        method = make_method(
            odoo,
            f"{self.make.name} {config_id}",
            "cash",
            use_payment_terminal=self.make.driver,
            smartcash_device_id=device,
        )
        add_rules(odoo, method)
        replace_drawer(odoo, config_id, method)
        cashiers = odoo.call("res.users", "search", [("login", "in", list(CASHIERS))], order="id")
        (config,) = odoo.call("pos.config", "read", [config_id], ["pricelist_id"])
        (product,) = odoo.call("product.product", "search", [("name", "=", PRODUCT)], limit=1)
        return Shop(
            devices=(Device(device, row["uid"], ""),),
            config_id=config_id,
            session_id=0,
            payment_method_id=method,
            pricelist_id=config["pricelist_id"] and config["pricelist_id"][0],
            product_id=product,
            cashiers=tuple(cashiers),
            admin=1,
        )

    def _devices(self) -> list[dict[str, Any]]:
        """As Odoo itself tells the till when the POS is loaded."""
        loaded = self.ledger.call(
            self.shop.cashiers[0], "pos.session", "load_pos_data", [self.session_id]
        )
        told = {one["id"]: one.get("smartcash") for one in loaded["pos.payment.method"]}
        return [{**told[self.shop.payment_method_id]["device"], "users": []}]

    def _drivers(self) -> list[str]:
        return list(self.make.drivers)

    def begin(self, *, scarce: bool = False) -> None:
        """A sound machine, an empty ledger, the POS opened in the first browser."""
        self.till("end")
        self.make.rest()
        self._first_total = self.make.total
        self.session_id = self.ledger.empty(self.shop)
        self.orders.forget()
        self.orders.begin(self.session_id)
        self.sit_down()

    # ---- what can be seen --------------------------------------------------------------------

    @property
    def moved(self) -> int:
        """What the machine physically holds more than in the morning."""
        return self.make.total - self._first_total

    def line(self, uuid: str) -> dict[str, Any]:
        return next(line for line in self.lines() if line["op"]["uuid"] == uuid)

    def row(self, uuid: str) -> dict[str, Any]:
        return next(row for row in self.rows() if row["uuid"] == uuid)

    def wait_state(self, uuid: str, *states: str) -> dict[str, Any]:
        """Wait until the ledger has the operation in one of these states; return its row."""

        def there() -> bool:
            return self.row(uuid)["state"] in states

        until(f"the ledger to say {' or '.join(states)}", there, PATIENCE, PAUSE)
        return self.row(uuid)

    def count(self) -> int:
        """What the machine says is in it: to Odoo, or to the till that talks to it."""
        seen = None
        if self.make.drivers:
            seen = self.till("inventory", browser=0, tab=0)["inventory"]
        device = self.shop.device_ids
        self.manager("smartcash.device", "levels", device, seen)
        (row,) = self.manager("smartcash.device", "read", device, ["last_inventory"])
        return int(row["last_inventory"]["total"])

    def wait_line(self, uuid: str, status: str) -> dict[str, Any]:
        """Wait until a payment line is ``done``, or can be tried again (``retry``)."""

        def there() -> bool:
            line = self.line(uuid)
            ends = {"done", "retry"} - {status}
            assert line["status"] not in ends, line
            return line["status"] == status

        until(f"the line to be {status}", there, PATIENCE, PAUSE)
        return self.line(uuid)

    def wait_stage(self, stage: str) -> None:
        """Wait until a dialog shows it."""

        def shown() -> bool:
            views = [
                v for b in self.look()["browsers"] for page in b["tabs"] for v in page["views"]
            ]
            return any(view["stage"] == stage for view in views)

        until(f"a dialog to show {stage!r}", shown, PATIENCE, PAUSE)

    def press_until(self, button: str, uuid: str, status: str) -> dict[str, Any]:
        """Press a button whenever it is there, until the line is settled."""

        def settled() -> bool:
            self.press(button)
            return self.line(uuid)["status"] == status

        until(f"{button} to end it", settled, PATIENCE, PAUSE)
        return self.line(uuid)

    # ---- the evening -------------------------------------------------------------------------

    def close_the_day(self) -> list[str]:
        """Everybody finishes; return every promise of the ledger that is broken."""
        self.till("mend")
        self.make.mend()
        self._come_to_rest()
        held = [row for row in self.rows() if row["state"] in ("draft", "running")]
        self.sync()
        look = self.look()
        device = self.shop.device_ids[0]
        return complaints(
            Evening(
                moved={device: self.moved},
                miscounted={device: 0},
                rows=self.rows(),
                events=self.events(),
                journals={},
                payments=self.payments(),
                entries=self.entries(),
                held=held,
                starts={},
                handed=look["handed"],
                browsers=look["browsers"],
            ),
            OF_EVERY_MAKE,
        )

    def _come_to_rest(self) -> None:
        """Whoever still waits is served, until every screen is empty and Odoo knows everything."""

        checked = 0.0

        def at_rest() -> bool:
            nonlocal checked
            if time.monotonic() > checked + CHECK_EVERY:
                checked = time.monotonic()
                self.till("flush")
                for browser, tab in self.open_tabs():
                    self.till("look", browser=browser, tab=tab)
                return False
            look = self.look()
            if accepting_views(look):
                self.press("cancel")
            self.press("handedOver")
            unknown = {row["uuid"] for row in self.rows() if row["state"] == "unknown"}
            return not any(self._busy(browser, unknown) for browser in look["browsers"])

        try:
            until("everything to come to rest", at_rest, PATIENCE, PAUSE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.look()}\n{self.rows()}") from error

    def _busy(self, browser: dict, unknown: set[str]) -> bool:
        waiting = {line["op"]["uuid"] for line in browser["lines"] if line["status"] == "waiting"}
        stored = {stored["uuid"] for stored in browser["stored"]}
        showing = any(page["views"] for page in browser["tabs"])
        return bool(showing or browser["waiting"] or (waiting | stored) - unknown)
