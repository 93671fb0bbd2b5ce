"""A count that Odoo may book is never older than the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcash_gateway import controller as controllers
from smartcash_gateway.config import Config
from smartcash_gateway.controller import Controller
from smartcash_gateway.journal import Journal
from smartcash_gateway.models import Denomination, Inventory

FIVE_EUROS = Inventory((Denomination(100, "coin", recycler=5, cassette=0),))


@pytest.mark.asyncio
async def test_a_count_that_the_machine_does_not_renew_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controllers, "COUNT_PATIENCE", 0.05)
    journal = Journal(tmp_path / "journal.db")
    # Nobody runs it: the machine is as slow as can be.
    controller = Controller(Config(), journal)
    controller.device.reachable = True
    controller.device.count(FIVE_EUROS)
    assert controller.device_json()["inventory"]["total"] == 500
    told = await controller.fresh_device_json()
    assert (told["inventory"], told["counted_at"]) == (None, None)
