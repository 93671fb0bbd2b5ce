"""`smartcash-gateway check`: what works, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .config import Config
from .connector import Connector
from .errors import ConfigError, DeviceBusy, DeviceError, DeviceIllegal, DeviceOffline
from .journal import Journal
from .machine import Machine

_HEALTH_PATIENCE = 3.0  # seconds


@dataclass(frozen=True)
class Finding:
    """One line of the verdict."""

    good: bool
    text: str


def findings(config: Config) -> Iterator[Finding]:
    """Looks at everything that a sale needs, in the order in which one repairs it."""
    yield _pairing(config)
    yield _origins(config)
    yield _journal(config)
    running = _running_gateway(config)
    if running is None:
        yield Finding(True, f"No gateway runs on {config.listen} yet.")
        # Only now: a second client at the Connector could disturb a running payment.
        yield asyncio.run(_machine(config))
    else:
        yield Finding(True, f"A gateway answers on {config.listen}.")
        yield _from_gateway(running)


def _pairing(config: Config) -> Finding:
    if config.pairing_key:
        return Finding(True, f"Paired with Odoo's device {config.device}.")
    return Finding(False, "Not paired: make a pairing key in Odoo, then smartcash-gateway pair.")


def _origins(config: Config) -> Finding:
    if config.origins:
        return Finding(True, f"Web pages that may use it: {', '.join(config.origins)}.")
    return Finding(False, "No web page may use it: smartcash-gateway pair --origin https://…")


def _journal(config: Config) -> Finding:
    try:
        journal = Journal(Path(config.journal))
    except ConfigError as error:
        return Finding(False, str(error))
    count = len(journal.unsettled())
    journal.close()
    open_ones = f" {count} operation(s) wait for the machine's answer." if count else ""
    return Finding(True, f"The journal {config.journal} can be written.{open_ones}")


def _running_gateway(config: Config) -> dict | None:
    host, port = config.listen_address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if config.uses_tls else "http"
    # The question is only whether our own process answers on this very machine.
    context = ssl._create_unverified_context() if config.uses_tls else None  # noqa: S323
    try:
        with urllib.request.urlopen(  # noqa: S310 - http(s) only, built above
            f"{scheme}://{shown}:{port}/v1/health", timeout=_HEALTH_PATIENCE, context=context
        ) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return None
    return health if isinstance(health, dict) and "device_state" in health else None


def _from_gateway(health: dict) -> Finding:
    state = health["device_state"]
    texts = {
        "online": "The machine is ready.",
        "busy": "The machine is at work.",
        "offline": "The gateway does not reach the machine: check that it is switched on and "
        "CashlogyConnector is running.",
        "error": "The machine reports an error: see its display.",
    }
    return Finding(
        state in ("online", "busy"), texts.get(state, "The machine was not asked yet: wait.")
    )


async def _machine(config: Config) -> Finding:
    connector = Connector(*config.connector_address, connect_timeout=config.timing.connect)
    machine = Machine(connector, config.timing)
    try:
        codes = await machine.active_errors()
    except DeviceIllegal:
        return Finding(True, "CashlogyConnector answers; the gateway will wake the machine up.")
    except DeviceBusy:
        return Finding(True, "CashlogyConnector answers; the machine is busy right now.")
    except DeviceOffline as error:
        return Finding(False, f"{error} Check that it runs, and `connector`.")
    except DeviceError as error:
        return Finding(False, f"CashlogyConnector does not answer properly: {error}")
    finally:
        connector.close()
    warnings = f" Active codes: {', '.join(map(str, codes))}." if codes else ""
    return Finding(True, f"CashlogyConnector answers, the machine is ready.{warnings}")
