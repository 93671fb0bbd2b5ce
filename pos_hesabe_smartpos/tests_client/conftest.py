"""Hesabe's client, as any Python program would import it: the addon's folder on the path, no Odoo."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smartcash_simulators.hesabe.testing import HesabeSimulator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hesabe_client import HesabeClient  # found through the line above

SECRETS = {
    "access_code": "c333729b-d060-4b74-a49d-7686a8353481",
    "secret_key": "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg",
    "iv_key": "5NVdrlPVNnjo2Jy9",
    "password": "sandbox",
}


@pytest.fixture(scope="session")
def shared_hesabe() -> Iterator[HesabeSimulator]:
    with HesabeSimulator() as simulator:
        yield simulator


@pytest.fixture
def hesabe(shared_hesabe: HesabeSimulator) -> HesabeSimulator:
    """Nothing sold, nothing broken; whoever calls has to log in first."""
    shared_hesabe.reset()
    shared_hesabe.tokens("revoke", seconds=900)
    return shared_hesabe


@pytest.fixture
def new_client(hesabe: HesabeSimulator) -> Iterator[Callable[..., HesabeClient]]:
    clients = []

    def made(**values) -> HesabeClient:
        settings = {
            "merchant_url": hesabe.api,
            "gateway_url": hesabe.api,
            "merchant_code": "842217",
            "username": "sandbox@example.com",
            **SECRETS,
            **values,
        }
        client = HesabeClient(**settings)
        clients.append(client)
        return client

    yield made
    for client in clients:
        client.close()


@pytest.fixture
def client(new_client: Callable[..., HesabeClient]) -> HesabeClient:
    return new_client()
