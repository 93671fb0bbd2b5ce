"""What the kit has to know about a make: how its machine is played, and how Odoo gets to know it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from tests.waiting import until

#: (value, kind) of what customers pay with, the largest first; minor units.
PIECES = (1000, 500, 200, 100, 50, 20, 10)


class LineRpc:
    """``tests.odoo_rpc`` over the ledger's line, as the superuser."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def call(self, model: str, method: str, *positional: object, **named: object) -> Any:
        return self._ask(1, model, method, *positional, **named)

    def search_read(self, model: str, domain: list, fields: list[str], **named: object) -> list:
        return self.call(model, "search_read", domain, fields, **named)


class Make:
    """One make, reached in one way. Amounts: minor units of its currency."""

    #: Of the tests.
    name: ClassVar[str]
    #: The value of ``smartcash.device.driver``.
    driver: ClassVar[str]
    #: JavaScript modules that bring its driver in the browser; none: Odoo itself drives it.
    drivers: ClassVar[tuple[str, ...]] = ()
    #: Promises that it cannot keep, and why: the only place where a make may say so.
    cannot: ClassVar[Mapping[str, str]] = {}
    #: The request that starts it: on which wire of the till, and what its name has in it.
    start: ClassVar[tuple[str, str]] = ("rpc", "start")

    # ---- the machine -------------------------------------------------------------------------

    def open(self) -> None:
        """Start the machine, as it comes."""
        raise NotImplementedError

    def close(self) -> None:
        """Take it away."""
        raise NotImplementedError

    def rest(self) -> None:
        """A new day: a sound machine with change in it, which remembers nothing."""
        raise NotImplementedError

    def mend(self) -> None:
        """What was broken is sound again; it forgets nothing."""
        self.power(True)

    @property
    def total(self) -> int:
        """What physically lies in it."""
        raise NotImplementedError

    @property
    def accepting(self) -> bool:
        """Whether a customer can put money in."""
        raise NotImplementedError

    def insert(self, value: int) -> None:
        """A customer puts one piece in."""
        raise NotImplementedError

    def power(self, on: bool) -> None:
        """Take its power away, or give it back; it remembers what it holds."""
        raise NotImplementedError

    def pay(self, amount: int) -> None:
        """A customer pays so much, when the machine is ready."""
        until(f"{self.name} to accept money", lambda: self.accepting, pause=0.01)
        for value in in_pieces(amount):
            self.insert(value)

    # ---- Odoo --------------------------------------------------------------------------------

    def make_device(self, odoo: LineRpc) -> int:
        """Set the device up, as a consultant would; return its id."""
        raise NotImplementedError


class Simulated(Make):
    """A cash machine of this repository's simulators."""

    machine: Any

    def close(self) -> None:
        self.machine.stop()

    def rest(self) -> None:
        self.machine.power(True)
        self.machine.clear_faults()
        self.machine.reset(float="standard")

    def mend(self) -> None:
        self.machine.clear_faults()
        self.machine.power(True)

    @property
    def total(self) -> int:
        total: int = self.machine.state()["physical_total"]
        return total

    @property
    def accepting(self) -> bool:
        return bool(self.machine.state()["accepting"])

    def insert(self, value: int) -> None:
        self.machine.insert(value)

    def power(self, on: bool) -> None:
        self.machine.power(on)


def in_pieces(amount: int) -> Iterator[int]:
    """Yield the pieces that make up an amount."""
    for value in PIECES:
        count, amount = divmod(amount, value)
        yield from [value] * count
