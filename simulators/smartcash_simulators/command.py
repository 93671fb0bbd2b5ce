"""What the commands of all simulators have in common."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal


def speed(text: str) -> float:
    """An argument that is a factor of the machine's own speed."""
    factor = float(text)
    if not 0.01 <= factor <= 10_000:
        raise argparse.ArgumentTypeError("a speed is a factor from 0.01 to 10000")
    return factor


def stop_signal() -> asyncio.Event:
    """Set at SIGTERM or SIGINT; where the loop has no signal handlers Ctrl-C still interrupts."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stopping.set)
        except NotImplementedError:
            logging.getLogger(__name__).debug("No handler for %s on this system", name)
    return stopping
