import json
import socket
from unittest.mock import patch
from uuid import uuid4

from odoo.tests import tagged
from odoo.tools import config

from .common_tours import CashdroTourCase

SHOP, ELSEWHERE = "203.0.113.7", "198.51.100.9"
PORT = 9180  # the one that the shop's router forwards to its machine


@tagged("post_install", "-at_install")
class TestOwnAddress(CashdroTourCase):
    """A rule without a host: the machine is where the cashier's request comes from, and only there.

    Through the real HTTP stack, as Odoo sees it behind a proxy and without one.
    """

    def setUp(self):
        super().setUp()
        self.open_session()
        self.device.write({"cashdro_host": False, "cashdro_port": False})
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                "user_id": self.pos_user.id,
                "cashdro_port": PORT,
            }
        )
        self.connections = []
        connect = socket.create_connection

        def to_the_simulator(address, timeout=None):
            """The only thing that is not real: where the shop's address leads to."""
            self.connections.append(address)
            return connect((self.simulator.host, self.simulator.port), timeout)

        self.startPatcher(patch.object(socket, "create_connection", to_the_simulator))
        self.authenticate("pos_user", "pos_user")

    def start_sale(self, *, proxy_mode, headers):
        """:returns: the operation and what the till is told"""
        operations = self.env["smartcash.operation"]
        uuid = str(uuid4())
        answer = operations.with_user(self.pos_user).register(
            {
                "uuid": uuid,
                "kind": "sale",
                "amount": 990,
                "currency": "EUR",
                "session_id": self.main_pos_config.current_session_id.id,
                "payment_method_id": self.machine_method.id,
                "order_uid": "00001-001-0001",
                "order_name": "Order 00001-001-0001",
                "cashier": "Ana",
                "allow_partial": False,
                "reference": None,
                "manual": False,
                "parent_uuid": None,
            }
        )
        self.assertNotIn("refused", answer)
        with patch.dict(config.options, proxy_mode=proxy_mode):
            told = self.call("start", uuid, headers)
        return operations.search([("uuid", "=", uuid)]), told

    def call(self, method, uuid, headers):
        body = {
            "jsonrpc": "2.0",
            "params": {
                "model": "smartcash.operation",
                "method": method,
                "args": [uuid],
                "kwargs": {},
            },
        }
        answer = self.url_open(
            f"/web/dataset/call_kw/smartcash.operation/{method}",
            data=json.dumps(body),
            headers={"Content-Type": "application/json", **headers},
        ).json()
        self.assertIn("result", answer, answer)
        return answer["result"]

    def forwarded(self, *addresses):
        """What a proxy adds: the last address is its own observation, the rest is hearsay."""
        return {
            "X-Forwarded-Host": "shop.example.com",
            "X-Forwarded-For": ", ".join(addresses),
        }

    def assert_not_started(self, words, **circumstances):
        operation, told = self.start_sale(**circumstances)
        self.assertEqual(operation.state, "failed")
        self.assertIn(words, told["messages"][0]["text"])
        self.assertEqual(self.connections, [], "the machine's password went somewhere")
        self.assertFalse(self.simulator.operations())

    def test_behind_a_proxy_the_machine_is_where_the_cashier_is(self):
        operation, told = self.start_sale(proxy_mode=True, headers=self.forwarded(SHOP))
        self.assertEqual(told["state"], "running", told)
        self.assertEqual(set(self.connections), {(SHOP, PORT)})
        self.assertEqual(self.simulator.operations()[0]["aliasid"], operation.uuid)
        # It stays there, though a manager looks from somewhere else.
        with patch.dict(config.options, proxy_mode=True):
            ended = self.call("cancel", operation.uuid, self.forwarded(ELSEWHERE))
        self.assertEqual(set(self.connections), {(SHOP, PORT)})
        self.assertIn(ended["state"], ("running", "cancelled"))

    def test_what_the_browser_claims_before_the_proxy_counts_for_nothing(self):
        _operation, told = self.start_sale(proxy_mode=True, headers=self.forwarded(ELSEWHERE, SHOP))
        self.assertEqual(told["state"], "running", told)
        self.assertEqual(set(self.connections), {(SHOP, PORT)})

    def test_without_proxy_mode_nobody_is_believed(self):
        self.assert_not_started("proxy_mode", proxy_mode=False, headers=self.forwarded(SHOP))

    def test_without_a_proxy_the_test_itself_is_no_shop(self):
        self.assert_not_started("local", proxy_mode=False, headers={})
        self.assert_not_started("local", proxy_mode=True, headers={})

    def test_addresses_where_no_machine_can_be(self):
        for address, words in (
            ("127.0.0.1", "local"),
            ("::1", "local"),
            ("169.254.169.254", "local"),
            ("224.0.0.1", "local"),
            ("2001:db8::1", "IPv6"),
            ("unknown", "nobody's address"),
        ):
            with self.subTest(address=address):
                self.assert_not_started(words, proxy_mode=True, headers=self.forwarded(address))
