"""Random days in a shop: the runner as it is shipped, ledger, gateway and machine, all real, under
random interleavings of what people do and what breaks. In the evening of each day the movements of
the machine are the sum of the ledger, to the cent, and every promise of design 4.1 holds.

A schedule is one run of Hypothesis' state machine in ``rules.py``; ``verdict.py`` has the promises.
The seed is in the test's name. ``SMARTCASH_SCHEDULES=40`` plays fewer schedules,
``SMARTCASH_SCHEDULES_SEED=7`` the ones of one seed.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.schedules.odoo_ledger import ledger_database, odoo_ledger
from tests.schedules.player import DEFAULT, PER_SEED, Player
from tests.schedules.rehearsal import rehearse

SCHEDULES = int(os.environ.get("SMARTCASH_SCHEDULES", str(DEFAULT)))
ONLY = os.environ.get("SMARTCASH_SCHEDULES_SEED")
SEEDS = [int(ONLY)] if ONLY else list(range(1, -(-SCHEDULES // PER_SEED) + 1))
#: What waits for a network or a machine leaves room for others.
SHOPS = min(len(SEEDS), 3 * (os.cpu_count() or 1), 12)
BEGAN = time.monotonic()
#: What a day of a shop can come to. A set of schedules without one of them proves too little.
EXPECTED = (
    *("seen paid", "seen partial", "seen nothing", "seen shortfall", "seen unknown", "seen lost"),
    *("sale done", "sale cancelled", "sale failed", "sale unknown"),
    *("refund done", "refund failed", "refund unknown", "by hand", "miscounted"),
    *("second machine", "seen elsewhere", "line replaced", "table deleted", "payment transferred"),
    *("office cancel", "office pay", "office correct", "entry button_draft", "entry unlink"),
    *("session closed", "session closed unheard"),
)


@pytest.fixture(scope="module")
def played() -> Iterator[dict[int, "Future[dict]"]]:
    """What came of each seed; all of them are being played, several at a time."""
    players: list[Player] = []
    mine = threading.local()
    guard = threading.Lock()

    with (
        ledger_database("schedules") as database,
        odoo_ledger(database, SHOPS, log="schedules-ledger.log") as ledger,
    ):

        def open_shop() -> None:
            with guard:
                mine.player = Player(len(players), ledger, log=f"schedules-{len(players)}.log")
                players.append(mine.player)

        def play(seed: int) -> dict:
            return mine.player.play(seed)

        pool = ThreadPoolExecutor(SHOPS, initializer=open_shop)
        try:
            yield {seed: pool.submit(play, seed) for seed in SEEDS}
        finally:
            # With -x nobody waits for what is still being played.
            pool.shutdown(wait=False, cancel_futures=True)
            for player in players:
                player.close()
            pool.shutdown()


@pytest.mark.parametrize("seed", SEEDS)
def test_machine_movements_are_the_sum_of_the_ledger(played: dict, seed: int):
    result = played[seed].result()
    again = f"(alone: SMARTCASH_SCHEDULES_SEED={seed})"
    assert result["failure"] is None, f"seed {seed}:\n{result['failure']}\n{again}"
    assert result["counts"]["schedules"] >= PER_SEED


def test_a_seed_is_the_same_schedules_wherever_it_is_played(played: dict):
    seed = SEEDS[-1]
    assert rehearse(seed, PER_SEED) == played[seed].result()["plan"]


def test_enough_schedules_of_every_kind_were_played(played: dict, capsys: pytest.CaptureFixture):
    total = sum((Counter(future.result()["counts"]) for future in played.values()), Counter())
    with capsys.disabled():
        print(
            f"\nseeds {SEEDS[0]} to {SEEDS[-1]}, {time.monotonic() - BEGAN:.0f} s: "
            f"{total['schedules']} schedules, {total['steps']} steps, "
            f"{total['operations']} operations of which {total['moved']} moved money "
            f"and {total['by hand']} were by hand: {total['lost']} cents lost"
        )
    assert total["lost"] == 0
    assert total["schedules"] >= len(SEEDS) * PER_SEED
    if not ONLY and SCHEDULES >= DEFAULT:
        missing = [word for word in EXPECTED if not total[word]]
        assert not missing, f"never happened: {missing}"
