"""What core, other tills and managers do to orders, sessions and entries while cashiers work."""

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

if TYPE_CHECKING:
    from tests.schedules.shop import ShopFloor

BROWSERS = st.sampled_from([0, 0, 1, 2])
#: Minor units more in a payment that somebody corrects; 0: it is deleted.
CHANGES = st.sampled_from([0, 0, 1, -1, 500])
PRICES = st.sampled_from([5, 235, 990, 1705])
ACTIONS = st.lists(
    st.sampled_from(["button_draft", "button_draft", "action_post", "button_cancel", "unlink"]),
    min_size=1,
    max_size=3,
)


class OfficeRules(RuleBasedStateMachine):
    """Each may be refused, and nothing has changed; or each cent is in the books or a question."""

    floor: "ShopFloor"

    def done(self, what: str) -> None:
        raise NotImplementedError

    def _send(self, kind: str, amount: int, where: tuple[int, int], clicks: int) -> None:
        raise NotImplementedError

    def _pay_and_wait(self) -> None:
        raise NotImplementedError

    # ---- orders of tables ------------------------------------------------------------------------

    @rule()
    def finish(self):
        """The customer has paid: the order is validated, and the next one begins."""
        floor = self.floor
        if floor.orders.finish(floor.lines()):
            floor.orders.begin(floor.session_id)
            floor.sync()
            self._happened("order finished")
        self.done("finish")

    @rule(browser=BROWSERS, saved=st.booleans())
    def tap_table(self, browser, saved):
        """The order is built anew from what Odoo has of it, which may be older; core does so whenever
        somebody taps its table."""
        floor = self.floor
        if saved:
            floor.sync()
        gone = floor.tap_table(browser)
        self._happened("line replaced", len(gone))
        self.done(f"tap_table {browser} saved={saved}")

    @rule(known=st.booleans(), amount=PRICES)
    def delete_table(self, known, amount):
        """Another till deletes the table's order; this one hears of it, or sends its own again."""
        self._sell(amount)
        if any(self.floor.office.delete_table()) and known:
            self.floor.orders.forget_deleted(self.floor.office.deleted)
            self._happened("table deleted")
        self.done(f"delete_table {amount} known={known}")

    @rule(moves=st.booleans())
    def split(self, moves):
        """The rest is paid on an order of its own; payments may go with it."""
        floor = self.floor
        before = floor.orders.current
        after = floor.orders.begin(floor.session_id)
        if moves:
            moved = floor.orders.lines_of(before, floor.lines())
            floor.orders.moved_to.update({line["op"]["uuid"]: after.uid for line in moved})
            self._happened("payment transferred", len(moved))
        self.done(f"split moves={moves}")

    # ---- managers --------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["cancel", "pay", "correct"]), change=CHANGES, amount=PRICES)
    def office(self, what, change, amount):
        """A payment is made, corrected or deleted in the back end, or the order is cancelled."""
        self._sell(amount)
        office = self.floor.office
        if what == "cancel":
            tried = office.cancel_order()
        elif what == "pay":
            tried = office.pay(change or 990)
        else:
            tried = office.change_payment(change)
        self._happened(f"office {what}", len(tried))
        self.done(f"office {what} {change} after {amount}")

    @rule(kind=st.sampled_from(["cash_in", "cash_out"]), amount=PRICES, actions=ACTIONS)
    def account(self, kind, amount, actions):
        """A cash move's entry, in Accounting."""
        self._send(kind, amount, (0, 0), 1)
        self._pay_and_wait()
        for action in actions:
            self._happened(f"entry {action}", len(self.floor.office.entry(action)))
        self.done(f"account {kind} {amount} {actions}")

    @rule(hears=st.booleans(), amount=PRICES)
    def night(self, hears, amount):
        """The session is closed from the back end. Of a last customer, whose till Odoo does not hear, it
        is told in a session of late orders."""
        floor = self.floor
        floor.till("network", wire="rpc", down=False)
        self._pay_and_wait()
        floor.till("flush")
        floor.sync()
        if floor.orders.finish(floor.lines()):
            floor.orders.begin(floor.session_id)
            floor.sync()
        if not hears:
            floor.till("network", wire="rpc", down=True)
            self._send("sale", amount, (0, 0), 1)
            self._pay_and_wait()
        if floor.office.close_session():
            self._happened("session closed")
            self._happened("session closed unheard", not hears)
        self.done(f"night hears={hears} {amount}")

    def _sell(self, amount: int) -> None:
        """Somebody pays, if the machine works, and Odoo has what there is of the orders."""
        self._send("sale", amount, (0, 0), 1)
        self._pay_and_wait()
        self.floor.sync()

    def _happened(self, what: str, times: int = 1) -> None:
        self.tally.counts[what] += times
