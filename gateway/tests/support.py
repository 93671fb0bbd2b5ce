"""What the tests share: tokens, a gateway in a process of its own, a wire that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt

KEY = "a pairing key that only the tests know"
DEVICE = "device-1"
ORIGIN = "https://shop.example.com"
ENDED = ("done", "cancelled", "failed", "unknown")
START_PATIENCE = 20.0


def new_uuid() -> str:
    return str(uuid.uuid4())


def token(*, key: str = KEY, **claims: Any) -> str:
    """A shift's token; `claims` replace or, with None, remove members."""
    now = int(time.time())
    content: dict[str, Any] = {
        "iss": "00000000-0000-4000-8000-000000000000",
        "aud": "smartcash-gateway",
        "sub": 2,
        "device": DEVICE,
        "scope": ["status", "sale"],
        "iat": now,
        "exp": now + 3600,
        "jti": new_uuid(),
        **claims,
    }
    return jwt.encode(
        {name: value for name, value in content.items() if value is not None},
        key,
        algorithm="HS256",
    )


def op_token(op: str, kind: str, maximum: int, **claims: Any) -> str:
    """A token for one operation."""
    return token(
        **{"scope": ["status", "operation"], "op": op, "kind": kind, "max": maximum, **claims}
    )


def body(amount: int = 990, kind: str = "sale", **members: Any) -> dict[str, Any]:
    return {"kind": kind, "amount": amount, "currency": "EUR", **members}


def read_signature(text: str) -> dict[str, Any]:
    return jwt.decode(text, KEY, algorithms=["HS256"], options={"verify_iat": False})


async def until(condition: Callable[[], bool], patience: float = 15.0) -> None:
    """Until `condition` holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


class GatewayProcess:
    """`smartcash-gateway run` as a service manager would run it."""

    def __init__(self, folder: Path, connector: str, **settings: str) -> None:
        self.journal = folder / "journal.db"
        self.log = folder / "gateway.log"
        self.url = ""
        self.command = [sys.executable, "-m", "smartcash_gateway", "run"]
        self._process: subprocess.Popen[str] | None = None
        values = {
            "LISTEN": "127.0.0.1:0",
            "CONNECTOR": connector,
            "DEVICE": DEVICE,
            "PAIRING_KEY": KEY,
            "ORIGINS": ORIGIN,
            "JOURNAL": str(self.journal),
            "REPLY_TIMEOUT_MS": "1000",
            **settings,
        }
        self._environment = {
            **os.environ,
            **{f"SMARTCASH_GATEWAY_{name}": value for name, value in values.items()},
        }

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        watchdog = threading.Timer(START_PATIENCE, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line.startswith("READY url="), self.log.read_text()
        self.url = line.strip().removeprefix("READY url=")

    def kill(self) -> None:
        """kill -9: no last words."""
        self._process.kill()
        self._forget()

    def stop(self) -> int:
        """As the service manager stops it; the exit status."""
        self._process.terminate()
        return self._forget()

    def _forget(self) -> int:
        status = self._process.wait(START_PATIENCE)
        self._process.stdout.close()
        return status

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None


class Client:
    """An API client with a shift's token."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def call(
        self, method: str, path: str, *, auth: str | None = None, **options: Any
    ) -> tuple[int, Any]:
        """(status, JSON). `auth`: another token; "" sends none."""
        headers = dict(options.pop("headers", {}))
        if auth != "":
            headers.setdefault("Authorization", f"Bearer {auth or token()}")
        async with self.session.request(
            method, self.url + path, headers=headers, **options
        ) as answer:
            return answer.status, await answer.json(content_type=None)

    async def start(self, op: str, amount: int = 990, kind: str = "sale", **members: Any) -> Any:
        """Starts an operation that must be accepted; its JSON."""
        auth = token() if kind == "sale" else op_token(op, kind, amount)
        status, answer = await self.call(
            "PUT", f"/v1/operations/{op}", auth=auth, json=body(amount, kind, **members)
        )
        assert status == 201, answer
        return answer

    async def get(self, op: str) -> Any:
        status, answer = await self.call("GET", f"/v1/operations/{op}")
        assert status == 200, answer
        return answer

    async def until(self, op: str, condition: Callable[[Any], bool], patience: float = 15.0) -> Any:
        """The operation as soon as `condition` holds."""
        deadline = time.monotonic() + patience
        while True:
            answer = await self.get(op)
            if condition(answer):
                return answer
            assert time.monotonic() < deadline, answer
            await asyncio.sleep(0.01)

    async def until_phase(self, op: str, phase: str) -> Any:
        return await self.until(op, lambda answer: answer["phase"] == phase)

    async def until_ended(self, op: str, patience: float = 15.0) -> Any:
        return await self.until(op, lambda answer: answer["state"] in ENDED, patience)

    async def until_device(self, *states: str, patience: float = 15.0) -> None:
        """Until the machine is in one of `states`."""
        deadline = time.monotonic() + patience
        while True:
            _, health = await self.call("GET", "/v1/health")
            if health["device_state"] in states:
                return
            assert time.monotonic() < deadline, health
            await asyncio.sleep(0.02)

    async def ask(self, op: str, what: str) -> Any:
        """cancel or accept."""
        status, answer = await self.call("POST", f"/v1/operations/{op}/{what}")
        assert status in (200, 202), answer
        return answer


@contextlib.asynccontextmanager
async def connected(gateway: GatewayProcess) -> AsyncIterator[Client]:
    """A client of a gateway whose machine is ready."""
    async with aiohttp.ClientSession() as session:
        client = Client(gateway.url, session)
        await client.until_device("online", "busy")
        yield client


class Tap:
    """A proxy on the wire to the Connector, which can hold frames and swallow answers.

    `hold` = commands that are kept from the machine; `swallow` = commands that reach it, but
    whose answers are lost. `seen` collects what the gateway sent.
    """

    def __init__(self, connector: str) -> None:
        host, _, port = connector.rpartition(":")
        self._target = (host, int(port))
        self.hold: set[str] = set()
        self.swallow: set[str] = set()
        self.seen: list[str] = []
        self.on_frame: Callable[[str], None] = lambda name: None
        self.address = ""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Tap:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = f"{host}:{port}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until_seen(self, name: str, patience: float = 10.0) -> None:
        """Until the gateway has sent this command."""
        deadline = time.monotonic() + patience
        while name not in self.seen:
            assert time.monotonic() < deadline, (name, self.seen[-10:])
            await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        try:
            # Either side may go away at any time, that is what is tested; and the end of the
            # test cancels what still runs.
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine_reader, machine_writer = await asyncio.open_connection(*self._target)
        lost = False

        async def answers() -> None:
            while data := await machine_reader.read(4096):
                if not lost:
                    writer.write(data)
            writer.transport.abort()

        back = asyncio.ensure_future(answers())
        try:
            while frame := await reader.read(4096):
                name = frame.decode("latin-1").split("#")[1]
                self.seen.append(name)
                self.on_frame(name)
                if name in self.hold:
                    continue
                lost = name in self.swallow
                machine_writer.write(frame)
        finally:
            back.cancel()
            machine_writer.transport.abort()


@dataclass
class Scene:
    """A gateway behind a tap, and the machine."""

    gateway: GatewayProcess
    tap: Tap
    machine: object
    before: int
    op: str = field(default_factory=new_uuid)

    async def insert(self, value: int, count: int = 1) -> None:
        result = await asyncio.to_thread(self.machine.insert, value, count)
        assert result["accepted"] == count, result

    def kept(self) -> int:
        """What the machine physically holds more than before, minor units."""
        return self.machine.state()["physical_total"] - self.before

    async def until_idle(self) -> None:
        """Until no piece moves any more."""
        await until(lambda: not self.machine.state()["dispensing"])

    @contextlib.asynccontextmanager
    async def restarted(self) -> AsyncIterator[Client]:
        """kill -9, free the wire, start again on the same journal."""
        self.gateway.kill()
        await self.until_idle()
        self.tap.hold.clear()
        self.tap.swallow.clear()
        self.tap.seen.clear()
        self.gateway.start()
        async with connected(self.gateway) as client:
            yield client

    async def truth(self) -> dict:
        """How the operation ended after the restart, checked against the machine."""
        async with self.restarted() as client:
            ended = await client.until_ended(self.op)
            assert ended["amount_in"] - ended["amount_out"] == self.kept()
            signed = read_signature(ended["signature"])
            assert (signed["op"], signed["state"]) == (self.op, ended["state"])
            assert self.machine.state()["accepting"] is False
            # An open question does not block the next customer.
            other = new_uuid()
            await client.start(other, 500)
            await client.until_phase(other, "accepting")
            await client.ask(other, "cancel")
            assert (await client.until_ended(other))["state"] == "cancelled"
        return ended
