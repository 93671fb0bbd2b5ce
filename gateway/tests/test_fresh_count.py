"""A count that Odoo may book is never older than the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcash_gateway.config import Config
from smartcash_gateway.models import Denomination, Inventory
from smartcash_gateway.operations.controller import Controller
from smartcash_gateway.operations.journal import Journal
from smartcash_gateway.timing import Timing

FIVE_EUROS = Inventory((Denomination(100, "coin", recycler=5, cassette=0),))


@pytest.mark.asyncio
async def test_a_count_that_the_machine_does_not_renew_is_not_told(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal.db")
    # Nobody runs it: the machine is as slow as can be.
    controller = Controller(Config(), journal, timing=Timing(fresh_count=0.05))
    controller.device.reachable = True
    controller.device.count(FIVE_EUROS)
    assert controller.device_json()["inventory"]["total"] == 500
    told = await controller.fresh_device_json()
    assert (told["inventory"], told["counted_at"]) == (None, None)
