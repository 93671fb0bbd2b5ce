"""What can be broken in a CashDro beside the machine: the web service and the wire."""

from __future__ import annotations

from dataclasses import dataclass

from ..faults import Faults

# How an end is told by machines that do not say `F` of it.
END_WORDS = ("C", "canceled", "error")
# What startOperation answers while the machine's service is not ready.
SERVICE_CODES = {"loading": -1900, "out_of_service": -998, "stopped": -999}


@dataclass
class CashdroFaults(Faults):
    """Counters are used up answer by answer; `only_on` keeps those of the wire to one call."""

    only_on: str | None = None  # e.g. "startOperation"
    drop_requests: int = 0  # the connection ends before anything is carried out
    http_error: int = 0  # status 500 instead of the answer; carried out
    html: int = 0  # a page instead of JSON; carried out
    redirect: int = 0  # sent elsewhere; nothing is carried out
    huge: int = 0  # the answer is followed by 10 MB
    drip_ms: int = 0  # each byte of an answer comes so late
    unknown_state: int = 0  # operations that run are in a state that nobody documents
    positive_totalout: bool = False  # as old software has it
    service: str | None = None  # one of SERVICE_CODES
    end_told_as: str | None = None  # one of END_WORDS, for an operation that was cut short
    busy_after_end_ms: int = 0  # real milliseconds in which a start gets -2 although nothing runs
    hundredths: bool = False  # it counts in hundredths, whatever decimals its currency has
    one_at_a_time: bool = False  # a call waits until the one before is answered (CashDro S)

    @classmethod
    def _checked(cls, name: str, value: object) -> object:
        if name == "service":
            if value is not None and value not in SERVICE_CODES:
                raise ValueError(f"service is one of {', '.join(SERVICE_CODES)} or null")
            return value
        if name == "end_told_as":
            if value is not None and value not in END_WORDS:
                raise ValueError(f"end_told_as is one of {', '.join(END_WORDS)} or null")
            return value
        if name == "only_on":
            if value is not None and not isinstance(value, str):
                raise ValueError("only_on is the name of a call, such as startOperation, or null")
            return value or None
        return super()._checked(name, value)

    def concern(self, call: str) -> bool:
        """Whether the faults of the wire touch this call."""
        return self.only_on is None or self.only_on.lower() == call.lower()
