"""The users of the machine (not of the till) and what each may start."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

MAX_NAME = 50


@dataclass(frozen=True)
class User:
    """`types` None = every type of operation."""

    id: int
    name: str
    password: str
    types: frozenset[int] | None = None

    def may_start(self, kind: int) -> bool:
        return self.types is None or kind in self.types


class Users:
    """By name; the machine comes with an administrator, a user who only sells and an account for itself."""

    def __init__(self) -> None:
        self._by_name: dict[str, User] = {}
        self.put("admin", "admin")
        self.put("cashier", "cashier", (4,))
        # Reported from the field: its own pages use it, and it is the same on every machine.
        self.put("Exchange_Machine", "-99")

    def put(self, name: str, password: str, types: Iterable[int] | None = None) -> User:
        """Adds a user or replaces the one of that name."""
        if not name or not password or len(name) > MAX_NAME:
            raise ValueError(f"a user has a name of up to {MAX_NAME} characters and a password")
        known = self._by_name.get(name)
        allowed = None if types is None else frozenset(int(kind) for kind in types)
        user = User(known.id if known else len(self._by_name) + 1, name, password, allowed)
        self._by_name[name] = user
        return user

    def authenticate(self, name: str, password: str) -> User | None:
        user = self._by_name.get(name)
        if user and hmac.compare_digest(user.password.encode(), password.encode()):
            return user
        return None

    def find(self, name: str) -> User | None:
        return self._by_name.get(name)
