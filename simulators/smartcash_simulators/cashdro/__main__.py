"""`python -m smartcash_simulators.cashdro`: a CashDro with its web service."""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

from aiohttp import web

from ..cash import FLOATS, starting_float
from ..command import speed, stop_signal
from ..machine import CashMachine
from .calls import WebService
from .certificate import MAKERS_NAME, tls_context
from .control import CashdroControlApi
from .controller import Controller
from .faults import CashdroFaults
from .journal import Journal
from .server import CashdroServer
from .sets import COINS, MODELS, ROUNDING, cash_set
from .settings import Settings
from .users import Users


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m smartcash_simulators.cashdro", description=__doc__
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8443, help="HTTPS; 0 = a free port")
    parser.add_argument("--http-port", type=int, help="plain HTTP as well; 0 = a free port")
    parser.add_argument(
        "--control-port", "--web-port", type=int, default=8444,
        help="customer's page and control API; 0 = a free port",
    )  # fmt: skip
    parser.add_argument("--speed", type=speed, default=1.0, help="20 = twenty times as fast")
    parser.add_argument("--currency", choices=sorted(COINS), default="EUR")
    parser.add_argument("--model", choices=sorted(MODELS), default="3", help="of CashDro")
    parser.add_argument("--float", dest="float_", choices=FLOATS, default="standard")
    parser.add_argument(
        "--rounding", type=int, help="step in minor units; 1 = the original amount, smallest coins"
    )
    parser.add_argument(
        "--no-control", action="store_true", help="keep money for which there is no change"
    )
    parser.add_argument(
        "--user", action="append", default=[], metavar="NAME:PASSWORD[:TYPE,TYPE]",
        help="a user of the machine; without types it may start everything",
    )  # fmt: skip
    parser.add_argument("--state", type=Path, help="file that keeps contents and operations")
    parser.add_argument(
        "--certificate", type=Path,
        help="PEM file with certificate and key, made when missing (default: beside --state)",
    )  # fmt: skip
    parser.add_argument(
        "--certificate-name", action="append", metavar="NAME",
        help=f"host name or address in a new certificate (default: {MAKERS_NAME})",
    )  # fmt: skip
    parser.add_argument("--verbose", action="store_true", help="log each call to stderr")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    step = ROUNDING[options.currency] if options.rounding is None else options.rounding
    if step < 1:
        raise ValueError("--rounding is a number of minor units, 1 or more")
    pieces = cash_set(options.currency, options.model, rounding=step)
    users = Users()
    for text in options.user:
        _add_user(users, text)
    certificate = options.certificate
    if certificate is None and options.state:
        certificate = options.state.with_name(options.state.name + ".pem")
    context, fingerprint = tls_context(certificate, options.certificate_name or (MAKERS_NAME,))
    journal = Journal(pieces, options.state)
    machine = CashMachine(
        pieces,
        journal.holdings or starting_float(pieces, options.float_),
        speed=options.speed,
        faults=CashdroFaults(),
        seconds_in=MODELS[options.model].seconds_in,
    )
    settings = Settings(rounding=step, control=not options.no_control)
    controller = Controller(machine, journal, settings)
    server = CashdroServer(WebService(controller, users), controller)
    control = CashdroControlApi(machine, server, controller, users)
    runner = web.AppRunner(control.application(), shutdown_timeout=1)
    stopping = stop_signal()
    await runner.setup()
    try:
        addresses = await server.start(options.host, options.port, context, options.http_port)
        await web.TCPSite(runner, options.host, options.control_port).start()
        host, port = runner.addresses[0][:2]
        plain = f" http=http://{addresses[1]}" if len(addresses) > 1 else ""
        print(
            f"READY cashdro=https://{addresses[0]}{plain} web=http://{host}:{port}"
            f" fingerprint={fingerprint}",
            flush=True,
        )
        await stopping.wait()
    finally:
        await server.stop()
        await runner.cleanup()
        journal.close()


def _add_user(users: Users, text: str) -> None:
    name, password, types = (*text.split(":", 2), "", "")[:3]
    try:
        users.put(name, password, [int(kind) for kind in types.split(",")] if types else None)
    except ValueError as error:
        raise ValueError(f"--user is NAME:PASSWORD[:TYPE,TYPE] ({error})") from error


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
