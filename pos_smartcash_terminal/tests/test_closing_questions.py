from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_cash_control import CashControl, holds


@tagged("post_install", "-at_install")
class TestCardsOnly(CashControl):
    """A Point of Sale with card terminals and a drawer: nothing is counted, all is settled."""

    def setUp(self):
        super().setUp()
        methods = self.registry["pos.payment.method"]
        keys = methods._smartcash_machine_keys
        self.startPatcher(
            patch.object(
                methods,
                "_smartcash_machine_keys",
                lambda method: [key for key in keys(method) if key != "fakeserver"],
            )
        )
        self.terminal = self._device("PAX", "fakeserver")
        journal = self.env["account.journal"].create(
            {"name": "Cards", "code": "CRD", "type": "bank"}
        )
        self.card = self._method(
            "Card",
            journal,
            self.terminal,
            receivable_account_id=self.company_data["default_account_receivable"].id,
        )

    def shop(self, *others):
        """:returns: its open session"""
        config = self.env["pos.config"].create(
            {
                "name": "Cards only",
                "payment_method_ids": [Command.set([self.card.id, *(one.id for one in others)])],
            }
        )
        config.open_ui()
        session = config.current_session_id
        if session.state == "opening_control":
            session.set_cashbox_pos(0, None)
        return session

    def card_sale(self, session, state):
        uuid = self.running(session_id=session.id, payment_method_id=self.card.id)
        operation = self.operation(uuid).sudo()
        operation._move("running")
        if state != "running":
            operation.amount_in = 9.90
            operation._move(state)
            operation._match()
        return operation

    def test_nothing_closes_over_a_card_operation(self):
        for others in ((), (self.cash_pm1,)):
            session = self.shop(*others)
            for state, words in (
                ("running", "at work"),
                ("unknown", "decision"),
                ("done", "decision"),
            ):
                with self.subTest(state=state, drawer=bool(others)):
                    operation = self.card_sale(session, state)
                    till = session.with_user(self.cashier)
                    data = till.get_closing_control_data()["smartcash"]
                    listed = data["running"] if state == "running" else data["open"]
                    self.assertEqual([row["uuid"] for row in listed], [operation.uuid])
                    self.assertEqual(data["machines"], [])
                    answers = [till.close_session_from_ui([])]
                    if others:
                        answers.append(till.post_closing_cash_details(0))
                    for answer in answers:
                        self.assertFalse(answer["successful"])
                        self.assertIn(words, answer["message"])
                    with self.assert_invalid(words, UserError):
                        session.with_user(self.manager).action_pos_session_closing_control()
                    self.assertEqual(session.state, "opened")
                    if state == "running":
                        operation._move("failed")
                    else:
                        operation.write({"match_state": "resolved", "state": "done"})
            data = session.with_user(self.cashier).get_closing_control_data()
            self.assertFalse(data["smartcash"]["open"] + data["smartcash"]["running"])
            self.assertTrue(session.with_user(self.cashier).close_session_from_ui([])["successful"])
            self.card.config_ids = False

    def test_without_any_terminal_it_is_core_s_closing(self):
        drawer = self.env["pos.config"].create(
            {"name": "Drawer", "payment_method_ids": [Command.set(self.cash_pm1.ids)]}
        )
        drawer.open_ui()
        self.assertIsNone(drawer.current_session_id.get_closing_control_data()["smartcash"])


@tagged("post_install", "-at_install")
class TestFigures(CashControl):
    """What a manager reads is what the books hold."""

    def message(self, session, word):
        bodies = session.message_ids.mapped("body")
        return next((str(body) for body in bodies if word in str(body)), "")

    def test_the_message_tells_the_difference_that_is_booked(self):
        self.device.rounding_account_id = self.company_data["default_account_revenue"]
        session = self.open(50000)
        self.cash_move("cash_in", 70000, session, into=70000)
        uuid = self.running(session_id=session.id)
        self.done(uuid, amount_in=1000, amount_out=0, rounding=-10)
        self.session = self.pos_session = session
        self.sync(9.90, uuid)
        # A cashier sees none of the statement lines when a rule of the company says so.
        self.env["ir.rule"].create(
            {
                "name": "Statement lines are for accountants",
                "model_id": self.env.ref("account.model_account_bank_statement_line").id,
                "groups": [Command.link(self.env.ref("point_of_sale.group_pos_user").id)],
                "domain_force": "[(0, '=', 1)]",
            }
        )
        self.close(session, 121000 - 8215)
        self.assertEqual(self.items(session), [-8215, 10, 990, 70000])
        self.assertIn("-82.15", self.message(session, "Closing difference"))

    def test_the_drawer_never_holds_less_than_nothing(self):
        session = self.open(20000)
        answer = self.register(
            self.manager, kind="cash_out", amount=5530, session_id=session.id, manual=True
        )
        self.assertNotIn("refused", answer)
        count = self.seen(session, "closing", holds(20000))
        self.assertEqual((count["handExpected"], count["handElsewhere"]), (0, 5530))
        self.assertEqual(
            session.get_closing_control_data()["default_cash_details"]["amount"], 144.70
        )
        till = session.with_user(self.cashier)
        refused = till.post_closing_cash_details(144.70)
        self.assertFalse(refused["successful"])
        self.close(session, 20000)
        self.assertEqual(self.items(session), [-5530, 5530], "it came from elsewhere")
        self.config.with_user(self.cashier).open_ui()
        later = self.config.current_session_id
        count = self.seen(later, "opening", holds(20000))
        self.assertEqual((count["handExpected"], count["handElsewhere"]), (0, 0))
        self.assertEqual(count["expected"], 20000)
