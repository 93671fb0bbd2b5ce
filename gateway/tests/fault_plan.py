"""What happens in a fault run, drawn from a seed: operations, customers, and what goes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

NOTES, COINS = (500, 1000, 2000, 5000), (10, 50, 100, 200)
KINDS = {
    "sale": 50,
    "refund": 10,
    "cash_out": 5,
    "cash_in": 8,
    "fill": 6,
    "exchange": 6,
    "collect": 6,
    "transfer": 5,
    "empty": 4,
}
FIXED = ("sale", "refund", "cash_out")
#: Shapes of a Connector; a lane keeps its own until its gateway is started anew.
SHAPES = (
    {},
    {"y2_without_safe": True},
    {"no_y2": True},
    {"coins_in_stacker": True, "levels_of_all_notes": True},
    {"single_client": True, "latency_ms": 15},
    {"single_client": True, "other_numbers": True},
    {"other_numbers": True, "extra_fields": True},
    {"split_replies": True},
)
#: Faults of the machine and the wire that are used up, or cleared after `Trouble.seconds`.
FAULTS = (
    lambda r: {"drop_replies": r.randint(1, 3)},
    lambda r: {"half_frame": r.randint(1, 2)},
    lambda r: {"garbage": r.randint(1, 3)},
    lambda r: {"wrong_code": r.randint(1, 2)},
    lambda r: {"nonsense": r.randint(1, 4)},
    lambda r: {"late_reply_ms": r.randint(100, 2500), "single_client": True},
    lambda r: {"latency_ms": r.randint(20, 400)},
    lambda r: {"drip_ms": r.randint(5, 60)},
    lambda r: {"extra_fields": True, "split_replies": True},
    lambda r: {"no_answer": True},
    lambda r: {"refuse_ms": r.randint(50, 3000)},
    lambda r: {"disconnect": True},
    lambda r: {"busy": True},
    lambda r: {"unplugged": True},
    lambda r: {"inserted_short": r.randint(1, 1000)},
    lambda r: {"total_short": r.randint(1, 1000)},
    lambda r: {"miscount": r.choice((*NOTES, *COINS))},
    lambda r: {"jam_after": r.randint(0, 3)},
    lambda r: {"no_change": True},
    lambda r: {"stacker_full": True},
    lambda r: {"refuse_coin": r.choice((*NOTES, *COINS))},
    lambda r: {"hopper_empty": r.choice((500, 1000, 2000, *COINS))},
    lambda r: {"error_code": r.choice((1014, 1315, 6131, 6320, 7310, 6999, 4242))},
    lambda r: {"power_cut_at": r.choice(("accept", "insert", "stop", "dispense"))},
)
#: What happens to the programs and the till.
EVENTS = ("kill", "kill", "freeze_gateway", "freeze_machine", "power", "forget", "lock", "clock")


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong, `after` seconds from the start, for `seconds`."""

    after: float
    seconds: float
    faults: dict = field(default_factory=dict)
    event: str = ""
    jump: int = 0  # seconds, of the till's clock

    def __str__(self) -> str:
        what = self.event or ",".join(f"{name}={value}" for name, value in self.faults.items())
        return f"{what}@{self.after:.2f}+{self.seconds:.1f}"


@dataclass(frozen=True)
class Case:
    """One operation; amounts in minor units."""

    kind: str
    amount: int
    partial: bool
    pieces: tuple[int, ...]  # what the customer puts in, one after another
    pause: float  # seconds between two pieces
    wish: str | None  # cancel or accept, when `wish_after` pieces are in
    wish_after: int
    troubles: tuple[Trouble, ...]

    def __str__(self) -> str:
        troubles = " ".join(map(str, self.troubles)) or "nothing wrong"
        return f"{self.kind} {self.amount} paid {list(self.pieces)} {self.wish or ''} | {troubles}"


def draw(r: random.Random) -> Case:
    kind = r.choices(list(KINDS), list(KINDS.values()))[0]
    amount = r.randrange(10, 6000, 10) if kind in FIXED else 0
    if kind == "cash_in" and r.random() < 0.5:
        amount = r.randrange(500, 5000, 500)
    pieces = [r.choice((*NOTES, *COINS)) for _ in range(r.randint(0, 5))]
    if kind == "sale" and r.random() < 0.6:
        pieces.append(5000)
        pieces.append(2000)
    wish = r.choice((None, None, "cancel", "accept"))
    if not amount:
        wish = wish or "accept"
    troubles = tuple(_trouble(r) for _ in range(r.choice((0, 1, 1, 1, 2, 2, 3))))
    return Case(
        kind=kind,
        amount=amount,
        partial=kind == "sale" and r.random() < 0.3,
        pieces=tuple(pieces),
        pause=r.choice((0.0, 0.02, 0.1, 0.3)),
        wish=wish,
        wish_after=r.randint(0, len(pieces)),
        troubles=troubles,
    )


def _trouble(r: random.Random) -> Trouble:
    after, seconds = r.choice((0.0, r.uniform(0, 0.3), r.uniform(0, 1.2))), r.uniform(0.1, 2.5)
    if r.random() < 0.3:
        return Trouble(after, seconds, event=r.choice(EVENTS), jump=r.randint(-90_000, 90_000))
    return Trouble(after, seconds, faults=r.choice(FAULTS)(r))
