from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..core.driver_api import DeviceBusy, DeviceProtocolError, DeviceRefused, DeviceUnreachable
from ..core.progress import Progress
from .common import SmartcashCommon

RUNNING = Progress("running", "accepting", amount_in=500, cancellable=True, device_ref="77")
DONE = Progress("done", "ended", amount_in=2000, amount_out=1010, device_ref="77")
ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"
REPORT = "odoo.addons.pos_smartcash_terminal.models.operation.progress"


class EngineCase(SmartcashCommon):
    """A till whose machine is driven by the server, with a make whose answers the tests write."""

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


class TestEngine(EngineCase):
    """The server engine."""

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

    def test_a_look_that_finds_nothing_new_does_not_touch_the_ledger(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=RUNNING)
        self.call("start", uuid)
        with patch.object(self.registry["smartcash.operation"], "_relock") as locked:
            answer = self.call("poll", uuid)
            self.assertFalse(locked.called)
        self.assertEqual((answer["state"], answer["amountIn"]), ("running", 500))
        self.fake.answers["poll"] = replace(RUNNING, amount_in=700)
        self.assertEqual(self.call("poll", uuid)["amountIn"], 700)
        self.assertEqual(self.operation(uuid).amount_in, 7.0)

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

    def test_the_device_s_own_number_is_committed_while_it_starts(self):
        uuid = self.running()

        def start(operation):
            operation._keep_device_ref("77")
            self.assertEqual(operation.device_ref, "77")
            raise DeviceUnreachable("lost after the number was given")

        self.fake.answers["start"] = start
        with mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.engine"):
            answer = self.call("start", uuid)
        self.assertEqual((answer["state"], answer["deviceRef"]), ("running", "77"))

    def test_the_device_is_told_once_the_end_is_committed(self):
        told = []

        def ended(driver, operation):
            told.append((operation.uuid, operation.state))
            raise DeviceUnreachable("not now")

        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=DONE)
        with patch.object(self.fake_server, "_ended", ended):
            self.call("start", uuid)
            self.assertFalse(told)
            answer = self.call("poll", uuid)
        self.assertEqual(told, [(uuid, "done")])
        self.assertEqual((answer["state"], answer["messages"]), ("done", []))

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
                with mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.engine"):
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

    def test_a_request_is_shown_again_without_a_new_start(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, resend=RUNNING)
        self.call("start", uuid)
        self.assertEqual(self.call("resend", uuid)["state"], "running")
        self.assertEqual([verb for verb, _uuid in self.fake.calls], ["start", "resend"])

    def test_a_hint_says_nothing_but_to_look(self):
        uuid = self.running()
        with patch.object(type(self.env["bus.bus"]), "_sendone") as send:
            self.operation(uuid)._hint()
        channel = self.session._get_bus_channel_name()
        send.assert_called_once_with(channel, "SMARTCASH_OPERATION", {"uuid": uuid})

    def test_how_often_a_till_asks_is_the_make_s_to_say(self):
        self.assertEqual(self.device._pos_data()["pacing"], {})
        pacing = {"fast": 1000, "idle": 1000}
        with patch.object(self.fake_server, "_pacing", pacing):
            self.assertEqual(self.device._pos_data()["pacing"], pacing)

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
        self.assertEqual(
            self.operation(second).event_ids.mapped("kind"), ["registered"], "everyday life"
        )

    def test_the_till_does_not_report_for_the_server(self):
        uuid = self.running()
        self.assert_refused(self.done(uuid), "not_yours")
        operation = self.operation(uuid)
        self.assertEqual(operation.state, "draft")
        self.assertEqual(operation.event_ids.mapped("kind"), ["registered", "refused"])

    def test_who_may_not_use_the_device_may_not_drive_it(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.cashier.id}
        )
        uuid = self.running()
        for method in ("start", "poll", "cancel", "accept", "resend"):
            self.assert_refused(self.call(method, uuid, self.colleague), "not_yours")
            self.assert_refused(self.call(method, uuid, self.foreigner), "unknown_operation")
            self.assert_refused(self.call(method, "x"), "bad_values")
        self.assertFalse(self.fake.calls)
        operation = self.operation(uuid)
        self.assertEqual(
            [
                (event.kind, (event.data or {}).get("code"), event.user_id)
                for event in operation.event_ids
            ],
            [
                ("registered", None, self.cashier),
                ("refused", "not_yours", self.colleague),
                ("refused", "unknown_operation", self.foreigner),
            ],
        )
        self.assertEqual((operation.state, operation.phase), ("draft", "registered"))

    def test_the_server_does_not_drive_what_the_till_drives(self):
        uuid = self.running()
        with patch.object(type(self.device), "transport", "gateway"):
            self.assert_refused(self.call("start", uuid), "bad_values")
        self.assertEqual(self.operation(uuid).event_ids.mapped("kind"), ["registered", "refused"])

    def test_what_was_withdrawn_before_its_start_has_ended(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, cancel=RUNNING)
        answer = self.call("cancel", uuid)
        self.assertEqual((answer["state"], answer["phase"]), ("failed", "ended"))
        self.assertEqual(self.call("start", uuid)["state"], "failed")
        self.assertFalse(self.fake.calls)
        operation = self.operation(uuid)
        self.assertEqual(operation.event_ids.mapped("kind"), ["registered", "step"])
        self.assertFalse(operation.match_state or operation.unproven)
        self.assertFalse(self.Operation.with_user(self.cashier).pending(self.session.id))

    def test_a_till_learns_from_the_ledger_what_a_manager_decided(self):
        """As with a machine at the till: the device knows no end, the ledger tells the decision."""
        uuid = self.running()
        unknown = Progress("unknown", "ended", amount_in=500)
        self.fake.answers.update(start=RUNNING, poll=unknown)
        self.call("start", uuid)
        self.call("poll", uuid)
        asked = self.report(uuid, **self.ended(unknown))
        self.assert_refused(asked, "not_yours")
        self.Operation.with_user(self.manager).resolve(uuid, "returned", "From the drawer")
        self.fake.calls.clear()
        for method in ("poll", "start", "cancel", "accept", "resend"):
            answer = self.call(method, uuid)
            self.assertEqual((answer["state"], answer["amountIn"]), ("unknown", 500))
        self.assertFalse(self.fake.calls, "the device has no say in it any more")
        events = len(self.operation(uuid).event_ids)
        for _press in range(3):
            refused = self.assert_refused(self.report(uuid, **self.ended(unknown)), "backwards")
        self.assertEqual(refused["operation"]["resolution"], "returned")
        self.assertEqual(refused["operation"]["state"], "cancelled")
        self.assertEqual(len(self.operation(uuid).event_ids), events)

    def ended(self, progress):
        return {"state": progress.state, "phase": "ended", "amountIn": progress.amount_in}

    def test_a_make_without_a_verb_refuses_it(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING)
        self.call("start", uuid)
        cancel = self.registry["smartcash.driver"]._cancel
        with patch.object(self.fake_server, "_cancel", cancel):
            answer = self.call("cancel", uuid)
        self.assertEqual(answer["messages"][-1]["code"], "device_refused")

    # ---- something breaks in Odoo ----------------------------------------------------------------

    def break_database(self, operation):
        operation.env.cr.execute("SELECT 1 / 0")

    def faults(self):
        """What may break in a driver, in another addon or in the database while a device is asked."""
        return (
            KeyError("hidden"),
            UserError("an override of another addon"),
            ValidationError("a constraint of another addon"),
            self.break_database,
            lambda operation: None,
            lambda operation: Progress("running", "accepting", amount_in="5.00"),
        )

    def test_a_fault_during_a_start_leaves_the_outcome_open(self):
        """The machine may run: whoever says "refused" now has it taken by hand as well."""
        for fault in self.faults():
            with self.subTest(fault=fault):
                uuid = self.running()
                self.fake.answers.update(start=fault, poll=RUNNING)
                with mute_logger(ENGINE, "odoo.sql_db"):
                    answer = self.call("start", uuid)
                self.assertNotIn("refused", answer)
                self.assertEqual((answer["state"], answer["phase"]), ("running", "starting"))
                self.assertEqual(answer["messages"][0]["code"], "device_fault")
                self.assertNotIn("hidden", str(answer))
                operation = self.operation(uuid)
                self.assertEqual((operation.state, operation.phase), ("running", "starting"))
                self.assertIn("fault", operation.event_ids.mapped("kind"))
                self.assertNotIn("hidden", str(operation.event_ids.mapped("message")))
                self.call("start", uuid)
                self.fake.answers["poll"] = DONE
                self.assertEqual(self.call("poll", uuid)["state"], "done")
                verbs = [verb for verb, one in self.fake.calls if one == uuid]
                self.assertEqual(verbs, ["start", "poll", "poll"], "started once, then looked up")

    def test_a_fault_in_any_other_step_says_nothing_about_the_money(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING)
        self.call("start", uuid)
        for verb in ("poll", "cancel", "accept", "resend"):
            for fault in self.faults():
                with self.subTest(verb=verb, fault=fault):
                    self.fake.answers[verb] = fault
                    with mute_logger(ENGINE, "odoo.sql_db"):
                        answer = self.call(verb, uuid)
                    self.assertEqual((answer["state"], answer["amountIn"]), ("running", 500))
                    self.assertEqual(answer["messages"][-1]["code"], "device_fault")
        self.fake.answers["poll"] = DONE
        self.assertEqual(self.call("poll", uuid)["state"], "done")

    def test_the_same_fault_is_noted_once(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=KeyError("x"))
        self.call("start", uuid)
        with mute_logger(ENGINE):
            for _look in range(3):
                self.call("poll", uuid)
        self.assertEqual(self.operation(uuid).event_ids.mapped("kind").count("fault"), 1)

    def test_a_fault_when_the_device_is_told_the_end_leaves_the_end(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=DONE)

        def ended(driver, operation):
            raise KeyError("x")

        with patch.object(self.fake_server, "_ended", ended):
            self.call("start", uuid)
            with mute_logger(ENGINE):
                answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))

    def test_an_end_is_written_down_whatever_the_books_make_of_it(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=DONE)
        self.call("start", uuid)
        broken = ValidationError("another addon's constraint")
        with (
            patch.object(self.registry["smartcash.operation"], "_match", side_effect=broken),
            mute_logger(REPORT),
        ):
            answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("done", "open"))
        self.assertEqual(operation.event_ids[-1].kind, "fault")

    def test_an_end_is_written_down_although_the_manager_cannot_be_told(self):
        uuid = self.running()
        self.fake.answers.update(start=RUNNING, poll=Progress("unknown", "ended", amount_in=500))
        self.call("start", uuid)
        broken = KeyError("mail")
        with (
            patch.object(
                self.registry["smartcash.operation"], "_manager_to_ask", side_effect=broken
            ),
            mute_logger("odoo.addons.pos_smartcash_terminal.models.operation.questions"),
        ):
            self.assertEqual(self.call("poll", uuid)["state"], "unknown")
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("unknown", "open"))
        self.assertFalse(operation.activity_id)
        operation.sudo()._review_todo()
        self.assertTrue(operation.activity_id, "told with the next chance")
