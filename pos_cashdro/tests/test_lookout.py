from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import CashdroCommon, no

MODELS = "odoo.addons.pos_cashdro.models"
ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"


class TestLookout(CashdroCommon):
    """What happens while no till asks."""

    def foreign(self, **values):
        return self.cashdro.add(**{"state": "F", "type": "16", "posid": "", **values})

    def found(self, number):
        return self.Operation.search(
            [("device_id", "=", self.device.id), ("device_ref", "=", number)]
        )

    def test_an_operation_whose_till_went_away_ends_in_the_ledger(self):
        uuid, number = self.started()
        self.finished(number, 2000, 1010)
        self.look_after()
        operation = self.operation(uuid)
        self.assertEqual((operation.state, operation.match_state), ("done", "open"))
        self.assertTrue(self.cashdro.operations[number]["imported"])

    def test_a_copy_of_the_database_takes_nothing_from_the_machine(self):
        """The original would never hear of what the copy imports."""
        uuid, number = self.started()
        self.finished(number, 2000, 1010)
        foreign = self.foreign(totalin="500", total="500")
        self.cashdro.calls.clear()
        self.device.sudo().home = "elsewhere/1"
        self.look_after()
        self.assertFalse(self.cashdro.calls)
        self.assertEqual(self.operation(uuid).state, "running")
        self.assertFalse(self.found(foreign))

    def test_while_a_till_watches_the_machine_is_left_in_peace(self):
        uuid, number = self.started()
        self.cashdro.set(number, totalin="500")
        self.call("poll", uuid)
        self.cashdro.calls.clear()
        self.look_after(waited=timedelta())
        self.assertFalse(self.cashdro.calls)
        self.finished(number, 2000, 1010)
        self.look_after()
        self.assertEqual(self.operation(uuid).state, "done")

    def test_nobody_is_asked_for_money_while_no_till_watches(self):
        uuid, number = self.started()
        self.cashdro.set(number, state="I")
        self.cashdro.calls.clear()
        self.look_after()
        self.assertEqual(self.operation(uuid).state, "running")
        self.assertFalse(self.cashdro.named("acknowledgeOperationId"))

    def test_what_was_queued_and_left_behind_is_taken_back(self):
        self.cashdro.lose = {"startOperation"}
        uuid = self.running()
        with mute_logger(ENGINE):
            self.call("start", uuid)
        self.cashdro.lose = set()
        self.operation(uuid).started_at = fields.Datetime.now() - timedelta(minutes=11)
        self.look_after()
        self.assertEqual(self.operation(uuid).state, "cancelled")
        self.assertEqual(self.cashdro.operations["451"]["state"], "F")

    def test_what_was_done_at_the_machine_itself_asks_for_a_decision(self):
        number = self.foreign(totalin="25000", total="0")
        self.look_after()
        operation = self.found(number)
        self.assertEqual(
            (operation.kind, operation.state, operation.evidence, operation.match_state),
            ("cash_in", "done", "server", "open"),
        )
        self.assertEqual((operation.amount_in, operation.session_id), (250.0, self.session))
        self.assertTrue(self.cashdro.operations[number]["imported"])
        self.look_after()
        self.assertEqual(len(self.found(number)), 1)
        answer = self.Operation.with_user(self.manager).resolve(operation.uuid, "cash_in", "Float")
        self.assertNotIn("refused", answer)
        self.assertAlmostEqual(operation.statement_line_id.amount, 250.0)

    def test_each_type_has_its_kind(self):
        for type_, amount_in, amount_out, kind, asks in (
            ("4", 1000, 0, "sale", "open"),
            ("3", 0, 500, "cash_out", "open"),
            ("2", 0, 7360, "empty", "open"),
            ("1", 5000, 0, "fill", "open"),
            ("10", 0, 5000, "collect", "open"),
            ("8", 0, 0, "transfer", False),
            ("18", 500, 500, "exchange", False),
            ("", 0, 300, "cash_out", "open"),
        ):
            number = self.foreign(type=type_, totalin=str(amount_in), totalout=str(-amount_out))
            self.look_after()
            operation = self.found(number)
            self.assertEqual((operation.kind, operation.match_state), (kind, asks))

    def test_it_is_written_down_before_the_machine_forgets_it(self):
        number = self.foreign(totalin="100")
        self.cashdro.answers["setOperationImported"] = b"<html>"
        self.look_after()
        self.assertTrue(self.found(number).cashdro_unimported)
        self.cashdro.answers["setOperationImported"] = self.cashdro._imported
        self.look_after()
        self.assertEqual(len(self.found(number)), 1)
        self.assertFalse(self.found(number).cashdro_unimported)

    def test_a_number_that_is_given_again_is_another_operation(self):
        number = self.foreign(totalin="100")
        self.look_after()
        self.cashdro.set(number, totalin="700", imported=False)
        self.look_after()
        self.assertEqual(sorted(self.found(number).mapped("amount_in")), [1.0, 7.0])

    def test_a_count_finds_what_was_done_at_the_machine_first(self):
        number = self.foreign(totalin="500")
        answer = self.env["smartcash.count"].with_user(self.cashier).take(self.session.id, "demand")
        self.assertNotIn("refused", answer)
        self.assertEqual(self.found(number).amount_in, 5.0)
        self.assertEqual(answer["expected"], 500, "it is in what the books expect")

    def test_a_machine_that_only_a_rule_leads_to_is_looked_after_too(self):
        other = self._device("Unused", "cashdro", cashdro_host="127.0.0.1", cashdro_port=1)
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "device_id": self.device.id}
        )
        self.session.state = "closed"
        self.machine.smartcash_device_id = other
        self.session.state = "opened"
        number = self.foreign(totalin="500")
        answer = self.env["smartcash.count"].with_user(self.cashier).take(self.session.id, "demand")
        self.assertEqual((answer["deviceId"], answer["expected"]), (self.device.id, 500))
        self.assertEqual(self.found(number).payment_method_id, self.machine)

    def test_before_its_opening_a_session_knows_nothing_of_it(self):
        self.session.state = "opening_control"
        number = self.foreign(totalin="500")
        self.look_after()
        operation = self.found(number)
        self.assertEqual((operation.session_id.id, operation.match_state), (False, "open"))
        answer = self.Operation.with_user(self.manager).resolve(
            operation.uuid, "counting_error", "In the opening count"
        )
        self.assertNotIn("refused", answer)

    def test_what_the_opening_counted_is_not_booked_again(self):
        self.session.state = "closed"
        self.cashdro.levels = []
        number = self.foreign(totalin="5000")
        self.look_after()
        operation = self.found(number)
        self.assertFalse(operation.session_id)
        self.assertIn("no session was open", operation.event_ids[0].message)
        model = self.Operation.with_user(self.manager)
        refused = self.assert_refused(
            model.resolve(operation.uuid, "cash_in", "Float"), "bad_values"
        )
        self.assertIn("Counting error", refused["message"])
        self.open_new_session(50)
        lines = self.pos_session.sudo().statement_line_ids
        self.assertEqual(lines.mapped("amount"), [50.0], "its difference")
        self.assert_refused(model.resolve(operation.uuid, "cash_in", "Float"), "bad_values")
        self.assertNotIn("refused", model.resolve(operation.uuid, "counting_error", "Float"))
        self.assertEqual(self.pos_session.sudo().statement_line_ids, lines)
        self.assertEqual(operation.match_state, "resolved")

    def opened_by_hand(self, total):
        """Somebody counted ``total`` minor units in a machine that nobody could ask."""
        self.session.state = "closed"
        self.open_new_session(total / 100)
        self.session = self.pos_session
        return self.session

    def resolve(self, operation, resolution):
        return self.Operation.with_user(self.manager).resolve(operation.uuid, resolution, "Float")

    def closing(self, session):
        self.env.invalidate_all()
        return session.with_user(self.cashier).get_closing_control_data()["smartcash"]

    def test_what_a_person_counted_at_the_opening_is_not_booked_again(self):
        number = self.foreign(totalin="5000")  # nobody imported it: the machine could not be asked
        session = self.opened_by_hand(5000)
        self.look_after()
        operation = self.found(number)
        self.assertEqual((operation.session_id, operation.match_state), (session, "open"))
        self.assertIn("counted by hand", operation._describe_question())
        offered = {one["resolution"]: one["effect"] for one in operation._decisions()}
        self.assertEqual(list(offered), ["returned", "in_opening", "cash_in", "counting_error"])
        self.assertIn("Books nothing", offered["in_opening"])
        lines = session.sudo().statement_line_ids
        self.assertNotIn("refused", self.resolve(operation, "in_opening"))
        self.assertEqual(session.sudo().statement_line_ids, lines, "the opening's difference")
        self.assertEqual(
            (operation.match_state, self.closing(session)["expected"]), ("resolved", 5000)
        )
        operation._match()
        self.assertEqual(operation.match_state, "resolved")

    def test_what_came_after_a_count_by_hand_can_be_booked(self):
        session = self.opened_by_hand(5000)
        number = self.foreign(totalin="1000")
        self.look_after()
        operation = self.found(number)
        self.assertNotIn("refused", self.resolve(operation, "cash_in"))
        self.assertEqual(operation.statement_line_id.amount, 10)
        self.assertEqual(self.closing(session)["expected"], 6000)

    def test_once_the_machine_was_counted_nothing_older_is_found(self):
        session = self.opened_by_hand(0)
        self.assertNotIn("refused", self.take())
        number = self.foreign(totalin="1000")
        self.look_after()
        operation = self.found(number)
        self.assertEqual(operation.session_id, session)
        self.assert_refused(self.resolve(operation, "in_opening"), "bad_values")
        self.assertNotIn("counted by hand", operation._describe_question())

    def test_many_at_once_decide_nothing_that_a_count_by_hand_may_hold(self):
        self.opened_by_hand(5000)
        numbers = [self.foreign(totalin="5000"), self.foreign(totalin="100")]
        self.look_after()
        found = self.all_found()
        self.assertEqual(found.mapped("device_ref"), numbers)
        decide = (
            self.env["smartcash.resolve.many"]
            .with_user(self.manager)
            .with_context(active_ids=found.ids)
            .create({"reason": "Float"})
        )
        with self.assert_invalid("counted by hand", UserError):
            decide.action_resolve()
        decide.resolution = "in_opening"
        decide.action_resolve()
        self.assertEqual(set(found.mapped("match_state")), {"resolved"})
        self.assertFalse(found.statement_line_id)

    def test_one_at_a_shared_machine_is_for_the_shop_that_is_open(self):
        journal = self._cash_journal("Machine B", "MCB")
        method = self._method("Machine B", journal, self.device)
        other = self.env["pos.config"].create(
            {"name": "Second till", "payment_method_ids": [Command.set(method.ids)]}
        )
        other.open_ui()
        session = other.current_session_id
        number = self.foreign(totalin="500")
        self.look_after()
        self.assertEqual(self.found(number).session_id, self.session, "only this one is open")
        session.state = "opened"
        number = self.foreign(totalin="600")
        self.look_after()
        self.assertEqual(self.found(number).session_id, self.session, "the one that was made first")
        self.session.state = "closed"
        number = self.foreign(totalin="700")
        self.look_after()
        operation = self.found(number)
        self.assertEqual((operation.session_id, operation.payment_method_id), (session, method))
        self.assertIn(session.name, operation.event_ids[0].message)

    def test_one_of_ours_that_was_given_up_and_moved_money_opens_again(self):
        uuid = self.running()
        operation = self.operation(uuid)
        operation._move("running")
        operation._move("failed")
        number = self.foreign(
            type="4",
            total="990",
            totalin="990",
            aliasid=uuid,
            posid=f"odoo-{self.config.id}",
        )
        self.look_after()
        self.assertEqual(len(self.found(number)), 1)
        self.assertEqual((operation.state, operation.match_state), ("failed", "open"))
        self.assertTrue(operation.disputed)
        self.assertTrue(self.cashdro.operations[number]["imported"])

    def test_a_machine_that_nobody_pays_at_is_freed(self):
        for inserted in (0, 500):
            uuid, number = self.started()
            self.cashdro.set(number, totalin=str(inserted))
            self.call("poll", uuid)
            self.env.flush_all()
            self.cr.execute(
                "UPDATE smartcash_operation SET write_date = %s",
                [fields.Datetime.now() - timedelta(minutes=6)],
            )
            self.env.invalidate_all()
            self.Operation.sudo()._cron_end_idle()
            self.env.invalidate_all()
            operation = self.operation(uuid)
            self.assertEqual((operation.state, operation.net), ("cancelled", 0))
            self.assertEqual(self.cashdro.operations[number]["state"], "F")
            self.assertTrue(self.cashdro.operations[number]["imported"])
            code = "payment_abandoned" if inserted else "nobody_paid"
            self.assertIn(code, [message["code"] for message in operation.messages])

    # ---- bounds ----------------------------------------------------------------------------------

    def take(self):
        return self.env["smartcash.count"].with_user(self.cashier).take(self.session.id, "demand")

    def all_found(self):
        return self.Operation.search([("device_id", "=", self.device.id)], order="id")

    def test_many_operations_nobody_imported_are_taken_over_in_parts(self):
        numbers = [self.foreign(totalin="100") for _one in range(7)]
        asked = lambda: len(self.cashdro.named("askOperation"))  # noqa: E731
        with patch(f"{MODELS}.levels.AT_ONE_COUNT", 2):
            answer = self.assert_refused(self.take(), "unreachable")
            self.assertIn("5 more", answer["message"])
            self.assertEqual((asked(), len(self.all_found())), (2, 2))
            self.assert_refused(self.take(), "unreachable")
            self.assertEqual(
                (asked(), len(self.all_found())), (4, 4), "it goes on, not from the start"
            )
        with patch(f"{MODELS}.unattended.AT_ONCE", 2):
            self.look_after()
            self.assertEqual((asked(), len(self.all_found())), (6, 6))
            for _run in range(3):
                self.look_after()
        self.assertEqual(self.all_found().mapped("device_ref"), numbers)
        self.assertTrue(all(self.cashdro.operations[one]["imported"] for one in numbers))
        self.assertNotIn("refused", self.take())

    def test_a_number_that_the_machine_knows_no_more_blocks_nothing_and_is_a_question(self):
        lost, number = self.foreign(totalin="100"), self.foreign(totalin="500")
        gone = self.cashdro.operations.pop(lost)
        pending = self.cashdro._pending

        def names_it(handler):
            self.cashdro.operations[lost] = gone
            pending(handler)
            del self.cashdro.operations[lost]

        self.cashdro.answers["askPendingOperations"] = names_it
        with mute_logger(f"{MODELS}.unattended"):
            answer = self.take()
            self.assertNotIn("refused", answer)
            self.assertEqual(self.found(number).amount_in, 5.0)
            self.look_after()
            self.look_after()
        operation = self.found(lost)
        self.assertEqual(
            (len(operation), operation.state, operation.match_state, operation.amount_in),
            (1, "unknown", "open", 0),
        )
        answer = self.Operation.with_user(self.manager).resolve(
            operation.uuid, "nothing_moved", "The machine's report has no such number"
        )
        self.assertNotIn("refused", answer)
        with mute_logger(f"{MODELS}.unattended"):
            self.look_after()
        self.assertEqual((len(self.found(lost)), self.found(lost).state), (1, "failed"))

    def test_while_the_machine_talks_nonsense_nothing_is_written_down(self):
        self.foreign(totalin="100")
        self.cashdro.answers.update(askOperation=b"<html>", doTest=b"<html>")
        with mute_logger(f"{MODELS}.unattended"):
            self.assert_refused(self.take(), "unreachable")
            self.look_after()
        self.assertFalse(self.all_found())

    def test_one_that_the_machine_does_not_import_holds_up_no_other(self):
        first, second = self.foreign(totalin="100"), self.foreign(totalin="200")
        imported = self.cashdro._imported

        def refuse_first(handler):
            if self.cashdro._query["operationId"] == first:
                return self.cashdro._answer(handler, no(-3, "Bad parameters"))
            return imported(handler)

        self.cashdro.answers["setOperationImported"] = refuse_first
        with mute_logger(f"{MODELS}.unattended"):
            self.look_after()
        self.assertTrue(self.found(first).cashdro_unimported)
        self.assertTrue(self.cashdro.operations[second]["imported"])

    def test_a_machine_with_a_bug_keeps_the_job_from_no_other(self):
        bad = self._device("A bad one", "cashdro", cashdro_host="127.0.0.1", cashdro_port=1)
        number = self.foreign(totalin="100")
        driver_class = self.registry["smartcash.driver.cashdro"]
        looked = driver_class._look_after

        def look_after(driver, device):
            if device == bad:
                raise KeyError("a bug")
            return looked(driver, device)

        with (
            patch.object(driver_class, "_look_after", look_after),
            mute_logger("odoo.addons.pos_smartcash_terminal.core.one_by_one"),
        ):
            self.look_after()
        self.assertEqual(self.found(number).amount_in, 1.0)

    def test_all_that_was_done_at_the_machine_is_one_to_do_and_one_decision(self):
        self.take()
        for amount in ("5000", "100", "200"):
            self.foreign(totalin=amount)
        taken = self.foreign(totalout="-300", type="3")
        self.look_after()
        self.cr.execute(
            "UPDATE smartcash_operation SET write_date = %s",
            [fields.Datetime.now() - timedelta(minutes=11)],
        )
        self.env.invalidate_all()
        self.Operation.sudo()._cron_tell_managers()
        found = self.all_found()
        self.assertEqual(len(found.sudo().activity_id), 1)
        self.assertTrue(all(one.activity_id for one in found.sudo()))
        decide = (
            self.env["smartcash.resolve.many"]
            .with_user(self.manager)
            .with_context(active_ids=found.ids)
            .create({"reason": "Float"})
        )
        self.assertEqual((decide.operation_count, decide.totals), (4, self.usd.format(50.0)))
        decide.action_resolve()
        self.env.invalidate_all()
        self.assertEqual(set(found.mapped("match_state")), {"resolved"})
        self.assertAlmostEqual(sum(found.statement_line_id.mapped("amount")), 50.0)
        self.assertEqual(self.found(taken).resolution, "cash_out")
        self.assertFalse(self.device.sudo().activity_ids)
        again = decide.copy()
        with self.assert_invalid("asks for no decision", UserError):
            again.action_resolve()

    def test_a_machine_that_is_off_fails_nothing(self):
        uuid, _number = self.started()
        self.device.cashdro_port = 1
        self.operation(uuid).cashdro_address = "http://127.0.0.1:1"
        self.look_after()
        self.assertEqual(self.operation(uuid).state, "running")
