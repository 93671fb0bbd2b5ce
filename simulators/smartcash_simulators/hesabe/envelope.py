"""What goes into an answer and what is read from a request, before and after encryption."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

AMOUNT = re.compile(r"(\d{1,9})\.(\d{3})")


class Failure(Exception):
    """An answer with `status: false`. Plain ones are not encrypted (those about who may call)."""

    def __init__(
        self,
        http: int,
        message: str | dict,
        *,
        code: int | None = None,
        data: dict | None = None,
        plain: bool = False,
    ) -> None:
        super().__init__(message)
        self.http, self.plain = http, plain
        self.body: dict = {"status": False, "message": message, "response": None}
        if code is not None:
            self.body["code"] = code
        if data is not None:
            self.body["data"] = data


def success(response: object, message: str = "Success") -> dict:
    return {"status": True, "message": message, "response": response}


def invalid(name: str, text: str) -> Failure:
    message = {"en": "Invalid Input", "ar": "إدخال غير صالح"}
    return Failure(422, message, code=422, data={name: [text]})


def fils_of(payload: dict, name: str = "amount") -> int:
    """Text with three decimals, or a number with no more: others get the documented 506."""
    value: Any = payload.get(name)
    text = f"{value:.3f}" if type(value) in (int, float) and 0 <= value < 10**9 else value
    match = AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None or (type(value) is float and abs(value * 1000 - round(value * 1000)) > 1e-6):
        raise Failure(400, "Invalid Request Data", code=506)
    fils = int(match[1]) * 1000 + int(match[2])
    if not fils:
        raise invalid(name, f"The {name} must be more than zero.")
    return fils


async def plain_body(request: web.Request) -> dict:
    try:
        body = json.loads(await request.text() or "{}")
    except (ValueError, RecursionError) as error:
        raise Failure(400, "Invalid Request Data", code=506, plain=True) from error
    if not isinstance(body, dict):
        raise Failure(400, "Invalid Request Data", code=506, plain=True)
    return body
