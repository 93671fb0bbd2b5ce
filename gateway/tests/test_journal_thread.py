"""The journal's threads: what is newer on the disk stays, and nothing is registered over a gap."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import until

from smartcash_gateway.models import Kind, Operation, OperationRequest, Phase, State
from smartcash_gateway.operations.journal import Journal
from smartcash_gateway.operations.journal_thread import JournalThread
from smartcash_gateway.timing import Timing

pytestmark = pytest.mark.asyncio


class FailingJournal(Journal):
    """Cannot write the first `failures` states that it is given."""

    failures = 0

    def save(self, operation: Operation) -> None:
        if self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("database or disk is full")
        super().save(operation)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[FailingJournal]:
    journal = FailingJournal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


def _sale() -> OperationRequest:
    return OperationRequest(
        uuid=str(uuid.uuid4()),
        kind=Kind.SALE,
        amount=1000,
        currency="EUR",
        reference="",
        allow_partial=False,
    )


def _on_disk(journal: Journal, operation: Operation) -> Operation:
    reading = Journal(journal.path, read_only=True)
    try:
        found = reading.get(operation.uuid)
    finally:
        reading.close()
    assert found
    return found


def _ended(operation: Operation) -> Operation:
    return replace(operation, state=State.CANCELLED, phase=Phase.ENDED, settled=True)


async def test_a_state_tried_again_is_not_written_over_a_newer_one(journal: FailingJournal) -> None:
    threads = JournalThread(journal, Timing())
    operation = await threads.register(_sale(), on_screen=False)
    journal.failures = 1
    older = threads.save(replace(operation, phase=Phase.ACCEPTING, before=5000))
    await until(lambda: not journal.failures)
    await threads.save(_ended(replace(operation, before=5000)))
    await older
    assert _on_disk(journal, operation).state is State.CANCELLED
    assert (await threads.get(operation.uuid)).state is State.CANCELLED
    await threads.close()


@pytest.mark.parametrize("patience", [0.0, 120.0], ids=["given up", "to be tried again"])
async def test_an_end_that_was_told_is_on_disk_before_the_next_registration(
    journal: FailingJournal, patience: float
) -> None:
    """Else a restart would look for the first one's money in what the second one has moved."""
    threads = JournalThread(journal, Timing(recovery=patience))
    operation = await threads.register(_sale(), on_screen=False)
    journal.failures = 1
    save = threads.save(_ended(operation))
    if patience == 0.0:
        await asyncio.wait({save})
        assert save.exception()
    else:
        await until(lambda: not journal.failures)
    await threads.register(_sale(), on_screen=False)
    assert _on_disk(journal, operation).state is State.CANCELLED
    await asyncio.wait({save})
    await threads.close()


async def test_an_answer_is_not_shorter_for_what_has_a_newer_state(journal: FailingJournal) -> None:
    """A shorter one says that there is no next page."""
    threads = JournalThread(journal, Timing(recovery=0.0))
    older, newer = [await threads.register(_sale(), on_screen=False) for _ in range(2)]
    journal.failures = 1
    await asyncio.wait({threads.save(_ended(newer))})
    assert _on_disk(journal, newer).state is State.RUNNING
    assert [one.uuid for one in await threads.find(state=State.RUNNING, limit=1)] == [older.uuid]
    await threads.close()


async def test_nothing_is_registered_while_an_earlier_end_cannot_be_written(
    journal: FailingJournal,
) -> None:
    threads = JournalThread(journal, Timing(recovery=0.0))
    operation = await threads.register(_sale(), on_screen=False)
    journal.failures = 1000
    save = threads.save(_ended(operation))
    await asyncio.wait({save})
    request = _sale()
    with pytest.raises(sqlite3.OperationalError):
        await threads.register(request, on_screen=False)
    assert await threads.get(request.uuid) is None
    await threads.close()


async def test_a_state_that_was_given_up_is_written_when_the_disk_can_be_written_again(
    journal: FailingJournal,
) -> None:
    troubles: list[str | None] = []
    threads = JournalThread(journal, Timing(recovery=0.0), troubles.append)
    operation = await threads.register(_sale(), on_screen=False)
    journal.failures = 3
    await asyncio.wait({threads.save(_ended(operation))})
    while journal.failures:
        threads.probe()
        await asyncio.sleep(0.05)
    assert any(troubles)
    threads.probe()
    await until(lambda: troubles[-1] is None)
    assert _on_disk(journal, operation).state is State.CANCELLED
    await threads.close()


async def test_a_state_that_was_given_up_is_tried_again_at_the_end(journal: FailingJournal) -> None:
    threads = JournalThread(journal, Timing(recovery=0.0))
    operation = await threads.register(_sale(), on_screen=False)
    journal.failures = 1
    await asyncio.wait({threads.save(_ended(operation))})
    await threads.close()
    assert _on_disk(journal, operation).state is State.CANCELLED
