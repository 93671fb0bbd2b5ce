"""`smartcash-gateway check`: what works, what does not, and what to do about it.

It tries what `run` will do first, with the same code, and leaves nothing behind: a file that it
made as administrator would be one that the gateway's own user cannot write.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import json
import os
import shutil
import socket
import ssl
import stat
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from .. import __version__
from ..cashlogy.connector import Connector
from ..cashlogy.machine import Machine
from ..config import Config
from ..errors import ConfigError, DeviceBusy, DeviceError, DeviceIllegal, DeviceOffline
from ..http.auth import AUDIENCE
from ..http.tls import certificate_paths, days_left, load_context
from ..models import DeviceState
from ..names import normal_host
from ..operations.device import Device
from ..operations.journal import Journal, lock_path

_HEALTH_PATIENCE = 3.0  # seconds
WARN_DAYS = 30
LITTLE_SPACE = 100 * 10**6  # bytes
_MOST_BYTES = 10**6


@dataclass(frozen=True)
class Finding:
    """One line of the result; a warning does not stop a sale."""

    good: bool
    text: str
    warning: bool = False

    @property
    def mark(self) -> str:
        if self.good:
            return "ok"
        return "warn" if self.warning else "FAIL"


def findings(config: Config, path: Path | None = None) -> Iterator[Finding]:
    """Looks at everything that a sale needs, in the order in which one repairs it.

    `path`: the configuration file, if there is one.
    """
    yield from _configuration(path)
    yield _pairing(config)
    yield _origins(config)
    yield from _port_is_fixed(config)
    yield from _network(config)
    yield from _place(config)
    running = _running_gateway(config)
    if running is None:
        yield _journal(config)
        yield _port(config)
        # Only now: a second client at the Connector could disturb a running payment.
        yield asyncio.run(_machine(config))
    elif running.get("device") != config.device:
        yield Finding(
            False,
            f"Another gateway (device {running.get('device')}) answers on {config.listen}: stop "
            "it, or give this one another `listen`.",
        )
    else:
        yield Finding(True, f"A gateway answers on {config.listen}.")
        yield from _as_configured(config, running)
        yield from _from_gateway(running)


def _configuration(path: Path | None) -> Iterator[Finding]:
    """The file holds the pairing key: whoever reads it can ask for money."""
    if path is None or os.name == "nt":  # there `icacls` says it, and modes mean little
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(
            False,
            f"Other users of this computer can read {path} with the pairing key: chmod 600 {path}",
            warning=True,
        )


def _network(config: Config) -> Iterator[Finding]:
    if config.uses_tls:
        yield _certificate(config)
    elif not is_local(config):
        yield Finding(False, open_network(config), warning=True)


def is_local(config: Config) -> bool:
    """Whether only this computer reaches the gateway."""
    host, _ = config.listen_address
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def open_network(config: Config) -> str:
    """What `run` and `check` say of a gateway that the network reaches without TLS."""
    return (
        f"The whole network reaches {config.listen} without encryption: set `tls = true`, or "
        'listen on "127.0.0.1:8787" if the browser runs on this computer.'
    )


def _certificate(config: Config) -> Finding:
    certificate, key = certificate_paths(config)
    if not config.tls_cert and not (certificate.exists() and key.exists()):
        return Finding(True, f"HTTPS; the certificate {certificate} is made at the first start.")
    try:
        load_context(certificate, key)
    except ConfigError as error:
        return Finding(False, str(error))
    left = days_left(certificate)
    if config.tls_cert and left is not None and left < WARN_DAYS:
        when = f"ends in {left} days" if left >= 0 else f"ended {-left} days ago"
        text = (
            f"The certificate {certificate} {when}: no browser takes it after that. Get a new one."
        )
        return Finding(False, text, warning=left >= 0)
    if os.name != "nt" and stat.S_IMODE(key.stat().st_mode) & 0o077:
        text = f"Other users of this computer can read {key}: chmod 600 {key}"
        return Finding(False, text, warning=True)
    return Finding(True, f"HTTPS with the certificate {certificate}.")


def _port(config: Config) -> Finding:
    host, port = config.listen_address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # as asyncio does; on Windows it would let two programs listen
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return Finding(
            False,
            f"Cannot listen on {config.listen} ({error.strerror}): another program uses it, or "
            "this computer has no such address. Stop it, or change `listen` here and the "
            "gateway's address in Odoo.",
        )
    return Finding(True, f"No gateway runs on {config.listen} yet; the port is free.")


def _port_is_fixed(config: Config) -> Iterator[Finding]:
    if config.listen_address[1] == 0:
        yield Finding(
            False,
            "`listen` has port 0, which is another one after each start: Odoo would not find it. "
            'Set it to "127.0.0.1:8787".',
        )


def _pairing(config: Config) -> Finding:
    if config.pairing_key:
        return Finding(True, f"Paired with Odoo's device {config.device}.")
    return Finding(False, "Not paired: make a pairing key in Odoo, then smartcash-gateway pair.")


def _origins(config: Config) -> Finding:
    if config.origins:
        return Finding(True, f"Web pages that may use it: {', '.join(config.origins)}.")
    return Finding(False, "No web page may use it: smartcash-gateway pair --origin https://…")


def _journal(config: Config) -> Finding:
    path = Path(config.journal)
    if not path.exists():
        return _journal_folder(path)
    try:
        had_lock = lock_path(path).exists()
        journal = Journal(path)
        count = len(journal.unsettled())
        journal.close()
        if not had_lock:
            lock_path(path).unlink(missing_ok=True)
    except ConfigError as error:
        return Finding(False, str(error))
    if os.name != "nt" and os.geteuid() != path.stat().st_uid:
        return Finding(
            False,
            f"The journal {path} belongs to user {path.stat().st_uid}, and this check runs as "
            f"{os.geteuid()}: run it as the gateway's own user, or it proves nothing.",
            warning=True,
        )
    open_ones = f" {count} operation(s) wait for the machine's answer." if count else ""
    return Finding(True, f"The journal {config.journal} can be written.{open_ones}")


def _place(config: Config) -> Iterator[Finding]:
    path = Path(config.journal)
    if not path.is_absolute():
        yield Finding(
            False,
            f"The journal is {path} in the folder where the gateway is started: give `journal` a "
            "full path, or a start in another folder begins another journal.",
            warning=True,
        )
    folder = path.resolve().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE:
        yield Finding(
            False,
            f"Only {free // 10**6} MB are free where the journal {path} is: without space no sale "
            "starts. Make room.",
            warning=True,
        )


def _journal_folder(path: Path) -> Finding:
    folder = path.resolve().parent
    while not folder.exists():  # the gateway makes what is missing
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"smartcash" * 1000)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return Finding(
            False,
            f"The journal {path} cannot be written ({error}). Check the disk's free space and "
            "rights, or set `journal` to another path.",
        )
    return Finding(True, f"The journal {path} is made at the first start.")


def _running_gateway(config: Config) -> dict | None:
    try:
        _status, health = _ask(config, "/v1/health")
    except (OSError, ValueError):
        return None
    return health if isinstance(health, dict) and "device_state" in health else None


def _ask(config: Config, path: str, **headers: str) -> tuple[int, Any]:
    """(status, JSON) of the gateway that runs here; raises OSError or ValueError."""
    host, port = config.listen_address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if config.uses_tls else "http"
    # The question is only whether our own process answers on this very machine.
    context = ssl._create_unverified_context() if config.uses_tls else None  # noqa: S323 - it asks this very computer
    request = urllib.request.Request(  # noqa: S310 - http(s) only, built above
        f"{scheme}://{shown}:{port}{path}", headers=headers
    )
    # A proxy of the environment is for other computers.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(request, timeout=_HEALTH_PATIENCE) as answer:
            return answer.status, json.loads(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read(_MOST_BYTES))
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP ({error!r})") from error


def _as_configured(config: Config, health: dict) -> Iterator[Finding]:
    """It read its configuration when it was started: what changed since then it does not know."""
    stale = [what for what, is_known in _known_to_it(config) if not is_known]
    if stale:
        yield Finding(
            False,
            f"The gateway was started with another {' and another '.join(stale)} than the "
            "configuration has now: restart it.",
        )
    if health.get("version") != __version__:
        yield Finding(
            False,
            f"Version {health.get('version')} of the gateway runs, {__version__} is installed: "
            "restart it.",
            warning=True,
        )


def _known_to_it(config: Config) -> Iterator[tuple[str, bool]]:
    try:
        if config.pairing_key:
            claims: dict[str, object] = {
                "aud": AUDIENCE,
                "device": config.device,
                "scope": ["status"],
            }
            claims["exp"] = int(time.time()) + 60
            token = jwt.encode(claims, config.pairing_key, algorithm="HS256")
            answer = _ask(config, "/v1/operations?limit=1", Authorization=f"Bearer {token}")
            # 503: the journal's trouble, which is said elsewhere.
            yield "pairing key", answer[0] not in (401, 403)
        for origin in config.origins:
            answer = _ask(config, "/v1/health", Origin=origin)
            yield f"`origins` ({origin})", bool(answer[1].get("origin_allowed"))
        for host in config.hosts:
            name = normal_host(host)
            named = f"[{name}]" if ":" in name else name
            yield f"`hosts` ({host})", _ask(config, "/v1/health", Host=named)[0] == 200
    except (OSError, ValueError, AttributeError):
        yield "answer", False


def _from_gateway(health: dict) -> Iterator[Finding]:
    if not health.get("journal_writable", True):
        yield Finding(
            False,
            "The gateway cannot write its journal, so it starts nothing. Check the disk's free "
            "space and rights; its log has the reason.",
        )
        return
    if not health.get("paired"):
        yield Finding(
            False, "It was started before it was paired: restart it to use the pairing key."
        )
    state = health["device_state"]
    texts = {
        "online": "The machine is ready.",
        "busy": "The machine is at work.",
        "offline": "The gateway does not reach the machine: check that it is switched on and "
        "CashlogyConnector is running.",
        "error": "The machine reports an error: see its display.",
    }
    yield Finding(
        state in ("online", "busy"), texts.get(state, "The machine was not asked yet: wait.")
    )


async def _active_errors(machine: Machine) -> tuple[int, ...]:
    """What the machine has to complain about; one that sleeps says so only when it is awake."""
    try:
        return await machine.active_errors()
    except DeviceIllegal:
        await machine.initialise()
        return await machine.active_errors()


async def _machine(config: Config) -> Finding:
    connector = Connector(*config.connector_address, config.timing)
    machine = Machine(connector, config.timing)
    try:
        codes = await _active_errors(machine)
    except DeviceBusy:
        return Finding(
            False,
            "CashlogyConnector answers, and the machine is busy with an operation that no gateway "
            "here started: another program uses it. End that, then check again.",
        )
    except DeviceOffline as error:
        return Finding(False, f"{error} Check that it runs, and `connector`.")
    except DeviceError as error:
        return Finding(False, f"CashlogyConnector does not answer properly: {error}")
    finally:
        connector.close()
    device = Device(config.device, config.currency, reachable=True, codes=codes)
    problems = " ".join(message.text for message in device.problems())
    if device.state(None) is not DeviceState.ONLINE:
        return Finding(False, f"CashlogyConnector answers, the machine does not sell: {problems}")
    return Finding(True, f"CashlogyConnector answers, the machine is ready. {problems}".rstrip())
