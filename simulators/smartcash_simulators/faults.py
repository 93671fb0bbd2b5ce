"""What can be broken, validated as it comes in over the control API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from .cash import as_count

CUT_PHASES = ("accept", "insert", "stop", "dispense")


Own = TypeVar("Own", bound="Faults")


@dataclass
class Faults:
    """Counters (`drop_replies`, …) are used up one by one; switches stay until cleared."""

    # on the wire, each seen by the client of the protocol face
    latency_ms: int = 0
    drop_replies: int = 0  # carried out, but the answer is lost
    half_frame: int = 0  # only the first half of the answer is sent
    garbage: int = 0  # the answer is replaced by noise
    wrong_code: int = 0  # the answer carries a result code that nobody documents
    extra_fields: bool = False
    split_replies: bool = False  # answers come in several TCP segments
    single_client: bool = False  # whoever connects last gets all answers, in order of the commands
    late_reply_ms: int = 0  # the next answer is so late, and all others wait behind it (once)
    no_answer: bool = False  # commands are read, neither carried out nor answered
    # in the machine
    jam_after: int | None = None  # pieces that still come out before the payout jams (once)
    no_change: bool = False
    stacker_full: bool = False
    refuse_coin: int | None = None  # value of the coin or note that is always handed back
    hopper_empty: int | None = None  # value: a payout finds none of them, and corrects the count
    unplugged: bool = False  # the controller runs, the machine behind it does not answer
    error_code: int | None = None  # `#?#` of a Cashlogy reports it besides its own
    power_cut_at: str | None = None  # one of CUT_PHASES, once

    @classmethod
    def of(cls: type[Own], faults: Faults) -> Own:
        """The faults of a machine that was built with those of this make."""
        if not isinstance(faults, cls):
            raise TypeError(f"the machine has to be built with {cls.__name__}")
        return faults

    def update(self, values: Mapping) -> None:
        """Take over the named faults; nothing changes when one of them is wrong (ValueError)."""
        checked = {name: self._checked(name, value) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def clear(self) -> None:
        self.__dict__.update(type(self)().__dict__)

    def take_one(self, name: str) -> bool:
        """True once per remaining count of that fault."""
        left = getattr(self, name)
        if left:
            setattr(self, name, left - 1)
        return bool(left)

    def take_all(self, name: str) -> int:
        """The whole of that fault, once."""
        left: int = getattr(self, name)
        setattr(self, name, 0)
        return left

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def _checked(cls, name: str, value: object) -> object:
        defaults = {field.name: field.default for field in fields(cls)}
        if name not in defaults:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(defaults))}")
        if name == "power_cut_at":
            if value is not None and value not in CUT_PHASES:
                raise ValueError(f"power_cut_at is one of {', '.join(CUT_PHASES)} or null")
            return value
        if isinstance(defaults[name], bool):
            if not isinstance(value, bool):
                raise ValueError(f"{name} is true or false; got {value!r}")
            return value
        if defaults[name] is None and value is None:
            return None
        return as_count(value, name)
