"""The commands of the long-running parts that are of no make: for the demo, the tests, the containers."""

from __future__ import annotations

from collections.abc import Sequence


def gateway(executable: str, config: str = "") -> list[str]:
    """Return the gateway's command; without a configuration file it reads `gateway_env`."""
    return [executable, "run", "--config", config] if config else [executable, "run"]


def gateway_env(
    *, listen: str, connector: str, device: str, key: str, origins: Sequence[str], journal: str
) -> dict[str, str]:
    """Return the gateway's settings as its environment variables."""
    return {
        "SMARTCASH_GATEWAY_LISTEN": listen,
        "SMARTCASH_GATEWAY_CONNECTOR": connector,
        "SMARTCASH_GATEWAY_DEVICE": device,
        "SMARTCASH_GATEWAY_PAIRING_KEY": key,
        "SMARTCASH_GATEWAY_ORIGINS": ",".join(origins),
        "SMARTCASH_GATEWAY_JOURNAL": journal,
    }


def odoo_server(host: str, port: int, database: str) -> list[str]:
    """Return the arguments of the demo's Odoo."""
    return [
        f"--database={database}",
        f"--db-filter=^{database}$",
        "--no-database-list",
        f"--http-interface={host}",
        f"--http-port={port}",
        "--max-cron-threads=1",
    ]
