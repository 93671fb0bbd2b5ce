"""The same customers for every client: who buys for how much, thinks how long, pays with what."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.machine import Machine

COINS_AND_NOTES = (2000, 1000, 500, 200, 100, 50, 20, 10, 5)  # minor units of EUR
NOTES = (500, 1000, 2000)
#: Longer than the slowest poll, so that a payment falls anywhere between two polls.
THINKS_FROM, THINKS_TO = 0.3, 3.5  # seconds


@dataclass(frozen=True)
class Purchase:
    """What one customer does; minor units and seconds."""

    amount: int
    pieces: tuple[int, ...]
    thinks: float


def purchases(count: int, seed: int) -> list[Purchase]:
    """Return ``count`` purchases, always the same ones for a seed; every second one is overpaid with notes."""
    dice = random.Random(seed)
    return [
        _purchase(dice, amount=5 * dice.randint(10, 600), exact=bool(number % 2))
        for number in range(count)
    ]


def _purchase(dice: random.Random, amount: int, exact: bool) -> Purchase:
    pieces = tuple(_exact(amount)) if exact else _one_note_or_more(amount)
    return Purchase(amount, pieces, dice.uniform(THINKS_FROM, THINKS_TO))


def _exact(amount: int) -> Iterator[int]:
    for value in COINS_AND_NOTES:
        while amount >= value:
            yield value
            amount -= value


def _one_note_or_more(amount: int) -> tuple[int, ...]:
    """Return twenties until one more note of any kind covers the rest."""
    pieces = []
    while amount > NOTES[-1]:
        pieces.append(NOTES[-1])
        amount -= NOTES[-1]
    return (*pieces, next(note for note in NOTES if note >= amount))


class Customer(threading.Thread):
    """One purchase at the machine, beside whatever client sells it."""

    def __init__(self, machine: Machine, purchase: Purchase) -> None:
        super().__init__(name="customer", daemon=True)
        self._machine = machine
        self._purchase = purchase
        self._failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._machine.wait_accepting(pause=0.02)
            time.sleep(self._purchase.thinks)
            for value in self._purchase.pieces:
                answer = self._machine.insert(value)
                if answer["accepted"] != 1:
                    raise RuntimeError(f"the machine handed {value} back: {answer}")
        except Exception as error:  # noqa: BLE001 - whatever it was, served() raises it in the main thread
            self._failure = error

    def served(self) -> float:
        """Return when the last piece was counted (epoch seconds), once the customer is through.

        Raises what went wrong at the machine.
        """
        self.join(60)
        if self._failure:
            raise self._failure
        counted = [
            row["at"] for row in self._machine.state()["movements"] if row["direction"] == "in"
        ]
        return counted[-1]
