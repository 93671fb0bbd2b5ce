"""Many tills, one account: a token is fetched once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hesabe_client import HesabeAuthError, HesabeProtocolError, MemoryStore, Tokens
from hesabe_protocol.tokens import Session

TILLS = 20


def test_twenty_tills_cause_one_login(hesabe, new_client) -> None:
    """Each with a client of its own, as the workers of Odoo have; the store is what they share."""
    hesabe.fault(on="login", latency_ms=200)
    store, together = MemoryStore(), threading.Barrier(TILLS)
    clients = [new_client(token_store=store) for _till in range(TILLS)]

    def look(client):
        together.wait()
        return client.profile().active

    with ThreadPoolExecutor(TILLS) as tills:
        assert all(tills.map(look, clients))
    assert hesabe.state()["calls"]["login"] == 1


def test_twenty_tills_whose_token_was_refused_cause_one_login(hesabe, new_client) -> None:
    store, together = MemoryStore(), threading.Barrier(TILLS)
    clients = [new_client(token_store=store) for _till in range(TILLS)]
    clients[0].profile()
    hesabe.tokens("revoke")
    hesabe.fault(on="login", latency_ms=200)

    def look(client):
        together.wait()
        return client.profile().active

    with ThreadPoolExecutor(TILLS) as tills:
        assert all(tills.map(look, clients))
    assert hesabe.state()["calls"]["login"] == 2


class Hesabe:
    """Answers logins and refreshes with numbered tokens."""

    def __init__(self) -> None:
        self.paths = []
        self.refuses_refresh = False
        self.answer = None

    def post(self, path: str, _body: dict):
        self.paths.append(path.rsplit("/", 1)[1])
        if self.refuses_refresh and path.endswith("refresh"):
            raise HesabeAuthError("used")
        number = len(self.paths)
        token = {"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": 900}
        return {"token": token} if self.answer is None else self.answer


@pytest.fixture
def cloud() -> Hesabe:
    return Hesabe()


def session(cloud: Hesabe, now: list, store=None) -> Session:
    return Session(store or MemoryStore(), cloud.post, "user", "password", lambda: now[0])


def test_a_token_is_used_until_a_minute_before_its_end(cloud) -> None:
    now = [1000.0]
    tokens = session(cloud, now)
    assert tokens.bearer() == "a1"
    now[0] = 1000 + 839
    assert tokens.bearer() == "a1"
    now[0] = 1000 + 840
    assert tokens.bearer() == "a2"
    assert cloud.paths == ["login", "token-refresh"]


def test_a_refused_refresh_is_followed_by_a_login(cloud) -> None:
    now = [1000.0]
    tokens = session(cloud, now)
    tokens.bearer()
    now[0] += 900
    cloud.refuses_refresh = True
    assert tokens.bearer() == "a3"
    assert cloud.paths == ["login", "token-refresh", "login"]


def test_a_clock_that_went_backwards_costs_nothing_but_a_late_refresh(cloud) -> None:
    """What Hesabe no longer takes it refuses, and then there is a new one."""
    now = [10_000.0]
    tokens = session(cloud, now)
    tokens.bearer()
    now[0] = 1000.0
    assert tokens.bearer() == "a1"
    assert tokens.bearer(refused="a1") == "a2"


def test_only_the_refused_token_is_forgotten(cloud) -> None:
    store = MemoryStore()
    tokens = session(cloud, [0.0], store)
    tokens.bearer()
    tokens.forget("an older one")
    assert store.current().access == "a1"
    tokens.forget("a1")
    assert store.current() is None


@pytest.mark.parametrize(
    "answer", [[], {}, {"token": None}, {"token": {}}, {"token": {"access_token": 7}}]
)
def test_a_login_without_a_token_is_an_error(cloud, answer) -> None:
    cloud.answer = answer
    with pytest.raises(HesabeProtocolError):
        session(cloud, [0.0]).bearer()


@pytest.mark.parametrize("seconds", [None, "900", 0, -1, True, 10**9, float("nan")])
def test_a_life_that_cannot_be_is_the_documented_one(cloud, seconds) -> None:
    cloud.answer = {"token": {"access_token": "a", "expires_in": seconds}}
    store = MemoryStore()
    session(cloud, [0.0], store).bearer()
    assert store.current() == Tokens("a", "", 900)
