"""What can happen in a shop: cashiers, customers, and everything that breaks.

Each schedule is one run of Hypothesis' state machine. The rules never depend on what happens to be
on a screen at that millisecond, or the same seed would not give the same schedule: a rule that does
not apply just now does nothing.
"""

import hashlib
import time
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.schedules import evening
from tests.schedules.shop import ShopFloor
from tests.schedules.verdict import complaints

AMOUNTS = st.sampled_from([5, 235, 490, 990, 1000, 1705, 4990]) | st.integers(1, 15000)
PIECES = st.sampled_from([1, 5, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000])
#: (browser, tab): two tabs at one till, and a second till.
TABS = st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0)])
NETWORKS = st.sampled_from(["rpc", "gateway"])
FAULTS = st.lists(
    st.sampled_from(["request", "answer", "answer", "slow", "late", "none"]),
    min_size=1,
    max_size=4,
)
MOMENT = 0.5  # seconds
PAUSES = st.sampled_from([5, 20, 60, 150])  # milliseconds
BUTTONS = st.sampled_from(["cancel", "cancel", "accept", "accept", "handedOver", "stopWaiting"])
PAYS = st.sampled_from(["all", "part", "nothing"])
STUMBLES = st.sampled_from(
    ["drop_replies", "drop_replies", "disconnect", "kill", "power", "first_piece", "reload"]
)
MACHINE_FAULTS = st.sampled_from(
    [
        {"power_cut_at": "accept"},
        {"power_cut_at": "insert"},
        {"power_cut_at": "stop"},
        {"power_cut_at": "dispense"},
        {"no_change": True},
        {"no_change": False},
        {"no_change": True},
        {"jam_after": 0},
        {"jam_after": 2},
        {"refuse_coin": 100},
        {"stacker_full": True},
        {"latency_ms": 20},
        {"latency_ms": 0},
        {"drop_replies": 1},
        {"half_frame": 1},
        {"garbage": 1},
        {"disconnect": True},
    ]
)


class Tally:
    """What the schedules of one process have been through."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        #: What was done, in order: the same for every run of a seed.
        self.plan = hashlib.sha256()
        #: The first schedule that broke a promise, and how.
        self.failure: str | None = None


class Day(RuleBasedStateMachine):
    """One schedule. ``floor`` and ``tally`` are set by whoever runs it."""

    floor: ShopFloor
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.finished = False
        self.began = time.monotonic()
        self.pays = True

    def done(self, what: str) -> None:
        self.finished = False
        self.tally.counts["steps"] += 1
        self.tally.counts[f"rule {what.split()[0]}"] += 1
        self.tally.plan.update(f"{what}\n".encode())
        self.floor.note(what)
        self.finished = True

    # ---- people -----------------------------------------------------------------------------

    @initialize(
        scarce=st.sampled_from([False, False, True]),
        pays=st.sampled_from([True, True, False]),
        kind=st.sampled_from(["sale", "sale", "refund"]),
        amount=AMOUNTS,
        started=st.sampled_from([True, True, False]),
        short=st.sampled_from([{}, {}, {"no_change": True}, {"jam_after": 1}]),
    )
    def morning(self, scarce, pays, kind, amount, started, short):
        self.pays = pays
        self.floor.begin(scarce=scarce)
        self.floor.machine.fault(**short)
        self.done(f"morning scarce={scarce} pays={pays} {short}")
        self._send(kind, amount, (0, 0), 1)
        if started:
            self._wait_for_the_machine()

    @rule(amount=AMOUNTS, where=TABS, clicks=st.sampled_from([1, 1, 2]))
    def sell(self, amount, where, clicks):
        self._send("sale", amount, where, clicks)

    @rule(amount=AMOUNTS, where=TABS)
    def refund(self, amount, where):
        self._send("refund", amount, where, 1)

    @rule(amount=AMOUNTS, where=TABS, kind=st.sampled_from(["sale", "refund"]), pays=PAYS)
    def serve(self, amount, where, kind, pays):
        """A customer who comes when the machine is free, and may pay at once, or a part of it."""
        self._send(kind, amount, where, 1)
        self._wait_for_the_machine()
        if pays == "all":
            self._insert_the_rest(10)
        elif pays == "part":
            self.floor.machine.insert(1, wait=True)
            self._wait_until(lambda: any(view["canAccept"] for view in self._views("accepting")))
            self.floor.press("accept")
        self.done(f"serve {kind} {amount} pays={pays}")

    @rule(value=PIECES, count=st.sampled_from([1, 1, 2, 5]), wait=st.booleans())
    def insert(self, value, count, wait):
        self.floor.machine.insert(value, count, wait=wait)
        self.done(f"insert {count} x {value} wait={wait}")

    @rule(more=st.sampled_from([0, 0, 10, 1000]))
    def pay_the_rest(self, more):
        self._insert_the_rest(more)
        self.done(f"pay_the_rest +{more}")

    @rule(button=BUTTONS)
    def press(self, button):
        self.floor.press(button)
        self.done(f"press {button}")

    @rule(where=TABS)
    def check(self, where):
        browser, tab = where
        self.floor.till("look", browser=browser, tab=tab)
        self.done(f"check {where}")

    @rule(pause=PAUSES, takes=st.booleans())
    def wait(self, pause, takes):
        self.floor.pause(pause)
        if takes:
            self.floor.machine.take()
        self.done(f"wait {pause} takes={takes}")

    @rule()
    def sync(self):
        self.floor.sync()
        self.done("sync")

    # ---- pages --------------------------------------------------------------------------------

    @rule(where=TABS, comes_back=st.sampled_from([True, True, False]))
    def leave(self, where, comes_back):
        """A reload, a second tab that opens, or a tab that is closed."""
        browser, tab = where
        if comes_back:
            self._open(browser, tab)
        else:
            self.floor.till("close", browser=browser, tab=tab)
        self.done(f"leave {where} comes_back={comes_back}")

    # ---- networks -------------------------------------------------------------------------------

    @rule(wire=NETWORKS, faults=FAULTS)
    def lose(self, wire, faults):
        self.floor.till("fault", wire=wire, faults=faults)
        self.done(f"lose {wire} {faults}")

    @rule(wire=NETWORKS, down=st.booleans())
    def unplug(self, wire, down):
        self.floor.till("network", wire=wire, down=down)
        if wire == "gateway":
            self.floor.till("cut")
        self.done(f"unplug {wire} down={down}")

    # ---- gateway and machine ----------------------------------------------------------------------

    @rule(again=st.sampled_from([None, 0, 0, 30]))
    def kill_gateway(self, again):
        """kill -9; it is started again after ``again`` milliseconds, or by somebody later."""
        self.floor.gateway.kill()
        if again is not None:
            self.floor.pause(again)
            self.floor.gateway.start()
        self.done(f"kill_gateway again={again}")

    @rule()
    def start_gateway(self):
        self.floor.gateway.start()
        self.done("start_gateway")

    @rule(on=st.booleans(), keep=st.sampled_from([True, True, False]))
    def power(self, on, keep):
        self.floor.machine.power(on, keep_memory=keep)
        self.done(f"power on={on} keep_memory={keep}")

    @rule(fault=MACHINE_FAULTS)
    def fault(self, fault):
        self.floor.machine.fault(**fault)
        self.done(f"fault {fault}")

    @rule(amount=AMOUNTS, kind=st.sampled_from(["sale", "refund"]), what=STUMBLES)
    def stumble(self, amount, kind, what):
        """Something breaks at the very moment at which money comes out, or after its first piece."""
        if what == "first_piece":
            self.floor.machine.fault(power_cut_at="dispense")
        self._send(kind, amount, (0, 0), 1)
        self._wait_for_the_machine()
        if kind == "sale":
            self._insert_the_rest(1888)
        self._wait_until(self._gives_or_has_ended)
        if what == "kill":
            self.floor.gateway.kill()
            self.floor.gateway.start()
        elif what == "reload":
            self._open(0, 0)
        elif what == "power":
            self.floor.machine.power(False)
        elif what != "first_piece":
            self.floor.machine.fault(**{what: 1 if what == "drop_replies" else True})
        self.done(f"stumble {kind} {amount} {what}")

    # ---- the end ----------------------------------------------------------------------------------

    def teardown(self):
        if not self.finished:
            return
        try:
            self._close_the_books()
        except AssertionError as error:
            self._keep(error)
            raise
        self.tally.counts["schedules"] += 1

    def _close_the_books(self):
        floor = self.floor
        floor.note("evening")
        evening.mend(floor)
        evening.settle(floor, pays=self.pays, told=False)
        evening.probe(floor)
        evening.settle(floor, pays=self.pays, told=True)
        day = evening.look_back(floor)
        self.tally.counts["lost"] += abs(day.lost)
        broken = complaints(day)
        if broken:
            raise AssertionError("\n".join(broken))
        counts = self.tally.counts
        counts["operations"] += len(day.rows)
        counts["moved"] += sum(bool(row["net"]) for row in day.rows)
        counts["by hand"] += len(day.by_hand)
        counts["miscounted"] += bool(day.miscounted)
        for row in day.by_machine:
            counts[f"{row['kind']} {row['state']}"] += 1
        for word in floor.look()["seen"]:
            counts[f"seen {word}"] += 1

    def _keep(self, error):
        if self.tally.failure is None:
            story = "\n".join(self.floor.story)
            warnings = "\n".join(self.floor.till("warnings"))
            log = self.floor.gateway.log.read_text()[-4000:]
            self.tally.failure = (
                f"{error}\n\nthe schedule:\n{story}\n\nthe pages' console:\n{warnings}"
                f"\n\nthe gateway's log:\n{log}"
            )

    # ---- helpers ------------------------------------------------------------------------------------

    def _open(self, browser, tab):
        self.floor.tills_used.add(browser)
        self.floor.till("open", browser=browser, tab=tab)

    def _send(self, kind, amount, where, clicks):
        browser, tab = where
        if where not in self.floor.open_tabs():
            self._open(browser, tab)
        self.floor.pay(kind, amount, browser=browser, tab=tab)
        for _again in range(clicks - 1):
            self.floor.till("press", browser=browser, tab=tab, button="again")
        self.done(f"{kind} {amount} at {where} clicks={clicks}")

    def _insert_the_rest(self, more):
        for view in self._views("accepting")[:1]:
            for value, count in evening.change(view["remaining"] + more):
                self.floor.machine.insert(value, count, wait=False)

    def _wait_for_the_machine(self):
        """Until the machine takes or gives money, or is not going to: at most a moment."""
        under_way = ("registering", "starting")
        self._wait_until(lambda: not any(self._views(stage) for stage in under_way))

    def _gives_or_has_ended(self):
        if self.floor.machine.state()["dispensing"]:
            return True
        return not self._views("accepting") and not self._views("dispensing")

    def _wait_until(self, probe):
        deadline = time.monotonic() + MOMENT
        while not probe() and time.monotonic() < deadline:
            time.sleep(0.005)

    def _views(self, stage):
        return [
            view
            for browser in self.floor.look()["browsers"]
            for page in browser["tabs"]
            for view in page["views"]
            if view["stage"] == stage
        ]
