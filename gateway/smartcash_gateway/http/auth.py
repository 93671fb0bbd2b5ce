"""Tokens in, signatures out: JWT HS256 over the pairing key that Odoo and the gateway share."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from ..errors import TokenExpired, TokenInvalid, TokenScope, TokenWrongDevice
from ..models import Kind, Operation, OperationRequest

AUDIENCE = "smartcash-gateway"
LEEWAY = 15  # seconds that the clocks of Odoo and of the till may differ
MAX_TOKEN_LENGTH = 4096


@dataclass(frozen=True)
class Token:
    """What Odoo allows the bearer to do."""

    scope: frozenset[str]
    expires: int  # epoch seconds
    op: str | None = None  # only for this operation …
    kind: str | None = None  # … of this kind …
    max: int = 0  # … up to this amount, minor units
    issued: int = 0  # epoch seconds

    def may_see(self) -> None:
        """Raises TokenScope unless the machine and all operations may be read."""
        if "status" not in self.scope:
            raise TokenScope("Ask Odoo for a token with scope status.")

    def may_touch(self, uuid: str) -> None:
        """Raises TokenScope unless this operation may be read, cancelled and accepted."""
        if "status" not in self.scope and self.op != uuid:
            raise TokenScope("Ask Odoo for a token with scope status, or for this operation.")

    def may_start(self, request: OperationRequest) -> None:
        """Raises TokenScope unless exactly this may be started.

        A token for one operation is for that one only, whatever its scope says.
        """
        if self.op is not None:
            if (self.op, self.kind) != (request.uuid, request.kind.value):
                raise TokenScope("The token is for another operation: ask Odoo for a new one.")
            if request.amount > self.max:
                raise TokenScope(f"The token allows at most {self.max} minor units.")
        elif request.kind is not Kind.SALE:
            raise TokenScope(f"A {request.kind.value} needs a token for exactly this operation.")
        elif "sale" not in self.scope:
            raise TokenScope("Ask Odoo for a token with scope sale.")

    def may_be_new(self, born: datetime | None) -> None:
        """Raises TokenScope when the token's operation may be in a journal that was lost.

        `born`: of this journal. What it does not know can have been paid out before that.
        """
        if self.op is not None and born and self.issued + LEEWAY < born.timestamp():
            raise TokenScope(
                "The token is older than the gateway's journal, so its operation may have been "
                "carried out already. Nothing was started: look at the machine, then begin anew."
            )


class Keeper:
    """Holds the pairing key; the only place that uses it."""

    def __init__(self, key: str, device: str) -> None:
        self._key = key
        self._device = device

    @property
    def paired(self) -> bool:
        return bool(self._key)

    def read(self, text: str) -> Token:
        """The verified token; raises TokenExpired, TokenWrongDevice or TokenInvalid."""
        try:
            claims = jwt.decode(
                text[: MAX_TOKEN_LENGTH + 1],
                self._key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                leeway=LEEWAY,
                # `iat` decides nothing; a till whose clock is late would refuse good tokens.
                # `sub` is Odoo's user id, a number.
                options={
                    "require": ["exp", "device", "scope"],
                    "verify_iat": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired(
                "Ask Odoo for a new token. If it happens again, compare the clocks of the till "
                "and of the server."
            ) from None
        except (jwt.InvalidTokenError, ValueError):
            raise TokenInvalid(
                "The token was not made with this gateway's pairing key. Pair it again."
            ) from None
        if not self._same_device(claims["device"]):
            raise TokenWrongDevice(
                "The token is for another device of Odoo. Check which gateway the device's "
                "address leads to."
            )
        return _token(claims)

    def _same_device(self, device: object) -> bool:
        return isinstance(device, str) and hmac.compare_digest(
            device.encode("utf-8", "surrogatepass"), self._device.encode()
        )

    def sign(self, operation: Operation) -> str | None:
        """The result, signed for Odoo; None while there is none.

        Derived from the journal each time, never stored: there is no moment at which an
        operation has ended without its signature.
        """
        if not operation.state.ended or operation.ended_at is None or not self._key:
            return None
        claims: dict[str, Any] = {
            "op": operation.uuid,
            "device": self._device,
            "kind": operation.kind.value,
            "state": operation.state.value,
            "amount": operation.amount,
            "amount_in": operation.amount_in,
            "amount_out": operation.amount_out,
            "undispensed": operation.undispensed,
            "iat": int(operation.ended_at.timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="HS256")


def _token(claims: dict[str, Any]) -> Token:
    scope, op, kind = claims["scope"], claims.get("op"), claims.get("kind")
    limit, issued = claims.get("max", 0), claims.get("iat")
    if not isinstance(scope, list) or not all(isinstance(item, str) for item in scope):
        raise TokenInvalid("The token's scope must be a list of texts.")
    if op is not None and not (
        isinstance(op, str) and isinstance(kind, str) and type(limit) is int and limit >= 0
    ):
        raise TokenInvalid("A token for one operation needs op, kind and max.")
    return Token(
        scope=frozenset(scope),
        expires=int(claims["exp"]),
        op=op.lower() if op is not None else None,
        kind=kind,
        max=limit,
        issued=issued if type(issued) is int else 0,
    )
