"""The tokens and signatures that Odoo and a till's gateway exchange. Nothing of Odoo in here."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import jwt

ALGORITHM = "HS256"
AUDIENCE = "smartcash-gateway"
SHIFT_SECONDS = 12 * 3600
#: Time to start one operation of money out.
OPERATION_SECONDS = 120
RESULT_CLAIMS = (
    "op",
    "device",
    "kind",
    "state",
    "amount",
    "amount_in",
    "amount_out",
    "undispensed",
)


class InvalidSignature(ValueError):
    """Not signed with this key, or not a result."""


def issue_token(
    key: str,
    *,
    issuer: str,
    user_id: int,
    device: str,
    scope: tuple[str, ...],
    seconds: int,
    operation: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """
    :param operation: ``op`` (uuid), ``kind`` and ``max`` (minor units) for a token of one operation
    :returns: ``{"token": str, "expiresAt": int}`` (epoch seconds)
    """
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "device": device,
        "scope": list(scope),
        "iat": now,
        "exp": now + seconds,
        "jti": str(uuid4()),
        **(operation or {}),
    }
    return {"token": jwt.encode(claims, key, algorithm=ALGORITHM), "expiresAt": claims["exp"]}


def read_signature(key: str, signature: str) -> dict[str, Any]:
    """The claims of a signed result; raise :class:`InvalidSignature` for anything else."""
    try:
        return jwt.decode(
            signature,
            key,
            algorithms=[ALGORITHM],
            # A till whose clock is ahead would sign results "in the future"; their time decides nothing.
            options={"require": ["iat", *RESULT_CLAIMS], "verify_iat": False},
        )
    except (jwt.InvalidTokenError, ValueError) as error:
        raise InvalidSignature(str(error)) from error
