"""The real Chromium of this machine, driven by Playwright. A missing one is a failure, never a skip."""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tools.stack.browser import chrome


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """Have a headless browser while the block runs.

    Raises tools.stack.shell.Problem, which says what to install, when there is none.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chrome(),
            # Containers and root have no user namespaces to build the sandbox from.
            args=["--no-sandbox"],
        )
        yield browser
        browser.close()
