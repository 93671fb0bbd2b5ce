from unittest.mock import patch

from odoo.tools import mute_logger

from ..tests_client.fake_machine import no, ok
from .common import CashdroCommon

ENGINE = "odoo.addons.pos_smartcash_terminal.models.operation.engine"


class TestDriver(CashdroCommon):
    """The server engine and a machine's web service, call by call."""

    def test_a_sale_from_its_start_to_the_machine_s_books(self):
        uuid, number = self.started()
        operation = self.operation(uuid)
        (sent,) = self.cashdro.starts()
        self.assertEqual((sent["aliasid"], sent["posuser"]), (uuid, "Ana"))
        self.assertEqual(sent["posid"], f"odoo-{self.config.id}")
        self.assertEqual(operation.device_ref, number)
        self.cashdro.set(number, totalin="500")
        answer = self.call("poll", uuid)
        self.assertEqual((answer["amountIn"], answer["phase"]), (500, "accepting"))
        self.assertTrue(answer["cancellable"])
        self.finished(number, 2000, 1010)
        answer = self.call("poll", uuid)
        self.assertEqual(
            (answer["state"], answer["amountIn"], answer["amountOut"]), ("done", 2000, 1010)
        )
        self.assertTrue(self.cashdro.operations[number]["imported"])
        operation.invalidate_recordset()
        self.assertEqual((operation.evidence, operation.cashdro_unimported), ("server", False))

    def test_the_number_is_committed_before_money_can_move(self):
        """The worker dies with the acknowledgement: the number is in the ledger all the same."""
        uuid = self.running()
        committed = []

        def acknowledge(handler):
            committed.append(self.operation(uuid).device_ref)
            self.cashdro._acknowledge(handler)

        # The same cursor serves both threads here: look while the request waits for its answer.
        with patch.dict(self.cashdro.answers, {"acknowledgeOperationId": acknowledge}):
            self.call("start", uuid)
        self.assertEqual(committed, ["451"])

    def test_an_acknowledgement_whose_answer_is_lost_is_looked_up(self):
        self.cashdro.lose = {"acknowledgeOperationId"}
        uuid = self.running()
        with mute_logger(ENGINE):
            answer = self.call("start", uuid)
        self.assertEqual((answer["state"], answer["phase"]), ("running", "starting"))
        self.cashdro.lose = set()
        self.assertEqual(self.call("poll", uuid)["phase"], "accepting")
        self.assertEqual(len(self.cashdro.named("acknowledgeOperationId")), 1)

    def test_an_acknowledgement_that_never_arrived_is_said_again_by_the_till_that_waits(self):
        uuid, number = self.started()
        self.cashdro.set(number, state="I")
        self.assertEqual(self.call("poll", uuid)["state"], "running")
        self.assertEqual(self.cashdro.operations[number]["state"], "E")
        self.assertEqual(len(self.cashdro.starts()), 1)

    def test_a_lost_start_is_found_by_its_alias_and_never_repeated(self):
        self.cashdro.lose = {"startOperation"}
        uuid = self.running()
        with mute_logger(ENGINE):
            answer = self.call("start", uuid)
        self.assertEqual((answer["state"], answer["deviceRef"]), ("running", None))
        self.cashdro.lose = set()
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["deviceRef"]), ("running", "451"))
        self.assertEqual(self.cashdro.operations["451"]["state"], "E")
        self.assertEqual(len(self.cashdro.starts()), 1)
        self.assertEqual(self.operation(uuid).device_ref, "451")

    def test_a_lost_start_that_ended_meanwhile_is_found_among_the_movements(self):
        self.cashdro.lose = {"startOperation"}
        uuid = self.running()
        with mute_logger(ENGINE):
            self.call("start", uuid)
        self.cashdro.lose = set()
        self.finished("451", 2000, 1010, imported=True)
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))

    def test_a_start_that_never_arrived_failed(self):
        uuid = self.running()
        with (
            mute_logger(ENGINE),
            patch.dict(
                self.cashdro.answers, {"startOperation": lambda handler: handler.connection.close()}
            ),
        ):
            self.call("start", uuid)
        answer = self.call("poll", uuid)
        self.assertEqual(answer["state"], "failed")
        self.assertEqual(answer["messages"][0]["code"], "cashdro_never_started")
        self.assertEqual(len(self.cashdro.starts()), 1)

    def test_a_machine_that_is_off_was_never_asked(self):
        self.device.cashdro_port = 1
        answer = self.call("start", self.running())
        self.assertEqual(answer["state"], "failed")
        self.assertIn("No money moved", answer["messages"][0]["text"])

    def test_who_keeps_the_machine_busy(self):
        _uuid, number = self.started()
        other = self.cashdro.operations.pop(number)
        self.cashdro.operations["9"] = {
            **other,
            "operationid": "9",
            "posuser": "Eva",
            "posid": "bar",
        }
        self.operation(_uuid)._move("unknown")
        answer = self.call("start", self.running())
        self.assertEqual(answer["state"], "failed")
        self.assertIn("Eva at bar", answer["messages"][0]["text"])
        self.assertFalse(self.cashdro.named("finishOperation"), "it is not ours to end")

    def test_codes_of_a_start_in_words_that_say_what_to_do(self):
        for code, words in (
            (-1, "user or password"),
            (-3, "amount"),
            (-4, "may not do this"),
            (-998, "diagnosis screen"),
            (-999, "Restart"),
            (-1900, "Wait a minute"),
        ):
            with (
                self.subTest(code=code),
                patch.dict(self.cashdro.answers, {"startOperation": no(code, "x")}),
            ):
                answer = self.call("start", self.running())
                self.assertEqual(answer["state"], "failed")
                self.assertIn(words, answer["messages"][0]["text"])

    def test_cancel_gives_back_and_ends_with_the_machine_s_totals(self):
        uuid, number = self.started()
        self.cashdro.set(number, totalin="500")
        self.call("poll", uuid)
        answer = self.call("cancel", uuid)
        self.assertEqual(
            (answer["state"], answer["amountIn"], answer["amountOut"]), ("cancelled", 500, 500)
        )
        self.assertEqual(self.cashdro.named("finishOperation")[0]["type"], "2")

    def test_a_cancel_that_comes_too_late_finds_the_sale_paid(self):
        uuid, number = self.started()
        self.finished(number, 2000, 1010)
        answer = self.call("cancel", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))

    def test_older_software_is_cancelled_with_its_own_number(self):
        uuid, number = self.started()
        finish = self.cashdro._finish

        def finish_old(handler):
            if self.cashdro._query["type"] == "2":
                self.cashdro._answer(handler, no(-99, "Invalid Parameters"))
            else:
                finish(handler)

        with patch.dict(self.cashdro.answers, {"finishOperation": finish_old}):
            self.assertEqual(self.call("cancel", uuid)["state"], "cancelled")
        self.assertEqual(self.cashdro.operations[number]["state"], "F")

    def test_a_cancelled_start_that_waits_leaves_the_machine_s_queue(self):
        uuid, number = self.started()
        self.cashdro.set(number, state="I")
        self.assertEqual(self.call("cancel", uuid)["state"], "cancelled")
        self.assertEqual(self.cashdro.operations[number]["state"], "F")

    def test_a_part_is_kept_when_it_is_accepted(self):
        uuid, number = self.started(allow_partial=True)
        self.cashdro.set(number, totalin="500")
        self.assertTrue(self.call("poll", uuid)["acceptable"])
        answer = self.call("accept", uuid)
        self.assertEqual(
            (answer["state"], answer["amountIn"], answer["amountOut"]), ("done", 500, 0)
        )

    def test_a_refund_is_paid_out(self):
        uuid, number = self.started(kind="refund", amount=501)
        self.assertEqual(self.cashdro.starts()[0]["type"], "3")
        self.finished(number, 0, 502)
        answer = self.call("poll", uuid)
        self.assertEqual(
            (answer["state"], answer["amountOut"], answer["rounding"]), ("done", 502, 1)
        )

    def test_deposits_of_an_amount_and_of_any_amount(self):
        uuid, number = self.started(kind="cash_in", amount=1000)
        self.finished(number, 1015, 15)
        self.call("poll", uuid)
        line = self.operation(uuid).statement_line_id
        self.assertAlmostEqual(line.amount, 10.0)
        uuid, number = self.started(kind="cash_in", amount=0)
        self.cashdro.set(number, totalin="25000")
        self.assertEqual(self.call("accept", uuid)["state"], "done")
        self.assertAlmostEqual(self.operation(uuid).statement_line_id.amount, 250.0)
        self.assertEqual([sent["type"] for sent in self.cashdro.starts()], ["17", "16"])

    def test_a_machine_is_told_once_to_give_everything_out(self):
        self.cashdro.levels = [
            {
                "CurrencyId": "USD",
                "Value": "500",
                "Type": "2",
                "LevelRecycler": "3",
                "LevelCasete": "1",
            }
        ]
        self.cashdro.answers["finishOperation"] = ok()  # it takes its time
        uuid = self.running(self.manager, kind="empty", amount=0)
        self.call("start", uuid, self.manager)
        for _look in range(3):
            self.call("poll", uuid, self.manager)
        (sent,) = self.cashdro.named("finishOperation")
        self.assertEqual(sent["type"], "4")
        self.assertIn('"valor":"500","nivel":"3","isBillete":"true"', sent["params"])
        # Two workers may look at the same moment: one of them speaks.
        operation = self.operation(uuid)
        operation._keep(cashdro_wish=False)
        self.assertTrue(operation._cashdro_claim("execute"))
        self.assertFalse(self.operation(uuid)._cashdro_claim("execute"))

    def test_a_machine_that_forgot_an_operation_leaves_a_question(self):
        uuid, number = self.started()
        self.cashdro.set(number, totalin="500")
        self.call("poll", uuid)
        self.cashdro.operations.clear()
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("unknown", 500))
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_a_number_that_was_given_to_somebody_else_is_not_believed(self):
        uuid, number = self.started()
        self.cashdro.set(number, aliasid="another one", state="F", totalin="9999")
        answer = self.call("poll", uuid)
        self.assertEqual((answer["state"], answer["amountIn"]), ("unknown", 0))

    def test_a_poll_without_answer_says_so_and_changes_nothing(self):
        uuid, _number = self.started()
        with patch.dict(self.cashdro.answers, {"askOperation": b"<html>"}):
            answer = self.call("poll", uuid)
        self.assertEqual(answer["state"], "running")
        self.assertEqual(answer["messages"][-1]["code"], "device_protocol")

    def test_the_till_s_pieces_that_came_back_are_explained(self):
        uuid, number = self.started()
        shown = self.cashdro.operations[number]
        said = {"operation": shown, "messages": ["4"], "withError": "false"}
        with patch.dict(
            self.cashdro.answers, {"askOperation": {"code": 1, "response": {"operation": said}}}
        ):
            answer = self.call("poll", uuid)
        self.assertEqual(answer["messages"][0]["code"], "cashdro_piece_4")
        self.assertIn("not recognised", answer["messages"][0]["text"])

    def test_what_the_machine_was_not_told_is_told_later(self):
        uuid, number = self.started()
        self.finished(number, 990)
        with patch.dict(self.cashdro.answers, {"setOperationImported": b"<html>"}):
            self.assertEqual(self.call("poll", uuid)["state"], "done")
        self.assertTrue(self.operation(uuid).cashdro_unimported)
        self.look_after()
        self.assertTrue(self.cashdro.operations[number]["imported"])
        self.assertFalse(self.operation(uuid).cashdro_unimported)
