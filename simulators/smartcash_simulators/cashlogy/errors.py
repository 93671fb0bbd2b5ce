"""The codes that `#?#` reports for what can be wrong with the machine."""

from __future__ import annotations

from dataclasses import dataclass

from .. import terms

WARNING = 0
ERROR = 1


@dataclass(frozen=True)
class DeviceError:
    """One row of the maker's list, as `#?#code#1#` describes it."""

    code: int
    level: int
    title: str
    message: str

    def describe(self, extra: str = "") -> str:
        parts = [self.code, self.level, self.title, self.message, extra, "", ""]
        return "|".join(str(part) for part in parts)


BY_ALARM = {
    terms.ALARM_MISMATCH: DeviceError(
        1014, ERROR, "Coin accounting mismatch", "The counters differ from the contents"
    ),
    terms.ALARM_UNPLUGGED: DeviceError(
        1075, ERROR, "Machine off", "Switch the machine on and check its cable"
    ),
    terms.ALARM_NO_CHANGE: DeviceError(
        1110, WARNING, "Not possible to give change", "Not enough change in the recyclers"
    ),
    terms.ALARM_REMOVE_CASSETTE: DeviceError(
        1120, WARNING, "Remove stacker", "Take the stacker out and empty it"
    ),
    terms.ALARM_COIN_FULL: DeviceError(
        1196, WARNING, "Coin at maximum capacity", "A coin recycler takes no more coins"
    ),
    terms.ALARM_JAM: DeviceError(
        1751, ERROR, "Recycler motor", "The recycler is jammed: free it and reset the machine"
    ),
}
BY_CODE = {error.code: error for error in BY_ALARM.values()}
