import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from unittest.mock import patch
from uuid import uuid4

import psycopg2.errors
from odoo import SUPERUSER_ID, api
from odoo.api import call_kw
from odoo.service.model import retrying
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..core.db_conflict import quiet_database
from ..core.driver_api import DeviceRefused
from ..core.progress import Progress
from .common import FakeMakes, SmartcashCommon

RUNNING = Progress("running", "accepting", amount_in=500, cancellable=True, device_ref="77")
DONE = Progress("done", "ended", amount_in=2000, amount_out=1010, device_ref="77")
REPORTED = {"state": "done", "phase": "ended", "amountIn": 2000, "amountOut": 1010}
ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"
PATIENCE = 20  # seconds
LOSE_TURN = (
    "DO $$ BEGIN RAISE EXCEPTION 'another worker was first' "
    "USING ERRCODE = 'serialization_failure'; END $$"
)


class WorkersCase(FakeMakes, TransactionCase):
    """Several workers: threads with real transactions, committed and removed again."""

    make = "fakeserver"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._add_fake_makes()
        # Odoo pauses for seconds before it runs a request again.
        cls.startClassPatcher(patch("odoo.service.model.random.uniform", lambda low, high: 0.01))

    def setUp(self):
        super().setUp()
        self.fake.calls.clear()
        self.fake.answers.clear()
        with self.committed() as env:
            self.device_id = (
                env["smartcash.device"]
                .create(
                    {
                        "name": "Raced",
                        "driver": self.make,
                        "currency_id": env.company.currency_id.id,
                    }
                )
                .id
            )
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

    def values(self, env, **values):
        device = env["smartcash.device"].browse(self.device_id)
        return {
            "uuid": str(uuid4()),
            "kind": "sale",
            "amount": 9.90,
            "device_id": device.id,
            "company_id": device.company_id.id,
            "currency_id": device.currency_id.id,
            "user_id": SUPERUSER_ID,
            "state": "running",
            **values,
        }

    def committed_operation(self, **values):
        with self.committed() as env:
            return env["smartcash.operation"].create(self.values(env, **values)).uuid

    def row(self, uuid):
        """What is committed: state, evidence, net and the kinds of its events."""
        with self.committed() as env:
            operation = env["smartcash.operation"].search([("uuid", "=", uuid)])
            events = operation.event_ids.mapped("kind")
            return operation.state, operation.evidence, operation.net, events

    def rpc(self, method, *args):
        """A public method, called the way Odoo serves it: run again when its turn was lost."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            model = env["smartcash.operation"]
            return retrying(partial(call_kw, model, method, args, {}), env)

    def workers(self, *calls):
        """The answers to these calls (method, *args), all made at the same moment."""
        start = threading.Barrier(len(calls))

        def work(call):
            start.wait(PATIENCE)
            return self.rpc(*call)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(work, calls, timeout=PATIENCE))

    def verbs(self):
        return [verb for verb, _uuid in self.fake.calls]


@tagged("post_install", "-at_install")
class TestEngineWorkers(WorkersCase):
    """Several workers serve one operation of the server engine."""

    def setUp(self):
        super().setUp()
        self.uuid = self.committed_operation(state="draft")

    @contextmanager
    def start_under_way(self, outcome):
        """The device is being asked to start, and answers at the end of the block."""
        asked, answered = threading.Event(), threading.Event()

        def start(_operation):
            asked.set()
            answered.wait(PATIENCE)
            return outcome

        self.fake.answers["start"] = start
        answers = []
        worker = threading.Thread(target=lambda: answers.append(self.rpc("start", self.uuid)))
        worker.start()
        try:
            self.assertTrue(asked.wait(PATIENCE), "the device was never asked to start")
            yield answers
        finally:
            answered.set()
            worker.join(PATIENCE)
        self.assertEqual(len(answers), 1)

    def test_two_workers_start_one_operation_once(self):
        self.fake.answers.update(start=RUNNING, poll=RUNNING)
        answers = self.workers(*[("start", self.uuid)] * 4)
        self.assertEqual({answer["state"] for answer in answers}, {"running"})
        self.assertEqual(self.verbs().count("start"), 1)
        self.assertEqual(self.row(self.uuid)[3], ["step", "step"])

    def test_two_workers_start_two_operations_on_one_device(self):
        other = self.committed_operation(state="draft")
        self.fake.answers.update(start=RUNNING, poll=RUNNING)
        answers = self.workers(("start", self.uuid), ("start", other))
        codes = sorted(answer.get("refused", {}).get("code", "") for answer in answers)
        self.assertEqual(codes, ["", "device_busy"])
        self.assertEqual(self.verbs(), ["start"])
        self.fake.answers["poll"] = DONE
        winner, loser = (self.uuid, other) if "refused" in answers[1] else (other, self.uuid)
        self.rpc("poll", winner)
        self.assertEqual(self.rpc("start", loser)["state"], "running")

    def test_nobody_asks_the_device_what_it_knows_while_it_is_asked_to_start(self):
        # It has not heard of the operation yet, and would truthfully say that there is none.
        self.fake.answers["poll"] = Progress("failed", "ended")
        with self.start_under_way(RUNNING) as answers:
            answer = self.rpc("poll", self.uuid)
            self.assertEqual((answer["state"], answer["phase"]), ("running", "starting"))
            self.assertFalse(answers)
        self.assertEqual(answers[0]["amountIn"], 500)
        self.assertEqual((self.verbs(), self.row(self.uuid)[0]), (["start"], "running"))

    def test_a_start_sent_twice_waits_for_the_first(self):
        self.fake.answers["poll"] = RUNNING
        with self.start_under_way(RUNNING):
            replay = threading.Thread(target=self.rpc, args=("start", self.uuid))
            replay.start()
            replay.join(0.3)
            self.assertTrue(replay.is_alive())
            self.assertEqual(self.verbs(), ["start"])
        replay.join(PATIENCE)
        self.assertEqual(self.verbs(), ["start", "poll"])

    def test_a_cancel_waits_for_the_start_and_knows_the_device_s_number(self):
        seen = []
        self.fake.answers["cancel"] = lambda operation: seen.append(operation.device_ref) or RUNNING
        with self.start_under_way(RUNNING):
            cancel = threading.Thread(target=self.rpc, args=("cancel", self.uuid))
            cancel.start()
            cancel.join(0.3)
            self.assertEqual(self.verbs(), ["start"])
        cancel.join(PATIENCE)
        self.assertEqual((self.verbs(), seen), (["start", "cancel"], ["77"]))

    def test_a_withdrawn_draft_is_never_started(self):
        self.fake.answers.update(start=RUNNING, poll=RUNNING, cancel=RUNNING)
        for _round in range(5):
            uuid = self.committed_operation(state="draft")
            self.fake.calls.clear()
            self.workers(("start", uuid), ("cancel", uuid))
            state = self.row(uuid)[0]
            self.assertEqual("start" in self.verbs(), state == "running", state)
            self.fake.answers["poll"] = DONE
            self.rpc("poll", uuid)
            self.fake.answers["poll"] = RUNNING

    def test_the_driver_sees_the_number_that_it_has_just_kept(self):
        seen = []

        def start(operation):
            self.assertFalse(operation.device_ref)
            operation._keep_device_ref("88")
            with self.committed() as env:
                stored = env["smartcash.operation"].search([("uuid", "=", operation.uuid)])
                seen.extend([operation.device_ref, stored.device_ref])
            return RUNNING

        self.fake.answers["start"] = start
        self.rpc("start", self.uuid)
        self.assertEqual(seen, ["88", "88"])

    def test_a_fault_after_the_device_s_number_was_kept_does_not_lose_it(self):
        """Neither of our own code nor of the database, in the middle of a start."""

        def broken(operation):
            operation._keep_device_ref("77")
            raise KeyError("after it")

        def broken_query(operation):
            operation._keep_device_ref("77")
            operation.env.cr.execute("SELECT 1 / 0")

        for start in (broken, broken_query):
            uuid = self.committed_operation(state="draft")
            self.fake.answers.update(start=start, poll=replace(DONE, amount_in=0, amount_out=0))
            with mute_logger(ENGINE, "odoo.sql_db"):
                answer = self.rpc("start", uuid)
            self.assertEqual((answer["state"], answer["deviceRef"]), ("running", "77"))
            self.assertEqual(self.row(uuid)[0], "running")
            self.assertEqual(self.rpc("poll", uuid)["state"], "done")

    def test_a_worker_killed_while_the_device_starts_leaves_it_to_the_next_one(self):
        """Its connections end as when its process is killed: nothing more of it reaches the ledger."""

        def start(operation):
            committed.append(self.row(self.uuid)[0])
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND state = 'idle in transaction' "
                    "AND pid != pg_backend_pid() AND pid = ANY(%s)",
                    [victims],
                )
            raise MemoryError("killed")

        victims, committed = [], []
        registry_cursor = type(self.registry).cursor

        def cursor(registry):
            opened = registry_cursor(registry)
            if threading.current_thread() is worker:
                victims.append(opened._cnx.get_backend_pid())
            return opened

        died = []

        def work():
            try:
                self.rpc("start", self.uuid)
            except (MemoryError, psycopg2.Error) as error:
                died.append(error)

        self.fake.answers.update(start=start, poll=DONE)
        worker = threading.Thread(target=work)
        with (
            patch.object(type(self.registry), "cursor", cursor),
            mute_logger("odoo.sql_db", ENGINE),
        ):
            worker.start()
            worker.join(PATIENCE)
        self.assertTrue(died)
        self.assertEqual(committed, ["running"], "claimed before the device heard of it")
        self.assertEqual(self.row(self.uuid)[0], "running")
        self.assertEqual(self.rpc("start", self.uuid)["state"], "done")
        self.assertEqual(self.verbs(), ["start", "poll"])
        self.assertEqual(self.row(self.uuid)[:3], ("done", "server", 9.9))

    def test_workers_that_look_at_the_same_end_write_it_once(self):
        self.fake.answers.update(start=RUNNING, poll=DONE)
        self.rpc("start", self.uuid)
        answers = self.workers(*[("poll", self.uuid)] * 4)
        self.assertEqual({answer["state"] for answer in answers}, {"done"})
        self.assertEqual(self.row(self.uuid)[3], ["step"] * 3)

    def test_who_pays_at_last_is_not_cancelled_for_being_idle(self):
        """The look at the device is written by a transaction that the job's own cannot see."""
        self.fake.answers.update(start=Progress("running", "accepting", device_ref="77"))
        self.rpc("start", self.uuid)
        for said in (RUNNING, DONE):
            with self.subTest(said.state):
                self.fake.answers.update(poll=said, cancel=said)
                self.fake.calls.clear()
                with self.committed() as env:
                    env.cr.execute(
                        "UPDATE smartcash_operation SET write_date = write_date - interval '1 hour' "
                        "WHERE device_id = %s",
                        [self.device_id],
                    )
                with self.committed() as env:
                    env["smartcash.operation"]._cron_end_idle()
                self.assertEqual(self.verbs(), ["poll"])
                with self.committed() as env:
                    operation = env["smartcash.operation"].search([("uuid", "=", self.uuid)])
                    self.assertEqual((operation.state, operation.gave_up), (said.state, False))

    def test_a_request_that_odoo_runs_again_asks_the_device_once(self):
        for error in (None, DeviceRefused("door open")):
            with self.subTest(error=error):
                uuid = self.committed_operation(state="draft")
                self.fake.calls.clear()
                self.fake.answers.update(start=error or RUNNING, poll=RUNNING)
                answer = self.run_again("start", uuid)
                self.assertEqual(answer["state"], "failed" if error else "running")
                self.assertEqual(self.verbs().count("start"), 1)
                self.fake.answers["poll"] = DONE
                self.run_again("poll", uuid)
                self.run_again("cancel", uuid)
                self.run_again("accept", uuid)
                state = self.row(uuid)[0]
                self.assertEqual(state, "failed" if error else "done")
        uuid = self.committed_operation(state="draft")
        self.run_again("cancel", uuid)
        self.assertEqual(self.row(uuid)[3], ["step"])

    def run_again(self, method, *args):
        """The turn is lost when all is done: Odoo takes back what it can, and runs it again."""
        runs = []

        def lose_once(env):
            answer = call_kw(env["smartcash.operation"], method, args, {})
            runs.append(answer)
            if len(runs) == 1:
                env.cr.execute(LOSE_TURN, log_exceptions=False)
            return answer

        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            answer = retrying(partial(lose_once, env), env)
        self.assertEqual(len(runs), 2)
        return answer


@tagged("post_install", "-at_install")
class TestLedgerWorkers(WorkersCase):
    """Several workers write about one operation that a till drives."""

    make = "faketill"

    def test_two_workers_cannot_both_claim_a_device(self):
        outcome = []

        def second_worker():
            with quiet_database(), self.registry.cursor() as cr:
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
        uuid = self.committed_operation()
        with self.committed() as reporting:
            reporting.cr.execute("SELECT 1")  # from here on it sees nothing new
            with self.committed() as matching:
                matching["smartcash.operation"].search([("uuid", "=", uuid)])._take_turns()
            answer = reporting["smartcash.operation"].report(
                uuid, {"state": "failed", "phase": "ended"}
            )
        self.assertEqual(answer.get("state"), "failed", answer)
        self.assertEqual(self.row(uuid)[3], ["step"])

    def test_an_end_reported_by_several_workers_is_written_once(self):
        for _round in range(5):
            uuid = self.committed_operation(state="running")
            self.fake.signatures[uuid] = self.signed(uuid)
            answers = self.workers(*[("report", uuid, {**REPORTED, "signature": uuid})] * 4)
            self.assertEqual({answer["state"] for answer in answers}, {"done"})
            self.assertEqual(self.row(uuid), ("done", "signed", 9.9, ["step"]))

    def test_two_ends_at_once_are_an_end_and_a_late_fact(self):
        """Which of them comes first is chance; that both are kept is not."""
        uuid = self.committed_operation()
        self.fake.signatures[uuid] = self.signed(uuid)
        paid = {**REPORTED, "signature": uuid}
        back = {"state": "cancelled", "phase": "ended"}
        with patch.object(self.registry["smartcash.operation"], "_tell_manager", lambda self: None):
            self.workers(("report", uuid, paid), ("report", uuid, back))
        with self.committed() as env:
            operation = env["smartcash.operation"].search([("uuid", "=", uuid)])
            self.assertTrue(operation.disputed)
            self.assertEqual(operation.match_state, "open")
            self.assertEqual(operation.event_ids.mapped("kind").count("late"), 1)

    def test_two_managers_decide_once(self):
        for _round in range(5):
            uuid = self.committed_operation()
            answers = self.workers(
                ("resolve", uuid, "nothing_moved", "first"),
                ("resolve", uuid, "nothing_moved", "second"),
            )
            codes = sorted(answer.get("refused", {}).get("code", "") for answer in answers)
            self.assertEqual(codes, ["", "nothing_to_resolve"])
            self.assertEqual(self.row(uuid)[3].count("resolved"), 1)

    def test_a_closing_that_meets_a_late_registration_is_run_again(self):
        """The till registers the payment's operation while the closing looks for it."""
        uuid = str(uuid4())
        operation_class = self.registry["smartcash.operation"]
        adopt, found = operation_class._adopt, []

        def register_first(model, payment):
            if not found:
                self.committed_operation(uuid=uuid)
            found.append(payment)
            return adopt(model, payment)

        def closing(env):
            device = env["smartcash.device"].browse(self.device_id)
            currency = device.currency_id
            payment = SimpleNamespace(
                smartcash_uuid=uuid,
                amount=9.90,
                currency_id=currency,
                company_id=device.company_id,
                payment_method_id=SimpleNamespace(id=False, smartcash_device_id=device),
                session_id=SimpleNamespace(id=False),
                pos_order_id=SimpleNamespace(user_id=env.user, pos_reference="Order 1"),
            )
            return env["smartcash.operation"]._adopt_unknown([payment])

        with (
            patch.object(operation_class, "_adopt", register_first),
            self.registry.cursor() as cr,
        ):
            env = api.Environment(cr, SUPERUSER_ID, {})
            adopted = retrying(partial(closing, env), env)
        self.assertEqual((len(found), len(adopted)), (1, 0))
        self.assertEqual(self.row(uuid)[0], "running")

    def signed(self, uuid):
        with self.committed() as env:
            device = env["smartcash.device"].browse(self.device_id)
            return {
                "op": uuid,
                "device": device.uid,
                "kind": "sale",
                "state": "done",
                "amount": 990,
                "amount_in": 2000,
                "amount_out": 1010,
                "undispensed": 0,
            }


@tagged("post_install", "-at_install")
class TestReplay(SmartcashCommon):
    """Odoo takes back what a request wrote, and runs it again, when another one was first."""

    def setUp(self):
        super().setUp()
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)
        self.startPatcher(patch("odoo.service.model.random.uniform", lambda low, high: 0.01))

    def run_again(self, method, *args, user=None):
        """The answers of both runs."""
        answers = []

        def lose_once(env):
            answers.append(call_kw(env["smartcash.operation"], method, args, {}))
            if len(answers) == 1:
                env.flush_all()
                env.cr.execute(LOSE_TURN, log_exceptions=False)
            return answers[-1]

        with self.registry.cursor() as cr:
            env = api.Environment(cr, (user or self.cashier).id, {})
            retrying(partial(lose_once, env), env)
        self.env.invalidate_all()
        self.assertEqual(len(answers), 2)
        return answers

    def test_what_odoo_runs_again_is_written_once(self):
        wish = self.wish()
        uuid = wish["uuid"]
        first, again = self.run_again("register", wish)
        self.assertEqual(first, again)
        self.assertEqual(self.operation(uuid).event_ids.mapped("kind"), ["registered"])

        end = {**Progress("done", "ended", 2000, 1010).to_wire(), "signature": self.sign(uuid)}
        first, again = self.run_again("report", uuid, end)
        self.assertEqual(first, again)
        operation = self.operation(uuid)
        self.assertEqual(operation.event_ids.mapped("kind"), ["registered", "step"])
        self.assertEqual((operation.match_state, operation.net), ("open", 9.9))

        first, again = self.run_again("pending", self.session.id)
        self.assertEqual(first, again)
        self.assertEqual([row["uuid"] for row in again], [uuid])
        first, again = self.run_again("issue_token", self.session.id, ["status", "sale"])
        self.assertEqual(first, again)

        _first, again = self.run_again("resolve", uuid, "cash_in", "Ana counted", user=self.manager)
        self.assertNotIn("refused", again)
        self.assertEqual(self.session.statement_line_ids.mapped("amount"), [9.9])
        self.assertEqual(self.operation(uuid).event_ids.mapped("kind").count("resolved"), 1)

    def test_a_refusal_that_odoo_runs_again_is_noted_once(self):
        uuid = self.running()
        self.run_again("register", self.wish(uuid=uuid, amount=991))
        self.run_again("report", uuid, {"state": "nonsense"})
        self.assertEqual(
            self.operation(uuid).event_ids.mapped("kind"), ["registered", "refused", "refused"]
        )


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

    def test_losing_the_race_against_a_closing_is_told_all_the_same(self):
        """The closing has written down what it found of a sale by hand, just before its till told it."""
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "device_id": self.device.id,
                "right_by_hand": True,
            }
        )
        values = self.wish(manual=True, late=True)
        self.sync(9.90, values["uuid"])
        self.assertEqual(self.session.sudo()._smartcash_unsettled()[1].uuid, values["uuid"])
        answer = self.register_blindly(values)
        self.assertEqual((answer.get("uuid"), answer.get("state")), (values["uuid"], "done"))
        operation = self.operation(values["uuid"])
        self.assertEqual((operation.evidence, operation.match_state), ("manual", "matched"))
