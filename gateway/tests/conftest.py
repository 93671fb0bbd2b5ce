from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from support import Client, GatewayProcess, Scene, Tap, connected

from smartcash_simulators.cashlogy.testing import CashlogySimulator

#: systemd is not on every computer that develops this; CI installs it.
SYSTEMD = shutil.which("systemd-analyze")
collect_ignore = [] if SYSTEMD else ["test_systemd.py"]


def pytest_terminal_summary(terminalreporter) -> None:
    if not SYSTEMD:
        terminalreporter.write_line("NO systemd here: its unit was NOT verified.")


@pytest.fixture(scope="session")
def _simulator() -> Iterator[CashlogySimulator]:
    with CashlogySimulator(speed=50) as simulator:
        yield simulator


@pytest.fixture
def machine(_simulator: CashlogySimulator) -> CashlogySimulator:
    """A simulated Cashlogy with the standard float, and no faults."""
    _simulator.power(True)
    _simulator.reset()
    return _simulator


@pytest.fixture(scope="module")
def gateway_process(
    tmp_path_factory: pytest.TempPathFactory, _simulator: CashlogySimulator
) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("gateway"), _simulator.connector)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest_asyncio.fixture
async def gateway(
    gateway_process: GatewayProcess, machine: CashlogySimulator
) -> AsyncIterator[Client]:
    """A client of a gateway that is ready for the next operation."""
    async with connected(gateway_process) as client:
        await client.until_device("online")
        yield client
        _, device = await client.call("GET", "/v1/device")
        if device["operation"]:
            await client.ask(device["operation"], "cancel")
            await client.until_ended(device["operation"])


@pytest_asyncio.fixture
async def scene(tmp_path, machine) -> AsyncIterator[Scene]:
    async with Tap(machine.connector) as tap:
        gateway = GatewayProcess(tmp_path, tap.address)
        gateway.start()
        try:
            yield Scene(gateway, tap, machine, machine.state()["physical_total"])
        finally:
            if gateway.running:
                gateway.stop()
