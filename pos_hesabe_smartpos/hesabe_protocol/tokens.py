"""Bearer tokens: fetched once for everybody, renewed a minute before they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import HesabeAuthError, HesabeProtocolError, HesabeRefused

#: Seconds before its end at which a token is no longer used.
EARLY = 60
MAX_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float  # epoch seconds

    def is_fresh(self, now: float) -> bool:
        return bool(self.access) and now < self.expires_at - EARLY


class TokenStore(Protocol):
    """Where the tokens of one account are kept."""

    def current(self) -> Tokens | None:
        """Without waiting for anybody."""

    def turn(self) -> AbstractContextManager[Callable[[Tokens | None], None]]:
        """Only one caller at a time is inside; yields the function that writes the tokens."""


class MemoryStore:
    """For one process."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def current(self) -> Tokens | None:
        return self._tokens

    @contextmanager
    def turn(self) -> Iterator[Callable[[Tokens | None], None]]:
        with self._lock:
            yield self._write

    def _write(self, tokens: Tokens | None) -> None:
        self._tokens = tokens


class Session:
    """Gives the bearer token of the moment; logs in or renews when nobody has done it yet.

    :param post: ``(path, body) -> response`` of a call in plain JSON
    """

    def __init__(
        self,
        store: TokenStore,
        post: Callable[[str, dict], Any],
        username: str,
        password: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._post, self._clock = store, post, clock
        self._username, self._password = username, password

    def bearer(self, refused: str | None = None) -> str:
        """:param refused: a token that Hesabe no longer accepts, whatever its end"""
        tokens = self._store.current()
        if tokens and self._is_usable(tokens, refused):
            return tokens.access
        with self._store.turn() as write:
            tokens = self._store.current()
            if tokens and self._is_usable(tokens, refused):
                return tokens.access  # another caller was faster
            renewed = self._renew(tokens, refused)
            write(renewed)
            return renewed.access

    def forget(self, refused: str) -> None:
        """Hesabe did not accept this token: the next caller gets another one."""
        with self._store.turn() as write:
            tokens = self._store.current()
            if tokens and tokens.access == refused:
                write(None)

    def _is_usable(self, tokens: Tokens, refused: str | None) -> bool:
        return tokens.is_fresh(self._clock()) and tokens.access != refused

    def _renew(self, tokens: Tokens | None, refused: str | None) -> Tokens:
        # A refused token was perhaps revoked with its refresh token; a login settles it at once.
        if tokens and tokens.refresh and tokens.access != refused:
            try:
                return self._read(
                    self._post("/api/v1/token-refresh", {"refreshToken": tokens.refresh})
                )
            except (HesabeAuthError, HesabeRefused):
                pass  # a refresh token is good for one use and not for ever: log in
        return self._read(
            self._post("/api/v1/login", {"username": self._username, "password": self._password})
        )

    def _read(self, response: Any) -> Tokens:
        found = response.get("token") if isinstance(response, dict) else None
        token = found if isinstance(found, dict) else {}
        access = token.get("access_token")
        if not isinstance(access, str) or not access:
            raise HesabeProtocolError("Hesabe's login answered without a token")
        seconds: Any = token.get("expires_in")
        if type(seconds) not in (int, float) or not 0 < seconds <= MAX_SECONDS:
            seconds = 900  # documented
        refresh = token.get("refresh_token")
        return Tokens(access, refresh if isinstance(refresh, str) else "", self._clock() + seconds)
