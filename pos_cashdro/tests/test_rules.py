from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError

from .. import caller_address
from ..models import connection
from .common import PASSWORD, CashdroCommon, FakeCashdro
from .test_connection import PIECE


@contextmanager
def coming_from(address):
    request = SimpleNamespace(httprequest=SimpleNamespace(remote_addr=address))
    with patch.object(connection, "request", request):
        yield


class TestRules(CashdroCommon):
    """Who reaches which machine, where, and as which of its users."""

    def rule(self, user, **values):
        return self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": user.id, **values}
        )

    def test_a_cashier_is_a_user_of_the_machine(self):
        self.rule(self.cashier, cashdro_user="ana", cashdro_password="ana's")
        self.rule(self.colleague)
        uuid, number = self.started()
        self.call("poll", uuid)
        self.finished(number, 990)
        # A colleague takes over: it stays the operation of the first one's machine user.
        self.call("poll", uuid, self.manager)
        self.assertEqual(
            {(query["name"], query["password"]) for _path, query in self.cashdro.calls},
            {("ana", "ana's")},
        )
        self.cashdro.calls.clear()
        self.call("start", self.running(self.colleague), self.colleague)
        self.assertEqual(self.cashdro.starts()[0]["name"], "pos")

    def test_two_cashiers_two_machines_one_point_of_sale(self):
        with FakeCashdro() as second:
            other = self.device.copy(
                {
                    "name": "CashDro 2",
                    "cashdro_port": second.port,
                    "cashdro_user": "pos2",
                    "cashdro_password": PASSWORD,
                }
            )
            self.rule(self.cashier)
            self.rule(self.colleague, device_id=other.id)
            mine, theirs = self.running(), self.running(self.colleague)
            self.assertEqual(self.call("start", mine)["state"], "running")
            self.assertEqual(self.call("start", theirs, self.colleague)["state"], "running")
            self.assertEqual([one["aliasid"] for one in self.cashdro.starts()], [mine])
            self.assertEqual([one["aliasid"] for one in second.starts()], [theirs])
            second.set("451", state="F", totalin="990")
            self.assertEqual(self.call("poll", theirs, self.colleague)["state"], "done")
            self.assertEqual(self.call("poll", mine)["state"], "running")

    def test_a_colleague_s_machine_is_counted_where_it_is(self):
        second, pinned = self.secure_machine()
        second.levels = [PIECE]
        other = self.device.copy(
            {
                "name": "CashDro 2",
                "cashdro_host": False,
                **pinned,
                "cashdro_user": "pos2",
                "cashdro_password": PASSWORD,
            }
        )
        self.rule(self.cashier)
        rule = self.rule(self.colleague, device_id=other.id)
        counts = self.env["smartcash.count"].with_user(self.cashier)

        def take():
            with coming_from("203.0.113.7"):
                return counts.take(self.session.id, "closing", None, other.id)

        refused = self.assert_refused(take(), "unreachable")
        self.assertIn("only the cashier who works with it", refused["message"])
        self.assertFalse(second.calls, "the address of whoever counts is another machine's")
        rule.cashdro_host = "127.0.0.1"
        self.assertEqual(take()["total"], 2000)
        uuid = self.running(self.colleague)
        self.call("start", uuid, self.colleague)
        second.set("451", state="F", totalin="0")
        self.call("poll", uuid, self.colleague)
        rule.cashdro_host = False
        self.assertEqual(take()["total"], 2000, "where it was last")
        self.assertFalse(self.cashdro.calls)

    def test_an_operation_stays_where_it_was_started(self):
        """The address of whoever asks later, or a rule that was changed, does not move it."""
        rule = self.rule(self.cashier)
        uuid, number = self.started()
        rule.write({"cashdro_host": "moved.invalid", "cashdro_port": 1})
        self.finished(number, 990)
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_a_host_and_port_of_one_s_own(self):
        self.device.write({"cashdro_host": "nowhere.invalid", "cashdro_port": 1})
        self.rule(self.cashier, cashdro_host="127.0.0.1", cashdro_port=self.cashdro.port)
        self.started()
        self.assertTrue(self.cashdro.starts())

    def test_without_any_host_the_cashier_s_own_address_is_used(self):
        self.device.cashdro_host = False
        rule = self.env["smartcash.rule"]
        with coming_from("203.0.113.7"):
            self.assertEqual(
                self.device._driver()._address(self.device, rule),
                f"http://203.0.113.7:{self.cashdro.port}",
            )
        for address, words in (
            ("127.0.0.1", "proxy_mode"),
            ("169.254.1.1", "local"),
            ("224.0.0.1", "local"),
            ("2001:db8::1", "IPv6"),
            ("", "nobody's address"),
        ):
            with self.subTest(address=address), coming_from(address):
                answer = self.call("start", self.running())
                self.assertEqual(answer["state"], "failed")
                self.assertIn(words, answer["messages"][0]["text"])
        self.assertFalse(self.cashdro.calls, "no password was sent anywhere")

    def test_the_cashier_s_own_address_is_where_the_operation_stays(self):
        self.cashdro, pinned = self.secure_machine()
        self.device.write({"cashdro_host": False, **pinned})
        uuid = self.running()
        # As if 127.0.0.1 were a shop's address, so that something answers there.
        with (
            coming_from("127.0.0.1"),
            patch.object(connection, "check_caller", lambda remote: remote),
        ):
            self.call("start", uuid)
        self.assertEqual(
            self.operation(uuid).cashdro_address, f"https://127.0.0.1:{self.cashdro.port}"
        )
        with coming_from("203.0.113.9"):
            self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.finished("451", 990)
        self.look_after()
        self.assertEqual(self.operation(uuid).state, "done", "the job has no address of its own")

    def test_the_server_itself_is_no_machine(self):
        self.device.cashdro_host = False
        with (
            coming_from("192.168.7.7"),
            patch.object(caller_address, "_is_own", return_value=True),
        ):
            answer = self.call("start", self.running())
        self.assertIn("server itself", answer["messages"][0]["text"])

    def test_user_and_password_belong_together(self):
        with self.assertRaisesRegex(ValidationError, "together"):
            self.rule(self.cashier, cashdro_user="ana")
        rule = self.rule(self.colleague, cashdro_user="Support", cashdro_password="x")
        self.assertTrue(rule.cashdro_user_is_admin)
        with self.assertRaises(AccessError):
            rule.with_user(self.cashier).read(["cashdro_password"])
