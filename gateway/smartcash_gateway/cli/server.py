"""The process: opens the journal, listens, runs the controller, stops in good order."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from aiohttp import web

from ..config import Config
from ..errors import ConfigError
from ..http.api import Api
from ..http.limits import KEEPALIVE_PATIENCE, listen, raise_file_limit
from ..http.tls import server_context
from ..operations.journal import Journal
from .check import is_local, open_network

_logger = logging.getLogger(__name__)


async def serve(config: Config) -> None:
    """Until SIGTERM or Ctrl+C. Raises ConfigError, or what ended the controller."""
    ssl_context = server_context(config)
    raise_file_limit()
    journal = Journal(Path(config.journal))
    api = Api(config, journal)
    timing = config.timing
    runner = web.AppRunner(
        api.application(),
        access_log=None,
        shutdown_timeout=timing.requests,
        keepalive_timeout=KEEPALIVE_PATIENCE,
        lingering_time=timing.requests,
        auto_decompress=False,
    )
    await runner.setup()
    api.door.open(runner.server)
    host, port = config.listen_address
    listening = sweeping = None
    try:
        # Listening comes first: a second gateway fails here, before it touches the machine.
        try:
            listening = await listen(api.door, host, port, ssl_context)
        except OSError as error:
            raise ConfigError(
                f"Cannot listen on {config.listen}: {error.strerror}. Perhaps another gateway "
                "runs already; else change `listen`."
            ) from error
        sweeping = asyncio.ensure_future(api.door.sweep())
        address = listening.sockets[0].getsockname()
        scheme = "https" if ssl_context else "http"
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        print(f"READY url={scheme}://{shown}:{address[1]}", flush=True)
        if not config.uses_tls and not is_local(config):
            _logger.warning("%s", open_network(config))
        if not api.keeper.paired:
            _logger.warning("not paired with Odoo: run smartcash-gateway pair")
        await _run_controller(api)
    finally:
        if listening:
            listening.close()
        if sweeping:
            sweeping.cancel()
        await runner.cleanup()
        await api.controller.close_journal()
        journal.close()


async def _run_controller(api: Api) -> None:
    task = asyncio.ensure_future(api.controller.run())
    stop = asyncio.ensure_future(_stop_signal())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        if not task.done():
            await api.controller.close(task)
    if task.done() and not task.cancelled():
        # Without its task the gateway would take requests and do nothing: better to end, and
        # to be started again by the service manager.
        task.result()


async def _stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:
            # Windows: Ctrl+C arrives as KeyboardInterrupt, which cancels the main task.
            break
    await stop.wait()
