import threading
from contextlib import contextmanager
from unittest.mock import patch
from uuid import uuid4

import psycopg2.errors
from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..driver_api import DeviceBusy, DeviceProtocolError, DeviceRefused, DeviceUnreachable
from ..progress import Progress
from .common import SmartcashCommon

RUNNING = Progress("running", "accepting", amount_in=500, cancellable=True, device_ref="77")
DONE = Progress("done", "ended", amount_in=2000, amount_out=1010, device_ref="77")


class TestEngine(SmartcashCommon):
    """The server engine, with a make whose answers the tests write."""

    def setUp(self):
        super().setUp()
        self.session.state = "closed"
        cloud = self._device("Cloud", "fakeserver")
        self.machine.write({"use_payment_terminal": "fakeserver", "smartcash_device_id": cloud.id})
        self.device = cloud
        self.open_new_session(0)
        self.session = self.pos_session
        # The engine commits: with one cursor for all, its commits end with the test.
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def call(self, method, uuid, user=None):
        return getattr(self.Operation.with_user(user or self.cashier), method)(uuid)

    def test_a_server_operation_starts_when_asked_and_not_before(self):
        answer = self.register()
        self.assertEqual((answer["state"], answer["token"]), ("draft", None))
        self.assertFalse(self.fake.calls)
        self.fake.answers["start"] = RUNNING
        answer = self.call("start", answer["uuid"])
        self.assertEqual(
            (answer["state"], answer["amountIn"], answer["deviceRef"]), ("running", 500, "77")
        )
        operation = self.operation(answer["uuid"])
        self.assertEqual((operation.evidence, operation.device_ref), ("server", "77"))

    def test_a_start_is_never_repeated(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=RUNNING)
        self.call("start", uuid)
        self.call("start", uuid)
        self.fake.answers.update(poll=DONE)
        self.call("start", uuid)
        self.call("start", uuid)
        self.assertEqual([verb for verb, _uuid in self.fake.calls], ["start", "poll", "poll"])
        self.assertEqual(self.operation(uuid).state, "done")

    def test_the_claim_is_committed_before_the_device_hears_of_it(self):
        uuid = self.running()
        seen = []

        def start(_operation):
            with self.registry.cursor() as cr:
                cr.execute("SELECT state, phase FROM smartcash_operation WHERE uuid = %s", [uuid])
                seen.extend(cr.fetchall())
            raise MemoryError("the worker dies here")

        self.fake.answers["start"] = start
        try:
            self.call("start", uuid)
        except MemoryError as error:
            died = error
        self.assertTrue(died)
        self.assertEqual(seen, [("running", "starting")])
        self.assertEqual(self.operation(uuid).state, "running")
        self.fake.answers["poll"] = DONE
        self.assertEqual(self.call("start", uuid)["state"], "done")
        self.assertEqual([verb for verb, _uuid in self.fake.calls], ["start", "poll"])

    def test_the_device_s_own_number_is_committed_while_it_starts(self):
        uuid = self.running()

        def start(operation):
            operation._keep_device_ref("77")
            self.assertEqual(operation.device_ref, "77")
            raise DeviceUnreachable("lost after the number was given")

        self.fake.answers["start"] = start
        with mute_logger("odoo.addons.pos_smartcash_terminal.models.smartcash_operation_engine"):
            answer = self.call("start", uuid)
        self.assertEqual((answer["state"], answer["deviceRef"]), ("running", "77"))

    def test_a_refused_start_failed_and_a_lost_one_may_have_started(self):
        for error, state, code in (
            (DeviceBusy("busy with the back office"), "failed", "device_busy"),
            (DeviceRefused("door open"), "failed", "device_refused"),
            (DeviceUnreachable("no answer"), "running", "device_unreachable"),
            (DeviceProtocolError("garbage"), "running", "device_protocol"),
        ):
            with self.subTest(error=type(error).__name__):
                uuid = self.running()
                self.fake.answers["start"] = error
                with mute_logger(
                    "odoo.addons.pos_smartcash_terminal.models.smartcash_operation_engine"
                ):
                    answer = self.call("start", uuid)
                self.assertEqual(answer["state"], state)
                self.assertEqual(answer["messages"][0]["code"], code)
                if state == "running":
                    self.fake.answers["poll"] = Progress("failed", "ended")
                    self.call("poll", uuid)

    def test_polls_cancel_and_accept_are_passed_on(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=RUNNING, cancel=RUNNING, accept=DONE)
        self.call("start", uuid)
        self.call("cancel", uuid)
        answer = self.call("accept", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))
        self.assertEqual(self.call("poll", uuid)["state"], "done")
        self.assertEqual([verb for verb, _uuid in self.fake.calls], ["start", "cancel", "accept"])

    def test_a_poll_without_answer_leaves_the_ledger_as_it_is(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=DeviceUnreachable("no answer"))
        self.call("start", uuid)
        events = len(self.operation(uuid).event_ids)
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("running", 500))
        self.assertEqual(answer["messages"][-1]["code"], "device_unreachable")
        self.assertEqual(len(self.operation(uuid).event_ids), events)

    def test_polls_that_say_nothing_new_leave_no_trace(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=RUNNING)
        self.call("start", uuid)
        events = len(self.operation(uuid).event_ids)
        self.call("poll", uuid)
        self.assertEqual(len(self.operation(uuid).event_ids), events)
        self.fake.answers["poll"] = Progress("unknown", "ended", amount_in=500)
        self.call("poll", uuid)
        self.fake.answers["poll"] = RUNNING
        self.assertEqual(self.call("poll", uuid)["state"], "unknown")
        self.assertEqual(len(self.operation(uuid).event_ids), events + 1)
        self.fake.answers["poll"] = DONE
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_one_start_at_a_time_per_device(self):
        first, second = self.running(), self.running()
        self.fake.answers["start"] = RUNNING
        self.call("start", first)
        refused = self.assert_refused(self.call("start", second), "device_busy")
        self.assertEqual(refused["operation"], first)
        self.assertEqual(self.operation(second).state, "draft")

    def test_the_till_does_not_report_for_the_server(self):
        uuid = self.running()
        self.assert_refused(self.done(uuid), "not_yours")
        self.assertEqual(self.operation(uuid).state, "draft")

    def test_who_may_not_use_the_device_may_not_drive_it(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        uuid = self.running()
        for method in ("start", "poll", "cancel", "accept"):
            self.assert_refused(self.call(method, uuid, self.colleague), "not_yours")
            self.assert_refused(self.call(method, uuid, self.foreigner), "unknown_operation")
            self.assert_refused(self.call(method, "x"), "bad_values")
        self.assertFalse(self.fake.calls)

    def test_the_server_does_not_drive_what_the_till_drives(self):
        uuid = self.running()
        with patch.object(type(self.device), "transport", "gateway"):
            self.assert_refused(self.call("start", uuid), "bad_values")

    def test_a_make_without_a_verb_refuses_it(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING)
        self.call("start", uuid)
        with patch.object(self.registry["smartcash.device"], "_fakeserver_cancel", None):
            answer = self.call("cancel", uuid)
        self.assertEqual(answer["messages"][-1]["code"], "device_refused")


@tagged("post_install", "-at_install")
class TestRace(TransactionCase):
    """Two workers at once: real transactions, committed and removed again."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            device = env["smartcash.device"].create(
                {"name": "Raced", "driver": False, "active": False}
            )
            self.device_id = device.id
        self.addCleanup(self.remove)

    @contextmanager
    def committed(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def remove(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM smartcash_operation_event WHERE operation_id IN "
                "(SELECT id FROM smartcash_operation WHERE device_id = %s)",
                [self.device_id],
            )
            cr.execute("DELETE FROM smartcash_operation WHERE device_id = %s", [self.device_id])
            cr.execute("DELETE FROM smartcash_device WHERE id = %s", [self.device_id])

    def values(self, env):
        device = env["smartcash.device"].browse(self.device_id)
        return {
            "uuid": str(uuid4()),
            "kind": "sale",
            "device_id": device.id,
            "company_id": device.company_id.id,
            "currency_id": device.currency_id.id,
            "state": "running",
        }

    def test_two_workers_cannot_both_claim_a_device(self):
        outcome = []

        def second_worker():
            with mute_logger("odoo.sql_db"), self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                try:
                    with cr.savepoint():
                        env["smartcash.operation"].create(self.values(env))
                    outcome.append("claimed")
                except psycopg2.errors.UniqueViolation as error:
                    outcome.append(error.diag.constraint_name)

        with self.committed() as env:
            env["smartcash.operation"].create(self.values(env))
            worker = threading.Thread(target=second_worker)
            worker.start()
            worker.join(0.3)
            self.assertTrue(
                worker.is_alive(), "the second waits for the first to commit or give up"
            )
        worker.join(10)
        self.assertEqual(outcome, ["smartcash_operation_one_running_per_device"])

    def test_a_report_that_meets_the_matching_of_its_order_is_taken_at_once(self):
        with self.committed() as env:
            uuid = env["smartcash.operation"].create(self.values(env)).uuid
        with self.committed() as reporting:
            reporting.cr.execute("SELECT 1")  # from here on it sees nothing new
            with self.committed() as matching:
                matching["smartcash.operation"].search([("uuid", "=", uuid)])._take_turns()
            answer = reporting["smartcash.operation"].report(
                uuid, {"state": "failed", "phase": "ended"}
            )
        self.assertEqual(answer.get("state"), "failed", answer)
        with self.committed() as env:
            operation = env["smartcash.operation"].search([("uuid", "=", uuid)])
            self.assertEqual((operation.state, len(operation.event_ids)), ("failed", 1))


@tagged("post_install", "-at_install")
class TestRaceAnswer(SmartcashCommon):
    def setUp(self):
        super().setUp()
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def register_blindly(self, values):
        """As if the other worker's row had been committed after our snapshot was taken."""
        operation_class = self.registry["smartcash.operation"]
        lock = operation_class._lock
        blind = {"lock": True}

        def first_blind(model, uuid):
            if blind.pop("lock", None):
                return model.sudo().browse()
            return lock(model, uuid)

        free = operation_class._check_device_free
        seen = []

        def first_free(model, device, session):
            if not seen:
                seen.append(device)
                return None
            return free(model, device, session)

        with (
            patch.object(operation_class, "_lock", first_blind),
            patch.object(operation_class, "_check_device_free", first_free),
            mute_logger("odoo.sql_db"),
        ):
            return self.Operation.with_user(self.cashier).register(values)

    def test_losing_the_race_for_a_device_is_a_refusal_not_a_traceback(self):
        winner = self.running()
        refused = self.assert_refused(self.register_blindly(self.wish()), "device_busy")
        self.assertEqual((refused["operation"], refused["mine"]), (winner, True))

    def test_losing_the_race_against_oneself_is_a_replay(self):
        values = self.wish()
        self.Operation.with_user(self.cashier).register(values)
        answer = self.register_blindly(values)
        self.assertEqual((answer["uuid"], answer["state"]), (values["uuid"], "running"))
        self.assertEqual(len(self.operation(values["uuid"]).event_ids), 1)
