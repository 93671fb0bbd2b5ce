"""The WebSocket: token first, everything that happens to everyone, nobody can block it."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import pytest
from support import ORIGIN, new_uuid, op_token, token

from smartcash_gateway.operations.events import QUEUE_LENGTH, Hub


def connect(gateway, **headers: str):
    return gateway.session.ws_connect(gateway.url + "/v1/events", headers=headers)


async def join(gateway):
    socket = await connect(gateway)
    await socket.send_json({"token": token()})
    ready = await socket.receive_json(timeout=5)
    assert ready["type"] == "ready"
    return socket, ready


async def until_ended(socket, op: str) -> list[dict]:
    """The operation's messages up to its end."""
    told = []
    while True:
        message = await socket.receive_json(timeout=10)
        if message["type"] == "operation" and message["operation"]["uuid"] == op:
            told.append(message["operation"])
            if told[-1]["ended_at"]:
                return told


async def test_every_client_sees_the_whole_story(gateway, machine):
    sockets = [(await join(gateway))[0] for _ in range(2)]
    op = new_uuid()
    await gateway.start(op, 990)
    await gateway.until_phase(op, "accepting")
    await asyncio.to_thread(machine.insert, 500)
    await gateway.until(op, lambda sale: sale["amount_in"] == 500)
    await asyncio.to_thread(machine.insert, 1000)
    for socket in sockets:
        told = await until_ended(socket, op)
        assert [sale["phase"] for sale in told] == [
            "starting",
            "accepting",
            "accepting",
            "accepting",
            "dispensing",
            "ended",
        ]
        assert [sale["amount_in"] for sale in told] == [0, 0, 500, 1500, 1500, 1500]
        assert told[-1]["state"] == "done"
        assert told[-1]["signature"]
        await socket.close()


async def test_a_client_that_comes_later_is_told_what_runs(gateway, machine):
    op = new_uuid()
    await gateway.start(op, 500)
    socket, ready = await join(gateway)
    assert ready["operation"]["uuid"] == op
    assert ready["device"]["state"] == "busy"
    await socket.close()


async def test_the_end_is_told_before_anything_else_is_asked(gateway, machine):
    """Whoever hears of the end can start the next operation at once."""
    socket, _ = await join(gateway)
    op = new_uuid()
    await gateway.start(op, 100, "refund")
    await until_ended(socket, op)
    await gateway.start(new_uuid(), 500)
    await socket.close()


async def test_the_machine_going_away_is_told(gateway, machine):
    socket, _ = await join(gateway)
    machine.power(False)
    while True:
        message = await socket.receive_json(timeout=10)
        if message["type"] == "device" and message["device"]["state"] == "offline":
            break
    assert message["device"]["errors"][-1]["code"] == "machine_offline"
    machine.power(True)
    await socket.close()


@pytest.mark.parametrize(
    "first",
    [
        json.dumps({"token": token(key="another key that is as long as the real one")}),
        json.dumps({"token": token(exp=int(time.time()) - 60)}),
        json.dumps({"token": op_token(new_uuid(), "refund", 1, scope=["operation"])}),
        json.dumps({"token": 5}),
        json.dumps(["token"]),
        "not json",
        "[" * 5000,
    ],
)
async def test_a_bad_token_closes_the_socket(gateway, first):
    async with connect(gateway) as socket:
        await socket.send_str(first)
        message = await socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4401


async def test_no_token_in_time_closes_the_socket(gateway):
    async with connect(gateway) as socket:
        await socket.receive(timeout=8)
        assert socket.close_code == 4408


async def test_a_token_that_runs_out_closes_the_socket_unless_it_is_renewed(gateway):
    short = token(exp=int(time.time()) - 14)  # the leeway for clocks leaves a second
    async with connect(gateway) as renewed, connect(gateway) as left:
        for socket in (renewed, left):
            await socket.send_json({"token": short})
            assert (await socket.receive_json(timeout=5))["type"] == "ready"
        await renewed.send_json({"token": token()})
        await left.receive(timeout=5)
        assert left.close_code == 4401
        assert not renewed.closed


async def test_another_page_gets_no_socket(gateway):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(gateway, Origin="https://evil.example.com")
    assert refused.value.status == 403
    async with connect(gateway, Origin=ORIGIN) as socket:
        assert not socket.closed


async def test_a_plain_request_to_the_socket_is_a_problem(gateway):
    status, problem = await gateway.call("GET", "/v1/events")
    assert (status, problem["code"]) == (400, "bad_request")


async def test_a_client_that_vanishes_does_not_disturb_the_others(gateway, machine):
    gone, _ = await join(gateway)
    stays, _ = await join(gateway)
    gone._response.connection.transport.abort()
    op = new_uuid()
    await gateway.start(op, 100, "refund")
    assert (await until_ended(stays, op))[-1]["state"] == "done"
    await stays.close()


async def test_a_slow_client_is_dropped_and_never_waited_for():
    hub = Hub()
    slow = hub.join({"type": "ready"})
    quick = hub.join({"type": "ready"})
    for number in range(QUEUE_LENGTH + 5):
        hub.publish({"number": number})
        quick.queue.get_nowait()
    assert slow.queue.get_nowait() is None
    assert quick.queue.get_nowait() is not None
    assert len(hub) == 1
