"""Who may call: one merchant with the sandbox keys that Hesabe publishes, its tokens and their life."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Merchant:
    """The defaults are Hesabe's published test credentials; user and password are the simulator's own."""

    code: str = "842217"
    access_code: str = "c333729b-d060-4b74-a49d-7686a8353481"
    secret_key: str = "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg"  # noqa: S105 - published for everybody
    iv_key: str = "5NVdrlPVNnjo2Jy9"
    username: str = "sandbox@example.com"
    password: str = "sandbox"  # noqa: S105 - ours, for this simulator only
    internal_id: int = 84
    name: str = "Sandbox Merchant"


@dataclass
class Tokens:
    """Bearer tokens that expire, and refresh tokens that are good for one use."""

    seconds: float = 900
    _access: dict[str, float] = field(default_factory=dict)  # token -> monotonic end
    _refresh: set[str] = field(default_factory=set)

    def issue(self) -> dict:
        access, refresh = f"sim.{secrets.token_urlsafe(48)}", f"def502{secrets.token_hex(40)}"
        self._access[access] = time.monotonic() + self.seconds
        self._refresh.add(refresh)
        return {
            "token": {
                "token_type": "Bearer",
                "expires_in": int(self.seconds),
                "access_token": access,
                "refresh_token": refresh,
            }
        }

    def refresh(self, refresh: str) -> dict | None:
        """New tokens for an unused refresh token; None for any other."""
        if refresh not in self._refresh:
            return None
        self._refresh.remove(refresh)
        return self.issue()

    def accepts(self, access: str) -> bool:
        return self._access.get(access, 0) > time.monotonic()

    def expire(self) -> None:
        """The bearer tokens are over, the refresh tokens still good."""
        self._access.clear()

    def revoke(self) -> None:
        """Only a login helps."""
        self._access.clear()
        self._refresh.clear()


def same(one: object, other: str) -> bool:
    return isinstance(one, str) and hmac.compare_digest(one.encode(), other.encode())
