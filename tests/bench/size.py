"""How often everything is done."""

from dataclasses import dataclass

from tests.bench import closing_cost


@dataclass(frozen=True)
class Size:
    """Numbers of repetitions, and how long things are watched."""

    sales: int  # with a Cashlogy
    cashdro_sales: int
    card_sales: int
    warm_sales: int
    rest_seconds: float
    pairs: int
    warm_starts: int
    ledgers: tuple[int, ...]  # rows
    ledger_sales: int
    openings: int
    closings: tuple[int, ...]  # operations
    closing_pairs: int
    tills: int  # at the same time
    rush_seconds: float
    token_rounds: int


FULL = Size(
    sales=30,
    cashdro_sales=20,
    card_sales=20,
    warm_sales=3,
    rest_seconds=30,
    pairs=20,
    warm_starts=4,
    ledgers=(1_000, 1_000_000),
    ledger_sales=300,
    openings=30,
    closings=closing_cost.SIZES,
    closing_pairs=closing_cost.REPEATS,
    tills=20,
    rush_seconds=20,
    token_rounds=5,
)
QUICK = Size(
    sales=2,
    cashdro_sales=2,
    card_sales=2,
    warm_sales=0,
    rest_seconds=2,
    pairs=2,
    warm_starts=1,
    ledgers=(1_000, 5_000),
    ledger_sales=20,
    openings=2,
    closings=(10, 50),
    closing_pairs=1,
    tills=2,
    rush_seconds=2,
    token_rounds=1,
)
