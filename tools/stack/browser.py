"""The Chrome that tours and end-to-end tests run in."""

from __future__ import annotations

import shutil
from pathlib import Path

from .shell import Problem

#: The names that Odoo's test runner looks for, in its order.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def chrome() -> str:
    """Return the path of Chrome or Chromium.

    :raise Problem: when there is none; Odoo would skip its browser tests in silence.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for path in MAC:
        if Path(path).exists():
            return path
    raise Problem(
        "No Chrome or Chromium was found, and browser tests are never skipped here. "
        "Debian: apt-get install chromium. Ubuntu: install google-chrome-stable from google.com/chrome "
        "(the chromium snap cannot be driven). macOS: brew install --cask google-chrome"
    )
