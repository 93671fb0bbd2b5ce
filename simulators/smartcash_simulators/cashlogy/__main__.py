"""`python -m smartcash_simulators.cashlogy`: a Cashlogy machine with its Connector."""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

from aiohttp import web

from ..cash import CASH_SETS, FLOATS, starting_float
from ..command import speed, stop_signal
from ..machine import CashMachine
from ..storage import StateFile
from .connector import Connector
from .control import CashlogyControlApi
from .faults import CashlogyFaults
from .server import ConnectorServer


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m smartcash_simulators.cashlogy", description=__doc__
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8092, help="Connector; 0 = a free port")
    parser.add_argument("--web-port", type=int, default=8093, help="page; 0 = a free port")
    parser.add_argument("--speed", type=speed, default=1.0, help="20 = twenty times as fast")
    parser.add_argument("--currency", choices=sorted(CASH_SETS), default="EUR")
    parser.add_argument("--float", dest="float_", choices=FLOATS, default="standard")
    parser.add_argument("--state", type=Path, help="file that keeps the contents over restarts")
    parser.add_argument(
        "--cold-start", action="store_true", help="the first #I# takes a minute, as on site"
    )
    parser.add_argument("--verbose", action="store_true", help="log each frame to stderr")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    cash_set = CASH_SETS[options.currency]
    store = StateFile(options.state) if options.state else None
    holdings = store.load(cash_set) if store else None
    machine = CashMachine(
        cash_set,
        holdings or starting_float(cash_set, options.float_),
        speed=options.speed,
        faults=CashlogyFaults(),
    )
    if store:
        store.follow(machine)
    server = ConnectorServer(Connector(machine, cold_start=options.cold_start))
    runner = web.AppRunner(CashlogyControlApi(machine, server).application(), shutdown_timeout=1)
    stopping = stop_signal()
    await runner.setup()
    try:
        connector = await server.start(options.host, options.port)
        site = web.TCPSite(runner, options.host, options.web_port)
        await site.start()
        host, port = runner.addresses[0][:2]
        print(f"READY connector={connector} web=http://{host}:{port}", flush=True)
        await stopping.wait()
    finally:
        await server.stop()
        await runner.cleanup()


def main() -> None:
    options = parse()
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.WARNING)
    try:
        asyncio.run(run(options))
    except KeyboardInterrupt:
        return
    except (ValueError, OSError) as error:
        raise SystemExit(f"Cannot start: {error}") from error


if __name__ == "__main__":
    main()
