import io
import re
import zipfile
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..controllers.session_report import write_report
from ..core.driver_api import DeviceUnreachable, Inventory
from .common import SmartcashCommon


def inventory(*pieces, currency="USD"):
    """``(value, recycler, cassette)`` per denomination, as the till sends it."""
    return {
        "inventory": {
            "currency": currency,
            "denominations": [
                {"value": value, "kind": "coin", "recycler": recycler, "cassette": cassette}
                for value, recycler, cassette in pieces
            ],
        }
    }


def holds(total):
    """An inventory worth ``total`` minor units."""
    return inventory((1, total, 0))


class CashControl(SmartcashCommon):
    """Opening and closing as the till asks for them, with the machine's content played by the tests."""

    def setUp(self):
        super().setUp()
        self.Count = self.env["smartcash.count"].with_user(self.cashier)
        self.close_quietly(self.session)

    def close_quietly(self, session):
        session.state = "closed"

    def open(self, total, value=None, config=None, user=None):
        """Open a session on a machine that holds ``total``; ``value``: what the cashier confirms."""
        config = config or self.config
        config.with_user(user or self.cashier).open_ui()
        session = config.current_session_id
        self.assertEqual(session.state, "opening_control")
        counted = self.seen(session, "opening", holds(total))
        session.with_user(user or self.cashier).set_cashbox_pos(
            (counted["share"] if value is None else value) / 100, None
        )
        return session

    def seen(self, session, moment, seen):
        answer = self.Count.take(session.id, moment, seen)
        self.assertNotIn("refused", answer)
        return answer

    def close(self, session, total, hand=0):
        """:returns: the closing count"""
        count = self.seen(session, "closing", holds(total))
        self.env.invalidate_all()  # each of these is a request of its own
        till = session.with_user(self.cashier)
        posted = till.post_closing_cash_details((count["share"] + hand) / 100)
        self.assertTrue(posted["successful"], posted.get("message"))
        till.update_closing_control_state_session("")
        self.env.invalidate_all()
        closed = till.close_session_from_ui([])
        self.assertTrue(closed["successful"], closed)
        self.assertEqual(session.state, "closed")
        return count

    def cash_move(self, kind, amount, session, *, out=0, into=0, state="done", **values):
        uuid = self.running(
            kind=kind, amount=amount, session_id=session.id, order_uid=None, **values
        )
        self.report(uuid, state=state, phase="ended", amountIn=into, amountOut=out)
        return self.operation(uuid)

    def sale(self, session, amount_in=2000, amount_out=1010):
        uuid = self.running(session_id=session.id)
        self.done(uuid, amount_in, amount_out)
        self.session = self.pos_session = session
        self.sync((amount_in - amount_out) / 100, uuid)
        return self.operation(uuid)

    def items(self, session, *, opening=False):
        """What the session booked on the machine's cash account, minor units; its opening difference
        or all the rest."""
        account = self.journal.default_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("statement_line_id.pos_session_id", "=", session.id)]
        )
        return sorted(
            round(line.balance * 100)
            for line in lines
            if ("opening" in line.statement_line_id.payment_ref) == opening
        )


@tagged("post_install", "-at_install")
class TestOpening(CashControl):
    def test_the_machine_is_the_opening_balance(self):
        session = self.open(20000)
        self.assertEqual(session.state, "opened")
        self.assertEqual(session.cash_register_balance_start, 200)
        count = session.smartcash_count_ids
        self.assertEqual(
            (count.moment, count.source, count.total, count.share), ("opening", "device", 200, 200)
        )
        self.assertEqual(self.device.last_inventory["total"], 20000)

    def test_denominations_of_both_places(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        count = self.seen(session, "opening", inventory((500, 3, 2), (100, 10, 0)))
        self.assertEqual(count["total"], 5 * 500 + 1000)
        self.assertEqual(
            [
                (line["value"], line["recycler"], line["cassette"])
                for line in count["denominations"]
            ],
            [(500, 3, 2), (100, 10, 0)],
        )

    def test_a_difference_to_the_last_closing_is_shown_and_booked_once(self):
        session = self.open(20000)
        self.close(session, 20000)
        self.config.with_user(self.cashier).open_ui()
        later = self.config.current_session_id
        count = self.seen(later, "opening", holds(19500))
        self.assertEqual((count["expected"], count["difference"]), (20000, -500))
        later.with_user(self.cashier).set_cashbox_pos(195, None)
        self.assertEqual(self.items(later, opening=True), [-500])
        self.assertEqual(self.items(later), [])

    def test_the_noise_of_floats_is_no_difference(self):
        for total in (35, 58):
            self.close(self.open(total), total)
            later = self.open(total)
            self.assertEqual(later.statement_line_ids.mapped("payment_ref"), [])
            self.assertFalse(
                later.message_ids.filtered(lambda message: "difference" in (message.body or ""))
            )
            self.close(later, total)

    def test_hand_cash_is_on_top_of_the_machine(self):
        session = self.open(20000, value=21500)
        self.assertEqual(session.cash_register_balance_start, 215)
        self.assertEqual(session.smartcash_count_ids.hand, 15)

    def test_less_than_the_machine_holds_is_refused(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id.with_user(self.cashier)
        self.seen(session, "opening", holds(20000))
        with self.assert_invalid("Count again", UserError):
            session.set_cashbox_pos(199.99, None)
        self.assertEqual(session.state, "opening_control")

    def test_not_counted_not_opened(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id.with_user(self.cashier)
        with self.assert_invalid("has not been counted", UserError):
            session.set_cashbox_pos(200, None)

    def test_a_person_counts_when_the_machine_cannot(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        self.assert_refused(
            self.Count.take(session.id, "opening", {"total": 20000, "reason": " "}), "bad_values"
        )
        count = self.seen(session, "opening", {"total": 20000, "reason": "Switched off"})
        self.assertEqual(count["source"], "manual")
        session.with_user(self.cashier).set_cashbox_pos(200, "Switched off")
        self.assertEqual(session.cash_register_balance_start, 200)

    def test_garbage_is_no_opening_and_no_closing(self):
        garbage = ("12.50", None, True, [200], {}, float("nan"), float("inf"), 1e300)
        self.config.with_user(self.cashier).open_ui()
        opening = self.config.current_session_id.with_user(self.cashier)
        self.seen(opening, "opening", holds(20000))
        for amount in garbage:
            with self.assert_invalid("not an amount of cash", UserError):
                opening.set_cashbox_pos(amount, None)
        self.assertEqual(opening.state, "opening_control")
        opening.set_cashbox_pos(200, None)
        self.seen(opening, "closing", holds(20000))
        for amount in garbage:
            posted = opening.post_closing_cash_details(amount)
            self.assertFalse(posted["successful"])
            self.assertIn("not an amount of cash", posted["message"])
        self.assertEqual(opening.state, "opened")
        self.assertEqual(opening.cash_register_balance_end_real, 0)

    def test_a_session_is_opened_once(self):
        session = self.open(20000).with_user(self.cashier)
        session.set_cashbox_pos(200, None)  # the second of two clicks
        with self.assert_invalid("not being opened", UserError):
            session.set_cashbox_pos(500, None)
        self.close(session, 20000)
        for value in (200, 500):
            with self.assert_invalid("not being opened", UserError):
                session.set_cashbox_pos(value, None)
        self.assertEqual(session.state, "closed")

    def test_a_closed_session_with_a_drawer_stays_closed(self):
        drawer = self.env["pos.config"].create(
            {"name": "Drawer", "payment_method_ids": [Command.set(self.cash_pm1.ids)]}
        )
        drawer.open_ui()
        session = drawer.current_session_id
        session.set_cashbox_pos(100, None)
        session.post_closing_cash_details(100)
        session.close_session_from_ui()
        self.assertEqual(session.state, "closed")
        with self.assert_invalid("not being opened", UserError):
            session.set_cashbox_pos(200, None)

    def test_a_cashier_without_an_address_opens_and_closes(self):
        self.cashier.email = False
        session = self.open(20000, value=21000)
        self.close(session, 19900, hand=1000)

    def test_bad_counts(self):
        session = self.open(20000)
        for seen in (
            {"inventory": "x"},
            {"inventory": {"currency": "USD", "denominations": [{"value": -1, "kind": "coin"}]}},
            {"inventory": {"currency": "EUR", "denominations": []}},
            {"total": 1.5, "reason": "x"},
            {"total": -1, "reason": "x"},
            {},
            [],
            None,
        ):
            with self.subTest(seen=seen):
                self.assert_refused(self.Count.take(session.id, "demand", seen), "bad_values")
        self.assert_refused(self.Count.take(session.id, "noon", holds(1)), "bad_values")
        self.assert_refused(self.Count.take(0, "demand", holds(1)), "bad_values")
        self.assertEqual(len(session.smartcash_count_ids), 1)

    def test_a_machine_of_another_currency_is_not_counted(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        self.device.currency_id = self.env.ref("base.EUR")
        for seen in (
            inventory((100, 50, 0), currency="EUR"),
            {"total": 5000, "reason": "Switched off"},
        ):
            with self.subTest(seen=seen):
                refused = self.assert_refused(
                    self.Count.take(session.id, "opening", seen), "other_currency"
                )
                self.assertIn("count again", refused["message"])
        self.assertFalse(session.smartcash_count_ids)
        with self.assert_invalid("has not been counted", UserError):
            session.with_user(self.cashier).set_cashbox_pos(50, None)

    def test_denominations_that_odoo_has_no_bill_of(self):
        self.env["pos.bill"].search([]).unlink()
        session = self.open(0)
        odd = inventory((7, 3, 0), (250, 2, 1), (100000000, 1, 0))
        answer = self.seen(session, "demand", odd)
        self.assertEqual(answer["total"], 21 + 750 + 100000000)
        self.assertEqual(
            [
                (line.value, line.recycler, line.cassette)
                for line in self.env["smartcash.count"]
                .browse(answer["id"])
                .line_ids.sorted("value")
            ],
            [(0.07, 3, 0), (2.5, 2, 1), (1000000, 1, 0)],
        )
        session.with_user(self.cashier).get_closing_control_data()
        self.close(session, 0)

    def test_no_count_while_the_machine_works(self):
        session = self.open(20000)
        uuid = self.running(session_id=session.id)
        refused = self.assert_refused(
            self.Count.take(session.id, "demand", holds(20000)), "device_busy"
        )
        self.assertEqual(refused["operation"], uuid)
        self.seen(session, "demand", {"total": 20000, "reason": "The other till is broken"})

    def test_who_may_not_use_the_machine_opens_what_another_counted(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.manager.id}
        )
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        self.assert_refused(self.Count.take(session.id, "opening", holds(20000)), "no_rule")
        counted = self.Count.with_user(self.manager).take(session.id, "opening", holds(20000))
        self.assertNotIn("refused", counted)
        session.with_user(self.cashier).set_cashbox_pos(200, None)
        self.assertEqual((session.state, session.cash_register_balance_start), ("opened", 200))

    def test_another_company_counts_nothing(self):
        session = self.open(20000)
        counts = self.env["smartcash.count"].with_user(self.foreigner)
        self.assert_refused(counts.take(session.id, "demand", holds(1)), "bad_values")

    def test_a_trend_shows_no_sum_that_was_never_in_the_machine(self):
        session = self.open(20000)
        self.seen(session, "demand", inventory((100, 100, 0)))
        self.seen(session, "demand", inventory((100, 200, 0)))
        self.env.flush_all()
        on_demand = [("session_id", "=", session.id), ("moment", "=", "demand")]
        (day,) = self.env["smartcash.count"].read_group(on_demand, ["total"], ["taken_at:day"])
        self.assertEqual(day["total"], 150)
        (coin,) = self.env["smartcash.count.line"].read_group(
            on_demand, ["pieces"], ["denomination"]
        )
        self.assertEqual((coin["denomination"].strip(), coin["pieces"]), ("1.00 USD", 150))
        found = self.env["smartcash.count"].search(session.action_smartcash_counts()["domain"])
        self.assertEqual(found, session.smartcash_count_ids)
        found = self.env["smartcash.count"].search(self.device.action_open_counts()["domain"])
        self.assertEqual(
            (len(found), found & session.smartcash_count_ids), (4, session.smartcash_count_ids)
        )
        self.assertEqual(self.device.count_count, 4)

    def test_two_counts_of_one_closing_are_one(self):
        session = self.open(0)
        mine = [("session_id", "=", session.id), ("moment", "=", "closing")]
        for pieces in (18, 2):
            self.seen(session, "closing", inventory((100, pieces, 0)))
        self.env.flush_all()
        (coin,) = self.env["smartcash.count.line"].read_group(mine, ["pieces"], ["denomination"])
        self.assertEqual((coin["pieces"], coin["denomination_count"]), (2, 1))
        (count,) = self.env["smartcash.count"].read_group(mine, ["difference", "total"], ["moment"])
        self.assertEqual((count["total"], count["difference"], count["moment_count"]), (2, 2, 1))
        both = [*mine, ("superseded", "in", (True, False))]
        (count,) = self.env["smartcash.count"].read_group(both, ["total"], ["moment"])
        self.assertEqual(count["total"], 10, "who asks for both gets both")

    def test_counting_in_between_asks_for_the_right(self):
        session = self.open(20000)
        rule = self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "right_count": False}
        )
        self.assert_refused(self.Count.take(session.id, "demand", holds(1)), "right_missing")
        rule.right_count = True
        self.seen(session, "demand", holds(20000))

    def test_the_server_counts_what_it_reaches(self):
        cloud = self._device("Cloud", "fakeserver")
        self.machine.write({"use_payment_terminal": "fakeserver", "smartcash_device_id": cloud.id})
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        self.fake.inventory = DeviceUnreachable("no answer")
        self.assert_refused(self.Count.take(session.id, "opening"), "unreachable")
        self.fake.inventory = Inventory.from_wire(holds(12300)["inventory"])
        self.assertEqual(self.Count.take(session.id, "opening")["total"], 12300)

    def test_a_count_is_never_changed(self):
        count = self.open(20000).smartcash_count_ids
        for records, error, text in (
            (count.sudo(), UserError, "cannot be"),
            (count.with_user(self.manager), AccessError, "not allowed"),
        ):
            with self.assert_invalid(text, error):
                records.write({"total": 1})
            with self.assert_invalid(text, error):
                records.unlink()


@tagged("post_install", "-at_install")
class TestCashMoves(CashControl):
    def test_what_moved_is_on_a_statement_line_whoever_asks(self):
        session = self.open(20000)
        move = self.cash_move("cash_in", 5000, session, into=5000, reference="Float")
        self.assertEqual((move.statement_line_id.amount, move.match_state), (50, "matched"))
        self.assertIn("Float", move.statement_line_id.payment_ref)
        partial = self.cash_move("cash_out", 3000, session, out=2000)
        self.assertEqual((partial.statement_line_id.amount, partial.match_state), (-20, "matched"))
        nothing = self.cash_move("cash_in", 5000, session, state="cancelled")
        self.assertFalse(nothing.statement_line_id)
        self.assertEqual(self.items(session), [-2000, 5000])
        self.report(move.uuid, state="done", phase="ended", amountIn=5000)
        self.assertEqual(self.items(session), [-2000, 5000], "a replayed report books nothing")

    def test_books_that_refuse_do_not_hide_what_moved(self):
        session = self.open(20000)
        closed = UserError("The year is closed")
        with patch.object(self.registry["smartcash.operation"], "_book_line", side_effect=closed):
            move = self.cash_move("cash_in", 5000, session, into=5000)
        self.assertEqual((move.state, move.net, move.match_state), ("done", 50, "open"))
        self.assertIn("The year is closed", move.event_ids[-1].message)
        self.assertEqual(self.items(session), [])

    def test_an_open_deposit_is_worth_what_was_put_in(self):
        session = self.open(20000)
        move = self.cash_move("cash_in", 0, session, into=1234)
        self.assertEqual((move.statement_line_id.amount, move.match_state), (12.34, "matched"))

    def test_what_a_person_hands_over_is_booked_too(self):
        session = self.open(20000)
        uuid = self.running(kind="cash_out", amount=3000, session_id=session.id)
        self.report(uuid, state="done", phase="ended", amountOut=2000, undispensed=1000)
        answer = self.register(
            kind="refund", amount=1000, session_id=session.id, manual=True, parent_uuid=uuid
        )
        self.assertNotIn("refused", answer)
        self.assertEqual(self.items(session), [-2000, -1000])
        self.assertEqual(self.operation(uuid).match_state, "matched")

    def test_by_hand(self):
        session = self.open(20000)
        self.register(self.manager, kind="cash_in", amount=700, session_id=session.id, manual=True)
        self.assertEqual(self.items(session), [700])
        data = session.with_user(self.cashier).get_closing_control_data()["smartcash"]
        self.assertEqual((data["expected"], data["handExpected"]), (20000, 700))

    def test_a_line_that_a_person_deletes_stays_deleted(self):
        session = self.open(20000)
        move = self.cash_move("cash_in", 5000, session, into=5000)
        move.statement_line_id.sudo().move_id.button_draft()
        move.statement_line_id.sudo().unlink()
        self.assertEqual(move.match_state, "open")
        self.assertEqual(self.items(session), [])


@tagged("post_install", "-at_install")
class TestClosing(CashControl):
    def test_a_day_with_the_machine_leaves_nothing_over(self):
        session = self.open(20000)
        self.sale(session)
        self.cash_move("cash_in", 5000, session, into=5000)
        self.cash_move("cash_out", 3000, session, out=3000)
        data = session.with_user(self.cashier).get_closing_control_data()
        self.assertEqual(data["smartcash"]["expected"], 20000 + 990 + 5000 - 3000)
        self.assertAlmostEqual(data["default_cash_details"]["amount"], 229.90)
        self.assertEqual(
            data["smartcash"]["cause"],
            {
                "opening": 20000,
                "salesIn": 2000,
                "change": -1010,
                "refunds": 0,
                "cashIn": 5000,
                "cashOut": -3000,
                "filled": 0,
                "emptied": 0,
                "exchanged": 0,
                "late": 0,
                "rounding": 0,
                "byHand": 0,
            },
        )
        count = self.close(session, 22990)
        self.assertEqual(count["difference"], 0)
        self.assertEqual(self.items(session), [-3000, 990, 5000])
        self.assertEqual(session.cash_register_balance_end_real, 229.90)

    def test_a_difference_is_booked_as_profit_or_loss(self):
        session = self.open(20000)
        self.sale(session)
        count = self.close(session, 20990 - 250)
        self.assertEqual(count["difference"], -250)
        self.assertEqual(self.items(session), [-250, 990])
        loss = self.env["account.move.line"].search(
            [("account_id", "=", self.journal.loss_account_id.id), ("balance", "=", 2.5)]
        )
        self.assertEqual(len(loss), 1)

    def test_a_count_is_needed_and_must_be_fresh(self):
        session = self.open(20000)
        till = session.with_user(self.cashier)
        self.assertIn("has not been counted", till.post_closing_cash_details(200)["message"])
        self.seen(session, "closing", holds(20000))
        self.sale(session)
        self.assertIn("Money has moved", till.post_closing_cash_details(209.90)["message"])
        self.assertEqual(session.cash_register_balance_end_real, 0)
        self.close(session, 20990)

    def test_a_person_counts_while_the_machine_works_and_then_it_takes_money(self):
        session = self.open(20000)
        uuid = self.running(session_id=session.id)
        self.seen(session, "closing", {"total": 20000, "reason": "The till was switched off"})
        self.register(self.manager, kind="cash_in", amount=1, session_id=session.id, manual=True)
        self.done(uuid)
        self.session = self.pos_session = session
        self.sync(9.90, uuid)
        till = session.with_user(self.cashier)
        self.assertIn("Money has moved", till.post_closing_cash_details(200.01)["message"])
        self.close(session, 20990, hand=1)
        self.assertEqual(self.items(session), [1, 990])

    def test_less_than_the_machine_holds_leaves_nothing_behind(self):
        session = self.open(20000)
        self.seen(session, "closing", holds(20000))
        answer = session.with_user(self.cashier).post_closing_cash_details(150)
        self.assertFalse(answer["successful"])
        self.assertEqual(session.cash_register_balance_end_real, 0)

    def test_nothing_closes_while_the_machine_works(self):
        session = self.open(20000)
        self.seen(session, "closing", holds(20000))
        uuid = self.running(session_id=session.id)
        till = session.with_user(self.cashier)
        self.assertEqual(
            [row["uuid"] for row in till.get_closing_control_data()["smartcash"]["running"]], [uuid]
        )
        for answer in (till.post_closing_cash_details(200), till.close_session_from_ui([])):
            self.assertFalse(answer["successful"])
            self.assertIn("at work", answer["message"])
        with self.assert_invalid("at work", UserError):
            session.with_user(self.manager).action_pos_session_closing_control()

    def test_questions_come_first(self):
        session = self.open(20000)
        uuid = self.running(session_id=session.id)
        self.done(uuid)  # and its order never comes
        till = session.with_user(self.cashier)
        self.assertEqual(
            [row["uuid"] for row in till.get_closing_control_data()["smartcash"]["open"]], [uuid]
        )
        self.seen(session, "closing", holds(20990))
        self.assertIn("decision", till.post_closing_cash_details(209.90)["message"])
        decided = self.Operation.with_user(self.manager).resolve(
            uuid, "cash_in", "No such customer"
        )
        self.assertNotIn("refused", decided)
        self.close(session, 20990)
        self.assertEqual(self.items(session), [990])

    def late_order(self):
        """An order that the till kept to itself until its session was closed; its new session."""
        session = self.open(20000)
        uuid = self.running(session_id=session.id)
        self.done(uuid)
        self.Operation.with_user(self.manager).resolve(uuid, "cash_in", "No order came")
        self.close(session, 20990)
        self.session = self.pos_session = session
        _data, order = self.sync(9.90, uuid)
        self.assertTrue(order.session_id.rescue)
        return order.session_id

    def test_a_late_order_is_a_difference_of_the_next_opening(self):
        late = self.late_order()
        self.env.invalidate_all()
        late.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual((late.state, self.items(late)), ("closed", [990]))
        later = self.open(20990)
        self.assertEqual(self.items(later, opening=True), [-990])
        self.close(later, 20990)
        self.assertEqual(self.items(later), [])

    def test_a_late_order_that_waits_does_not_change_the_next_opening(self):
        late = self.late_order()
        later = self.open(20990)
        self.assertEqual(self.items(later, opening=True), [])
        self.env.invalidate_all()
        late.with_user(self.manager).action_pos_session_closing_control()
        self.assertEqual(self.items(late), [990])
        self.close(later, 20990)
        self.assertEqual(self.items(later), [-990])

    def test_from_the_back_end_a_person_counts(self):
        session = self.open(20000)
        self.sale(session)
        manager = session.with_user(self.manager)
        action = manager.action_pos_session_closing_control()
        self.assertEqual(action["res_model"], "smartcash.close.session")
        self.assertEqual(session.state, "opened")
        wizard = (
            self.env["smartcash.close.session"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"machine": 209.90, "hand": 0, "reason": "The till is broken"})
        )
        self.assertEqual((wizard.expected_machine, wizard.expected_hand), (209.90, 0))
        wizard.action_close()
        self.assertEqual(session.state, "closed")
        self.assertEqual(self.items(session), [990])
        self.assertEqual(session.smartcash_count_ids[0].source, "manual")

    def test_cash_by_hand_is_counted_beside_the_machine(self):
        session = self.open(20000, value=21000)
        answer = self.register(self.manager, session_id=session.id, manual=True)
        self.session = self.pos_session = session
        self.sync(9.90, answer["uuid"])
        data = session.with_user(self.cashier).get_closing_control_data()["smartcash"]
        self.assertEqual((data["expected"], data["handExpected"]), (20000, 1990))
        self.close(session, 20000, hand=1990)
        self.assertEqual(self.items(session), [990])
        self.assertEqual(self.items(session, opening=True), [21000])
        self.config.with_user(self.cashier).open_ui()
        count = self.seen(self.config.current_session_id, "opening", holds(20000))
        self.assertEqual((count["expected"], count["handExpected"]), (20000, 1990))

    def test_the_machines_rounding_is_booked_once(self):
        session = self.open(20000)
        uuid = self.running(session_id=session.id)
        self.done(uuid, amount_in=1000, amount_out=0, rounding=-10)
        self.session = self.pos_session = session
        self.sync(9.90, uuid)
        data = session.with_user(self.cashier).get_closing_control_data()
        self.assertAlmostEqual(data["default_cash_details"]["amount"], 210.00)
        self.seen(session, "closing", holds(21000))
        for answer in (
            session.with_user(self.cashier).post_closing_cash_details(210),
            session.with_user(self.cashier).close_session_from_ui([]),
        ):
            self.assertFalse(answer["successful"])
            self.assertIn("choose the account for", answer["message"])
        self.assertEqual(session.state, "opened", "it is said before anything is closed")
        self.device.rounding_account_id = self.company_data["default_account_revenue"]
        self.close(session, 21000)
        self.assertEqual(self.items(session), [10, 990])
        self.assertEqual(session.cash_register_balance_end_real, 210)


@tagged("post_install", "-at_install")
class TestSharedMachine(CashControl):
    """Two points of sale on one machine: two methods, two journals, one count."""

    def setUp(self):
        super().setUp()
        self.second_journal = self._cash_journal("Machine, second till", "MC2")
        self.second = self._method("Machine B", self.second_journal, self.device)
        self.other = self.env["pos.config"].create(
            {"name": "Second till", "payment_method_ids": [Command.set(self.second.ids)]}
        )

    def sell_second(self, session):
        uuid = self.running(session_id=session.id, payment_method_id=self.second.id)
        self.done(uuid)
        self.pos_session, config = session, self.config
        self.config = self.other
        self.sync(9.90, uuid, method=self.second)
        self.config = config

    def booked(self, session, journal):
        lines = session.sudo().statement_line_ids.filtered(lambda line: line.journal_id == journal)
        return sorted(round(line.amount * 100) for line in lines)

    def test_each_books_its_own_and_the_difference_is_booked_by_the_last(self):
        first = self.open(20000)
        second = self.open(20000, config=self.other)
        self.assertEqual(second.cash_register_balance_start, 0)
        self.sale(first)
        self.sell_second(second)
        # 30 cents vanish: 20000 + 990 + 990 - 30
        count = self.close(first, 21950)
        self.assertEqual((count["share"], count["difference"], count["deferred"]), (20990, 0, -30))
        self.assertEqual(count["sharedWith"], ["Second till"])
        count = self.close(second, 21950)
        self.assertEqual((count["share"], count["difference"]), (960, -30))
        self.assertEqual(self.booked(first, self.journal), [990, 20000])
        self.assertEqual(self.booked(second, self.second_journal), [-30, 990])

    def test_who_becomes_the_last_to_close_counts_again(self):
        first = self.open(20000)
        second = self.open(20000, config=self.other)
        for session in first | second:
            count = self.seen(session, "closing", holds(19970))
            self.assertEqual((count["difference"], count["deferred"]), (0, -30))
        till = second.with_user(self.cashier)
        self.assertTrue(till.post_closing_cash_details(0)["successful"])
        till.update_closing_control_state_session("")
        self.close(first, 19970)
        for answer in (till.post_closing_cash_details(0), till.close_session_from_ui([])):
            self.assertIn("Count again", answer["message"])
            self.assertFalse(answer["redirect"])
        self.close(second, 19970)
        self.assertEqual(self.booked(first, self.journal), [20000])
        self.assertEqual(self.booked(second, self.second_journal), [-30])

    def test_in_any_order(self):
        second = self.open(20000, config=self.other)
        first = self.open(20000)
        self.sell_second(second)
        self.close(second, 20990)
        self.sale(first)
        self.close(first, 21980)
        again = self.open(21980, config=self.other)
        self.assertEqual(again.cash_register_balance_start, 209.90)
        once_more = self.open(21980)
        self.assertEqual(once_more.cash_register_balance_start, 9.90)
        self.close(again, 21980)
        self.close(once_more, 21980)
        for session in first | second | again | once_more:
            self.assertFalse(
                session.sudo().statement_line_ids.filtered(
                    lambda line: (
                        "difference" in (line.payment_ref or "")
                        and "opening" not in line.payment_ref
                    )
                )
            )


@tagged("post_install", "-at_install")
class TestSessionReport(CashControl):
    def day(self):
        session = self.open(20000, value=20500)
        self.sale(session)
        self.cash_move("cash_in", 5000, session, into=5000)
        self.close(session, 25980, hand=500)
        return session

    def test_its_sums(self):
        report = self.day().with_user(self.cashier)._smartcash_report()
        amounts = {cause["name"]: cause["amount"] for cause in report["causes"]}
        self.assertEqual(
            amounts,
            {
                "opening": 205,
                "salesIn": 20,
                "change": -10.10,
                "refunds": 0,
                "cashIn": 50,
                "cashOut": 0,
                "filled": 0,
                "emptied": 0,
                "exchanged": 0,
                "byHand": 0,
                "late": 0,
                "other": 0,
                "rounding": 0,
            },
        )
        self.assertAlmostEqual(sum(amounts.values()), report["expected"])
        self.assertEqual((report["expected_machine"], report["expected_hand"]), (259.90, 5))
        self.assertEqual((report["counted"], report["difference"]), (264.80, -0.10))

    def test_its_cash_in_and_out_say_why(self):
        session = self.open(20000)
        self.cash_move("cash_in", 5000, session, into=5000, reference="Change from the bank")
        session.try_cash_in_out("in", 3, "From the safe", {"translatedType": "in"})
        report = session.with_user(self.cashier)._smartcash_report()
        machine, hand = sorted(report["moves"], key=lambda move: -move["amount"])
        self.assertEqual((machine["reason"], machine["amount"]), ("Change from the bank", 50))
        self.assertIn("From the safe", hand["reason"])
        self.assertEqual(hand["amount"], 3)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "pos_smartcash_terminal.session_report", session.ids
        )
        self.assertIn("Change from the bank", html.decode())
        book = zipfile.ZipFile(io.BytesIO(write_report(report)))
        self.assertIn("Change from the bank", book.read("xl/sharedStrings.xml").decode())

    def test_on_the_screen(self):
        session = self.day()
        html, kind = self.env["ir.actions.report"]._render_qweb_html(
            "pos_smartcash_terminal.session_report", session.ids
        )
        self.assertEqual(kind, "html")
        figures = dict(
            re.findall(
                r'id="(expected|counted|difference)".*?oe_currency_value">([^<]+)<',
                html.decode(),
                re.S,
            )
        )
        self.assertEqual(
            {
                name: figure.strip("-\N{ZERO WIDTH NO-BREAK SPACE}")
                for name, figure in figures.items()
            },
            {"expected": "264.90", "counted": "264.80", "difference": "0.10"},
        )
        self.assertIn("Till 1", html.decode())
        self.assertIn("only the till says so", html.decode(), "nobody else saw that count")

    def test_as_a_spreadsheet(self):
        book = zipfile.ZipFile(io.BytesIO(write_report(self.day()._smartcash_report())))
        numbers = [
            [
                float(value)
                for value in re.findall(r'<c r="[A-Z]+\d+" s="\d+"><v>([^<]+)</v>', sheet)
            ]
            for sheet in (
                book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2, 3)
            )
        ]
        self.assertEqual(
            numbers[0],
            [205, 20, -10.1, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 259.9, 5, 264.9, 264.8, -0.1],
        )
        self.assertEqual(numbers[1][-1], 259.8)

    def rendered(self, session):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "pos_smartcash_terminal.session_report", session.ids
        )
        page = html.decode().split('<div class="page">')[1].split('<div class="footer')[0]
        book = zipfile.ZipFile(io.BytesIO(write_report(session._smartcash_report())))
        return page, [
            book.read(name) for name in sorted(book.namelist()) if name.startswith("xl/w")
        ]

    def test_after_the_closing_it_never_changes(self):
        session = self.day()
        before = self.rendered(session)
        other = self._device("Another machine", "faketill")
        changes = [
            lambda: self.close(self.open(25980, value=26480), 25980, hand=500),
            lambda: self.device.write({"name": "Renamed"}),
            lambda: self.machine.write({"smartcash_device_id": other.id}),
            lambda: self.env["smartcash.rule"].create(
                {"payment_method_id": self.machine.id, "device_id": other.id}
            ),
            lambda: self.config.write(
                {"payment_method_ids": [Command.set(self.cash_pm1.ids + self.bank_pm1.ids)]}
            ),
        ]
        for number, change in enumerate(changes):
            with self.subTest(change=number):
                change()
                self.env.invalidate_all()
                self.assertEqual(self.rendered(session), before)

    def test_what_the_books_hold_beside_the_machine_is_named(self):
        session = self.open(20000)
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "pos_session_id": session.id,
                "amount": 7,
                "payment_ref": "Entered by the accountant",
            }
        )
        self.close(session, 20000)
        report = session._smartcash_report()
        amounts = {cause["name"]: cause["amount"] for cause in report["causes"]}
        self.assertEqual(amounts["other"], 7)
        self.assertEqual((report["expected"], report["difference"]), (207, -7))
        self.assertEqual(self.items(session), [-700, 700])

    def test_amounts_leave_as_they_are(self):
        session = self.open(86694)
        self.close(session, 86694)
        _page, sheets = self.rendered(session)
        texts = b"".join(sheets).decode()
        self.assertIn("<v>866.94</v>", texts)
        self.assertFalse(re.findall(r"<v>\d+\.\d{3,}</v>", texts))

    def test_without_a_machine_there_is_no_report(self):
        drawer = self.env["pos.config"].create(
            {"name": "Drawer", "payment_method_ids": [Command.set(self.cash_pm1.ids)]}
        )
        drawer.open_ui()
        self.assertIsNone(drawer.current_session_id._smartcash_report())
