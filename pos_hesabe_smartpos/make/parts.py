"""The simulated Hesabe of the demo and its terminals. What the names mean: tools/stack/makes.py."""

from __future__ import annotations

from typing import Any

PORTS = {"hesabe": ("HESABE_PORT", 8094), "terminals": ("TERMINALS_PORT", 8095)}
PAGES = (("Card terminals", "terminals", "tap a card; log in as kuwait/kuwait for their till"),)
#: Where the simulator reads the address of Odoo's webhook, a secret.
OPTIONS = "hesabe.options"


def shop_env(here: Any) -> dict[str, str]:
    """Return the cloud's address, as Odoo sees it."""
    usual = f"http://127.0.0.1:{here.ports['hesabe']}"
    return {"SMARTCASH_DEMO_HESABE": here.named("HESABE_ADDRESS", usual)}


def configure(here: Any, told: dict[str, str]) -> None:
    """Tell the cloud the address of its merchant's webhook."""
    shop = here.named("HESABE_WEBHOOKS", here.shop)
    here.write_secret(OPTIONS, f"--webhook={shop}{told['webhook']}\n")


def processes(here: Any) -> list[tuple[str, list[str], str]]:
    """Return the cloud with its page of terminals; it reads more of its arguments from a file."""
    command = here.simulator("hesabe", "hesabe", "terminals", f"@{here.home / OPTIONS}")
    return [("hesabe", command, here.url("terminals"))]
