"""Whole operations while the wire misbehaves: the outcome is still what the machine holds."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio
from support import GatewayProcess, Tap, connected, new_uuid, until

from smartcash_gateway.operations.journal import Journal


@pytest_asyncio.fixture
async def tapped(tmp_path, machine):
    async with Tap(machine.connector) as tap:
        gateway = GatewayProcess(
            tmp_path,
            tap.address,
            REPLY_TIMEOUT_MS="400",
            STOP_TIMEOUT_MS="1000",
            PAYOUT_TIMEOUT_MS="1500",
        )
        gateway.start()
        yield gateway, tap
        await asyncio.to_thread(gateway.stop)


FAULTS = (
    {"drop_replies": 1},
    {"half_frame": 1},
    {"garbage": 1},
    {"wrong_code": 1},
    {"nonsense": 1},
    {"extra_fields": True},
    {"split_replies": True},
    {"latency_ms": 120},
)


@pytest.mark.parametrize("command", ["B", "Q", "J", "P"])
async def test_a_sale_ends_truthfully_although_an_answer_is_spoilt(tapped, machine, command):
    gateway, tap = tapped
    async with connected(gateway) as client:
        for fault in FAULTS:
            tap.seen.clear()
            sale, accepted, kept = await _spoilt_sale(client, tap, machine, command, fault)
            assert sale["amount_in"] - sale["amount_out"] == kept, (fault, sale)
            assert tap.seen.count("P") <= 1, fault
            if accepted and command != "B":
                amounts = (sale["state"], sale["amount_in"], sale["amount_out"])
                assert amounts == ("done", 2000, 1010), (fault, sale)


async def _spoilt_sale(client, tap, machine, command, fault):
    """A sale of 9.90 paid with 20.00, `fault` from `command` on; (sale, accepted, kept)."""
    before = machine.state()["physical_total"]
    op = new_uuid()

    def spoil(name: str) -> None:
        if name == command:
            tap.on_frame = lambda name: None
            machine.fault(**fault)

    tap.on_frame = spoil
    await client.start(op, 990)
    await until(lambda: machine.state()["accepting"])
    inserted = await asyncio.to_thread(machine.insert, 2000)
    sale = await client.until_ended(op)
    kept = machine.state()["physical_total"] - before
    machine.clear_faults()
    return sale, inserted["accepted"], kept


async def test_a_refund_is_not_sent_again_when_its_answer_is_lost(tapped, machine):
    gateway, tap = tapped
    before = machine.state()["physical_total"]
    op = new_uuid()
    async with connected(gateway) as client:
        tap.on_frame = lambda name: machine.fault(drop_replies=1) if name == "P" else None
        await client.start(op, 1000, "refund")
        await tap.until_seen("P")
        refund = await client.until_ended(op)
    assert (refund["state"], refund["amount_out"]) == ("done", 1000)
    assert before - machine.state()["physical_total"] == 1000
    assert tap.seen.count("P") == 1


async def test_every_phase_is_on_disk_before_its_frame(tapped, machine):
    gateway, tap = tapped
    op, seen = new_uuid(), {}

    def look(name: str) -> None:
        if name in ("B", "J", "P") and name not in seen:
            journal = Journal(gateway.journal, read_only=True)
            seen[name] = journal.get(op)
            journal.close()

    async with connected(gateway) as client:
        tap.on_frame = look
        await client.start(op, 990)
        await tap.until_seen("Q")
        await asyncio.to_thread(machine.insert, 2000)
        await client.until_ended(op)
    assert seen["B"].phase.value == "accepting"
    assert seen["B"].before is not None
    assert seen["J"].phase.value == "accepting"
    assert (seen["P"].phase.value, seen["P"].amount_in) == ("dispensing", 2000)
    assert seen["P"].to_dispense == 1010


async def test_a_client_that_vanishes_changes_nothing(tapped, machine):
    gateway, _ = tapped
    op = new_uuid()
    async with connected(gateway) as client:
        await client.start(op, 500)
        await client.until_phase(op, "accepting")
    await asyncio.to_thread(machine.insert, 500)
    async with connected(gateway) as client:
        sale = await client.until_ended(op)
    assert (sale["state"], sale["amount_in"]) == ("done", 500)


async def test_a_machine_whose_accounting_is_off_is_no_witness(tapped, machine):
    """The counters forget what fell in: the difference proves nothing."""
    gateway, tap = tapped
    op = new_uuid()
    async with connected(gateway) as client:
        await client.start(op, 990)
        await tap.until_seen("Q")
        tap.hold = {"Q"}
        await asyncio.to_thread(machine.insert, 500)
        machine.power(False, keep_memory=False)
        tap.hold.clear()
        machine.power(True, keep_memory=False)
        sale = await client.until_ended(op)
    assert machine.state()["physical_total"] - machine.state()["total"] == 500
    assert sale["state"] == "unknown"
    assert "accounting is off" in sale["messages"][-1]["text"]


async def _spoilt_service(client, tap, machine, kind, command, fault):
    """A whole operation with `fault` from `command` on; (operation, kept)."""
    pieces = [{"value": 500, "recycler": 9}, {"value": 5000, "cassette": 2}]
    before = machine.reset(pieces=pieces)["physical_total"]
    op = new_uuid()

    def spoil(name: str) -> None:
        if name == command:
            tap.on_frame = lambda name: None
            machine.fault(**fault)

    tap.on_frame = spoil
    await client.start(op, 0, kind)
    if kind == "exchange":
        await until(lambda: machine.state()["accepting"])
        await asyncio.to_thread(machine.insert, 1000)
        await client.until(op, lambda one: one["acceptable"])
        await client.ask(op, "accept")
    elif kind == "collect":
        await until(lambda: machine.state()["cassette"]["unlocked"])
        await asyncio.to_thread(machine.stacker, "remove")
        await asyncio.to_thread(machine.stacker, "replace")
        # An answer is awaited as long as people may take; who is done earlier presses Cancel.
        await client.ask(op, "cancel")
    ended = await client.until_ended(op)
    kept = machine.state()["physical_total"] - before
    machine.clear_faults()
    return ended, kept


@pytest.mark.parametrize(
    ("kind", "command", "expected"),
    [
        ("exchange", "U", (1000, 1000)),
        ("empty", "P", (0, 4500)),
        ("collect", "S", (0, 10000)),
    ],
)
async def test_nothing_is_given_twice_although_an_answer_is_spoilt(
    tapped, machine, kind, command, expected
):
    gateway, tap = tapped
    async with connected(gateway) as client:
        for fault in FAULTS:
            tap.seen.clear()
            ended, kept = await _spoilt_service(client, tap, machine, kind, command, fault)
            assert (ended["state"], kept) == ("done", expected[0] - expected[1]), (fault, ended)
            assert (ended["amount_in"], ended["amount_out"]) == expected, (fault, ended)
            assert sum(tap.seen.count(name) for name in "UPS") == 1, (fault, tap.seen)


@pytest.mark.parametrize(
    ("kind", "command", "phase"),
    [
        ("fill", "A", "accepting"),
        ("collect", "S", "collecting"),
        ("empty", "P", "dispensing"),
        ("transfer", "U", "dispensing"),
    ],
)
async def test_what_a_manager_does_is_on_disk_before_its_frame(
    tapped, machine, kind, command, phase
):
    gateway, tap = tapped
    op, seen = new_uuid(), {}

    def look(name: str) -> None:
        if name == command and name not in seen:
            journal = Journal(gateway.journal, read_only=True)
            seen[name] = journal.get(op)
            journal.close()

    async with connected(gateway) as client:
        tap.on_frame = look
        await client.start(op, 0, kind)
        await tap.until_seen(command)
        await client.ask(op, "cancel")
        await client.until_ended(op)
    assert seen[command].phase.value == phase
    assert seen[command].before == 86694


async def test_nonsense_about_anything_is_a_lost_contact_and_then_forgotten(tapped, machine):
    """Each of the questions that are asked while nothing runs, answered with each kind of nonsense."""
    gateway, tap = tapped
    async with connected(gateway) as client:
        for command in ("?", "Y2", "GC", "GI", "I"):
            for _ in range(2):
                tap.seen.clear()
                if command in ("GI", "I"):
                    machine.power(False)
                    await client.until_device("offline")
                    machine.power(True)
                tap.on_frame = lambda name, at=command: (
                    machine.fault(nonsense=1) if name == at else None
                )
                deadline = time.monotonic() + 20
                while command not in tap.seen:
                    assert time.monotonic() < deadline, (command, tap.seen)
                    await client.call("GET", "/v1/device")
                    await asyncio.sleep(0.05)
                tap.on_frame = lambda name: None
                machine.clear_faults()
                await client.until_device("online")
        device = {"inventory": None}
        deadline = time.monotonic() + 20
        while not device["inventory"]:
            assert time.monotonic() < deadline, device
            _, device = await client.call("GET", "/v1/device")
    assert gateway.running
    assert device["inventory"]["total"] == machine.state()["total"]
    assert "\x1b" not in gateway.log.read_text()
