"""What happens in a week at two tills, drawn from a seed: the same seed is the same week everywhere."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields

DAYS = 7
TILLS = (0, 1)
OPERATIONS = (2, 4)  # per till and day, at least and at most
PRICES = (5, 235, 490, 990, 1000, 1705, 4990)  # minor units
MOST = 9000  # minor units of a random price
PIECES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

KINDS = ("sale",) * 8 + ("refund",) * 3 + ("cash_in", "cash_out") * 2
#: How a customer pays: more than asked (and gets change), exactly, a part, nothing.
PAYS = ("more",) * 4 + ("exactly",) * 2 + ("part",) * 2 + ("cancel",)
TROUBLES = (
    *(None,) * 7,
    *("answers lost", "odoo away", "gateway killed", "reload", "replies lost"),
    *("cut at accept", "cut at insert", "cut at stop", "cut at dispense"),
    *("no change", "jam at once", "jam later"),
)
#: What happens behind the till's back to the operation that ended last.
BEHIND = ("entry reset", "entry posted again", "entry deleted", "order cancelled", "paid again")
DECISIONS = ("book", "count", "return", "order")


@dataclass(frozen=True)
class Step:
    """One thing that somebody does. Amounts in minor units."""

    till: int
    what: str  # the name of a method of Player
    kind: str = ""  # of an operation
    amount: int = 0  # of an operation; of what somebody puts in, negative: takes out
    pays: str = ""
    trouble: str | None = None
    lost: bool = False  # its order never reaches Odoo
    by_person: bool = False  # a person counts: the machine's gateway is down
    in_office: bool = False  # a manager closes from the back end
    user: int = 0  # the number of the cashier
    behind: str = ""  # what happens behind the till's back

    def __str__(self) -> str:
        told = [f"till {self.till}", self.what]
        for each in fields(self)[2:]:
            value = getattr(self, each.name)
            if value:
                told.append(f"{each.name}={value}")
        return " ".join(told)


@dataclass(frozen=True)
class Week:
    """:param shared: both tills work with one machine, else each with its own"""

    seed: int
    shared: bool
    steps: tuple[Step, ...]
    decisions: tuple[str, ...]  # what a manager prefers to do with the questions, in turn


def week(seed: int) -> Week:
    """Draw the week of a seed."""
    rng = random.Random(seed)
    shared = seed % 2 == 0
    steps: list[Step] = []
    is_open = dict.fromkeys(TILLS, False)
    for day in range(DAYS):
        days = [list(_day(rng, till, is_open, last=day == DAYS - 1)) for till in TILLS]
        steps += _merged(rng, days)
    if shared:
        steps += [Step(till, "open") for till in TILLS]
        steps += [Step(0, "the machine", amount=-500), Step(0, "close together")]
    else:
        steps += [Step(till, what) for till in TILLS for what in ("open", "closing count", "close")]
        steps = _with_late_orders(rng, steps)
    return Week(seed, shared, tuple(steps), tuple(rng.choices(DECISIONS, k=50)))


def _day(rng: random.Random, till: int, is_open: dict[int, bool], *, last: bool) -> Iterator[Step]:
    if not is_open[till] and (last or rng.random() < 0.9):
        yield from _somebody(rng, till)
        yield Step(till, "open", amount=_short(rng), by_person=rng.random() < 0.15)
        is_open[till] = True
    if is_open[till]:
        for _ in range(rng.randint(*OPERATIONS)):
            yield from _somebody(rng, till)
            yield _operation(rng, till)
            if rng.random() < 0.2:
                yield Step(till, "behind", behind=rng.choice(BEHIND))
            if rng.random() < 0.2:
                yield Step(till, "count")
        yield from _somebody(rng, till)
    # Now and then a session stays open overnight.
    if is_open[till] and (last or rng.random() < 0.85):
        in_office = rng.random() < 0.15
        if not in_office:
            yield Step(till, "closing count", by_person=rng.random() < 0.2)
            yield from _somebody(rng, till)
            if rng.random() < 0.2:
                yield _operation(rng, till)
        yield Step(till, "close", amount=_short(rng), in_office=in_office)
        is_open[till] = False


def _with_late_orders(rng: random.Random, steps: list[Step]) -> list[Step]:
    """Now and then a second browser of a till is without Odoo: what it sold reaches Odoo after the
    session was closed, and what Odoo makes of that is closed before, while or after the next one is.
    """
    for till in TILLS:
        for number in sorted(rng.sample(range(DAYS), k=3), reverse=True):
            ends = [at for at, step in enumerate(steps) if _is(step, till, "close")]
            if number >= len(ends) - 1:
                continue
            begin = max(at for at in range(ends[number]) if _is(steps[at], till, "open")) + 1
            # Before the next opening, in the next session, or after its closing.
            later = [
                at + after
                for at in range(ends[number] + 1, len(steps))
                for after in (0, 1)
                if _is(steps[at], till, "open")
            ]
            told, closed = sorted(rng.choice(later[:4]) for _ in range(2))
            steps.insert(closed, Step(till, "close late"))
            steps.insert(told, Step(till, "tell"))
            steps.insert(begin, Step(till, "sell unheard", "sale", rng.choice(PRICES)))
    return steps


def _is(step: Step, till: int, what: str) -> bool:
    return step.till == till and step.what == what


def _somebody(rng: random.Random, till: int) -> Iterator[Step]:
    """Takes a piece out of the machine, or puts one in, and tells nobody."""
    if rng.random() < 0.15:
        yield Step(till, "the machine", amount=rng.choice((-1, 1)) * rng.choice(PIECES))


def _short(rng: random.Random) -> int:
    """What somebody did to the drawer before it is counted."""
    return rng.choice((-1, 1)) * rng.choice(PIECES) if rng.random() < 0.25 else 0


def _operation(rng: random.Random, till: int) -> Step:
    kind = rng.choice(KINDS)
    amount = rng.choice((*PRICES, rng.randint(1, MOST)))
    if rng.random() < 0.15:
        return Step(till, "by hand", kind, amount)
    if kind == "cash_in" and rng.random() < 0.4:
        # An open deposit: whatever is put in.
        return Step(till, "pay", kind, 0, pays="part")
    return Step(
        till,
        "pay",
        kind,
        amount,
        pays=rng.choice(PAYS),
        trouble=rng.choice(TROUBLES),
        lost=rng.random() < 0.1,
        user=rng.choice((0, 0, 1)),
    )


def _merged(rng: random.Random, days: list[list[Step]]) -> Iterator[Step]:
    """The tills' days side by side, each in its own order."""
    while any(days):
        yield rng.choice([day for day in days if day]).pop(0)
