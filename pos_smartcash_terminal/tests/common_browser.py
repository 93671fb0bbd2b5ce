"""The Chrome of the tours: one for all tours of a class, and for each a new tab without a memory.

Core starts a Chrome for each tour, which fetches and compiles all scripts anew, and asks it without
a pause whether the page is ready.
"""

import shutil
import signal
import time
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path

import requests
from odoo.tests import common

CALL_TIMEOUT = 30  # seconds
READY_TIMEOUT = 180  # seconds until a page can be used; a busy computer makes it slow, not wrong
PAUSE = 0.1  # seconds between two questions to Chrome
#: Without a graphics card drawing takes a quarter of a tour's time: fewer pixels will do.
SWITCHES = ("--force-device-scale-factor=0.5",)


class KeptChrome:
    """A Chrome that the first tour starts and that lives until its class ends."""

    def __init__(self):
        self.process = None
        self.folder = None
        self.port = None

    def tab(self, test_class, headless=True):
        """:returns: what a tour needs; takes the place of core's ``ChromeBrowser``"""
        return Tab(self, test_class, headless)

    def call(self, method, command):
        url = f"http://{common.HOST}:{self.port}/json/{command}"
        answer = requests.request(method, url, timeout=CALL_TIMEOUT)
        answer.raise_for_status()
        return answer

    def pages(self):
        return [one["id"] for one in self.call("GET", "list").json() if one["type"] == "page"]

    def end(self):
        if not self.process:
            return
        self.process.terminate()
        self.process.wait(CALL_TIMEOUT)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.process = None


class Tab(common.ChromeBrowser):
    """One tour's tab. Scripts stay in Chrome's cache; what a page has stored does not."""

    def __init__(self, kept, test_class, headless=True):
        self.kept = kept
        super().__init__(test_class, headless)
        origin = {"origin": test_class.base_url(), "storageTypes": "all"}
        self._websocket_request("Storage.clearDataForOrigin", params=origin)
        self._websocket_request("Network.clearBrowserCookies")

    def _chrome_start(self, user_data_dir, **options):
        kept = self.kept
        if kept.process:
            # Made by the constructor, and not used.
            Path(user_data_dir).rmdir()
        else:
            kept.process, kept.port = super()._chrome_start(user_data_dir, **options)
            kept.folder = user_data_dir
        self.user_data_dir = kept.folder
        return kept.process, kept.port

    def _spawn_chrome(self, cmd):
        return super()._spawn_chrome([cmd[0], *SWITCHES, *cmd[1:]])

    def _wait_ready(self, ready_code=None, timeout=READY_TIMEOUT):
        code = ready_code or "document.readyState === 'complete'"
        question = {"expression": f"try {{ {code} }} catch {{}}", "awaitPromise": True}
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            with suppress(common.ChromeBrowserException):  # the page was left while we asked
                answer = self._websocket_request("Runtime.evaluate", params=question, timeout=left)
                if answer["result"] == {"type": "boolean", "value": True}:
                    return True
            time.sleep(PAUSE)
        self.take_screenshot(prefix="sc_failed_ready_")
        return False

    def take_screenshot(self, prefix="sc_"):
        # People look at it: with all its pixels.
        size = {"width": 0, "height": 0, "deviceScaleFactor": 1, "mobile": False}
        self._websocket_send("Emulation.setDeviceMetricsOverride", params=size)
        return super().take_screenshot(prefix)

    def stop(self):
        """Leave an empty tab for the next tour: without any, Chrome would end."""
        if not hasattr(self, "ws"):
            self.kept.end()
            return
        try:
            self._websocket_request("Page.stopLoading")
            wait(self._responses.values(), CALL_TIMEOUT)  # for a screenshot, say
            self._result.cancel()
        finally:
            self._change_tabs()
            self.ws.close()
            signal.signal(signal.SIGXCPU, self.sigxcpu_handler)

    def _change_tabs(self):
        old = self.kept.pages()
        self.kept.call("PUT", "new?about:blank")
        for page in old:
            self.kept.call("GET", f"close/{page}")
        end = time.monotonic() + CALL_TIMEOUT
        while set(old) & set(self.kept.pages()):
            assert time.monotonic() < end, "Chrome does not close a tab"
            time.sleep(PAUSE)
