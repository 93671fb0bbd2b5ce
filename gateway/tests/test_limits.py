"""A program that opens a thousand connections, or speaks slowly, keeps no till from selling."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import ssl
import subprocess
import sys
import time

import aiohttp
import pytest
from support import Client, GatewayProcess, connected, new_uuid, token

from smartcash_gateway.http import limits

MANY = 1010


@pytest.fixture(scope="module")
def lonely(tmp_path_factory, _simulator):
    """A gateway of its own, which has no more files than a shell gives."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(4096, 2 * MANY), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    gateway = GatewayProcess(tmp_path_factory.mktemp("lonely"), _simulator.connector)
    gateway.start()
    yield gateway
    gateway.stop()


def address(gateway) -> tuple[str, int]:
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    return host, int(port)


async def open_sockets(gateway, count: int, first: bytes = b"") -> list[asyncio.StreamWriter]:
    writers = []
    for _ in range(count):
        _reader, writer = await asyncio.open_connection(*address(gateway))
        writer.write(first)
        writers.append(writer)
    return writers


async def within(seconds: float, what):
    return await asyncio.wait_for(what, seconds)


def files(gateway) -> int:
    return len(os.listdir(f"/proc/{gateway.pid}/fd"))


@pytest.mark.parametrize("first", [b"", b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: "])
async def test_a_thousand_sockets_keep_nobody_from_selling(lonely, machine, first):
    async with connected(lonely) as client:
        before = len(lonely.log.read_text())
        writers = await open_sockets(lonely, MANY, first)
        try:
            op = new_uuid()
            await within(5, client.start(op))
            await within(5, client.until_phase(op, "accepting"))
            assert files(lonely) < limits.MAX_CONNECTIONS + 50
            await within(5, client.ask(op, "cancel"))
            await within(10, client.until_ended(op))
        finally:
            for writer in writers:
                writer.close()
        assert len(lonely.log.read_text()) - before < 10_000


async def test_a_page_that_proved_itself_stays(lonely, machine):
    async with (
        connected(lonely) as client,
        client.session.ws_connect(lonely.url + "/v1/events") as socket,
    ):
        await socket.send_json({"token": token()})
        assert (await socket.receive_json(timeout=5))["type"] == "ready"
        writers = await open_sockets(lonely, 2 * limits.MAX_CONNECTIONS)
        op = new_uuid()
        await client.start(op)
        seen = await socket.receive_json(timeout=5)
        while seen["type"] != "operation":
            seen = await socket.receive_json(timeout=5)
        assert seen["operation"]["uuid"] == op
        for writer in writers:
            writer.close()
        await client.ask(op, "cancel")
        await client.until_ended(op)


SLOW = [
    b"",
    b"GET /v1/he",
    b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    b"PUT /v1/operations/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
]


@pytest.mark.parametrize("sent", SLOW)
async def test_who_says_nothing_or_says_it_slowly_is_sent_away(lonely, machine, sent):
    reader, writer = await asyncio.open_connection(*address(lonely))
    began = time.monotonic()
    writer.write(sent)

    async def drip():
        while True:
            await asyncio.sleep(1)
            writer.write(b"x")

    dripping = asyncio.ensure_future(drip()) if sent else None
    try:
        while await within(limits.REQUEST_PATIENCE + 5, reader.read(1000)):
            pass
    except ConnectionError:
        assert time.monotonic() > began
    finally:
        if dripping:
            dripping.cancel()
        writer.close()
    assert time.monotonic() - began < limits.REQUEST_PATIENCE + 4


async def test_a_slow_body_with_a_good_token_starts_nothing(lonely, machine):
    op = new_uuid()
    head = (
        f"PUT /v1/operations/{op} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {token()}\r\nContent-Length: 100\r\n\r\n{{"
    )
    reader, writer = await asyncio.open_connection(*address(lonely))
    writer.write(head.encode())
    answer = await within(limits.REQUEST_PATIENCE + 5, reader.read(1000))
    assert b" 408 " in answer
    assert b"too_slow" in answer
    writer.close()
    async with connected(lonely) as client:
        assert (await client.call("GET", f"/v1/operations/{op}"))[0] == 404


async def test_a_body_that_is_packed_is_not_unpacked(lonely, machine):
    async with connected(lonely) as client:
        status, answer = await client.call(
            "PUT",
            f"/v1/operations/{new_uuid()}",
            data=b"\x1f\x8b" + bytes(100),
            headers={"Content-Encoding": "gzip"},
        )
    assert (status, answer["code"]) == (400, "bad_json")


def test_a_shell_s_limit_of_files_is_raised():
    code = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, 2048));"
        "from smartcash_gateway.http.limits import raise_file_limit; raise_file_limit();"
        "print(r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.strip() == "(2048, 2048)"


# -- what the log says of it -----------------------------------------------------------------


def new_log(gateway, before: int) -> str:
    return gateway.log.read_text()[before:]


async def test_refused_tokens_are_logged_without_the_token_and_not_for_ever(lonely, machine):
    before = len(lonely.log.read_text())
    bad = token(key="x" * 40)
    async with connected(lonely) as client:
        for _ in range(50):
            status, _ = await client.call("GET", "/v1/device", auth=bad)
            assert status == 401
        async with client.session.ws_connect(lonely.url + "/v1/events") as socket:
            await socket.send_json({"token": bad})
            await socket.receive()
    said = new_log(lonely, before)
    assert "refused GET /v1/device from 127.0.0.1: token_invalid" in said
    assert said.count("token_invalid") <= 6 + 1
    assert "a page's token was refused: token_invalid" in said
    assert bad not in said
    assert bad.split(".")[1] not in said


MALFORMED = [
    b"GET /v1/device HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer SECRET-1\r\n\r\n",
    b"GET /v1/device HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer SECRET-2\x00\r\n\r\n",
    b"GET /v1/device HTTP/1.1\r\nHost: localhost\r\nAuthorization\r\n: Bearer SECRET-3\r\n\r\n",
    b"GET /SECRET-4 HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 10_000 + b"\r\n\r\n",
    b"SECRET-5\x1b[2J / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01SECRET-6\r\n\r\n",
]


async def test_malformed_requests_are_logged_without_their_contents(lonely, machine):
    before = len(lonely.log.read_text())
    for data in MALFORMED * 10:
        reader, writer = await asyncio.open_connection(*address(lonely))
        writer.write(data)
        await within(5, reader.read(1000))
        writer.close()
    said = new_log(lonely, before)
    assert "a request that is no HTTP was refused" in said
    assert "Traceback" not in said
    assert "SECRET" not in said
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", said)
    assert len(said) < 3000


# -- the same over TLS --------------------------------------------------------------------------


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01\x02\x00\x01"])
async def test_a_thousand_handshakes_that_nobody_ends(tmp_path, machine, first):
    gateway = GatewayProcess(tmp_path, machine.connector, TLS="true")
    gateway.start()
    try:
        writers = []
        host, _, port = gateway.url.removeprefix("https://").rpartition(":")
        for _ in range(MANY):
            _reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(first)
            writers.append(writer)
        trusted = ssl.create_default_context(cafile=str(tmp_path / "gateway-ca.pem"))
        connector = aiohttp.TCPConnector(ssl=trusted)
        async with aiohttp.ClientSession(connector=connector) as session:
            client, op = Client(gateway.url, session), new_uuid()
            await within(10, client.until_device("online"))
            await within(5, client.start(op))
            await within(5, client.ask(op, "cancel"))
            await within(10, client.until_ended(op))
        await asyncio.sleep(limits.HANDSHAKE_PATIENCE + 1)
        assert files(gateway) < 100, "they were sent away"
        for writer in writers:
            writer.close()
        assert len(gateway.log.read_text()) < 20_000
    finally:
        gateway.stop()
