"""Keeps a machine's contents in a file, so that a simulator can be restarted as a machine can."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .cash import CashSet, Holdings
from .machine import CashMachine


class StateFile:
    """The counted contents, written at each change and whole at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: Holdings | None = None

    def load(self, cash_set: CashSet) -> Holdings | None:
        """None when there is no file yet; ValueError when it is not one of ours."""
        if not self._path.exists():
            return None
        try:
            content = json.loads(self._path.read_text("utf-8"))
            if content["currency"] != cash_set.currency:
                raise ValueError(f"it holds {content['currency']}, not {cash_set.currency}")
            return Holdings.from_json(content["pieces"], cash_set)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self._path} is not a usable state file ({error}): remove it to start anew"
            ) from error

    def follow(self, machine: CashMachine) -> None:
        machine.on_change.append(lambda: self._save(machine))
        self._save(machine)

    def _save(self, machine: CashMachine) -> None:
        if self._written is not None and self._written.same_as(machine.physical):
            return
        self._written = machine.physical.copy()
        rows = self._written.to_json(machine.cash_set)
        content = {"currency": machine.cash_set.currency, "pieces": rows}
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_text(json.dumps(content), "utf-8")
        os.replace(fresh, self._path)
