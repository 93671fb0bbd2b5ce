"""What managers, other tills and other addons do to orders, payments, sessions and entries in Odoo.

Odoo may refuse any of it; what it does not refuse must leave each cent in the books or as a question.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.schedules.odoo_ledger import OdooFault

if TYPE_CHECKING:
    from tests.schedules.shop import ShopFloor


class Office:
    """The back end, as a manager and the second cashier use it."""

    def __init__(self, floor: "ShopFloor") -> None:
        self.floor = floor
        self.deleted = ""  # the order that was deleted last

    @property
    def shop(self) -> Any:
        return self.floor.shop

    # ---- orders ------------------------------------------------------------------------------------

    def saved(self, *states: str) -> list[dict[str, Any]]:
        """The orders of the day that Odoo has, newest first."""
        names = [order.name for order in self.floor.orders.all]
        domain = [("pos_reference", "in", names), ("config_id", "=", self.shop.config_id)]
        if states:
            domain.append(("state", "in", states))
        return self._ask(
            "pos.order", "search_read", domain, ["pos_reference", "payment_ids", "state"]
        )

    def delete_table(self) -> list[bool]:
        """Another till deletes the order of a table: core cancels it, and deletes what it can."""
        found = self.saved("draft")[:1]
        user = self.shop.cashiers[1]
        self.deleted = found[0]["pos_reference"] if found else ""
        return self._try(
            found,
            lambda order: self.floor.ledger.call(
                user, "pos.order", "remove_from_ui", [order["id"]]
            ),
        )

    def delete_unpaid(self) -> None:
        """Nobody closes with drafts; whoever still has one sends it again."""
        unpaid = [order for order in self.saved("draft") if not order["payment_ids"]]
        self._ask("pos.order", "remove_from_ui", [order["id"] for order in unpaid])

    def cancel_order(self) -> list[bool]:
        return self._try(
            self.saved("draft", "paid")[:1],
            lambda order: self._ask("pos.order", "action_pos_order_cancel", [order["id"]]),
        )

    def pay(self, amount: int) -> list[bool]:
        """Order > Payment, with the machine's method, which is what it proposes."""

        def pay(order: dict) -> None:
            context = {"active_id": order["id"], "active_model": "pos.order"}
            values = {
                "config_id": self.shop.config_id,
                "amount": amount / 100,
                "payment_method_id": self.shop.payment_method_id,
            }
            wizard = self._ask("pos.make.payment", "create", values, context=context)
            self._ask("pos.make.payment", "check", [wizard], context=context)

        return self._try(self.saved("draft")[:1], pay)

    def change_payment(self, change: int) -> list[bool]:
        """Somebody corrects an amount (minor units more), or deletes the payment (0)."""

        def correct(order: dict) -> None:
            for payment in order["payment_ids"][:1]:
                (row,) = self._ask("pos.payment", "read", [payment], ["amount"])
                if change:
                    amount = row["amount"] + change / 100
                    self._ask("pos.payment", "write", [payment], {"amount": amount})
                else:
                    self._ask("pos.payment", "unlink", [payment])

        return self._try(
            [order for order in self.saved("draft") if order["payment_ids"]][:1], correct
        )

    # ---- entries -----------------------------------------------------------------------------------

    def entry(self, action: str) -> list[bool]:
        """Of the newest cash move of the till: to draft, posted, cancelled, or deleted."""
        rows = self._ask(
            "smartcash.operation",
            "search_read",
            [("device_id", "in", self.shop.device_ids), ("statement_line_id", "!=", False)],
            ["statement_line_id"],
            order="id desc",
            limit=1,
        )
        lines = [row["statement_line_id"][0] for row in rows]
        found = self._ask("account.bank.statement.line", "read", lines, ["move_id"])
        moves = [line["move_id"][0] for line in found]

        def act(move: int) -> None:
            if action in ("button_cancel", "unlink"):
                (row,) = self._ask("account.move", "read", [move], ["state"])
                if row["state"] == "posted":
                    self._ask("account.move", "button_draft", [move])
            self._ask("account.move", action, [move])

        return self._try(moves, act)

    # ---- sessions ----------------------------------------------------------------------------------

    def close_session(self) -> bool:
        """A manager counts the machines and closes from the back end, if nothing is in the way; the
        tills find the next session when they are loaded anew."""
        session = self.floor.session_id
        self.delete_unpaid()
        closing = self._ask("pos.session", "get_closing_control_data", session)["smartcash"]
        if closing["running"] or closing["open"]:
            self.floor.note("the closing asks first")
            return False
        awake = {desk.device.id: desk.machine for desk in self.floor.desks if desk.awake}
        # Nobody went to the others since they were counted last.
        inside = {
            machine["id"]: awake[machine["id"]].state()["physical_total"]
            if machine["id"] in awake
            else machine["expected"]
            for machine in closing["machines"]
        }
        lines = [
            (0, 0, {"device_id": device, "machine": total / 100})
            for device, total in inside.items()
        ]
        values = {
            "session_id": session,
            "machine": inside[self.shop.device_ids[0]] / 100,
            "hand": closing["handExpected"] / 100,
            "reason": "The till is broken",
            **({"line_ids": lines} if len(lines) > 1 else {}),
        }

        def close(_session: int) -> None:
            wizard = self._ask("smartcash.close.session", "create", values)
            self._ask("smartcash.close.session", "action_close", [wizard])

        if not all(self._try([session], close)):
            return False
        self.floor.next_session()
        return True

    # ---- helpers -----------------------------------------------------------------------------------

    def _ask(self, model: str, method: str, *args: object, **named: object) -> Any:
        return self.floor.ledger.call(self.shop.admin, model, method, *args, **named)

    def _try(self, things: list, act: Callable) -> list[bool]:
        """Whether Odoo let it be done, to each."""
        return [self._is_allowed(act, thing) for thing in things]

    def _is_allowed(self, act: Callable, thing: Any) -> bool:
        try:
            act(thing)
        except OdooFault as refused:
            self.floor.note(f"refused: {refused}")
            return False
        return True
