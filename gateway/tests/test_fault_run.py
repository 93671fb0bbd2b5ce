"""A short fault run; `make faults` is the long one."""

from __future__ import annotations

import fault_run

SECONDS = 25


async def test_machine_and_journal_agree_whatever_goes_wrong():
    figures = await fault_run.run(operations=60, lanes=2, seed=7, seconds=SECONDS)
    assert figures.broken == []
    assert figures.operations >= 6
    assert figures.states["done"]
