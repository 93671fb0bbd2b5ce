import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fake_machine import FakeMachine, self_signed


@pytest.fixture
def machine() -> Iterator[FakeMachine]:
    with FakeMachine() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a machine, for an address that is not the one it is reached at."""
    return self_signed(tmp_path_factory.mktemp("tls") / "machine.pem", "cashdro.invalid")


@pytest.fixture
def secure_machine(certificate: Path) -> Iterator[FakeMachine]:
    with FakeMachine(certificate) as running:
        yield running
