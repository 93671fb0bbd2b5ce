"""The commands of the long-running parts: here once, for the demo, the tests and the containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ports:
    """Where the parts listen."""

    odoo: int = 8069
    gateway: int = 8787
    connector: int = 8092
    customer: int = 8093
    cashdro: int = 8443
    cashdro_customer: int = 8444
    hesabe: int = 8094
    terminals: int = 8095


#: The user of the simulated CashDro that Odoo is, as name:password.
CASHDRO_USER = "odoo:smartcash"


def simulator(python: str, host: str, ports: Ports, *, speed: float = 1.0) -> list[str]:
    """Return the command of the simulated Cashlogy with its Connector and customer's page."""
    return [
        python,
        "-m",
        "smartcash_simulators.cashlogy",
        "--host",
        host,
        "--port",
        str(ports.connector),
        "--web-port",
        str(ports.customer),
        "--speed",
        f"{speed:g}",
    ]


def cashdro(
    python: str, host: str, ports: Ports, certificate: str, *, speed: float = 1.0
) -> list[str]:
    """Return the command of the simulated CashDro with its customer's page."""
    return [
        python,
        "-m",
        "smartcash_simulators.cashdro",
        "--host",
        host,
        "--port",
        str(ports.cashdro),
        "--web-port",
        str(ports.cashdro_customer),
        "--certificate",
        certificate,
        "--user",
        CASHDRO_USER,
        "--speed",
        f"{speed:g}",
    ]


def cashdro_certificate(python: str, path: str) -> list[str]:
    """Return the command that makes the CashDro's certificate if need be, and prints its SHA-256."""
    code = (
        "import sys; from pathlib import Path; "
        "from smartcash_simulators.cashdro.certificate import tls_context; "
        "print(tls_context(Path(sys.argv[1]))[1])"
    )
    return [python, "-c", code, path]


def hesabe(python: str, host: str, ports: Ports, options: str) -> list[str]:
    """Return the command of the simulated Hesabe; the file ``options`` has more of its arguments."""
    return [
        python,
        "-m",
        "smartcash_simulators.hesabe",
        "--host",
        host,
        "--port",
        str(ports.hesabe),
        "--web-port",
        str(ports.terminals),
        f"@{options}",
    ]


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


def odoo_server(host: str, ports: Ports, database: str) -> list[str]:
    """Return the arguments of the demo's Odoo."""
    return [
        f"--database={database}",
        f"--db-filter=^{database}$",
        "--no-database-list",
        f"--http-interface={host}",
        f"--http-port={ports.odoo}",
        "--max-cron-threads=1",
    ]


def demo_env(
    *,
    device: str,
    key: str,
    gateway_url: str,
    cashdro: str,
    cashdro_fingerprint: str,
    hesabe_url: str,
) -> dict[str, str]:
    """Return what tools/demo_data.py reads.

    :param cashdro: host:port, as Odoo sees it
    :param hesabe_url: the cloud's address, as Odoo sees it
    """
    return {
        "SMARTCASH_DEMO_DEVICE": device,
        "SMARTCASH_DEMO_KEY": key,
        "SMARTCASH_DEMO_GATEWAY": gateway_url,
        "SMARTCASH_DEMO_CASHDRO": cashdro,
        "SMARTCASH_DEMO_CASHDRO_FINGERPRINT": cashdro_fingerprint,
        "SMARTCASH_DEMO_CASHDRO_USER": CASHDRO_USER,
        "SMARTCASH_DEMO_HESABE": hesabe_url,
    }
