import logging
from contextlib import contextmanager
from io import BytesIO
from unittest.mock import patch

from odoo import fields
from odoo.http import Application
from odoo.tests import tagged

from .common_tours import HesabeTourCase

SECRET_FIELDS = ("access_code", "secret_key", "iv_key", "password", "webhook_token")
#: Who might write down what was sent to Hesabe, or what it answered.
LOGGERS = (
    "odoo.addons.pos_hesabe_smartpos",
    "odoo.addons.pos_smartcash_terminal",
    "requests",
    "urllib3",
)


class Log(logging.Handler):
    """All that is logged, with the text of exceptions."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    @contextmanager
    def listening(self):
        levels = {name: logging.getLogger(name).level for name in LOGGERS}
        logging.getLogger().addHandler(self)
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


class Traffic:
    """All that a browser and Odoo say to each other over HTTP: heads and bodies, both ways."""

    def __init__(self):
        self.said = []

    @contextmanager
    def listening(self):
        serve = Application.__call__

        def overheard(application, environ, start_response):
            if environ.get("HTTP_UPGRADE"):
                return serve(application, environ, start_response)
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            asked = {name: value for name, value in environ.items() if isinstance(value, str)}

            def start(status, headers, *rest):
                self.said.append(f"{asked} {status} {headers}".encode())
                return start_response(status, headers, *rest)

            answer = serve(application, environ, start)
            try:
                told = b"".join(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
            self.said.extend((body, told))
            return [told]

        with patch.object(Application, "__call__", overheard):
            yield


@tagged("post_install", "-at_install", "smartcash_tour")
class TestHesabeSecrets(HesabeTourCase):
    def test_no_secret_leaves_the_server(self):
        traffic, log = Traffic(), Log()
        # Nobody looks how the terminals are before the sale: that would log in already.
        self.env["smartcash.device"].search([]).looked_at = fields.Datetime.now()
        with traffic.listening(), log.listening():
            self.run_tour("HesabeTroubledDay")
        self.assert_paid_by_card("failed", "failed", "done")
        operations = self.operations().sudo()
        operations[-1]._hint()
        self.env.cr.precommit.run()  # what is written to the bus
        uuid = operations[-1].uuid
        places = {
            "traffic": (uuid, b"\n".join(traffic.said).decode("utf-8", "replace")),
            "log": ("HTTP connection", "\n".join(log.lines)),
            "bus": (uuid, "\n".join(self.env["bus.bus"].sudo().search([]).mapped("message"))),
            "ledger": ("Declined", str(operations.event_ids.read())),
        }
        for place, (expected, text) in places.items():
            self.assertTrue(expected in text, f"the {place} was not heard")
        for name, secret in self.secrets().items():
            for place, (_expected, text) in places.items():
                self.assertFalse(secret in text, f"{name} is in the {place}")

    def secrets(self):
        """name -> value of what only the server may know."""
        account = self.account.sudo()
        found = {name: account[name] for name in SECRET_FIELDS}
        found["transaction token"] = self.operations()[-1].sudo().hesabe_token
        token = self.env["hesabe.token"].sudo().search([])
        found["bearer token"] = token.access_token
        found["refresh token"] = token.refresh_token
        self.assertTrue(all(found.values()), found.keys())
        return found
