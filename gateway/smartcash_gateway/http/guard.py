"""Who may speak to the gateway at all: Host, Origin, CORS, and errors as problem+json."""

from __future__ import annotations

import ipaddress
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..config import Config
from ..errors import (
    BodyTooLarge,
    HostRefused,
    Internal,
    JournalUnavailable,
    MethodNotAllowed,
    NotFound,
    OriginRefused,
    Problem,
)
from ..names import normal_host
from .limits import Door

_logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Readable by any web page: they say nothing that a page could misuse.
OPEN_PATHS = frozenset({"/v1/health", "/v1/openapi.json"})
_ALLOWED_HEADERS = "authorization, content-type"
_PREFLIGHT_SECONDS = "600"


class Guard:
    """The outer middleware."""

    def __init__(self, config: Config, door: Door) -> None:
        self._door = door
        self._origins = frozenset(config.origins)
        self._hosts = frozenset(map(normal_host, config.hosts)) | {"localhost"}

    def origin_allowed(self, request: web.Request) -> bool:
        """Whether this web page may use the API; programs that send no Origin may."""
        origin = request.headers.get("Origin")
        return origin is None or origin in self._origins

    def _host_allowed(self, request: web.Request) -> bool:
        """A name that an attacker's DNS points here is refused; an address cannot be faked so."""
        host = request.host
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        try:
            name = normal_host(name)
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Lets a request through, or answers it; nothing leaves without its CORS headers."""
        self._door.enter(request)
        try:
            response = await self._answer(request, handler)
        except Problem as problem:
            if problem.status in (401, 403):
                # Never the token, nor the path: both are the stranger's own words.
                _logger.warning(
                    "refused %s from %s: %s", _called(request), request.remote, problem.code
                )
            response = problem_response(problem)
        finally:
            self._door.leave(request)
        if not response.prepared:
            self._add_cors(request, response)
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._host_allowed(request):
            raise HostRefused(
                "Use localhost or the gateway's address, or add the name to `hosts` in its "
                "configuration."
            )
        if request.path not in OPEN_PATHS and not self.origin_allowed(request):
            raise OriginRefused(
                "Add this web page's origin to `origins` in the gateway's configuration: "
                "smartcash-gateway pair --origin …"
            )
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return self._preflight(request)
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            raise BodyTooLarge("An operation needs a few hundred bytes.") from None
        except web.HTTPMethodNotAllowed as error:
            refusal = MethodNotAllowed(f"Use {', '.join(sorted(error.allowed_methods))}.")
            response = problem_response(refusal)
            response.headers["Allow"] = error.headers["Allow"]
            return response
        except web.HTTPNotFound:
            raise NotFound("See /v1/openapi.json for what there is.") from None
        except web.HTTPException as error:
            problem = Problem(error.reason)
            problem.status, problem.code = error.status, "bad_request"
            raise problem from error
        except sqlite3.Error as error:
            _logger.critical("the journal cannot be used: %s", error)
            raise JournalUnavailable(
                "Nothing was started. Check the disk of the till: space, rights, health."
            ) from error
        except (Problem, ConnectionError):
            raise
        except Exception as error:
            _logger.exception("%s %s failed", request.method, request.path)
            raise Internal("See the gateway's log.") from error

    def _preflight(self, request: web.Request) -> web.Response:
        headers = {
            "Access-Control-Allow-Methods": "GET, PUT, POST",
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }
        # Chrome's Private Network Access; its successor, Local Network Access, asks the user
        # instead and needs nothing from us.
        if request.headers.get("Access-Control-Request-Private-Network") == "true":
            headers["Access-Control-Allow-Private-Network"] = "true"
        return web.Response(status=204, headers=headers)

    def _add_cors(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin")
        if request.path in OPEN_PATHS:
            response.headers["Access-Control-Allow-Origin"] = "*"
        elif origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin


def _called(request: web.Request) -> str:
    """The method and the resource, as the gateway knows them."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else 'an unknown path'}"


def problem_response(problem: Problem) -> web.Response:
    """The problem as RFC 9457 JSON."""
    response = web.Response(
        status=problem.status,
        text=json.dumps(problem.body()),
        content_type="application/problem+json",
    )
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
