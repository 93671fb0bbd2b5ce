"""What the gateway knows of the machine between operations: state, warnings, inventory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import DeviceState, Inventory, Kind, Message, now, to_rfc3339

# Meaning of the active error codes that are publicly known; errors stop money, warnings do not.
# Two numberings are known: 1xxx (of the layer below the Connector, in every simulator and client)
# and 6xxx to 8xxx (of the Connector's own error log). Which of them `#?#` returns is not
# published, so both are read.
_ERRORS = {
    1002: ("The machine's accounting may be wrong. Count it.", "warning"),
    1014: ("The machine's coin accounting does not match. Resolve it at the machine.", "warning"),
    1075: ("The machine is switched off.", "error"),
    1110: ("The machine had not enough change.", "warning"),
    1120: ("The cassette is full or open: take it out and put it back.", "warning"),
    1130: ("The coin door is open.", "error"),
    1131: ("The note door is open.", "error"),
    1132: ("The coin door was closed.", "warning"),
    1133: ("The note door was closed.", "warning"),
    1187: ("A note is waiting at the mouth: take it.", "warning"),
    1188: ("A note was taken from the mouth.", "warning"),
    1196: ("A coin recycler is full: that coin is given back.", "warning"),
    1313: ("A note recycler is full.", "warning"),
    1314: ("A note recycler has room again.", "warning"),
    1315: ("Preventive maintenance is due.", "warning"),
    1452: ("A sensor is dirty: clean it.", "warning"),
    1556: ("A sensor is dirty: clean it.", "warning"),
    1565: ("The belts need attention.", "warning"),
    1751: ("A recycler's motor has failed.", "error"),
    6120: ("The machine had not enough coins for change.", "warning"),
    6131: ("The machine's accounting does not match. Resolve it at the machine.", "warning"),
    6320: ("A note is waiting at the mouth: take it.", "warning"),
    6321: ("A note was taken from the mouth.", "warning"),
    7310: ("The entry sensor needs attention.", "error"),
    8523: ("A dispenser is empty.", "warning"),
}
_MACHINE_OFF = 1075
#: With any other code active, nobody knows whether the machine's count is a witness.
KNOWN_CODES = frozenset(_ERRORS)


@dataclass
class Device:
    """The last known state of the machine; the controller keeps it current."""

    uid: str
    currency: str
    model: str = "Cashlogy"
    version: str | None = None
    serial: str | None = None
    reachable: bool | None = None  # None: not tried yet
    initialising: bool = False
    occupied: bool = False  # busy with something that is not ours
    trouble: str | None = None  # why it is not reachable
    journal_trouble: str | None = None  # why no operation could be written down
    codes: tuple[int, ...] = ()
    difference: Message | None = None  # the count after an operation was not what it should be
    inventory: Inventory | None = None
    counted_at: datetime | None = None

    def count(self, inventory: Inventory) -> None:
        """Remembers a reading; levels of an older one are kept until they are read again."""
        self.inventory = inventory
        self.counted_at = now()

    def state(self, operation: str | None) -> DeviceState:
        """The state in one word; `operation` = uuid that runs."""
        if self.reachable is None:
            return DeviceState.UNKNOWN
        if not self.reachable or _MACHINE_OFF in self.codes:
            return DeviceState.OFFLINE
        if operation or self.occupied:
            return DeviceState.BUSY
        if self.journal_trouble or any(_message(code).level == "error" for code in self.codes):
            return DeviceState.ERROR
        return DeviceState.ONLINE

    def problems(self) -> tuple[Message, ...]:
        """Active warnings and errors, for people."""
        found = [_message(code) for code in self.codes]
        if self.journal_trouble:
            text = (
                f"The gateway cannot write its journal ({self.journal_trouble}), so it starts "
                "nothing. Check the till's disk: free space and rights."
            )
            found.append(Message("journal_unavailable", text, "error"))
        if self.difference:
            found.append(self.difference)
        if self.initialising:
            text = "The machine is starting. This takes about a minute."
            found.append(Message("initialising", text, "warning"))
        elif self.reachable is False:
            found.append(Message("machine_offline", self.trouble or "No answer.", "error"))
        return tuple(found)

    def to_json(self, operation: str | None) -> dict[str, Any]:
        """The API's shape. Without contact there is no inventory: an old count misleads."""
        known = self.inventory if self.reachable else None
        return {
            "device": self.uid,
            "model": self.model,
            "version": self.version,
            "serial": self.serial,
            "state": self.state(operation).value,
            "currency": self.currency,
            "capabilities": {
                "kinds": [kind.value for kind in Kind],
                "partial": True,
                "inventory": True,
                "idle_timeout": True,
            },
            "inventory": known.to_json(self.currency) if known else None,
            "counted_at": to_rfc3339(self.counted_at) if known and self.counted_at else None,
            "errors": [message.to_json() for message in self.problems()],
            "operation": operation,
        }


def _message(code: int) -> Message:
    text, level = _ERRORS.get(code, (f"The machine reports code {code}.", "warning"))
    return Message(str(code), text, level)
