"""The Chrome of the tours: core's, with less to draw, and asked with pauses whether the page is ready."""

import time
from contextlib import suppress

from odoo.tests import common

READY_TIMEOUT = 180  # seconds until a page can be used; a busy computer makes it slow, not wrong
PAUSE = 0.1  # seconds between two questions to Chrome
#: Without a graphics card drawing takes a sixth of a tour's time: fewer pixels will do.
SWITCHES = ("--force-device-scale-factor=0.5",)


class TourBrowser(common.ChromeBrowser):
    """Takes the place of core's ``ChromeBrowser``, which asks without a pause."""

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
