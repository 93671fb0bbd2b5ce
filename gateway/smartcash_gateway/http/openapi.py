"""The OpenAPI 3.1 document of the API, complete with every problem a call can answer."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from .. import __version__, errors
from ..models import MAX_AMOUNT, MAX_IDLE, MAX_REFERENCE, DeviceState, Kind, Phase, State

Json = dict[str, Any]

_UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_GUARDED = (errors.HostRefused, errors.OriginRefused, errors.NotPaired, errors.Internal)
_TOKEN = (
    errors.TokenMissing,
    errors.TokenInvalid,
    errors.TokenExpired,
    errors.TokenWrongDevice,
    errors.TokenScope,
)


@lru_cache(maxsize=1)
def text(currency: str) -> str:
    """The document as JSON."""
    return json.dumps(document(currency))


def document(currency: str) -> Json:
    """The document of a gateway whose machine holds `currency`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SmartCash gateway",
            "version": __version__,
            "summary": "One cash machine, one operation at a time. Amounts are minor units.",
            "license": {"name": "LGPL-3.0-or-later", "identifier": "LGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "HS256 over the pairing key, issued by Odoo.",
                }
            },
            "schemas": _schemas(currency),
        },
    }


# -- paths -----------------------------------------------------------------------------


def _paths() -> Json:
    operation = _ref("Operation")
    uuid = {
        "name": "uuid",
        "in": "path",
        "required": True,
        "description": "Chosen by the caller; makes the start idempotent.",
        "schema": {"type": "string", "format": "uuid", "pattern": _UUID},
    }
    return {
        "/v1/health": {
            "get": {
                "operationId": "health",
                "summary": "Liveness and what a page needs to find out why it is refused",
                "security": [],
                "responses": _responses({200: _ref("Health")}, errors.HostRefused),
            }
        },
        "/v1/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "security": [],
                "responses": _responses({200: {"type": "object"}}, errors.HostRefused),
            }
        },
        "/v1/device": {
            "get": {
                "operationId": "device",
                "summary": "State, inventory and warnings; counted anew when nothing runs",
                "responses": _responses({200: _ref("Device")}, *_GUARDED, *_TOKEN),
            }
        },
        "/v1/operations": {
            "get": {
                "operationId": "listOperations",
                "summary": "The journal, newest first; `next` is the `before` of the next page",
                "parameters": [
                    _query("state", _enum(State)),
                    _query("since", {"type": "string", "format": "date-time"}),
                    _query("before", {"type": "string", "format": "uuid"}),
                    _query("limit", {"type": "integer", "minimum": 1, "maximum": 500}),
                ],
                "responses": _responses(
                    {
                        200: _object(
                            {
                                "operations": {"type": "array", "items": operation},
                                "next": {"type": ["string", "null"], "format": "uuid"},
                            }
                        )
                    },
                    errors.BadRequest,
                    errors.OperationUnknown,
                    errors.JournalUnavailable,
                    *_GUARDED,
                    *_TOKEN,
                ),
            }
        },
        "/v1/operations/{uuid}": {
            "parameters": [uuid],
            "get": {
                "operationId": "getOperation",
                "summary": "The journal's truth about one operation",
                "responses": _responses(
                    {200: operation},
                    errors.OperationUnknown,
                    errors.JournalUnavailable,
                    *_GUARDED,
                    *_TOKEN,
                ),
            },
            "put": {
                "operationId": "startOperation",
                "summary": "Start; the same uuid and body again starts nothing again",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("OperationRequest")}},
                },
                "responses": _responses(
                    {201: operation, 200: operation},
                    errors.BadJson,
                    errors.BadRequest,
                    errors.BadAmount,
                    errors.BadCurrency,
                    errors.UnsupportedKind,
                    errors.BodyTooLarge,
                    errors.NotFound,
                    errors.UuidConflict,
                    errors.Busy,
                    errors.Offline,
                    errors.JournalUnavailable,
                    *_GUARDED,
                    *_TOKEN,
                ),
            },
        },
        "/v1/operations/{uuid}/cancel": _ask(
            uuid, "cancelOperation", "Ask to cancel and give back; the outcome follows"
        ),
        "/v1/operations/{uuid}/accept": _ask(
            uuid,
            "acceptOperation",
            "Ask to keep what is inserted; the outcome follows",
            errors.NotAcceptable,
        ),
        "/v1/events": {
            "get": {
                "operationId": "events",
                "summary": "WebSocket: operations and device states as they happen",
                "description": (
                    'The first message of the client is `{"token": "…"}`, within 5 seconds; a '
                    "later one of the same shape renews it. The gateway answers `ready`, then "
                    "sends `operation` and `device` messages (schema Event). Close codes: 4401 "
                    "bad or expired token, 4408 no token in time, 1013 too slow."
                ),
                "security": [],
                "responses": {
                    "101": {"description": "The WebSocket is open"},
                    **_responses({}, *_GUARDED, errors.BadRequest, errors.Busy),
                    "400": {"description": "Not a WebSocket handshake", **_problem_content()},
                },
            }
        },
    }


def _ask(uuid: Json, name: str, summary: str, *problems: type[errors.Problem]) -> Json:
    return {
        "parameters": [uuid],
        "post": {
            "operationId": name,
            "summary": summary,
            "responses": _responses(
                {202: _ref("Operation"), 200: _ref("Operation")},
                errors.OperationUnknown,
                errors.JournalUnavailable,
                *problems,
                *_GUARDED,
                *_TOKEN,
            ),
        },
    }


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _responses(answers: dict[int, Json], *problems: type[errors.Problem]) -> Json:
    texts = {200: "As it stands", 201: "Registered and started", 202: "Asked; as it stands"}
    responses = {
        str(status): {
            "description": texts[status],
            "content": {"application/json": {"schema": schema}},
        }
        for status, schema in answers.items()
    }
    by_status: dict[int, list[type[errors.Problem]]] = {}
    for problem in problems:
        by_status.setdefault(problem.status, []).append(problem)
    for status, group in sorted(by_status.items()):
        described = "; ".join(f"`{problem.code}`: {problem.title}" for problem in group)
        responses[str(status)] = {"description": described, **_problem_content()}
    return responses


def _problem_content() -> Json:
    return {"content": {"application/problem+json": {"schema": _ref("Problem")}}}


# -- schemas -----------------------------------------------------------------------------


def _schemas(currency: str) -> Json:
    amount = {"type": "integer", "minimum": 0, "description": "minor units"}
    moment = {"type": "string", "format": "date-time"}
    message = _object(
        {
            "code": {"type": "string"},
            "text": {"type": "string"},
            "level": {"enum": ["info", "warning", "error"]},
        }
    )
    return {
        "OperationRequest": _request_schema(currency),
        "Operation": _object(
            {
                "uuid": {"type": "string", "format": "uuid"},
                "kind": _enum(Kind),
                "state": _enum(State),
                "phase": _enum(Phase),
                "amount": amount,
                "amount_in": amount,
                "amount_out": amount,
                "undispensed": {**amount, "description": "minor units to hand over by a person"},
                "currency": {"type": "string"},
                "reference": {"type": "string"},
                "allow_partial": {"type": "boolean"},
                "device_ref": {"type": "string", "pattern": "^j:[0-9]+$"},
                "cancellable": {"type": "boolean"},
                "acceptable": {"type": "boolean"},
                "messages": {"type": "array", "items": message},
                "started_at": moment,
                "ended_at": _nullable(moment),
                "signature": _nullable({"type": "string", "description": "JWT, once ended"}),
            }
        ),
        "Device": _object(
            {
                "device": {"type": "string"},
                "model": {"type": "string"},
                "version": _nullable({"type": "string"}),
                "serial": _nullable({"type": "string"}),
                "state": _enum(DeviceState),
                "currency": {"type": "string"},
                "capabilities": _object(
                    {
                        "kinds": {"type": "array", "items": _enum(Kind)},
                        "partial": {"type": "boolean"},
                        "inventory": {"type": "boolean"},
                        "idle_timeout": {"type": "boolean"},
                    }
                ),
                "inventory": _nullable(_ref("Inventory")),
                "counted_at": _nullable(moment),
                "errors": {"type": "array", "items": message},
                "operation": _nullable({"type": "string", "format": "uuid"}),
            }
        ),
        "Inventory": _object(
            {
                "currency": {"type": "string"},
                "total": amount,
                "denominations": {
                    "type": "array",
                    "items": _object(
                        {
                            "value": amount,
                            "kind": {"enum": ["coin", "note"]},
                            "recycler": {"type": "integer", "minimum": 0},
                            "cassette": {"type": "integer", "minimum": 0},
                            "capacity": {"type": ["integer", "null"]},
                            "level": {
                                "enum": ["ok", "near_empty", "empty", "near_full", "full", None]
                            },
                        }
                    ),
                },
            }
        ),
        "Health": _object(
            {
                "status": {"const": "ok"},
                "version": {"type": "string"},
                "device": _nullable({"type": "string"}),
                "device_state": _enum(DeviceState),
                "origin_allowed": {"type": "boolean"},
                "paired": {"type": "boolean"},
                "journal_writable": {"type": "boolean"},
                "time": moment,
            }
        ),
        "Problem": _object(
            {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "code": {"type": "string"},
            },
            closed=False,
        ),
        "Event": {
            "oneOf": [
                _object(
                    {
                        "type": {"const": "ready"},
                        "device": _ref("Device"),
                        "operation": _nullable(_ref("Operation")),
                    }
                ),
                _object({"type": {"const": "operation"}, "operation": _ref("Operation")}),
                _object({"type": {"const": "device"}, "device": _ref("Device")}),
            ]
        },
    }


def _request_schema(currency: str) -> Json:
    """Which amounts may be asked for depends on the kind."""
    bounds = {kind.amounts for kind in Kind}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "amount", "currency"],
        "properties": {
            "kind": _enum(Kind),
            "amount": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_AMOUNT,
                "description": "minor units; 0 = whatever is put in, or all there is to take",
            },
            "currency": {"const": currency},
            "reference": {"type": "string", "maxLength": MAX_REFERENCE, "default": ""},
            "allow_partial": {"type": "boolean", "default": False},
            "idle_timeout": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_IDLE,
                "default": 0,
                "description": "seconds without a piece until the operation is cancelled by itself; "
                "0 = it waits for ever",
            },
        },
        "allOf": [
            {
                "if": {
                    "properties": {
                        "kind": {"enum": [kind.value for kind in Kind if kind.amounts == bound]}
                    },
                },
                "then": {"properties": {"amount": {"minimum": bound[0], "maximum": bound[1]}}},
            }
            for bound in sorted(bounds)
        ],
    }


def _enum(values: type[State] | type[Phase] | type[Kind] | type[DeviceState]) -> Json:
    return {"type": "string", "enum": [value.value for value in values]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Json, *, closed: bool = True) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": not closed,
    }
