"""The Connector's own sale window, as far as a till or a customer can touch it."""

from __future__ import annotations

from dataclasses import dataclass

CANCEL = "cancel"
ACCEPT = "accept"


@dataclass
class SaleScreen:
    """One `#C#` on the screen; amounts in minor units."""

    amount: int
    accept_button: bool  # a paid sale ends only when somebody presses Accept
    allow_partial: bool
    pressed: str | None = None

    def may_accept(self, inserted: int) -> bool:
        if inserted >= self.amount:
            return self.accept_button
        return self.allow_partial and inserted > 0

    def is_over(self, inserted: int) -> bool:
        return bool(self.pressed) or (inserted >= self.amount and not self.accept_button)

    def press(self, button: str, inserted: int) -> None:
        """Raises ValueError when that button is not on the screen now."""
        if button not in (CANCEL, ACCEPT):
            raise ValueError(f"the screen has the buttons {CANCEL} and {ACCEPT}, not {button!r}")
        if button == ACCEPT and not self.may_accept(inserted):
            raise ValueError("this sale cannot be accepted now: too little money is inserted")
        self.pressed = self.pressed or button

    def to_json(self, inserted: int) -> dict:
        return {
            "to_pay": self.amount,
            "has_accept": self.accept_button or self.allow_partial,
            "can_accept": self.may_accept(inserted),
        }
