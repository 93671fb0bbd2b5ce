"""How often the machine is asked: a real Connector writes each frame to its log."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from support import GatewayProcess, connected, new_uuid

MOVING, CALM = 20, 5  # frames in any second
_SENT = re.compile(r"^(\S+ \S+) DEBUG smartcash_gateway\.cashlogy\.connector: > ", re.MULTILINE)


def _frames(gateway: GatewayProcess, since: float) -> list[float]:
    """When the gateway sent a frame after `since`, in epoch seconds.

    By its own log: on a busy computer several frames arrive at once that were sent one by one.
    """
    texts = _SENT.findall(gateway.log.read_text())
    times = [
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp() for text in texts
    ]
    return [at for at in times if at > since]


def _busiest_second(gateway: GatewayProcess, since: float) -> int:
    times = _frames(gateway, since)
    return max((sum(at <= other < at + 1 for other in times) for at in times), default=0)


async def _until_it_notices(gateway: GatewayProcess) -> None:
    """Until the gateway no longer asks as while money moves: a second, more on a busy computer."""
    deadline = time.monotonic() + 20
    while True:
        since = time.time()
        await asyncio.sleep(1)
        if len(_frames(gateway, since)) <= CALM:
            return
        assert time.monotonic() < deadline, "it asks a machine in trouble as often as before"


async def _until_it_asks(gateway: GatewayProcess, since: float) -> None:
    deadline = time.monotonic() + 20
    while not _frames(gateway, since):
        assert time.monotonic() < deadline, "it does not ask any more"
        await asyncio.sleep(0.2)


def _running(folder: Path, machine, **settings: str) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(folder, machine.connector, LOG_LEVEL="DEBUG", **settings)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def usual(tmp_path, machine):
    yield from _running(tmp_path, machine)


@pytest.fixture
def eager(tmp_path, machine):
    """A gateway that is told to ask as often as it may."""
    yield from _running(
        tmp_path, machine, POLL_MS="5", REPLY_TIMEOUT_MS="300", STOP_TIMEOUT_MS="500"
    )


async def _insert(machine, value: int) -> None:
    await asyncio.to_thread(machine.insert, value)


@pytest.mark.parametrize("which", ["usual", "eager"])
async def test_while_money_moves_and_after_it(machine, request, which):
    gateway, since = request.getfixturevalue(which), time.time()
    async with connected(gateway) as client:
        for _ in range(2):
            op = new_uuid()
            await client.start(op, 1990)
            await client.until_phase(op, "accepting")
            for _ in range(4):
                await asyncio.sleep(0.3)
                await _insert(machine, 500)
            await client.until_ended(op)
    assert CALM < _busiest_second(gateway, since) <= MOVING


async def test_while_a_customer_thinks_and_while_nothing_happens(usual):
    op = new_uuid()
    async with connected(usual) as client:
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        await asyncio.sleep(10.5)
        calm = time.time()
        await asyncio.sleep(2)
        await _until_it_asks(usual, calm)
        assert _busiest_second(usual, calm) <= CALM
        await client.ask(op, "cancel")
        await client.until_ended(op)
        await asyncio.sleep(1)
        idle = time.time()
        await asyncio.sleep(3)
        assert _busiest_second(usual, idle) <= CALM


@pytest.mark.parametrize(
    "fault",
    [
        {"busy": True},
        {"no_answer": True},
        {"unplugged": True},
        {"garbage": 1000},
        {"nonsense": 1000},
        {"wrong_code": 1000},
        {"drop_replies": 1000},
        {"half_frame": 1000},
    ],
)
@pytest.mark.parametrize("cancelled", [False, True])
async def test_while_the_machine_is_in_trouble(eager, machine, fault, cancelled):
    op = new_uuid()
    async with connected(eager) as client:
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        await asyncio.sleep(0.2)
        machine.fault(**fault)
        if cancelled:
            await client.ask(op, "cancel")
        await _until_it_notices(eager)
        since = time.time()
        await asyncio.sleep(2)
        await _until_it_asks(eager, since)
        assert _busiest_second(eager, since) <= CALM
        machine.clear_faults()
