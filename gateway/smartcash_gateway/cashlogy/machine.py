"""The machine's verbs: what can be asked of a Cashlogy, in domain words.

Nothing here decides about an operation, and nothing that moves money is ever sent twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import (
    DeviceBusy,
    DeviceFault,
    DeviceIllegal,
    DeviceLost,
    DeviceOffline,
    DeviceRefused,
)
from ..models import Denomination, Inventory
from ..timing import Timing
from . import frames
from .connector import Connector
from .frames import Command, FrameError, Reply

_logger = logging.getLogger(__name__)

Pieces = Mapping[tuple[str, int], int]  # (coin or note, minor units) -> how many

# States of `#GC#`.
_LEVELS = {0: "ok", 11: "empty", 12: "near_empty", 21: "full", 22: "near_full"}
_CAN_BE_GIVEN_OUT = (2, 3)  # capabilities of `#GI#`; 1 = only taken


@dataclass(frozen=True)
class Payout:
    """What `#P#` or `#U#` says it gave out."""

    dispensed: int | None  # minor units; None: only the inventory tells
    fault: bool  # ER:GENERIC: compare with the inventory before believing it


@dataclass(frozen=True)
class Charge:
    """What `#C#` says about a sale on the Connector's own screen; minor units."""

    inserted: int
    returned: int
    manual: int
    cancelled: bool
    fault: bool


@dataclass(frozen=True)
class Collected:
    """What `#S#` says was taken with the stacker."""

    amount: int  # minor units
    cancelled: bool  # by `#!#`; not 0 then: it was cancelled after the stacker had been taken out


class Machine:
    """A Cashlogy behind its Connector."""

    def __init__(self, connector: Connector, timing: Timing | None = None) -> None:
        self.connector = connector
        self.timing = timing or Timing()
        self.version: str | None = None
        self.serial: str | None = None
        # How it counts: None = not known yet. Which it was must not change: a total without the
        # safe beside one with it would look like money that moved.
        self._inventory: Command | None = None
        self._short_counts = 0
        self._recycled: frozenset[tuple[str, int]] | None = None  # None: it did not say

    async def _call(self, command: Command, *params: object, timeout: float | None = None) -> Reply:
        return await self.connector.call(command, *params, timeout=timeout or self.timing.reply)

    def _broken(self, error: FrameError) -> DeviceLost:
        """An answer that makes no sense: the wire may be out of step."""
        self.connector.distrust()
        return DeviceLost(str(error))

    async def _amount(self, command: Command, *params: object, timeout: float | None = None) -> int:
        reply = await self._call(command, *params, timeout=timeout)
        if reply.code == "ER:GENERIC":
            raise DeviceFault(f"The machine could not execute {command.name}.")
        try:
            return reply.amount(0)
        except FrameError as error:
            raise self._broken(error) from error

    # -- session -----------------------------------------------------------------------

    async def active_errors(self) -> tuple[int, ...]:
        """Codes of the machine's active warnings and errors."""
        reply = await self._call(frames.ERRORS)
        if reply.code == "ER:GENERIC":
            raise DeviceOffline("The Connector answers, but the machine is off or unplugged.")
        try:
            return frames.parse_codes(reply.fields[0] if reply.fields else "")
        except FrameError as error:
            raise self._broken(error) from error

    async def initialise(self) -> None:
        """Wakes the machine up. BUSY to `#I#` means it is awake but stuck: reset (field use)."""
        _logger.info("initialising the machine")
        try:
            reply = await self._call(frames.INITIALISE, timeout=self.timing.initialise)
        except DeviceBusy:
            await self.reset()
            return
        except DeviceIllegal as error:
            raise DeviceOffline(f"The machine cannot be initialised: {error}") from error
        if reply.code == "ER:GENERIC":
            raise DeviceOffline("The Connector answers, but the machine is off or unplugged.")
        self.version = frames.plain(reply.fields[0]) if reply.fields else None

    async def reset(self) -> None:
        """`#Z#`, slow; ends whatever hangs."""
        reply = await self._call(frames.RESET, timeout=self.timing.initialise)
        if reply.code == "ER:GENERIC":
            raise DeviceOffline("The machine could not be reset.")

    async def identify(self) -> None:
        """Reads the serial number once; machines that do not tell it stay nameless.

        Called on each new contact: the Connector may be another version since.
        """
        self._inventory, self._short_counts = None, 0
        try:
            reply = await self._call(frames.IDENTITY)
        except (DeviceRefused, DeviceIllegal):
            return
        if reply.fields and not reply.code.startswith("ER:"):
            self.connector.serial = reply.fields[0] or None
            self.serial = frames.plain(reply.fields[0]) or None
            self._recycled = _recycled(reply.fields[1] if len(reply.fields) > 1 else "")

    async def interrupt(self) -> None:
        """Asks the Connector to end the command that is running."""
        await self.connector.interrupt()

    # -- taking and giving money ----------------------------------------------------------

    async def accept(self) -> None:
        """Opens the machine for money."""
        await self._open(frames.ACCEPT, 0, 0, 0)

    async def add_change(self) -> None:
        """Opens the machine to be filled; `inserted` and `stop` then work as for a sale."""
        await self._open(frames.ADD_CHANGE, 2)

    async def _open(self, command: Command, *params: int) -> None:
        reply = await self._call(command, *params)
        if reply.code == "ER:GENERIC":
            raise DeviceFault("The machine could not open for money.")

    async def inserted(self) -> int:
        """Money inserted so far, minor units; not final, more may be in the counter."""
        return await self._amount(frames.INSERTED)

    async def stop(self) -> int:
        """Closes the machine for money; the final total, minor units."""
        return await self._amount(frames.STOP, timeout=self.timing.stop)

    async def pay_out(self, amount: int, *, pieces: int = 0) -> Payout:
        """Gives out up to `amount` minor units; the machine chooses the pieces.

        `pieces`: about how many, if they are more than a customer's change.
        """
        timeout = self.timing.payout + pieces * self.timing.piece
        reply = await self._call(frames.PAY_OUT, amount, 0, 0, 0, timeout=timeout)
        fault = reply.code == "ER:GENERIC"
        if fault and not reply.fields:
            return Payout(dispensed=0, fault=True)
        try:
            return Payout(dispensed=reply.amount(0), fault=fault)
        except FrameError as error:
            raise self._broken(error) from error

    async def give_pieces(self, pieces: Pieces, *, to_stacker: bool = False) -> Payout:
        """Gives out just these pieces, or moves them into the stacker, as far as it can.

        `#U#`: two independent users send it, only one reads its answer. So its answer is not
        read here; a Connector that does not know it refuses.
        """
        text = frames.pieces_text(pieces)
        timeout = self.timing.payout + sum(pieces.values()) * self.timing.piece
        reply = await self._call(frames.PIECES, text, int(to_stacker), 0, 0, timeout=timeout)
        return Payout(dispensed=None, fault=reply.code == "ER:GENERIC")

    async def collect(self) -> Collected:
        """Unlocks the stacker; answers when it was taken out and put back, or on `interrupt`."""
        reply = await self._call(frames.COLLECT, 2, timeout=self.timing.collect)
        if reply.code == "ER:GENERIC":
            raise DeviceFault("The machine could not hand out its stacker.")
        try:
            return Collected(reply.amount(0), cancelled=reply.code == "WR:CANCEL")
        except FrameError as error:
            raise self._broken(error) from error

    async def charge(self, operation: int, amount: int, *, allow_partial: bool) -> Charge:
        """A whole sale on the Connector's own screen; answers when it is over."""
        reply = await self._call(
            frames.CHARGE,
            *(operation, 1, amount, 1, 0, 0),
            *(int(allow_partial), int(allow_partial), 1, 0, 0),
            timeout=self.timing.charge,
        )
        fault = reply.code == "ER:GENERIC"
        if fault and len(reply.fields) < frames.CHARGE.fields:
            return Charge(0, 0, 0, cancelled=False, fault=True)
        try:
            return Charge(
                inserted=reply.amount(0),
                returned=reply.amount(1),
                manual=reply.amount(2),
                cancelled=reply.code == "WR:CANCEL",
                fault=fault,
            )
        except FrameError as error:
            raise self._broken(error) from error

    # -- counting ----------------------------------------------------------------------

    async def inventory(self) -> Inventory:
        """Pieces per denomination: `#Y2#`, or `#Y#` on a Connector that does not know it."""
        reply = await self._count()
        if reply.code == "ER:GENERIC":
            raise DeviceFault("The machine cannot be counted now.")
        try:
            recycler, *stores = (frames.parse_pieces(text) for text in reply.fields)
        except (FrameError, ValueError) as error:
            raise self._broken(FrameError(str(error))) from error
        self._learn_shape(reply)
        return Inventory(tuple(_denominations(recycler, stores)))

    async def _count(self) -> Reply:
        if self._inventory is not None:
            return await self._call(self._inventory)
        try:
            return await self._call(frames.INVENTORY_2)
        except (DeviceRefused, DeviceIllegal):
            # Old Connectors; a machine that is not initialised refuses #Y# as well.
            reply = await self._call(frames.INVENTORY)
            self._inventory = frames.INVENTORY
            return reply

    def _learn_shape(self, reply: Reply) -> None:
        """Four places, or three, twice alike: the fourth may only have been late."""
        if self._inventory is not None:
            return
        if len(reply.fields) == frames.INVENTORY_2_WITH_SAFE.fields:
            self._inventory = frames.INVENTORY_2_WITH_SAFE
            return
        self._short_counts += 1
        if self._short_counts > 1:
            self._inventory = frames.INVENTORY_2_WITHOUT_SAFE

    async def with_levels(self, inventory: Inventory) -> Inventory:
        """`inventory` with what the machine says about how full each recycler is."""
        try:
            reply = await self._call(frames.LEVELS)
            coins, notes = frames.parse_pieces(reply.fields[0] if reply.fields else "")
        except (DeviceRefused, DeviceIllegal, FrameError):
            return inventory
        states = {"coin": coins, "note": notes}
        return Inventory(
            tuple(replace(d, level=self._level(d, states[d.kind])) for d in inventory.denominations)
        )

    def _level(self, piece: Denomination, states: Mapping[int, int]) -> str | None:
        """None for what is never given out: some Connectors call its recycler empty."""
        if self._recycled is not None and (piece.kind, piece.value) not in self._recycled:
            return None
        return _LEVELS.get(states.get(piece.value, -1))


def _recycled(text: str) -> frozenset[tuple[str, int]] | None:
    """What can be given out, of the capabilities per denomination; None when they say nothing."""
    try:
        halves = frames.parse_pieces(text)
    except FrameError:
        return None
    found = {
        (kind, value)
        for kind, half in zip(("coin", "note"), halves, strict=True)
        for value, able in half.items()
        if able in _CAN_BE_GIVEN_OUT
    }
    return frozenset(found) or None


_Half = tuple[dict[int, int], dict[int, int]]  # coins, notes


def _denominations(recycler: _Half, stores: list[_Half]) -> list[Denomination]:
    found = []
    for index, kind in enumerate(("coin", "note")):
        values = set(recycler[index]).union(*(store[index] for store in stores))
        found += [
            Denomination(
                value=value,
                kind=kind,
                recycler=recycler[index].get(value, 0),
                cassette=sum(store[index].get(value, 0) for store in stores),
            )
            for value in sorted(values)
        ]
    return found
