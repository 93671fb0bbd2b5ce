from unittest.mock import patch

from odoo.tools import config

from ..cashdro_protocol import client as client_module
from ..models import connection, driver
from ..tests_client.fake_machine import no, ok
from .common import CashdroCommon

#: What a machine of Chile has, in pesos: kind of piece, value.
PESOS = [("1", value) for value in (10, 50, 100, 500)] + [("2", value) for value in (1000, 20000)]


def levels(currency, pieces, factor=1):
    return [
        {
            "CurrencyId": currency,
            "Value": str(value * factor),
            "Type": kind,
            "Destination": "1",
            "LevelRecycler": "3",
            "LevelCasete": "0",
            "MaxLevel": "100",
            "State": "-1",
        }
        for kind, value in pieces
    ]


class TestFieldOddities(CashdroCommon):
    """What real machines do that their manual does not say."""

    def setUp(self):
        super().setUp()
        client_module._proven_units.clear()
        self.slept = []
        self.startPatcher(
            patch.object(driver.time, "sleep", lambda pause: self.slept.append(pause))
        )
        self.startPatcher(patch.object(driver.time, "monotonic", self._now))

    def _now(self):
        return sum(self.slept)

    # ---- busy although nothing runs --------------------------------------------------------------

    def refuse(self, times, code=-2):
        """The machine refuses so many starts, while nothing runs in it."""
        start = self.cashdro.answers["startOperation"]
        left = [times]

        def answer(handler):
            if left[0]:
                left[0] -= 1
                return self.cashdro._answer(handler, no(code, "Operation not queued"))
            return start(handler)

        self.cashdro.answers["startOperation"] = answer

    def test_a_machine_that_is_not_ready_yet_is_asked_again(self):
        self.device.cashdro_busy_seconds = 10
        self.refuse(3)
        uuid, number = self.started()
        self.assertEqual(len(self.cashdro.starts()), 4)
        self.assertEqual({one["aliasid"] for one in self.cashdro.starts()}, {uuid})
        self.assertEqual(list(self.cashdro.operations), [number])
        self.assertEqual(self.slept, [1, 1.5, 2])

    def test_it_loads(self):
        self.device.cashdro_busy_seconds = 10
        self.refuse(1, -1900)
        self.started()

    def test_it_loads_for_long(self):
        self.device.cashdro_busy_seconds = 10
        self.refuse(99, -1900)
        answer = self.call("start", self.running())
        self.assertEqual(answer["state"], "failed")
        self.assertIn("starting or being updated", answer["messages"][0]["text"])

    def test_the_patience_ends(self):
        self.device.cashdro_busy_seconds = 5
        self.refuse(99)
        answer = self.call("start", self.running())
        self.assertEqual(answer["state"], "failed")
        self.assertIn("busy", answer["messages"][0]["text"])
        self.assertLessEqual(sum(self.slept), 5)

    def test_what_really_runs_is_not_waited_for(self):
        self.device.cashdro_busy_seconds = 10
        self.cashdro.add(posuser="Eva", posid="bar")
        answer = self.call("start", self.running())
        self.assertIn("Eva at bar", answer["messages"][0]["text"])
        self.assertEqual((len(self.cashdro.starts()), self.slept), (1, []))

    def test_a_refusal_of_another_kind_and_a_lost_answer_are_never_repeated(self):
        self.device.cashdro_busy_seconds = 10
        self.refuse(1, -3)
        self.assertEqual(self.call("start", self.running())["state"], "failed")
        self.assertEqual(len(self.cashdro.starts()), 1)

    # ---- an end in other words ------------------------------------------------------------------

    def test_ends_that_are_not_told_as_f(self):
        for marks in ({"state": "C"}, {"canceled": 1}, {"error": "1"}):
            with self.subTest(marks=marks):
                uuid, number = self.started()
                self.cashdro.set(number, totalin="500")
                self.assertEqual(self.call("poll", uuid)["state"], "running")
                self.cashdro.answers["askOperationExecuting"] = ok({"OperationId": number})
                self.cashdro.set(number, **marks)
                self.assertEqual(self.call("poll", uuid)["state"], "running", "it gives it back")
                self.cashdro.answers["askOperationExecuting"] = ok({"OperationId": "-1"})
                self.cashdro.set(number, totalout="-500")
                answer = self.call("poll", uuid)
                self.assertEqual(
                    (answer["state"], answer["amountIn"], answer["amountOut"]),
                    ("cancelled", 500, 500),
                )
                self.cashdro.operations.clear()
                self.cashdro.answers["askOperationExecuting"] = self.cashdro._executing

    def test_cancelled_with_money_inside_is_owed(self):
        uuid, number = self.started()
        self.cashdro.set(number, state="C", totalin="500")
        self.cashdro.answers["askOperationExecuting"] = ok({"OperationId": "-1"})
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["undispensed"]), ("cancelled", 500))

    # ---- what it counts in ----------------------------------------------------------------------

    def count_in_pesos(self, unit, factor):
        currency = self.env.ref("base.CLP")
        currency.write({"active": True, "rounding": 1.0})
        self.env.cr.execute(
            "UPDATE smartcash_device SET currency_id = %s WHERE id = %s",
            [currency.id, self.device.id],
        )
        self.env.invalidate_all()
        self.device.cashdro_unit = unit
        self.cashdro.levels = levels("CLP", PESOS, factor)

    def test_a_wrong_unit_is_told_before_anything_starts(self):
        uuid = self.running()
        self.count_in_pesos("minor", 100)
        answer = self.call("start", uuid)
        self.assertEqual(answer["state"], "failed")
        self.assertIn("Counts In", answer["messages"][0]["text"])
        self.assertFalse(self.cashdro.starts())
        device = self.device.with_user(self.manager)
        device.action_cashdro_test()
        self.assertIn("Counts In", device.state_message)

    def test_the_contents_are_counted_in_the_currency(self):
        for unit, factor in (("hundredth", 100), ("minor", 1)):
            self.count_in_pesos(unit, factor)
            inventory = self.device._driver()._inventory(self.device)
            self.assertEqual(inventory.total, 3 * sum(value for _kind, value in PESOS))

    def test_what_was_done_at_the_machine_is_not_written_down_in_a_wrong_unit(self):
        self.count_in_pesos("minor", 100)
        self.cashdro.add(state="F", type="16", totalin="500000", total="500000")
        with self.assertRaisesRegex(connection.DeviceRefused, "Counts In"):
            self.device._driver()._inventory(self.device)
        self.look_after()
        rows = self.Operation.sudo().search([("device_id", "=", self.device.id)])
        self.assertFalse(rows)
        self.device.cashdro_unit = "hundredth"
        self.look_after()
        rows = self.Operation.sudo().search([("device_id", "=", self.device.id)])
        self.assertEqual(rows.mapped("amount_in"), [5000.0])

    def test_the_unit_stays_while_it_is_at_work(self):
        self.started()
        with self.assert_invalid("is at work"):
            self.device.cashdro_unit = "hundredth"

    def test_a_machine_without_pieces_of_the_currency(self):
        uuid = self.running()
        self.count_in_pesos("minor", 1)
        self.cashdro.levels = []
        answer = self.call("start", uuid)
        self.assertIn("no coins and notes of CLP", answer["messages"][0]["text"])
        self.assertFalse(self.cashdro.starts())

    # ---- slow machines --------------------------------------------------------------------------

    def test_the_times_are_the_device_s(self):
        self.device.write({"cashdro_connect_seconds": 15, "cashdro_answer_seconds": 30})
        rule = self.env["smartcash.rule"]
        with patch.object(connection, "CashdroClient") as client:
            self.device._driver()._client(self.device, rule)
            values = client.call_args.kwargs
            self.assertEqual((values["connect_timeout"], values["timeout"]), (15, 30))
            self.assertIsNone(values["budget"], "no worker waits")
            with (
                patch.dict(config.options, limit_time_real=120),
                patch.object(connection, "request", True),
            ):
                self.device._driver()._client(self.device, rule)
            self.assertEqual(client.call_args.kwargs["budget"], 90)
        self.assertEqual(self.device._pos_data()["callTimeout"], 76000)
        self.device.transport = "browser"
        data = self.device._pos_data()
        self.assertNotIn("callTimeout", data)
        self.assertEqual(data["cashdro"]["timeout"], 45000)

    def test_the_page_is_told_what_the_machine_counts_in(self):
        self.device.transport = "browser"
        self.assertNotIn("unit", self.device._pos_data()["cashdro"], "nothing to mistake")
        self.count_in_pesos("hundredth", 100)
        unit = self.device._pos_data()["cashdro"]["unit"]
        self.assertEqual((unit["ours"], unit["machine"]), (0, 2))
        self.assertIn(("coin", 500), unit["pieces"])

    # ---- who else can start something -------------------------------------------------------------

    def test_the_account_that_machines_have_by_themselves(self):
        device = self.device.with_user(self.manager)
        warned = device.action_cashdro_test()["params"]
        self.assertEqual(warned["type"], "warning")
        self.assertIn("the same everywhere", warned["message"])
        self.assertEqual(device.state, "online")

        def only_ours(handler):
            known = self.cashdro.calls[-1][1]["name"] == "pos"
            self.cashdro._answer(handler, ok() if known else no(-1))

        self.cashdro.answers["doTest"] = only_ours
        told = device.action_cashdro_test()["params"]
        self.assertNotIn("the same everywhere", told["message"])

    def test_that_account_is_no_user_for_a_till(self):
        self.device.cashdro_user = "Exchange_Machine"
        self.assertTrue(self.device.cashdro_user_is_admin)

    # ---- where nobody said where the machine is ---------------------------------------------------

    def test_without_a_host_the_password_goes_to_nobody_unproven(self):
        self.device.cashdro_host = False
        rule = self.env["smartcash.rule"]
        for tls in ("unverified", "http"):
            self.device.cashdro_tls = tls
            for address in (None, f"http://127.0.0.1:{self.cashdro.port}"):
                with self.assertRaisesRegex(connection.DeviceRefused, "no host"):
                    self.device._driver()._client(self.device, rule, address)
        self.assertFalse(self.cashdro.calls)
        self.device.write({"cashdro_tls": "pin", "cashdro_fingerprint": "AB" * 32})
        self.assertTrue(self.device._driver()._client(self.device, rule, "https://203.0.113.7:443"))
        self.device.write({"cashdro_tls": "http", "cashdro_host": "127.0.0.1"})
        self.assertTrue(self.device._driver()._client(self.device, rule))
