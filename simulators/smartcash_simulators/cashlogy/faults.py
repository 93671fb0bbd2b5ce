"""What can be broken or odd in a Cashlogy and its Connector, beside the machine itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

from ..faults import Faults

#: The same errors in the numbering of the Connector's own error log.
OTHER_NUMBERS = {1014: 6131, 1110: 6120}
_NONSENSE = cycle(("", "\xb2", "-5", "1e9", "9" * 40, "\x1b[31m", "5.00", "NaN", "1:2:3"))


@dataclass
class CashlogyFaults(Faults):
    """Counters are used up answer by answer; amounts are in minor units."""

    # on the wire
    refuse_ms: int = 0  # connections drop, new ones are refused for so long (once)
    drip_ms: int = 0  # each byte of an answer comes so late
    nonsense: int = 0  # the answer carries nonsense in place of each field
    # in what the Connector says
    busy: bool = False  # all but `#!#` and `#Z#` are answered BUSY, until `#Z#`
    inserted_short: int = 0  # the next `#Q#` tells so much less (once)
    total_short: int = 0  # the next `#J#` tells so much less (once)
    miscount: int | None = None  # counts tell one piece of this value less
    # how it says it: what differs between versions in the field
    other_numbers: bool = False  # `#?#` tells 6131 and 6120 in place of 1014 and 1110
    no_y2: bool = False  # an old Connector, which knows only `#Y#`
    y2_without_safe: bool = False  # `#Y2#` with three fields
    coins_in_stacker: bool = False  # the stacker's list names the coins too, with zeros
    levels_of_all_notes: bool = False  # `#GC#` lists also what is not recycled

    def nonsense_for(self, fields: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(next(_NONSENSE) for _ in fields)
