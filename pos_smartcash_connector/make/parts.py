"""The simulated Cashlogy of the demo and its gateway. What the names mean: tools/stack/makes.py."""

from __future__ import annotations

import json
import secrets
import uuid
from typing import Any

PORTS = {
    "gateway": ("GATEWAY_PORT", 8787),
    "connector": ("CONNECTOR_PORT", 8092),
    "customer": ("CUSTOMER_PORT", 8093),
}
PAGES = (
    ("Cashlogy", "customer", "put in coins and notes, take the change"),
    ("Gateway", "gateway", "add /v1/health: how it is"),
)
SETTINGS = "gateway.toml"


def shop_env(here: Any) -> dict[str, str]:
    """Return the device that Odoo has, the key that it shares with the gateway, and its address."""
    pairing = _pairing(here)
    return {
        "SMARTCASH_DEMO_DEVICE": pairing["device"],
        "SMARTCASH_DEMO_KEY": pairing["key"],
        "SMARTCASH_DEMO_GATEWAY": here.url("gateway"),
    }


def configure(here: Any, told: dict[str, str]) -> None:
    """Write gateway.toml (a JSON string is a TOML string, a list of them a list)."""
    pairing = _pairing(here)
    settings = {
        "listen": here.address("GATEWAY_LISTEN", "gateway"),
        "connector": here.address("GATEWAY_CONNECTOR", "connector"),
        "device": pairing["device"],
        "pairing_key": pairing["key"],
        "origins": [here.shop, here.shop.replace("127.0.0.1", "localhost")],
        "journal": here.named("GATEWAY_JOURNAL", str(here.home / "journal.sqlite")),
    }
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    here.write_secret(SETTINGS, "".join(lines))


def processes(here: Any) -> list[tuple[str, list[str], str]]:
    """Return the machine with its Connector and customer's page, and the gateway beside it."""
    machine = here.simulator("cashlogy", "connector", "customer", "--speed", f"{here.speed:g}")
    gateway = [here.program("smartcash-gateway"), "run", "--config", str(here.home / SETTINGS)]
    return [
        ("simulator", machine, here.url("customer")),
        ("gateway", gateway, f"{here.url('gateway')}/v1/health"),
    ]


def _pairing(here: Any) -> dict[str, str]:
    """Return the demo's device and key, made at the first start."""
    place = here.home / "pairing.json"
    if not place.exists():
        made = {"device": str(uuid.uuid4()), "key": secrets.token_urlsafe(32)}
        here.write_secret(place.name, json.dumps(made))
    known: dict[str, str] = json.loads(place.read_text())
    return known
