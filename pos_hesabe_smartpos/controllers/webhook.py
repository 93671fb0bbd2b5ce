import json
import logging
import threading
import time
from collections import defaultdict

from odoo import fields
from odoo.http import Controller, Response, request, route
from odoo.tools import consteq

MAX_BODY = 64 * 1024
#: Hints per second and account that one worker takes, and how many may come at once.
RATE, BURST = 20.0, 60.0
#: Where a hint may name the invoice. None of it is believed: it says where to look.
NAMES = ("reference_number", "invoice_number", "referenceNumber", "invoiceNumber", "transaction_id")

_logger = logging.getLogger(__name__)


class HesabeWebhook(Controller):
    """Hesabe's webhooks are neither signed nor encrypted. One is worth a look at the API, no more.

    The look is the till's (over the bus) or the scheduled job's, so that the answer is quick
    whatever Hesabe's API does.
    """

    @route(
        "/smartcash/hesabe/<int:account_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def hear(self, account_id, token):
        account = request.env["hesabe.account"].sudo().browse(account_id).exists()
        # Compared in any case: an account that is not there takes as long.
        expected = account.webhook_token or "-" * 43
        if not consteq(expected, token) or not account.active or not account.webhook_token:
            return Response(status=404)
        if not limits.admits(account_id):
            return Response(status=429, headers={"Retry-After": "1"})
        operation = self._named(account, self._payload())
        if operation:
            _logger.info("Hesabe gave a hint about operation %s", operation.id)
            self._pass_on(operation)
        # Also for what is not ours: nothing is to be sent again.
        return Response("OK", status=200)

    def _payload(self):
        length = request.httprequest.content_length
        if length is None or length > MAX_BODY:
            return {}
        try:
            payload = json.loads(request.httprequest.get_data())
        except (ValueError, RecursionError):
            return {}
        return payload if isinstance(payload, dict) else {}

    def _named(self, account, payload):
        """The operation of this account that the payload may be about."""
        named = {payload.get(name) for name in NAMES if isinstance(payload.get(name), str)}
        references = [name for name in named if 0 < len(name) <= 128 and "\x00" not in name]
        if not references:
            return None
        return (
            request.env["smartcash.operation"]
            .sudo()
            .search(
                [
                    ("device_id.hesabe_account_id", "=", account.id),
                    "|",
                    ("hesabe_number", "in", references),
                    ("device_ref", "in", references),
                ],
                limit=1,
            )
        )

    def _pass_on(self, operation):
        if operation.state in ("draft", "running", "unknown"):
            operation._hint()
        now = fields.Datetime.now()
        nobody_waits = operation.state in ("unknown", "cancelled", "failed")
        if nobody_waits and operation.hesabe_next_look and operation.hesabe_next_look > now:
            operation.hesabe_next_look = now
            request.env.ref("pos_hesabe_smartpos.hesabe_look").sudo()._trigger()


class RateLimits:
    """A bucket per account, in this worker: it bounds what one address can make a worker do."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets = defaultdict(lambda: (BURST, self._clock()))

    def admits(self, account_id):
        with self._lock:
            left, since = self._buckets[account_id]
            now = self._clock()
            left = min(BURST, left + (now - since) * RATE)
            self._buckets[account_id] = (left - 1 if left >= 1 else left, now)
            return left >= 1


limits = RateLimits()
