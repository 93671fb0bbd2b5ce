"""How often the machine is asked: a real Connector writes each frame to its log."""

from __future__ import annotations

import asyncio
import time

import pytest
from support import GatewayProcess, connected, new_uuid

MOVING, CALM = 20, 5  # frames in any second


def _busiest_second(machine, since: float) -> int:
    times = [frame["at"] for frame in machine.frames(since)]
    return max((sum(at <= other < at + 1 for other in times) for at in times), default=0)


async def _until_it_notices(machine) -> None:
    """Until the gateway no longer asks as while money moves: a second, more on a busy computer."""
    deadline = time.monotonic() + 10
    while True:
        since = time.time()
        await asyncio.sleep(1)
        if len(machine.frames(since)) <= CALM:
            return
        assert time.monotonic() < deadline, "it asks a machine in trouble as often as before"


@pytest.fixture
def eager(tmp_path, machine):
    """A gateway that is told to ask as often as it may."""
    gateway = GatewayProcess(
        tmp_path, machine.connector, POLL_MS="5", REPLY_TIMEOUT_MS="300", STOP_TIMEOUT_MS="500"
    )
    gateway.start()
    yield gateway
    gateway.stop()


async def _insert(machine, value: int) -> None:
    await asyncio.to_thread(machine.insert, value)


@pytest.mark.parametrize("which", ["gateway_process", "eager"])
async def test_while_money_moves_and_after_it(machine, request, which):
    since = time.time()
    async with connected(request.getfixturevalue(which)) as client:
        for _ in range(2):
            op = new_uuid()
            await client.start(op, 1990)
            await client.until_phase(op, "accepting")
            for _ in range(4):
                await asyncio.sleep(0.3)
                await _insert(machine, 500)
            await client.until_ended(op)
    assert 10 < _busiest_second(machine, since) <= MOVING


async def test_while_a_customer_thinks_and_while_nothing_happens(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    await asyncio.sleep(10.5)
    calm = time.time()
    await asyncio.sleep(2)
    assert 3 <= _busiest_second(machine, calm) <= CALM
    await gateway.ask(op, "cancel")
    await gateway.until_ended(op)
    await asyncio.sleep(1)
    idle = time.time()
    await asyncio.sleep(3)
    assert _busiest_second(machine, idle) <= CALM


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
        await _until_it_notices(machine)
        since = time.time()
        await asyncio.sleep(2)
        assert 0 < _busiest_second(machine, since) <= CALM
        machine.clear_faults()
