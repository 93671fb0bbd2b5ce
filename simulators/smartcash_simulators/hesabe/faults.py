"""What can go wrong between a merchant and the cloud, validated as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from ..cash import as_count

#: The calls of the API, by the names that `on` knows.
CALLS = (
    "login",
    "refresh",
    "profile",
    "terminals",
    "create",
    "resend",
    "list",
    "detail",
    "transactions",
    "refund",
    "refund_list",
    "refund_detail",
    "refund_cancel",
    "enquiry",
)
TOKEN_CALLS = ("login", "refresh")


@dataclass
class Faults:
    """Counters are used up one by one; the rest stays until cleared.

    `on` names the only call that breaks; without it all but login and refresh do.
    """

    on: str | None = None
    latency_ms: int = 0
    hold_answer_ms: int = 0  # carried out at once, answered late
    retry_after: int = 1  # seconds that a 429 asks for
    drop_before: int = 0  # the line breaks, nothing was carried out
    drop_after: int = 0  # carried out, the answer is lost
    unauthorized: int = 0  # 401, nothing carried out
    unauthorized_after: int = 0  # carried out, and 401 all the same
    rate_limit: int = 0  # 429 with Retry-After, nothing carried out
    server_error: int = 0  # 500, nothing carried out
    server_error_after: int = 0  # carried out, then 500
    html: int = 0  # a maintenance page instead of an answer; carried out
    redirect: int = 0  # to another host; nothing carried out
    huge: int = 0  # an answer without end
    garbage: int = 0  # hex that decrypts to noise
    wrong_padding: int = 0  # decrypts, but its padding is none
    foreign_invoice: int = 0  # a paid invoice of another merchant instead
    wrong_amount: int = 0  # paid amounts are a tenth of what they were
    contradiction: int = 0  # a second status says the contrary of the first
    padding_32_only: int = 0  # 1: requests that are padded to 16 bytes only are not read

    def update(self, values: Mapping) -> None:
        """Take over the named faults; nothing changes when one of them is wrong (ValueError)."""
        checked = {name: self._checked(name, value) for name, value in values.items()}
        self.__dict__.update(checked)

    def clear(self) -> None:
        self.__dict__.update(asdict(Faults()))

    def take(self, name: str, call: str) -> bool:
        """True once per remaining count of that fault, in the calls that it is for."""
        left = getattr(self, name)
        if not left or not self.hits(call):
            return False
        setattr(self, name, left - 1)
        return True

    def hits(self, call: str) -> bool:
        return call == self.on if self.on else call not in TOKEN_CALLS

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def _checked(name: str, value: object) -> object:
        known = [field.name for field in fields(Faults)]
        if name not in known:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(known))}")
        if name == "on":
            if value is not None and value not in CALLS:
                raise ValueError(f"on is null or one of {', '.join(CALLS)}")
            return value
        return as_count(value, name)
