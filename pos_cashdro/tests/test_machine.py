import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from ..cashdro_client import CashdroClient
from .common import PASSWORD, CashdroCommon

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 15


def simulator_class():
    """The simulator's own helper, run with the Python that has what the simulator needs."""
    sys.path.insert(0, str(REPOSITORY / "simulators"))
    try:
        from smartcash_simulators.cashdro.testing import CashdroSimulator
    finally:
        sys.path.pop(0)
    python = os.environ.get("SMARTCASH_TOOLS_PYTHON") or str(
        REPOSITORY / ".venv" / "tools" / "bin" / "python"
    )
    if not shutil.which(python):
        raise AssertionError(f"No Python for the simulator at {python}: set up the repository.")

    class Simulator(CashdroSimulator):
        def __init__(self, **options):
            super().__init__(**options)
            self._command[0] = python

    return Simulator


class TestMachine(CashdroCommon):
    """The engine and the simulated machine, over https: the advanced situations of the vendor."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.simulator = simulator_class()(speed=200, float_="homologation")
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        cls.simulator.add_user("pos", PASSWORD)
        # The machine holds EUR, whatever the currency of Odoo's test companies is.
        levels, currency = CashdroClient.levels, cls.device.currency_id.name
        cls.startClassPatcher(
            patch.object(
                CashdroClient,
                "levels",
                lambda client, _currency: [
                    replace(level, currency=currency) for level in levels(client, "EUR")
                ],
            )
        )
        cls.device.write(
            {
                "cashdro_port": int(cls.simulator.url.rpartition(":")[2]),
                "cashdro_tls": "pin",
                "cashdro_fingerprint": cls.simulator.fingerprint,
            }
        )

    def setUp(self):
        port = self.device.cashdro_port
        super().setUp()
        self.device.cashdro_port = port
        self.simulator.power(True)
        self.simulator.clear_faults()
        self.simulator.reset(float="homologation")

    def polled(self, uuid, until=lambda answer: answer["state"] != "running", user=None):
        deadline = time.monotonic() + SECONDS
        while True:
            answer = self.call("poll", uuid, user)
            if until(answer):
                return answer
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.03)

    def inside(self):
        """What the machine holds, minor units."""
        levels = self.simulator.ask("getPiecesCurrency", currencyId="EUR", includeLevels="1")
        return sum(
            int(piece["Value"]) * (int(piece["LevelRecycler"]) + int(piece["LevelCasete"]))
            for piece in levels["response"]["operation"]["pieces"]
        )

    def assert_end(self, answer, state, net, undispensed=0, rounding=0):
        self.assertEqual(
            (
                answer["state"],
                answer["amountIn"] - answer["amountOut"],
                answer["undispensed"],
                answer["rounding"],
            ),
            (state, net, undispensed, rounding),
            answer,
        )

    def test_the_basic_homologation(self):
        before = self.inside()
        total_in = total_out = 0
        for kind, amount, pieces, expected in (
            ("sale", 1, [], ("done", 0, 0, 1)),
            ("sale", 3, [2], ("done", 2, 0, 1)),
            ("sale", 1000, [500, "cancel"], ("cancelled", 0)),
            ("sale", 101, [100], ("done", 100, 0, 1)),
            ("sale", 103, [100, 2], ("done", 102, 0, 1)),
            ("sale", 103, [2, 2, 100], ("done", 102, 0, 1)),
            ("sale", 197, [200], ("done", 196, 0, 1)),
            ("sale", 1001, [100, 1000], ("done", 1000, 0, 1)),
            ("sale", 300, [200, 100], ("done", 300)),
            ("sale", 1000, [1000], ("done", 1000)),
            ("sale", 1250, [1000, 200, 50], ("done", 1250)),
            ("sale", 500, [2000], ("done", 500)),
            ("refund", 501, [], ("done", -502, 0, 1)),
            ("refund", 1203, [], ("done", -1204, 0, 1)),
            ("refund", 499, [], ("done", -500, 0, 1)),
            ("refund", 1, [], ("done", -2, 0, 1)),
            ("refund", 3, [], ("done", -4, 0, 1)),
        ):
            with self.subTest(kind=kind, amount=amount):
                uuid, _number = self.started(kind=kind, amount=amount)
                for piece in pieces:
                    if piece == "cancel":
                        self.call("cancel", uuid)
                    else:
                        self.simulator.insert(piece)
                answer = self.polled(uuid)
                self.assert_end(answer, *expected)
                total_in += answer["amountIn"]
                total_out += answer["amountOut"]
        self.assertEqual((total_in, total_out, total_in - total_out), (6658, 4318, 2340))
        self.assertEqual(self.inside() - before, 2340, "the ledger and the machine agree")
        self.assertTrue(all(one["imported"] for one in self.simulator.operations()))

    def test_change_that_is_not_available(self):
        self.simulator.reset(float="empty")
        self.simulator.settings(control=False)
        uuid, _number = self.started(amount=500)
        self.simulator.insert(2000)
        self.assert_end(self.polled(uuid), "done", 2000, 1500)

    def test_a_cancel_that_cannot_give_back(self):
        self.simulator.reset(float="empty")
        self.simulator.settings(control=False)
        uuid, _number = self.started(amount=10000)
        self.simulator.insert(5000)  # goes to the cassette
        self.polled(uuid, lambda answer: answer["amountIn"] == 5000)
        self.call("cancel", uuid)
        self.assert_end(self.polled(uuid), "cancelled", 5000, 5000)

    def test_a_part_is_kept(self):
        uuid, _number = self.started(amount=1000, allow_partial=True)
        self.simulator.insert(500)
        self.polled(uuid, lambda answer: answer["acceptable"])
        self.call("accept", uuid)
        self.assert_end(self.polled(uuid), "done", 500)

    def test_an_incomplete_payout(self):
        self.simulator.reset(float="empty")
        before = self.inside()
        uuid = self.running(kind="refund", amount=1000)
        answer = self.call("start", uuid)
        answer = answer if answer["state"] != "running" else self.polled(uuid)
        self.assertEqual(answer["state"], "failed", answer)
        self.assertEqual(self.inside(), before)

    def test_power_cuts_in_mid_sale_and_in_mid_change(self):
        for phase in ("accepting", "dispensing"):
            with self.subTest(phase=phase):
                self.simulator.reset(float="homologation")
                before = self.inside()
                uuid, _number = self.started(amount=500)
                if phase == "accepting":
                    self.simulator.insert(200)
                    self.simulator.power(False)
                else:
                    self.simulator.fault(power_cut_at="dispense")
                    self.simulator.insert(2000)
                self.call("poll", uuid)
                self.simulator.clear_faults()
                self.simulator.power(True)
                answer = self.polled(uuid)
                if answer["state"] == "running":
                    answer = self.call("cancel", uuid)
                net = answer["amountIn"] - answer["amountOut"]
                self.assertEqual(net, self.inside() - before, answer)

    def test_a_lost_start_is_never_repeated(self):
        self.simulator.fault(only_on="startOperation", drop_replies=1)
        uuid = self.running(amount=500)
        self.call("start", uuid)
        self.simulator.clear_faults()
        self.assert_end(self.polled(uuid), "failed", 0)
        (mine,) = [one for one in self.simulator.operations() if one["aliasid"] == uuid]
        self.assertEqual(mine["state"], "I", "without our word no money moves")
        retry, _number = self.started(amount=500)
        self.simulator.insert(500)
        self.assert_end(self.polled(retry), "done", 500)
        (mine,) = [one for one in self.simulator.operations() if one["aliasid"] == uuid]
        self.assertEqual(mine["total_in"], 0)

    def test_filling_changing_moving_and_emptying(self):
        def service(kind, *pieces):
            uuid = self.running(self.manager, kind=kind, amount=0)
            self.call("start", uuid, self.manager)
            for piece in pieces:
                self.simulator.insert(piece)
            if pieces:
                self.polled(uuid, lambda answer: answer["acceptable"], self.manager)
                self.call("accept", uuid, self.manager)
            return uuid, self.polled(uuid, user=self.manager)

        before = self.inside()
        uuid, answer = service("fill", 500, 100)
        self.assert_end(answer, "done", 600)
        self.assertAlmostEqual(self.operation(uuid).statement_line_id.amount, 6.0)
        _uuid, answer = service("exchange", 1000)
        self.assert_end(answer, "done", 0)
        self.assertEqual(answer["amountIn"], 1000)
        uuid, answer = service("transfer")
        self.assert_end(answer, "done", 0)
        levels = self.device._driver()._inventory(self.device).denominations
        self.assertFalse(any(piece.recycler for piece in levels if piece.kind == "note"))
        self.assertEqual(self.inside(), before + 600)
        left = sum(piece.value * piece.recycler for piece in levels)
        uuid, answer = service("empty")
        self.assert_end(answer, "done", -left)
        self.assertEqual(self.inside(), before + 600 - left)
        executed = self.simulator.operations()[-1]
        self.assertEqual((executed["type"], executed["imported"]), (2, True))
        _uuid, answer = service("empty")
        self.assert_end(answer, "cancelled", 0)

    def test_what_was_done_at_the_machine_is_written_down(self):
        number = str(self.simulator.operate_by_hand(16)["id"])
        self.simulator.insert(2000)
        self.simulator.press("accept")
        deadline = time.monotonic() + SECONDS
        while True:
            self.look_after()
            found = self.Operation.search(
                [("device_id", "=", self.device.id), ("device_ref", "=", number)]
            )
            if found:
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual((found.amount_in, found.match_state), (20.0, "open"))
        self.assertTrue(self.simulator.operations()[-1]["imported"])
