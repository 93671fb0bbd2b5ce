import os
import shutil
import socket
import time
from collections.abc import Iterator

import pytest

from smartcash_simulators.cashdro.testing import CashdroSimulator
from smartcash_simulators.cashlogy.testing import CashlogySimulator

SPEED = 100


class Line:
    """One TCP connection to the Connector."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode("latin-1") if isinstance(text, str) else text)

    def receive(self, timeout: float = 10) -> str:
        """One segment; "" when the other side hung up."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(65536).decode("latin-1")
        except ConnectionResetError:
            return ""

    def ask(self, text: str) -> str:
        self.send(text)
        return self.receive()

    def is_silent(self, seconds: float = 0.15) -> bool:
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self.socket.close()


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[CashlogySimulator]:
    with CashlogySimulator(speed=SPEED) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: CashlogySimulator) -> CashlogySimulator:
    """A fresh machine, power on, Connector not initialised."""
    shared_simulator.power(False)
    shared_simulator.power(True)
    shared_simulator.reset()
    return shared_simulator


@pytest.fixture
def connect(simulator: CashlogySimulator):
    lines = []

    def _connect(*, initialise: bool = False) -> Line:
        line = Line(simulator.connector)
        lines.append(line)
        if initialise:
            assert line.ask("#I#") == "#0#2.5#"
        return line

    yield _connect
    for line in lines:
        line.close()


@pytest.fixture
def line(connect) -> Line:
    """A connection to an initialised Connector."""
    return connect(initialise=True)


class Till:
    """A till in front of a CashDro: what an integrator writes from the maker's paper."""

    def __init__(self, machine: CashdroSimulator) -> None:
        self.machine = machine

    def start(self, kind: int, amount: int | None = None, **params: object) -> str:
        """The number of an operation that waits to be acknowledged; amount in cents."""
        values = {"posid": "till-1", "posuser": "ann", **params}
        if amount is not None:
            values["parameters"] = {"amount": str(amount)}
        answer = self.machine.ask("startOperation", type=str(kind), **values)
        assert answer["code"] == 1, answer
        return answer["response"]["operation"]["operationId"]

    def begin(self, kind: int, amount: int | None = None, **params: object) -> str:
        number = self.start(kind, amount, **params)
        assert self.code("acknowledgeOperationId", operationId=number) == 1
        return number

    def code(self, operation: str, **params: object) -> int:
        return self.machine.ask(operation, **params)["code"]

    def look(self, number: str) -> dict:
        """{state, total…} with devices, messages, withError beside them."""
        return self.machine.ask("askOperationV2", operationId=number)["response"]["operation"]

    def wait(self, number: str, state: str = "F", seconds: float = 10) -> dict:
        limit = time.monotonic() + seconds
        while (seen := self.look(number))["state"] != state:
            assert time.monotonic() < limit, seen
            time.sleep(0.01)
        return seen

    def finish(self, number: str, mode: int, **params: object) -> int:
        return self.code("finishOperation", operationId=number, type=str(mode), **params)

    def after_the_power_cut(self, seconds: float = 10) -> None:
        """Waits until the power is gone, and switches it on again."""
        limit = time.monotonic() + seconds
        while self.machine.state()["powered"]:
            assert time.monotonic() < limit
            time.sleep(0.01)
        self.machine.power(True)

    def pay(self, *values: int) -> list[str | None]:
        """The customer puts these pieces in, one by one; why each of them came back, or None."""
        return [self.machine.insert(value)["reason"] for value in values]


@pytest.fixture(scope="session")
def shared_cashdro() -> Iterator[CashdroSimulator]:
    with CashdroSimulator(speed=SPEED) as simulator:
        yield simulator


@pytest.fixture
def cashdro(shared_cashdro: CashdroSimulator) -> CashdroSimulator:
    """A CashDro as homologation begins: 2 of each recycled note, 20 of each recycled coin."""
    shared_cashdro.power(True)
    shared_cashdro.reset(float="homologation")
    return shared_cashdro


@pytest.fixture
def till(cashdro: CashdroSimulator) -> Till:
    return Till(cashdro)


@pytest.fixture(scope="module")  # while it runs, no other event loop can
def browser():
    """A Chromium: on the path, or named by CHROMIUM."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
