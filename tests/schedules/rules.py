"""What can happen in a shop: cashiers, customers, and everything that breaks.

Each schedule is one run of Hypothesis' state machine. The rules never depend on what happens to be
on a screen at that millisecond, or the same seed would not give the same schedule: a rule that does
not apply just now does nothing.
"""

import hashlib
import time
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.schedules import evening
from tests.schedules.rules_office import OfficeRules
from tests.schedules.shop import ShopFloor
from tests.schedules.verdict import complaints

AMOUNTS = st.sampled_from([5, 235, 490, 990, 1000, 1705, 4990]) | st.integers(1, 15000)
PIECES = st.sampled_from([1, 5, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000])
#: (browser, tab): two tabs at one till, a second till, and one whose cashier has another machine.
TABS = st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0), (2, 0)])
KINDS = st.sampled_from(["sale", "sale", "refund", "cash_in", "cash_out"])
#: The number of a machine.
DESKS = st.sampled_from([0, 0, 0, 1])
#: Who loads a page: its own cashier, or another one.
USERS = st.sampled_from([None, None, None, 0, 1, 2])
NETWORKS = st.sampled_from(["rpc", "gateway"])
FAULTS = st.lists(
    st.sampled_from(["request", "answer", "answer", "slow", "late", "none"]),
    min_size=1,
    max_size=4,
)
MOMENT = 0.5  # seconds
UNDER_WAY = ("registering", "starting", "accepting", "collecting", "cancelling", "dispensing")
PAUSES = st.sampled_from([5, 20, 60, 150])  # milliseconds
BUTTONS = st.sampled_from(["cancel", "cancel", "accept", "accept", "handedOver", "stopWaiting"])
PAYS = st.sampled_from(["all", "part", "nothing"])
STUMBLES = st.sampled_from(
    [
        "drop_replies",
        "drop_replies",
        "disconnect",
        "kill",
        "power",
        "memory",
        "first_piece",
        "reload",
    ]
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


class Day(OfficeRules):
    """One schedule. ``floor`` and ``tally`` are set by whoever runs it."""

    floor: ShopFloor
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.finished = False
        self.began = time.monotonic()
        self.pays = True
        #: A machine knows what is in it when its power comes back in the evening.
        self.keeps = True

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
        short=st.sampled_from(
            [{}, {}, {"no_change": True}, {"jam_after": 1}, {"power_cut_at": "dispense"}]
        ),
        keeps=st.booleans(),
    )
    def morning(self, scarce, pays, kind, amount, started, short, keeps):
        self.pays, self.keeps = pays, keeps
        self.floor.begin(scarce=scarce)
        self.floor.machine.fault(**short)
        self.done(f"morning scarce={scarce} pays={pays} keeps={keeps} {short}")
        self._send(kind, amount, (0, 0), 1)
        if started:
            self._wait_for_the_machine()

    @rule(amount=AMOUNTS, where=TABS, clicks=st.sampled_from([1, 1, 2]))
    def sell(self, amount, where, clicks):
        self._send("sale", amount, where, clicks)

    @rule(
        amount=AMOUNTS,
        where=TABS,
        kind=st.sampled_from(["refund", "refund", "cash_in", "cash_out"]),
    )
    def give(self, amount, where, kind):
        self._send(kind, amount, where, 1)

    @rule(amount=AMOUNTS, where=TABS, kind=KINDS, pays=PAYS)
    def serve(self, amount, where, kind, pays):
        """A customer who comes when the machine is free, and may pay at once, or a part of it."""
        self._send(kind, amount, where, 1)
        self._wait_for_the_machine()
        if pays == "all":
            self._insert_the_rest(10)
        elif pays == "part":
            self._at(where[0] == 2, lambda machine: machine.insert(1, wait=True))
            self._wait_until(lambda: any(view["canAccept"] for view in self._views("accepting")))
            self.floor.press("accept")
        self.done(f"serve {kind} {amount} pays={pays}")

    @rule(value=PIECES, count=st.sampled_from([1, 1, 2, 5]), wait=st.booleans(), desk=DESKS)
    def insert(self, value, count, wait, desk):
        self._at(desk, lambda machine: machine.insert(value, count, wait=wait))
        self.done(f"insert {count} x {value} wait={wait} desk={desk}")

    @rule(more=st.sampled_from([0, 0, 10, 1000]))
    def pay_the_rest(self, more):
        self._insert_the_rest(more)
        self.done(f"pay_the_rest +{more}")

    @rule(button=BUTTONS)
    def press(self, button):
        self.floor.press(button)
        self.done(f"press {button}")

    @rule(where=TABS, whose=st.sampled_from(["own", "all", "all"]))
    def check(self, where, whose):
        """Looks again at this browser's own lines, or at all that the machine's panel shows."""
        browser, tab = where
        self._open(where)
        self.floor.till("look" if whose == "own" else "panel", browser=browser, tab=tab)
        self.done(f"check {whose} {where}")

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

    @rule(where=TABS, comes_back=st.sampled_from([True, True, False]), user=USERS)
    def leave(self, where, comes_back, user):
        """A reload, a second tab that opens, or a tab that is closed; somebody else may log in."""
        browser, tab = where
        if comes_back:
            self.floor.open(browser, tab, user=user)
        else:
            self.floor.till("close", browser=browser, tab=tab)
        self.done(f"leave {where} comes_back={comes_back} user={user}")

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

    @rule(again=st.sampled_from([None, 0, 0, 30]), desk=DESKS)
    def kill_gateway(self, again, desk):
        """kill -9; it is started again after ``again`` milliseconds, or by somebody later."""
        place = self.floor.desks[desk]
        place.gateway.kill()
        if again is not None and place.awake:
            self.floor.pause(again)
            place.gateway.start()
        self.done(f"kill_gateway again={again} desk={desk}")

    @rule()
    def start_gateway(self):
        for desk in self.floor.desks:
            if desk.awake:
                desk.gateway.start()
        self.done("start_gateway")

    @rule(on=st.booleans(), keep=st.sampled_from([True, True, False]), desk=DESKS)
    def power(self, on, keep, desk):
        self._at(desk, lambda machine: machine.power(on, keep_memory=keep))
        self.done(f"power on={on} keep_memory={keep} desk={desk}")

    @rule(fault=MACHINE_FAULTS, desk=DESKS)
    def fault(self, fault, desk):
        self._at(desk, lambda machine: machine.fault(**fault))
        self.done(f"fault {fault} desk={desk}")

    @rule(amount=AMOUNTS, kind=st.sampled_from(["sale", "refund"]), what=STUMBLES)
    def stumble(self, amount, kind, what):
        """Something breaks at the very moment at which money comes out, or after its first piece."""
        machine = self.floor.machine
        if what in ("first_piece", "memory"):
            machine.fault(power_cut_at="dispense")
        self._send(kind, amount, (0, 0), 1)
        self._wait_for_the_machine()
        if kind == "sale":
            self._insert_the_rest(1888)
        self._wait_until(self._gives_or_has_ended)
        if what == "kill":
            self.floor.gateway.kill()
            self.floor.gateway.start()
        elif what == "reload":
            self.floor.open(0, 0)
        elif what == "power":
            machine.power(False)
        elif what == "memory":
            self._wait_until(lambda: not machine.state()["powered"])
            machine.power(True, keep_memory=False)
        elif what != "first_piece":
            machine.fault(**{what: 1 if what == "drop_replies" else True})
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
        evening.mend(floor, keep_memory=self.keeps)
        evening.settle(floor, pays=self.pays, told=False)
        evening.settle(floor, pays=self.pays, told=True)
        held = evening.held(floor)
        evening.probe(floor)
        evening.settle(floor, pays=self.pays, told=True)
        day = evening.look_back(floor, held)
        self.tally.counts["lost"] += abs(day.lost)
        broken = complaints(day)
        if broken:
            raise AssertionError("\n".join(broken))
        counts = self.tally.counts
        counts["operations"] += len(day.rows)
        counts["moved"] += sum(bool(row["net"]) for row in day.rows)
        counts["by hand"] += len(day.by_hand)
        counts["miscounted"] += any(day.miscounted.values())
        counts["second machine"] += sum(
            bool(row["net"]) for row in day.rows if row["device_id"][0] == floor.shop.device_ids[1]
        )
        counts["asked"] += sum(row["match_state"] == "open" for row in day.rows)
        for row in day.by_machine:
            counts[f"{row['kind']} {row['state']}"] += 1
        for word in floor.look()["seen"]:
            counts[f"seen {word}"] += 1

    def _keep(self, error):
        if self.tally.failure is None:
            story = "\n".join(self.floor.story)
            warnings = "\n".join(self.floor.till("warnings"))
            log = self.floor.gateway.log.read_text()[-4000:]
            events = "\n".join(map(str, self.floor.events()))
            self.tally.failure = (
                f"{error}\n\nthe schedule:\n{story}\n\nthe pages' console:\n{warnings}"
                f"\n\nthe ledger's story:\n{events}"
                f"\n\npayments: {self.floor.payments()}\nentries: {self.floor.entries()}"
                f"\n\nthe gateway's log:\n{log}"
            )

    def _at(self, desk, act):
        """To a machine, if somebody switched it on today."""
        if self.floor.desks[desk].awake:
            act(self.floor.desks[desk].machine)

    # ---- helpers ------------------------------------------------------------------------------------

    def _send(self, kind, amount, where, clicks):
        browser, tab = where
        self._open(where)
        self.floor.pay(kind, amount, browser=browser, tab=tab)
        for _again in range(clicks - 1):
            self.floor.till("press", browser=browser, tab=tab, button="again")
        self.done(f"{kind} {amount} at {where} clicks={clicks}")

    def _open(self, where):
        if where not in self.floor.open_tabs():
            self.floor.open(*where)

    def _insert_the_rest(self, more):
        for desk, view in evening.accepting_views(self.floor.look()).items():
            for value, count in evening.change(view["remaining"] + more):
                self.floor.desks[desk].machine.insert(value, count, wait=False)

    def _pay_and_wait(self):
        """Until nothing is on any screen, if that comes."""
        self._wait_for_the_machine()
        self._insert_the_rest(0)
        self._wait_until(lambda: not any(map(self._views, UNDER_WAY)))

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
            time.sleep(0.01)

    def _views(self, stage):
        return [
            view
            for browser in self.floor.look()["browsers"]
            for page in browser["tabs"]
            for view in page["views"]
            if view["stage"] == stage
        ]
