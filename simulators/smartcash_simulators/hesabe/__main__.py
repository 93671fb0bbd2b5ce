"""`python -m smartcash_simulators.hesabe`: a Hesabe cloud and the terminals of one merchant."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal

from aiohttp import web

from .api import HesabeApi
from .cloud import Cloud
from .control import ControlApi
from .merchant import Merchant, Tokens


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m smartcash_simulators.hesabe",
        description=__doc__,
        epilog="@FILE reads arguments from a file, one in a line: --webhook=URL holds a secret.",
        fromfile_prefix_chars="@",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8096, help="merchant API; 0 = a free port")
    parser.add_argument("--web-port", type=int, default=8097, help="page; 0 = a free port")
    parser.add_argument("--username", default=Merchant.username)
    parser.add_argument("--password", default=Merchant.password)
    parser.add_argument("--token-seconds", type=int, default=900, help="life of a bearer token")
    parser.add_argument("--terminals", type=int, default=3, help="how many the merchant has")
    parser.add_argument("--webhook", help="address that hears of each invoice that ends")
    parser.add_argument("--verbose", action="store_true", help="log each request to stderr")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    merchant = Merchant(username=options.username, password=options.password)
    cloud = Cloud(merchant.internal_id, options.terminals)
    api = HesabeApi(cloud, merchant, Tokens(options.token_seconds))
    control = ControlApi(api, options.webhook)
    merchant_api = web.Application()
    merchant_api.add_routes(api.routes())
    runners = [
        web.AppRunner(merchant_api, shutdown_timeout=1),
        web.AppRunner(control.application(), shutdown_timeout=1),
    ]
    stopping = _stop_signal()
    try:
        addresses = []
        for runner, port in zip(runners, (options.port, options.web_port), strict=True):
            await runner.setup()
            await web.TCPSite(runner, options.host, port).start()
            host, port = runner.addresses[0][:2]
            addresses.append(f"http://{host}:{port}")
        print(f"READY api={addresses[0]} web={addresses[1]}", flush=True)
        await stopping.wait()
    finally:
        for runner in runners:
            await runner.cleanup()


def _stop_signal() -> asyncio.Event:
    """Set at SIGTERM or SIGINT; where the loop has no signal handlers Ctrl-C still interrupts."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stopping.set)
        except NotImplementedError:
            logging.getLogger(__name__).debug("No handler for %s on this system", name)
    return stopping


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
