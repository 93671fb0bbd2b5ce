"""The simulated CashDro of the demo. What the names mean: tools/stack/makes.py."""

from __future__ import annotations

import os
import subprocess
from typing import Any

PORTS = {"cashdro": ("CASHDRO_PORT", 8443), "cashdro_customer": ("CASHDRO_CUSTOMER_PORT", 8444)}
PAGES = (("CashDro", "cashdro_customer", "put in coins and notes, take the change"),)
CERTIFICATE = "cashdro.pem"
#: The user of the simulated CashDro that Odoo is, as name:password.
USER = "odoo:smartcash"


def shop_env(here: Any) -> dict[str, str]:
    """Return where Odoo finds the machine, and the one certificate that it trusts."""
    return {
        "SMARTCASH_DEMO_CASHDRO": here.address("CASHDRO_ADDRESS", "cashdro"),
        "SMARTCASH_DEMO_CASHDRO_FINGERPRINT": _fingerprint(here),
        "SMARTCASH_DEMO_CASHDRO_USER": USER,
    }


def configure(here: Any, told: dict[str, str]) -> None:
    """Its certificate is there already: the shop had to know it."""


def processes(here: Any) -> list[tuple[str, list[str], str]]:
    """Return the machine with its customer's page."""
    command = here.simulator(
        *("cashdro", "cashdro", "cashdro_customer"),
        *("--certificate", str(here.home / CERTIFICATE), "--user", USER),
        *("--speed", f"{here.speed:g}"),
    )
    return [("cashdro", command, here.url("cashdro_customer"))]


def _fingerprint(here: Any) -> str:
    """Return the SHA-256 of the machine's certificate, which is made at the first start."""
    code = (
        "import sys; from pathlib import Path; "
        "from smartcash_simulators.cashdro.certificate import tls_context; "
        "print(tls_context(Path(sys.argv[1]))[1])"
    )
    command = [here.python, "-c", code, str(here.home / CERTIFICATE)]
    environment = {**os.environ, **(here.env or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"making the CashDro's certificate failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip()
