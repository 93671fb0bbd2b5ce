"""Plays schedules in a shop of its own: a seed per line in, what came of it per line out."""

import argparse
import json
import os
import signal
import sys
import traceback

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.schedules.odoo_ledger import Ledger
from tests.schedules.rules import Day, Tally
from tests.schedules.shop import ShopFloor

STEPS = 12


def play(floor: ShopFloor, number: int, count: int, *, day: type[Day] = Day) -> dict:
    """Play ``count`` schedules of one seed, up to the first that breaks a promise."""
    tally = Tally()
    this_day = type("Day", (day,), {"floor": floor, "tally": tally})
    rules = settings(
        max_examples=count,
        stateful_step_count=STEPS,
        # Real processes take their own time: a shorter schedule may well not fail again.
        phases=[Phase.generate],
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(this_day), settings=rules)
    except Exception as error:  # noqa: BLE001 - whatever it was, the schedule broke
        if tally.failure is None:
            told = "".join(traceback.format_exception(error))
            tally.failure = "\n".join([told, "the schedule:", *floor.story])
    if tally.failure:
        print(f"seed {number}:\n{tally.failure}", file=sys.stderr, flush=True)
    plan = tally.plan.hexdigest()
    return {"seed": number, "counts": tally.counts, "plan": plan, "failure": tally.failure}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=int, required=True)
    parser.add_argument("--ledger", required=True, help="as ledger.py announces it")
    options = parser.parse_args()
    floor = ShopFloor.alone(Ledger.from_json(options.ledger), options.shop)

    def leave(*_signal: object) -> None:
        """In the middle of a schedule; an exception would only be that schedule's failure."""
        try:
            floor.close()
        finally:
            os._exit(1)

    signal.signal(signal.SIGTERM, leave)
    # Hypothesis reports on stdout; our answers have it for themselves.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        for line in sys.stdin:
            wish = json.loads(line)
            print(json.dumps(play(floor, wish["seed"], wish["count"])), file=answers, flush=True)
    finally:
        floor.close()


if __name__ == "__main__":
    main()
