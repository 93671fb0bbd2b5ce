"""Wait for something that another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: str, probe: Callable[[], T], timeout: float = 20.0, pause: float = 0.1) -> T:
    """Return the first truthy answer of ``probe``.

    Raises AssertionError, with the last answer, when ``timeout`` seconds pass without one.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(
                f"still waiting after {timeout:g} s for: {what}; last answer: {answer!r}"
            )
        time.sleep(pause)
