"""What CashlogyConnector does with each request, over the model of the machine.

Where public findings leave a question open, the choice made here is listed in the README.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable

from .. import __version__
from ..cash import COIN, NOTE, worth
from ..machine import CASSETTE, TRAY, CashMachine
from ..terms import StoppedError
from . import screen
from .errors import BY_ALARM, BY_CODE
from .faults import OTHER_NUMBERS, CashlogyFaults
from .frames import Reply, Request, read_vpd, vpd

OK = "0"
LEVEL = "WR:LEVEL"
CANCEL = "WR:CANCEL"
GENERIC = "ER:GENERIC"
BUSY = "ER:BUSY"
BAD_DATA = "ER:BAD_DATA"
ILLEGAL = "ER:ILLEGAL"

VERSION = "2.5"
SERIAL = "SIM0000001"
SECONDS_COLD_START = 60.0  # the first initialisation of a cold machine takes about a minute
SECONDS_WARM_START = 1.0
DEPOSIT_ONLY, DISPENSABLE = 1, 3
LEVEL_OK, EMPTY, NEAR_EMPTY, FULL, NEAR_FULL = 0, 11, 12, 21, 22
MAX_AMOUNT = 99_999_999  # minor units
WORKS_UNPLUGGED = ("?", "E", "GV")


class BadDataError(ValueError):
    """A parameter that makes no sense."""


class IllegalError(Exception):
    """Not possible in this state or screen mode."""


class Connector:
    """One Connector in front of one machine: one command at a time, whoever sends it."""

    def __init__(self, machine: CashMachine, *, cold_start: bool = False) -> None:
        self.machine = machine
        self._faults = CashlogyFaults.of(machine.faults)
        self.screen: screen.SaleScreen | None = None
        self.initialised = False
        self._cold_start = self._cold = cold_start
        self._running: Request | None = None
        self._cancelled = False
        self._commands: dict[str, Callable[..., Awaitable[Reply]]] = {
            "?": self._errors,
            "A": self._add_change,
            "B": self._begin,
            "C": self._sale,
            "E": self._end,
            "GC": self._levels,
            "GC2": self._levels,
            "GI": self._capabilities,
            "GV": self._versions,
            "I": self._init,
            "J": self._stop,
            "P": self._pay,
            "Q": self._inserted,
            "S": self._collect,
            "T": self._totals,
            "T2": self._totals_by_place,
            "U": self._pay_pieces,
            "Y": self._counts,
            "Y2": self._counts_by_place,
            "Z": self._reset,
        }
        machine.on_power.append(self._on_power)

    def _on_power(self, powered: bool) -> None:
        """The Connector runs inside the machine: with the power its memory is gone."""
        if not powered:
            self.initialised = False
            self.screen = None
            self._running = None
            self._cold = self._cold_start

    # -- Dispatch -----------------------------------------------------------------------------

    async def answer(self, request: Request) -> Reply | None:
        """The reply to one request; None when it gets none of its own."""
        if request.name == "!":
            return await self._cancel(request)
        if self._running or (self._faults.busy and request.name != "Z"):
            return Reply(BUSY)
        if not request.well_formed:
            return Reply(BAD_DATA)
        if request.name != "I" and not self.initialised:
            return Reply(ILLEGAL)
        if self._faults.no_y2 and request.name == "Y2":
            return Reply(BAD_DATA)
        if self._faults.unplugged and request.name not in WORKS_UNPLUGGED:
            return Reply(GENERIC)
        return await self._alone(request, self._commands[request.name](*request.params))

    async def _cancel(self, request: Request) -> Reply | None:
        """A running command answers for itself; an open acceptance is ended, the money kept."""
        if self._running:
            self._cancelled = True
            self.machine.touch()
            return None
        if not self.initialised:
            return Reply(ILLEGAL)
        if self.machine.accepting:
            return await self._alone(request, self._abandon())
        return Reply(OK)

    async def _alone(self, request: Request, work: Awaitable[Reply]) -> Reply | None:
        self._running = request
        self._cancelled = False
        try:
            return await work
        except BadDataError:
            return Reply(BAD_DATA)
        except IllegalError:
            return Reply(ILLEGAL)
        except StoppedError:
            # Nobody is left to answer after a power cut; a reset machine has failed.
            return Reply(GENERIC) if self._running is request else None
        finally:
            if self._running is request:
                self._running = None
                self.screen = None

    def _done(self, *fields: object) -> Reply:
        return Reply(LEVEL if self.machine.level_warning else OK, fields)

    def _must_be(self, *, accepting: bool) -> None:
        if self.machine.accepting != accepting:
            raise IllegalError

    # -- Session ------------------------------------------------------------------------------

    async def _init(self) -> Reply:
        if self.machine.accepting:
            return Reply(BUSY)
        if not self.initialised:
            await self.machine.spend(SECONDS_COLD_START if self._cold else SECONDS_WARM_START)
            self._cold = False
            self.initialised = True
        return Reply(OK, (VERSION,))

    async def _end(self) -> Reply:
        if self.machine.accepting:
            return Reply(BUSY)
        self.initialised = False
        return Reply(OK)

    async def _reset(self) -> Reply:
        self._faults.busy = False
        if self.machine.accepting:
            await self.machine.stop_accepting()
        await self.machine.spend(SECONDS_WARM_START)
        self.machine.clear_alarms()
        return Reply(OK)

    async def _versions(self, what: str) -> Reply:
        parts = {
            "GENERAL": {"model": "POS1500", "currency": self.machine.cash_set.currency},
            "SOFTWARE": {"connector": VERSION, "simulator": __version__},
            "HARDWARE": {"serial": SERIAL},
        }
        if what not in (*parts, "ALL"):
            raise BadDataError
        chosen = parts if what == "ALL" else {what: parts[what]}
        return Reply(OK, (json.dumps(chosen, separators=(",", ":")),))

    async def _capabilities(self) -> Reply:
        pieces = self.machine.cash_set.denominations
        able = {piece: DISPENSABLE if piece.recycled else DEPOSIT_ONLY for piece in pieces}
        return Reply(OK, (SERIAL, vpd(able, pieces)))

    async def _errors(self, codes: str | None = None, media: str | None = None) -> Reply:
        if media is None and codes is not None:
            raise IllegalError  # `#?#SHOW#` opens a window, and there is none here
        extra = self._faults.error_code
        active = sorted(
            [BY_ALARM[alarm].code for alarm in self.machine.alarms] + ([extra] if extra else [])
        )
        if self._faults.other_numbers:
            active = [OTHER_NUMBERS.get(code, code) for code in active]
        if codes is None:
            return Reply(OK, (",".join(map(str, active)),))
        try:
            errors = [BY_CODE[int(code)] for code in codes.split(",")]
        except (ValueError, KeyError) as error:
            raise BadDataError from error
        details = {1014: f"{self.machine.mismatch:+d}"}
        return Reply(OK, tuple(error.describe(details.get(error.code, "")) for error in errors))

    # -- Sale without screens, payout ---------------------------------------------------------

    async def _begin(self, *_position: str) -> Reply:
        if self.machine.accepting:
            return Reply(BUSY)
        self.machine.start_accepting()
        return Reply(OK)

    async def _add_change(self, mode: str) -> Reply:
        if mode != "2":
            raise IllegalError  # with a screen of its own
        return await self._begin()

    async def _inserted(self) -> Reply:
        self._must_be(accepting=True)
        short = self._faults.take_all("inserted_short")
        return self._done(max(0, self.machine.inserted - short))

    async def _stop(self) -> Reply:
        self._must_be(accepting=True)
        total = await self.machine.stop_accepting()
        return self._done(max(0, total - self._faults.take_all("total_short")))

    async def _abandon(self) -> Reply:
        return Reply(CANCEL, (await self.machine.stop_accepting(),))

    async def _pay(self, amount: str, *options: str) -> Reply:
        cents = _amount(amount)
        # (onTop, showScreen, onlyCoins); the older dialect has no showScreen.
        only_coins = _flag(options[-1])
        if self.machine.accepting:
            return Reply(BUSY)
        payout = await self.machine.dispense(cents, only_coins=only_coins)
        if payout.reason:
            return Reply(GENERIC, (payout.dispensed, 0))
        return self._done(payout.dispensed, 0)

    async def _pay_pieces(self, wanted: str, to_stacker: str, _top: str, screen: str) -> Reply:
        if _flag(screen):
            raise IllegalError
        machine = self.machine
        try:
            pieces = read_vpd(wanted, machine.cash_set)
        except ValueError as error:
            raise BadDataError from error
        place = CASSETTE if _flag(to_stacker) else TRAY
        if not pieces or (place == CASSETTE and any(piece.kind == COIN for piece in pieces)):
            raise BadDataError
        if machine.accepting:
            return Reply(BUSY)
        given, jammed = await machine.give_pieces(pieces, place)
        told = vpd(given, machine.cash_set.denominations)
        if jammed:
            return Reply(GENERIC, (told,))
        return Reply(LEVEL, (told,)) if given != pieces else self._done(told)

    # -- Sale with the Connector's own screen -------------------------------------------------

    async def _sale(self, *params: str) -> Reply:
        # Two of the clients in the field leave the last one out.
        _op, _till, amount, second_screen, _x, _y, accept, partial, top, cents, *manual = params
        for flag in (second_screen, top, cents, *manual):
            _flag(flag)
        window = screen.SaleScreen(_amount(amount), _flag(accept), _flag(partial))
        if self.machine.accepting:
            return Reply(BUSY)
        self.screen = window
        machine = self.machine
        machine.start_accepting()
        await machine.until(lambda: self._cancelled or window.is_over(machine.inserted))
        cancelled = self._cancelled or window.pressed == screen.CANCEL
        money_in = await machine.stop_accepting()
        back = money_in if cancelled else max(0, money_in - window.amount)
        payout = await machine.dispense(back) if back else None
        returned = payout.dispensed if payout else 0
        # Fields 3 and 4 (cash taken by hand, change added) are declared on the till: 0 here.
        fields = (money_in, returned, 0, 0)
        if cancelled:
            return Reply(CANCEL, fields)
        return Reply(GENERIC, fields) if returned < back else self._done(*fields)

    # -- Collecting ---------------------------------------------------------------------------

    async def _collect(self, mode: str) -> Reply:
        if mode != "2":
            raise IllegalError
        machine = self.machine
        if machine.accepting:
            return Reply(BUSY)
        cents = worth(machine.booked.cassette)
        machine.unlock_cassette()
        removed = not machine.cassette_in

        def over() -> bool:
            nonlocal removed
            removed = removed or not machine.cassette_in
            return self._cancelled or (removed and machine.cassette_in)

        try:
            await machine.until(over)
        finally:
            machine.lock_cassette()
        if self._cancelled:
            return Reply(CANCEL, (cents if removed else 0,))
        return self._done(cents)

    # -- Accounting ---------------------------------------------------------------------------

    async def _totals(self) -> Reply:
        booked = self.machine.booked
        return self._done(worth(booked.recyclers), worth(booked.cassette))

    async def _totals_by_place(self) -> Reply:
        booked = self.machine.booked
        return self._done(worth(booked.recyclers), 0, worth(booked.cassette), 0)

    async def _counts(self) -> Reply:
        return self._done(self._in_recyclers(), self._in_stacker())

    async def _counts_by_place(self) -> Reply:
        nothing = vpd(Counter(), self.machine.cash_set.denominations)
        safe = () if self._faults.y2_without_safe else (nothing,)
        return self._done(self._in_recyclers(), nothing, self._in_stacker(), *safe)

    def _in_recyclers(self) -> str:
        told = Counter(self.machine.booked.recyclers)
        for piece in told:
            if piece.value == self._faults.miscount and told[piece]:
                told[piece] -= 1
        return vpd(told, self.machine.cash_set.denominations)

    def _in_stacker(self) -> str:
        cash_set = self.machine.cash_set
        listed = cash_set.denominations if self._faults.coins_in_stacker else cash_set.of_kind(NOTE)
        return vpd(self.machine.booked.cassette, listed)

    async def _levels(self) -> Reply:
        pieces = self.machine.cash_set.denominations
        recycled = [piece for piece in pieces if piece.recycled or self._faults.levels_of_all_notes]
        percent = {
            piece: self.machine.percent(piece) if piece.recycled else 0 for piece in recycled
        }
        state = {piece: _level(value) for piece, value in percent.items()}
        stacker = self.machine.cassette_percent
        stacker_state = _level(stacker) if stacker >= 90 else LEVEL_OK  # an empty one is fine
        return self._done(
            f"{vpd(state, recycled)},STACKER:{stacker_state}",
            f"{vpd(percent, recycled)},STACKER:{stacker}",
        )


def _amount(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_AMOUNT):
        raise BadDataError
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise BadDataError
    return text == "1"


def _level(percent: int) -> int:
    if percent <= 0:
        return EMPTY
    if percent >= 100:
        return FULL
    if percent <= 10:
        return NEAR_EMPTY
    return NEAR_FULL if percent >= 90 else LEVEL_OK
