"""Plays a week, and compares the books with the money after each closing.

Nothing here asks the ledger how much there should be: what the machine holds is the simulator's
physical content, what lies in the drawer is what people put there and took, and the difference that
a closing may book is what somebody took or put in without telling.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from uuid import uuid4

from tests.schedules import evening
from tests.schedules.odoo_ledger import OdooFault
from tests.waiting import until
from tests.week.plan import Step, Week, week
from tests.week.shop import Last, Question, Till, furnish

#: Odoo finds a journal's code by looking which is free.
_furnishing = threading.Lock()
DRAWER = 20000  # minor units that lie in each drawer in the morning, at least
PAID_AGAIN = 990  # minor units
DEPOSIT = 1705  # minor units that somebody puts in who need not say how much
MOMENT = 1.0  # seconds in which a page gets its operation going
MONEY_IN = ("sale", "cash_in")
OF_ORDERS = ("sale", "refund")
KEPT = ("matched", "resolved")
#: What is broken before the operation starts.
BEFORE = {
    "replies lost": {"drop_replies": 1},
    "cut at accept": {"power_cut_at": "accept"},
    "cut at insert": {"power_cut_at": "insert"},
    "cut at stop": {"power_cut_at": "stop"},
    "cut at dispense": {"power_cut_at": "dispense"},
    "no change": {"no_change": True},
    "jam at once": {"jam_after": 0},
    "jam later": {"jam_after": 2},
}


def play(port: int, seed: int) -> Counter[str]:
    """Play the week of a seed; what happened in it.

    :param port: where the ledger listens
    :raise AssertionError: the books and the money differ; the text has the week up to there
    """
    plan = week(seed)
    with _furnishing:
        tills = furnish(port, shared=plan.shared)
    try:
        return Player(plan, tills).play()
    finally:
        for till in tills:
            for floor in (till.floor, *till.unheard):
                floor.leave()
        for machine in {id(till.machine): till.machine for till in tills}.values():
            machine.close()


class Player:
    """One week at two tills."""

    def __init__(self, plan: Week, tills: list[Till]) -> None:
        self.plan, self.tills = plan, tills
        self.counts: Counter[str] = Counter()
        self._decisions = cycle(plan.decisions)
        for till in tills:
            # The float that somebody filled in before the first day.
            till.machine.gap = till.machine.content

    def play(self) -> Counter[str]:
        for number, step in enumerate(self.plan.steps):
            try:
                getattr(self, f"_{step.what.replace(' ', '_')}")(self.tills[step.till], step)
            except Exception as error:
                story = "\n".join(f"  {each}" for each in self.plan.steps[: number + 1])
                raise AssertionError(
                    f"{step}: {error}\n\nthe week so far:\n{story}\n\n"
                    f"alone: SMARTCASH_WEEKS_SEED={self.plan.seed} make week"
                ) from error
            self.counts[step.what] += 1
        return self.counts

    # ---- opening ----------------------------------------------------------------------------------

    def _open(self, till: Till, step: Step) -> None:
        more = step.amount + max(0, DRAWER - till.drawer)
        till.drawer += more
        till.drawer_gap += more
        till.ask("pos.config", "open_ui", [till.config_id])
        till.use(
            till._read("pos.config", till.config_id, "current_session_id")["current_session_id"][0]
        )
        machine = self._take_count(till, "opening", by_person=step.by_person)
        for _click in range(2):
            till.session("set_cashbox_pos", (machine["share"] + till.drawer) / 100, None)
        self._compare_booked(till, "opening", machine["difference"] + till.drawer_gap)
        self._forget_gaps(till, machine)
        till.is_open = True

    # ---- what happens in a session ----------------------------------------------------------------

    def _the_machine(self, till: Till, step: Step) -> None:
        till.machine.slip(step.amount)

    def _count(self, till: Till, step: Step) -> None:
        self._take_count(till, "demand")

    def _by_hand(self, till: Till, step: Step) -> None:
        uuid = str(uuid4())
        sign = 1 if step.kind in MONEY_IN else -1
        wish = {
            "uuid": uuid,
            "kind": step.kind,
            "amount": step.amount,
            "currency": "EUR",
            "session_id": till.session_id,
            "payment_method_id": till.floor.shop.payment_method_id,
            "cashier": "The manager",
            "manual": True,
        }
        answer = till.manager("smartcash.operation", "register", wish)
        assert "refused" not in answer, answer
        till.drawer += sign * step.amount
        if step.kind in OF_ORDERS:
            till.sell(sign * step.amount, uuid, sign * step.amount)
        self._compare_rows(till, uuid)

    def _pay(self, till: Till, step: Step) -> None:
        floor, machine = till.floor, till.machine
        before = machine.content
        floor.orders.begin(till.session_id)
        if (step.user, 0) not in floor.open_tabs():
            floor.open(step.user, 0)
        machine.gateway.wait_online()
        with self._trouble(till, step):
            uuid = floor.pay(step.kind, step.amount, browser=step.user)
            _wait(lambda: not _stages(floor) & {"registering", "starting"})
            if step.trouble == "odoo away":
                floor.till("network", wire="rpc", down=True)
            if step.kind in MONEY_IN:
                self._put_in(till, step)
            self._stumble(till, step)
        evening.settle(floor, pays=step.pays in ("more", "exactly"), told=True)
        self._settle(till, step, uuid, machine.content - before)

    @contextmanager
    def _trouble(self, till: Till, step: Step) -> Iterator[None]:
        """What breaks is mended at the end."""
        if step.trouble in BEFORE:
            till.machine.simulator.fault(**BEFORE[step.trouble])
        elif step.trouble == "answers lost":
            for wire in ("rpc", "gateway"):
                till.floor.till("fault", wire=wire, faults=["answer"])
        yield
        evening.mend(till.floor)

    def _put_in(self, till: Till, step: Step) -> None:
        amounts = {
            "more": (step.amount // 1000 + 1) * 1000,
            "exactly": step.amount,
            "part": step.amount // 2 or DEPOSIT,
            "cancel": step.amount // 2,
        }
        if "accepting" not in _stages(till.floor):
            return
        for value, count in evening.change(amounts[step.pays]):
            till.machine.simulator.insert(value, count, wait=False)

    def _stumble(self, till: Till, step: Step) -> None:
        if step.trouble == "gateway killed":
            till.machine.gateway.kill()
        elif step.trouble == "reload":
            till.floor.open(step.user, 0)
        elif step.pays == "part" and (step.kind == "sale" or not step.amount):
            _wait(lambda: any(view["canAccept"] for view in _views(till.floor)))
            till.floor.press("accept")
        elif step.pays in ("part", "cancel"):
            till.floor.press("cancel")

    def _settle(self, till: Till, step: Step, uuid: str, moved: int) -> None:
        """The order is saved, or it is lost, and a manager will be asked."""
        look = till.floor.look()
        handed = look["handed"].get(uuid, 0)
        (line,) = [
            line
            for browser in look["browsers"]
            for line in browser["lines"]
            if line["op"]["uuid"] == uuid
        ]
        till.drawer -= handed
        rows = till.rows(uuid) if self._is_known(till, uuid) else []
        self.counts[f"{step.kind} {rows[0]['state'] if rows else 'not registered'}"] += 1
        assert not till.running(), f"Odoo was told everything, and yet runs:\n{till.running()}"
        kept = sum(row["net"] for row in rows[:1])
        is_unknown = bool(rows) and rows[0]["state"] == "unknown"
        assert is_unknown or kept == moved, f"the machine moved {moved}, the ledger has {rows}"
        assert sum(row["amount_out"] for row in rows[1:]) == handed, (handed, rows)
        till.machine.gap += moved - kept
        till.last = None
        order_id = None
        if is_unknown:
            till.questions[uuid] = Question(step.kind, moved)
        elif step.kind in OF_ORDERS and line["amount"]:
            if step.lost:
                till.questions[uuid] = Question(step.kind, moved - handed)
            else:
                due = step.amount if step.kind == "sale" else line["amount"]
                order_id = till.sell(due, uuid, line["amount"])
        if rows and uuid not in till.questions:
            self._compare_rows(till, uuid)
            till.last = Last(uuid, step.kind, moved - handed, order_id)

    # ---- behind the till's back -------------------------------------------------------------------

    def _behind(self, till: Till, step: Step) -> None:
        """A manager, another till or an accountant changes what an operation stands for in the books:
        it is a question then; or Odoo lets nobody do it."""
        last = till.last
        if step.behind == "paid again":
            self._pay_again(till)
        elif last and last.moved and step.behind == "order cancelled" and last.order_id:
            till.manager("pos.order", "action_pos_order_cancel", [last.order_id])
            self._ask_about(till, last)
        elif last and last.moved and step.behind.startswith("entry") and not last.order_id:
            self._touch_entry(till, step.behind, last)

    def _pay_again(self, till: Till) -> None:
        """Order > Payment moves no money, so it books none with the machine's method."""
        order = till.sell(PAID_AGAIN, None, 0, draft=True)
        context = {"active_id": order, "active_model": "pos.order"}
        values = {
            "config_id": till.config_id,
            "amount": PAID_AGAIN / 100,
            "payment_method_id": till.floor.shop.payment_method_id,
        }
        wizard = till.manager("pos.make.payment", "create", values, context=context)
        with suppress(OdooFault):
            till.manager("pos.make.payment", "check", [wizard], context=context)
            raise AssertionError(
                "a payment with the machine's method was booked, and nothing moved"
            )
        till.ask("pos.order", "remove_from_ui", [order])
        self.counts["behind: paid again"] += 1

    def _touch_entry(self, till: Till, what: str, last: Last) -> None:
        (root, *_rest) = till.rows(last.uuid)
        if not root["statement_line_id"]:
            return
        line = till._read("account.bank.statement.line", root["statement_line_id"][0], "move_id")
        move = line["move_id"][0]
        till.manager("account.move", "button_draft", [move])
        if what == "entry posted again":
            till.manager("account.move", "action_post", [move])
            self._compare_rows(till, last.uuid)
            self.counts["behind: posted again"] += 1
            return
        if what == "entry deleted":
            till.manager("account.move", "unlink", [move])
        self._ask_about(till, last)

    def _ask_about(self, till: Till, last: Last) -> None:
        till.questions[last.uuid] = Question(last.kind, last.moved)
        till.last = None
        self.counts["behind: a question"] += 1

    def _sell_unheard(self, till: Till, step: Step) -> None:
        """At a second browser of the till, which Odoo does not hear."""
        floor, before = till.second_browser(), till.machine.content
        till.unheard.append(floor)
        till.machine.gateway.wait_online()
        until("the shift's token", lambda: floor.till("inventory", browser=0, tab=0), MOMENT * 10)
        floor.till("network", wire="rpc", down=True)
        floor.pay(step.kind, step.amount)
        _wait(lambda: not _stages(floor) & {"registering", "starting"})
        evening.settle(floor, pays=True, told=False)
        # No count can know of it before Odoo does.
        till.machine.gap += till.machine.content - before
        self.counts["unheard"] += 1

    def _tell(self, till: Till, step: Step) -> None:
        """Its session is closed by now: what it sold goes into a session of late orders."""
        floor = till.unheard.pop(0)
        floor.till("mend")
        evening.settle(floor, pays=False, told=True)
        for line in floor.lines():
            if line["amount"]:
                uuid, amount = line["op"]["uuid"], line["amount"]
                till.sell(amount, uuid, amount, session_id=floor.session_id)
                till.late += amount
                self._compare_rows(till, uuid)
                self.counts["told late"] += 1
        floor.leave()

    def _close_late(self, till: Till, step: Step) -> None:
        """The books change by the late orders, once; whoever counts next finds that it was found before."""
        for session in till.late_sessions():
            till.manager("pos.session", "action_pos_session_closing_control", [session])
            self.counts["closed late"] += 1
        assert not till.late_sessions(), "a session of late orders cannot be closed"
        till.machine.gap -= till.late
        till.late = 0

    # ---- closing ------------------------------------------------------------------------------------

    def _closing_count(self, till: Till, step: Step) -> None:
        self._decide(till)
        till.counted = self._take_count(till, "closing", by_person=step.by_person)

    def _close(self, till: Till, step: Step) -> None:
        self._decide(till)
        till.drawer += step.amount
        till.drawer_gap += step.amount
        data = till.session("get_closing_control_data")["smartcash"]
        assert not data["running"], data
        assert not data["open"], data
        if step.in_office:
            self._close_in_office(till)
        else:
            self._close_at_till(till)
        self._compare_closed(till)

    def _compare_closed(self, till: Till) -> None:
        till.is_open = False
        difference = till.counted["difference"] + till.drawer_gap + till.left_to_count
        self._compare_booked(till, "closing", difference)
        self.counts["closed with a difference"] += bool(difference)
        self._forget_gaps(till, till.counted)
        self._compare_balance(till, till.counted["share"] + till.drawer)

    def _close_at_till(self, till: Till) -> None:
        posted = till.session(
            "post_closing_cash_details", (till.counted["share"] + till.drawer) / 100
        )
        if not posted["successful"] and "Count again" in posted["message"]:
            self.counts["counted again"] += 1
            till.counted = self._take_count(till, "closing")
            counted = till.counted["share"] + till.drawer
            posted = till.session("post_closing_cash_details", counted / 100)
        assert posted["successful"], posted
        till.session("update_closing_control_state_session", "")
        closed = till.session("close_session_from_ui", [])
        assert closed["successful"], closed
        with suppress(OdooFault):  # the second of two clicks
            till.session("close_session_from_ui", [])

    def _close_together(self, _till: Till, step: Step) -> None:
        """Both sessions are counted while the other is open, and closed at the same moment: the one
        that loses its turn has become the last, and counts again."""
        for till in self.tills:
            self._closing_count(till, step)
            counted = till.counted["share"] + till.drawer
            assert till.session("post_closing_cash_details", counted / 100)["successful"]
            till.session("update_closing_control_state_session", "")
        with ThreadPoolExecutor(len(self.tills)) as hands:
            closing = [
                hands.submit(till.session, "close_session_from_ui", []) for till in self.tills
            ]
        turned_away = [
            till
            for till, answer in zip(self.tills, closing, strict=True)
            if not answer.result()["successful"]
        ]
        assert len(turned_away) == 1, [answer.result() for answer in closing]
        (first,) = set(self.tills) - set(turned_away)
        self._compare_closed(first)
        self._close(turned_away[0], step)

    def _close_in_office(self, till: Till) -> None:
        wizard = {
            "session_id": till.session_id,
            "machine": till.machine.content / 100,
            "hand": till.drawer / 100,
            "reason": "The till is broken",
        }
        wanted = 0 if till.others_open() else till.machine.gap
        wizard_id = till.manager("smartcash.close.session", "create", wizard)
        till.manager("smartcash.close.session", "action_close", [wizard_id])
        till.counted = till.last_count("closing")
        assert till.counted["difference"] == wanted, (till.counted, wanted)
        self.counts["closed in the office"] += 1

    def _decide(self, till: Till) -> None:
        """The manager's answers to what the closing asks; the money is where it is."""
        asked = {
            row["uuid"] for row in till.session("get_closing_control_data")["smartcash"]["open"]
        }
        for uuid in asked - set(till.questions):
            raise AssertionError(f"nothing to ask about: {till.rows(uuid)}")
        for uuid, question in till.questions.items():
            rows = till.rows(uuid)
            missing = sum(row["net"] + row["rounding"] for row in rows)
            assert uuid in asked or not (missing or rows[0]["state"] == "unknown"), rows
            if uuid in asked:
                self._answer(till, uuid, question, rows, missing)
                self._compare_rows(till, uuid)
        till.questions.clear()

    def _answer(self, till: Till, uuid: str, question: Question, rows: list, missing: int) -> None:
        wish, order = next(self._decisions), None
        if wish == "order" and question.kind in OF_ORDERS and question.moved:
            resolution = "order"
            order = till.sell(question.moved, None, question.moved)
        elif wish == "return" and missing > 0:
            resolution = "returned"
            till.drawer -= missing
        elif wish == "count" or not missing:
            resolution = "counting_error"
            till.left_to_count += missing
        else:
            resolution = "cash_in" if missing > 0 else "cash_out"
        answer = till.manager(
            "smartcash.operation", "resolve", uuid, resolution, "As it was seen", order
        )
        assert "refused" not in answer, (resolution, rows, answer)
        self.counts[f"decided {resolution}"] += 1
        kept = till.rows(uuid)[0]["net"]
        till.machine.gap += rows[0]["net"] - kept

    # ---- what must hold ---------------------------------------------------------------------------

    def _take_count(self, till: Till, moment: str, *, by_person: bool = False) -> dict:
        """What the count says against what the test knows: a difference is somebody's, and of nobody
        as long as another session works with the machine."""
        count = till.count(moment, by_person=by_person)
        assert "refused" not in count, f"{count}\n{till.running()}"
        assert count["total"] == till.machine.content, (count, till.machine.content)
        wanted = 0 if till.others_open() else till.machine.gap
        assert count["difference"] == wanted, f"off by {wanted}, and the count says {count}"
        put_there = till.drawer - till.drawer_gap
        assert count["handExpected"] == put_there, f"{put_there} in the drawer, and not {count}"
        return count

    def _compare_booked(self, till: Till, moment: str, difference: int) -> None:
        booked = till.differences(moment)
        assert booked == ([difference] if difference else []), (
            f"{moment}: {difference} to be booked, and booked are {booked}"
        )

    def _compare_rows(self, till: Till, uuid: str) -> None:
        for row in till.rows(uuid):
            moved = row["net"] or row["state"] == "unknown"
            assert row["match_state"] in KEPT if moved else row["match_state"] != "open", row

    def _compare_balance(self, till: Till, counted: int) -> None:
        """The account of the machine's cash is what is there, to the cent."""
        balance = till.balance()
        assert balance == counted, f"{balance} in the books, {counted} there"
        if till.others_open():
            return
        # But for what somebody did between the count and the closing.
        machine = till.machine
        there = machine.content - machine.gap + sum(each.drawer for each in machine.tills)
        balance = sum(each.balance() for each in machine.tills)
        assert balance == there, f"{balance} in the books of both tills, {there} there"

    # ---- helpers ------------------------------------------------------------------------------------

    def _forget_gaps(self, till: Till, count: dict) -> None:
        """They are in the books now."""
        till.drawer_gap = till.left_to_count = 0
        till.machine.gap -= count["difference"]

    def _is_known(self, till: Till, uuid: str) -> bool:
        return any(row["uuid"] == uuid for row in till.floor.rows())


def _views(floor) -> list[dict]:
    return [
        view for one in floor.look()["browsers"] for tab in one["tabs"] for view in tab["views"]
    ]


def _stages(floor) -> set[str]:
    return {view["stage"] for view in _views(floor)}


def _wait(probe) -> None:
    """At most a moment: what does not come is the story, too."""
    try:
        until("the page", probe, MOMENT, pause=0.005)
    except (AssertionError, TimeoutError):
        return
