"""Which web pages reach the gateway: Host, Origin, CORS, Private Network Access."""

from __future__ import annotations

import pytest
from support import ORIGIN, token

EVIL = "https://evil.example.com"


async def ask(gateway, method: str, path: str, **headers: str):
    headers.setdefault("Authorization", f"Bearer {token()}")
    async with gateway.session.request(method, gateway.url + path, headers=headers) as answer:
        text = await answer.text()
        return answer.status, answer.headers, text


async def test_the_shop_may_read_answers_and_problems(gateway):
    for path in ("/v1/device", "/v1/operations/none"):
        _, headers, _ = await ask(gateway, "GET", path, Origin=ORIGIN)
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in headers["Vary"]


@pytest.mark.parametrize("origin", [EVIL, "null", ORIGIN + ".evil.com", ORIGIN.upper(), ""])
async def test_another_page_is_refused_and_reads_nothing(gateway, origin):
    status, headers, text = await ask(gateway, "GET", "/v1/device", Origin=origin)
    assert status == 403
    assert "origin_refused" in text
    assert "Access-Control-Allow-Origin" not in headers


async def test_health_tells_any_page_whether_it_may(gateway):
    for origin, allowed in ((ORIGIN, "true"), (EVIL, "false")):
        status, headers, text = await ask(gateway, "GET", "/v1/health", Origin=origin)
        assert status == 200
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert f'"origin_allowed": {allowed}' in text


async def test_the_shops_preflight_opens_the_private_network(gateway):
    status, headers, _ = await ask(
        gateway,
        "OPTIONS",
        "/v1/operations/x",
        Origin=ORIGIN,
        **{
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,content-type",
            "Access-Control-Request-Private-Network": "true",
        },
    )
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in headers["Access-Control-Allow-Methods"]
    assert "authorization" in headers["Access-Control-Allow-Headers"]
    assert headers["Access-Control-Allow-Private-Network"] == "true"


async def test_another_pages_preflight_opens_nothing(gateway):
    status, headers, _ = await ask(
        gateway,
        "OPTIONS",
        "/v1/operations/x",
        Origin=EVIL,
        **{
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Private-Network": "true",
        },
    )
    assert status == 403
    assert not [name for name in headers if name.startswith("Access-Control-Allow")]


@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:8787", "localhost.evil"])
async def test_a_name_that_an_attacker_points_here_is_refused(gateway, host):
    status, _, text = await ask(gateway, "GET", "/v1/health", Host=host)
    assert status == 403
    assert "host_refused" in text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8787", "10.0.0.9"]
)
async def test_addresses_and_localhost_are_good_names(gateway, host):
    status, _, _ = await ask(gateway, "GET", "/v1/health", Host=host)
    assert status == 200
