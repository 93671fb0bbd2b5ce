from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from .. import caller_address
from ..caller_address import UnusableAddress, check_caller


@tagged("-at_install", "post_install")
class TestCallerAddress(BaseCase):
    def test_an_ordinary_address_is_used(self):
        self.assertEqual(check_caller("203.0.113.7"), "203.0.113.7")
        self.assertEqual(check_caller("::ffff:203.0.113.7"), "203.0.113.7")

    def test_where_no_machine_can_be(self):
        for remote, code in (
            (None, "none"),
            ("", "none"),
            ("example.com", "none"),
            ("127.0.0.1", "local"),
            ("127.9.9.9", "local"),
            ("::1", "local"),
            ("::ffff:127.0.0.1", "local"),
            ("0.0.0.0", "local"),  # noqa: S104 - refused
            ("169.254.169.254", "local"),
            ("224.0.0.1", "local"),
            ("255.255.255.255", "local"),
            ("2001:db8::1", "ipv6"),
            ("fe80::1", "ipv6"),
        ):
            with self.subTest(remote=remote), self.assertRaises(UnusableAddress) as raised:
                check_caller(remote)
            self.assertEqual(raised.exception.code, code)

    def test_not_the_server_itself(self):
        with (
            patch.object(caller_address, "_is_own", return_value=True),
            self.assertRaises(UnusableAddress) as raised,
        ):
            check_caller("192.168.1.2")
        self.assertEqual(raised.exception.code, "server")
