"""Two tills over a week: real sessions, orders and counts; the money that the test itself has seen move.

Amounts are integers in minor units, but where Odoo's own methods want them otherwise.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.schedules.desk import Desk
from tests.schedules.odoo_ledger import Device, LedgerLine, Shop
from tests.schedules.orders import order_json
from tests.schedules.shop import ShopFloor
from tests.world import CASHIERS, METHOD, World, add_machine, make_shop, make_till

ADMIN = 2  # base.user_admin: a manager, as everybody's first user
PRODUCT = "Anything"
PATIENCE = 60.0  # seconds


class AdminRpc:
    """What ``tests.odoo_rpc`` is over HTTP, over a connection to the ledger."""

    def __init__(self, line: LedgerLine) -> None:
        self._line = line

    def call(self, model: str, method: str, *positional: object, **named: object) -> Any:
        return self._line.call(ADMIN, model, method, *positional, **named)

    def search_read(self, model: str, domain: list, names: list[str], **named: object) -> Any:
        return self.call(model, "search_read", domain, names, **named)


@dataclass
class Machine:
    """A machine, and what is in it that nobody could know from the books."""

    desk: Desk
    tills: list["Till"] = field(default_factory=list)
    gap: int = 0  # physically there, more than the operations add up to and not booked yet

    @property
    def simulator(self):
        return self.desk.machine

    @property
    def gateway(self):
        return self.desk.gateway

    @property
    def content(self) -> int:
        return self.simulator.state()["physical_total"]

    def slip(self, amount: int) -> None:
        """Somebody puts a piece worth ``amount`` into it, or takes one out (negative)."""
        pieces = self.simulator.state()["pieces"]
        (piece,) = [piece for piece in pieces if piece["value"] == abs(amount)]
        count = piece["recycler"] + (1 if amount > 0 else -1)
        if not 0 <= count <= (piece["capacity"] or 0):
            return
        piece["recycler"] = count
        names = ("value", "kind", "recycler", "cassette")
        before = self.content
        self.simulator.reset(
            pieces=[{name: piece[name] for name in names if name in piece} for piece in pieces]
        )
        self.gap += amount
        assert self.content == before + amount

    def close(self) -> None:
        self.desk.close()


@dataclass
class Question:
    """An operation that a manager will be asked about."""

    kind: str
    moved: int  # what the machine and people's hands kept of it, as the test has seen it


@dataclass(frozen=True)
class Last:
    """An operation, and the order that it paid."""

    uuid: str
    kind: str
    moved: int
    order_id: int | None


class Till:
    """One point of sale: its page, its drawer and its part of the books."""

    def __init__(self, port: int, shop: Shop, machine: Machine, config_id: int) -> None:
        self.machine = machine
        self.config_id = config_id
        self.floor = ShopFloor(port, shop, [machine.desk])
        self.cashier = shop.cashiers[0]
        self.is_open = False
        self.drawer = 0  # cash beside the machine
        self.drawer_gap = 0  # of that, what no operation by hand explains and is not booked yet
        self.left_to_count = 0  # by managers' decisions of this session
        self.counted: dict[str, int] = {}  # what the closing was told
        self.questions: dict[str, Question] = {}
        self.last: Last | None = None  # what ended last, and is in the books
        self.unheard: list[ShopFloor] = []  # browsers that are without Odoo, the oldest first
        self.late = 0  # in a session of late orders that is still open
        method = self._read("pos.payment.method", shop.payment_method_id, "journal_id")
        journal = self._read("account.journal", method["journal_id"][0], "default_account_id")
        self.account_id = journal["default_account_id"][0]
        config = self._read("pos.config", config_id, "payment_method_ids")
        (self.card,) = {*config["payment_method_ids"]} - {shop.payment_method_id}
        machine.tills.append(self)

    # ---- Odoo ---------------------------------------------------------------------------------

    @property
    def session_id(self) -> int:
        return self.floor.session_id

    def ask(self, model: str, method: str, *args: object, **named: object) -> Any:
        """As the cashier."""
        return self.floor.ledger.call(self.cashier, model, method, *args, **named)

    def manager(self, model: str, method: str, *args: object, **named: object) -> Any:
        return self.floor.ledger.call(ADMIN, model, method, *args, **named)

    def session(self, method: str, *args: object) -> Any:
        """A method of this session, as the cashier."""
        return self.ask("pos.session", method, self.session_id, *args)

    def _read(self, model: str, record: int, *names: str) -> dict:
        return self.manager(model, "read", [record], [*names])[0]

    def use(self, session_id: int) -> None:
        """Another session: its page is opened anew, in a browser that remembers nothing."""
        self.floor.till("end")
        self.floor.session_id = session_id
        self.floor.orders.begin(session_id)
        self.floor.sit_down()

    def rows(self, uuid: str) -> list[dict[str, Any]]:
        """An operation, and what was done by hand for it."""
        rows = self.floor.rows()
        (root,) = [row for row in rows if row["uuid"] == uuid]
        of_root = [row for row in rows if row["parent_id"] and row["parent_id"][0] == root["id"]]
        return [root, *of_root]

    def running(self) -> str:
        """What the ledger takes to be under way, and its story."""
        rows = [row for row in self.floor.rows() if row["state"] == "running"]
        ids = [row["id"] for row in rows]
        events = [each for each in self.floor.events() if each["operation_id"][0] in ids]
        return "\n".join(map(str, [*rows, *events]))

    def balance(self) -> int:
        """Of the account that stands for this till's cash."""
        groups = self.manager(
            "account.move.line",
            "read_group",
            [("account_id", "=", self.account_id), ("parent_state", "=", "posted")],
            ["balance"],
            [],
        )
        return round((groups[0]["balance"] or 0) * 100)

    def differences(self, moment: str) -> list[int]:
        """What the session booked as found or lost at its ``opening`` or ``closing``."""
        lines = self.manager(
            "account.bank.statement.line",
            "search_read",
            [("pos_session_id", "=", self.session_id), ("payment_ref", "ilike", "difference")],
            ["payment_ref", "amount"],
        )
        return [round(line["amount"] * 100) for line in lines if moment in line["payment_ref"]]

    def others_open(self) -> bool:
        return any(till.is_open for till in self.machine.tills if till is not self)

    # ---- what is counted ------------------------------------------------------------------------

    def count(self, moment: str, *, by_person: bool) -> dict[str, Any]:
        """The machine is counted by the page; by a person when it cannot be reached."""
        if by_person:
            self.machine.gateway.kill()
            seen = {"total": self.machine.content, "reason": "The gateway is down"}
        else:
            seen = self._seen_by_page()
        count = self.ask("smartcash.count", "take", self.session_id, moment, seen)
        self.machine.gateway.start()
        return count

    def _seen_by_page(self) -> dict[str, Any]:
        """As a cashier gets it, who presses “Count again” until the machine has answered."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.machine.gateway.wait_online()
            told = self.floor.till("inventory", browser=0, tab=0)
            if told and told["inventory"]:
                return {"inventory": told["inventory"]}
            assert time.monotonic() < deadline, "the machine is online and cannot be counted"
            time.sleep(0.1)

    def last_count(self, moment: str) -> dict[str, int]:
        """What Odoo has written down of the latest count of the session."""
        (count,) = self.manager(
            "smartcash.count",
            "search_read",
            [("session_id", "=", self.session_id), ("moment", "=", moment)],
            ["share", "difference"],
            limit=1,
        )
        return {name: round(count[name] * 100) for name in ("share", "difference")}

    # ---- browsers without Odoo ------------------------------------------------------------------

    def second_browser(self) -> ShopFloor:
        """At this till, in its session."""
        floor = ShopFloor(self.floor.port, self.floor.shop, [self.machine.desk])
        floor.session_id = self.session_id
        floor.orders.begin(self.session_id)
        floor.sit_down()
        return floor

    def late_sessions(self) -> list[int]:
        """Those that Odoo opened for late orders, and nobody has closed."""
        domain = [("config_id", "=", self.config_id), ("rescue", "=", True)]
        return self.manager("pos.session", "search", [*domain, ("state", "!=", "closed")])

    # ---- orders -----------------------------------------------------------------------------------

    def sell(
        self,
        due: int,
        uuid: str | None,
        paid: int,
        *,
        session_id: int | None = None,
        draft: bool = False,
    ) -> int:
        """An order over ``due`` (negative: a refund), ``paid`` in cash, the rest by card; its id.

        :param draft: nobody has paid it yet
        """
        shop, uid = self.floor.shop, str(uuid4())
        payments = [] if draft else [(shop.payment_method_id, paid, uuid)]
        if not draft and due != paid:
            payments.append((self.card, due - paid, None))
        order = order_json(
            uid,
            due,
            [
                {
                    "name": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                    "amount": amount / 100,
                    "payment_method_id": method,
                    "smartcash_uuid": operation,
                }
                for method, amount, operation in payments
            ],
            user_id=self.cashier,
            session_id=session_id or self.session_id,
            pricelist_id=shop.pricelist_id,
            product_id=shop.product_id,
        )
        data = [{"id": uid, "data": order, "to_invoice": False}]
        (saved,) = self.ask("pos.order", "create_from_ui", data, draft=draft)
        return saved["id"]


def prepare(line: LedgerLine) -> None:
    """What all weeks of a database need: cashiers, euros, something to sell."""
    rpc = AdminRpc(line)
    make_shop(rpc, 0)
    rpc.call(
        "product.product",
        "create",
        {
            "name": PRODUCT,
            "detailed_type": "service",
            "taxes_id": [(5,)],
            "available_in_pos": True,
        },
    )
    line.close()


def furnish(port: int, *, shared: bool) -> list[Till]:
    """Two new tills, on one machine or each on its own."""
    line = LedgerLine(port)
    rpc = AdminRpc(line)
    try:
        configs = [make_till(rpc, number) for number in (1, 2)]
        cashiers = rpc.call("res.users", "search", [("login", "in", CASHIERS)], order="id")
        groups = [configs] if shared else [[config] for config in configs]
        return [till for group in groups for till in _equip(rpc, port, group, cashiers)]
    finally:
        line.close()


def _add_own_rule(rpc: AdminRpc, method: int, device: int, user: int) -> None:
    """It comes before everybody's."""
    values = {"payment_method_id": method, "device_id": device, "user_id": user, "sequence": 5}
    rpc.call("smartcash.rule", "create", {**values, "right_cash_in": True, "right_cash_out": True})


def _equip(rpc: AdminRpc, port: int, configs: list[int], cashiers: list[int]) -> list[Till]:
    world = add_machine(rpc, World(tuple(configs)), "http://127.0.0.1:8787")
    (product,) = rpc.call("product.product", "search", [("name", "=", PRODUCT)])
    machine, tills = None, []
    for config_id in configs:
        (row,) = rpc.call("pos.config", "read", [config_id], ["payment_method_ids", "pricelist_id"])
        (method,) = rpc.search_read(
            "pos.payment.method",
            [("id", "in", row["payment_method_ids"]), ("name", "ilike", METHOD)],
            ["smartcash_device_id"],
        )
        device = Device(method["smartcash_device_id"][0], world.device_uid, world.pairing_key)
        if machine is None:
            machine = Machine(Desk.new(device))
            machine.desk.wake()
        shop = Shop(
            devices=(device,),
            config_id=config_id,
            session_id=0,
            payment_method_id=method["id"],
            pricelist_id=row["pricelist_id"] and row["pricelist_id"][0],
            product_id=product,
            cashiers=tuple(cashiers),
            admin=ADMIN,
        )
        _add_own_rule(rpc, method["id"], device.id, cashiers[1])
        tills.append(Till(port, shop, machine, config_id))
    return tills
