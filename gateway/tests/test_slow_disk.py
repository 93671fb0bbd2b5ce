"""A slow, locked or full disk: nobody waits for it who need not, and no sale is cut off by it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time

import pytest
import pytest_asyncio
from support import DEVICE, body, connected, new_uuid, until

from smartcash_gateway.config import Config
from smartcash_gateway.models import OperationRequest
from smartcash_gateway.operations.controller import Controller
from smartcash_gateway.operations.journal import Journal

SLOW = 3.0  # seconds a write: longer than a busy computer lets anything wait


@pytest_asyncio.fixture
async def rig(tmp_path, machine):
    journal = Journal(tmp_path / "journal.db")
    controller = Controller(Config(device=DEVICE, connector=machine.connector), journal)
    task = asyncio.ensure_future(controller.run())
    await until(lambda: controller.device.reachable)
    yield controller, journal, task
    await controller.close(task)
    await controller.close_journal()
    journal.close()


def _slow(journal, monkeypatch) -> None:
    write = journal._transaction

    @contextlib.contextmanager
    def transaction():
        time.sleep(SLOW)  # in the thread that writes
        with write():
            yield

    monkeypatch.setattr(journal, "_transaction", transaction)


async def _longest_pause(done: asyncio.Event) -> float:
    longest = 0.0
    while not done.is_set():
        began = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - began)
    return longest


async def _start(controller, amount, kind="sale"):
    request = OperationRequest.from_json(new_uuid(), body(amount, kind), "EUR")
    await controller.start(request)
    return request.uuid


async def test_a_slow_disk_delays_neither_the_end_of_a_sale_nor_other_requests(
    rig, machine, monkeypatch
):
    controller, journal, _ = rig
    older = await _start(controller, 500)
    await controller.cancel(older)
    await until(lambda: controller.current is None)
    _slow(journal, monkeypatch)
    done = asyncio.Event()
    watch = asyncio.ensure_future(_longest_pause(done))
    op = await _start(controller, 500)
    await until(lambda: machine.state()["accepting"])
    await asyncio.to_thread(machine.insert, 500)
    inserted = time.monotonic()
    assert (await controller.get(older)).state.value == "cancelled"
    assert len(await controller.find(limit=10)) == 2
    assert time.monotonic() - inserted < SLOW / 2
    await until(lambda: controller.current is None)
    assert time.monotonic() - inserted < 0.8 * SLOW
    sale = await controller.get(op)
    assert (sale.state.value, sale.amount_in) == ("done", 500)
    done.set()
    assert await watch < SLOW / 2
    assert journal.get(op).state.value == "running"  # not there yet
    await until(lambda: journal.get(op).state.value == "done")


async def test_what_the_count_would_not_prove_is_told_once_it_is_on_disk(rig, machine, monkeypatch):
    """A partial payment that was accepted: a crash before the write would make it a question."""
    controller, journal, _ = rig
    request = OperationRequest.from_json(new_uuid(), body(990, allow_partial=True), "EUR")
    await controller.start(request)
    await until(lambda: machine.state()["accepting"])
    await asyncio.to_thread(machine.insert, 500)
    await until(lambda: controller.current.amount_in == 500)
    _slow(journal, monkeypatch)
    await controller.accept(request.uuid)
    await until(lambda: controller.current is None)
    assert journal.get(request.uuid).state.value == "done"


async def test_a_payout_waits_until_it_is_on_disk(rig, machine, monkeypatch):
    controller, journal, _ = rig
    op = await _start(controller, 990)
    await until(lambda: machine.state()["accepting"])
    _slow(journal, monkeypatch)
    began = time.time()
    await asyncio.to_thread(machine.insert, 2000)
    await until(lambda: controller.current is None)
    frames = machine.frames(began)
    stopped, paid = (next(f["at"] for f in frames if f["name"] == name) for name in "JP")
    assert paid - stopped > 0.9 * SLOW
    assert (await controller.get(op)).amount_out == 1010


@pytest.mark.parametrize("at", ["accepting", "paying"])
async def test_a_lock_of_another_program_does_not_end_a_sale(gateway_process, machine, at):
    op, other = new_uuid(), new_uuid()
    async with connected(gateway_process) as client:
        await client.until_device("online")
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        if at == "paying":
            await asyncio.to_thread(machine.insert, 500)
        lock = sqlite3.connect(gateway_process.journal, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        pid = gateway_process.pid
        await asyncio.to_thread(machine.insert, 2000)
        waiting = await client.until(op, lambda sale: sale["messages"], patience=15)
        assert waiting["messages"][-1]["code"] == "journal_slow"
        assert machine.state()["tray_total"] == 0
        await asyncio.sleep(3)
        _, health = await client.call("GET", "/v1/health")
        assert health["status"] == "ok"
        lock.execute("ROLLBACK")
        lock.close()
        sale = await client.until_ended(op)
        inside = 2500 if at == "paying" else 2000
        assert (sale["state"], sale["amount_in"], sale["amount_out"]) == (
            "done",
            inside,
            inside - 990,
        )
        assert sale["messages"] == []
        assert gateway_process.running
        assert gateway_process.pid == pid
        await client.until_device("online")
        await client.start(other, 100)
        await client.ask(other, "cancel")
        assert (await client.until_ended(other))["state"] == "cancelled"


async def test_a_disk_that_is_full_for_a_moment_holds_the_sale_and_is_told(
    rig, machine, monkeypatch
):
    controller, journal, task = rig
    op = await _start(controller, 990)
    await until(lambda: machine.state()["accepting"])

    def full(*_args):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(journal, "save", full)
    await asyncio.to_thread(machine.insert, 2000)
    await until(lambda: controller.device.journal_trouble)
    await until(lambda: controller.current.messages)
    assert machine.state()["tray_total"] == 0
    monkeypatch.undo()
    await until(lambda: controller.current is None)
    assert (journal.get(op).state.value, machine.state()["tray_total"]) == ("done", 1010)
    assert controller.device.journal_trouble is None
    assert not task.done()


async def test_starts_that_come_together_while_the_disk_is_slow_are_one(rig, machine, monkeypatch):
    controller, journal, _ = rig
    _slow(journal, monkeypatch)
    requests = [OperationRequest.from_json(new_uuid(), body(500), "EUR") for _ in range(3)]
    starts = [
        asyncio.ensure_future(controller.start(request)) for request in (*requests, requests[0])
    ]
    await asyncio.sleep(0.1)
    # What is under way is never called unknown.
    assert (await controller.look(requests[0].uuid)).uuid == requests[0].uuid
    outcomes = await asyncio.gather(*starts, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["tuple", "Busy", "Busy", "tuple"]
    assert (outcomes[0][1], outcomes[3][1]) == (True, False)
    await controller.cancel(requests[0].uuid)
    await until(lambda: controller.current is None)
