import socket
from collections.abc import Iterator

import pytest

from smartcash_simulators.testing import CashlogySimulator

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
