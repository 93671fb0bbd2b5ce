"""`python smoke_sale.py PROGRAM`: one sale through a built gateway and a simulated machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp
from support import Client, GatewayProcess, new_uuid

from smartcash_simulators.cashlogy.testing import CashlogySimulator


async def _sell(url: str, machine: CashlogySimulator) -> dict:
    async with aiohttp.ClientSession() as session:
        client = Client(url, session)
        await client.until_device("online")
        op = new_uuid()
        await client.start(op, 990)
        await client.until_phase(op, "accepting")
        await asyncio.to_thread(machine.insert, 2000)
        return await client.until_ended(op)


def main(program: str) -> None:
    """Sell 9.90 for 20.00; then ask the program what it thinks of itself."""
    version = subprocess.check_output([program, "--version"], text=True).strip()
    with tempfile.TemporaryDirectory() as folder, CashlogySimulator() as machine:
        gateway = GatewayProcess(Path(folder), machine.connector)
        gateway.command = [program, "run"]
        gateway.start()
        try:
            answer = asyncio.run(_sell(gateway.url, machine))
            kept = machine.state()["physical_total"]
        finally:
            status = gateway.stop()
        target = Path(folder) / "support.zip"
        subprocess.run([program, "diagnose", str(target)], check=True, cwd=folder)
        size = target.stat().st_size
    amounts = (answer["state"], answer["amount_in"], answer["amount_out"], status)
    if amounts != ("done", 2000, 1010, 0):
        raise SystemExit(f"The sale ended otherwise: {answer}, exit status {status}")
    print(
        f"{version}: 9.90 sold for 20.00, {kept / 100:.2f} in the machine; diagnosis {size} bytes"
    )


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
