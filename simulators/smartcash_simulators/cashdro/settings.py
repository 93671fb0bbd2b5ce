"""How the technician set the machine up; changed over the control API, never by a till."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from ..cash import COIN, Denomination, as_count

MESSAGE_SHAPES = ("string", "number", "object")


@dataclass
class Settings:
    """Amounts in minor units."""

    rounding: int = 1  # step; fixed at the start, with the coins in use
    control: bool = True  # pieces that would leave change or a cancel unpayable are refused
    max_coins: int = 10  # of each denomination in one change
    max_notes: int = 100
    give_partial: bool = True  # what cannot be given whole is given as far as it goes
    wait_at_jam: bool = False  # a jam holds the operation until it is repaired
    refused: list[int] = field(default_factory=list)  # values that are not accepted
    message_shape: str = "string"  # of messages[]; the maker does not publish it

    def update(self, values: Mapping) -> None:
        """Takes over what is named; nothing changes when one of them is wrong (ValueError)."""
        checked = {name: self._checked(name, value) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def most_in_change(self, piece: Denomination) -> int:
        return self.max_coins if piece.kind == COIN else self.max_notes

    def to_json(self) -> dict:
        return asdict(self)

    def restore(self, values: dict) -> None:
        """Back to what `to_json` once gave."""
        self.__dict__.update(Settings(**values).__dict__)

    @staticmethod
    def _checked(name: str, value: object) -> object:
        known = {item.name: item.type for item in fields(Settings) if item.name != "rounding"}
        if name not in known:
            raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
        if name == "message_shape":
            if value not in MESSAGE_SHAPES:
                raise ValueError(f"message_shape is one of {', '.join(MESSAGE_SHAPES)}")
            return value
        if name == "refused":
            if not isinstance(value, list):
                raise ValueError("refused is a list of values")
            return [as_count(item, "refused") for item in value]
        if known[name] == "bool":
            if not isinstance(value, bool):
                raise ValueError(f"{name} is true or false; got {value!r}")
            return value
        return as_count(value, name)
