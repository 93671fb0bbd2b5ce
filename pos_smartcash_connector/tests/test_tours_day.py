from odoo import Command
from odoo.tests import tagged

from .common_tours import CashlogyTourCase

TAGS = ("post_install", "-at_install", "smartcash_tour")


class CashDayCase(CashlogyTourCase):
    """Whole days at a till; what they leave in the books is compared item by item."""

    def minor(self, amount):
        return round(amount * 10**self.env.company.currency_id.decimal_places)

    def machine_total(self):
        return self.simulator.state()["physical_total"]

    def assert_journal_items(self, session, *moves):
        """The session's entries are exactly these, each a list of (account, balance in minor units)."""
        found = session._get_related_account_moves()
        self.assertEqual(set(found.mapped("state")), {"posted"})
        self.assertEqual(found.line_ids.currency_id, self.env.company.currency_id)
        self.assertEqual(
            sorted(
                sorted(
                    (self.account_name(line, session), self.minor(line.balance))
                    for line in move.line_ids
                )
                for move in found
            ),
            sorted(sorted(move) for move in moves),
        )

    def account_name(self, line, session):
        journal = session._smartcash_method().journal_id
        names = {
            journal.default_account_id: "cash",
            journal.suspense_account_id: "suspense",
            journal.loss_account_id: "loss",
            journal.profit_account_id: "profit",
            self.env.company.account_default_pos_receivable_account_id: "receivable",
            self.env["product.product"]
            .search([("name", "=", "Lunch")], limit=1)
            .categ_id.property_account_income_categ_id: "income",
        }
        return names.get(line.account_id, line.account_id.display_name)

    def assert_closed_as_expected(self, session, end):
        """:param end: of the session's cash, minor units"""
        self.assertEqual(session.state, "closed")
        self.assertEqual(self.minor(session.cash_register_balance_end_real), end)
        self.assertEqual(self.minor(session.cash_register_difference), 0)


def moved(account, amount):
    """One statement line: the cash and its other side."""
    return [("cash", amount), (account, -amount)]


@tagged(*TAGS)
class TestDayWithTheMachine(CashDayCase):
    def test_every_item_of_the_day(self):
        self.allow_money_out()
        self.run_tour("SmartcashDay")
        session = self.pos_session
        opening, closing = (
            session.smartcash_count_ids.filtered(
                lambda count, moment=moment: count.moment == moment
            )
            for moment in ("opening", "closing")
        )
        self.assertEqual((opening.source, closing.source), ("device", "device"))
        self.assertEqual((self.minor(opening.total), self.total_before), (86694, 86694))
        self.assertEqual((self.minor(closing.total), closing.difference), (90134, 0))
        self.assert_closed_as_expected(session, 90134)
        self.assertEqual(self.machine_total(), 90134)
        self.assertEqual(self.operations()[1].reference, "Change from the bank")
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assert_journal_items(
            session,
            moved("suspense", 86694),
            moved("suspense", 5000),
            moved("suspense", 700),
            moved("suspense", -3000),
            [("income", -990), ("income", 250), ("receivable", 740)],
            moved("receivable", 740),
        )


@tagged(*TAGS)
class TestDayOfThreeDecimals(CashDayCase):
    """A shop in Kuwait: the dinar has 1,000 fils."""

    currency = "KWD"
    products = (("Lunch", 2.875), ("Coffee", 0.745))

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        # Prices have two decimals until somebody says otherwise.
        cls.env.ref("product.decimal_price").digits = 3
        for name, price in cls.products:
            cls.env["product.product"].search([("name", "=", name)]).list_price = price

    def test_every_item_of_the_day(self):
        self.allow_money_out()
        self.run_tour("SmartcashDayOfThreeDecimals")
        session = self.pos_session
        self.assertEqual(self.total_before, 45290)
        self.assertEqual(self.machine_total(), 53320)
        self.assert_closed_as_expected(session, 53320)
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assert_journal_items(
            session,
            moved("suspense", 45290),
            moved("suspense", 12500),
            moved("suspense", 735),
            moved("suspense", -7335),
            [("income", -2875), ("income", 745), ("receivable", 2130)],
            moved("receivable", 2130),
        )


@tagged(*TAGS)
class TestDayByHand(CashDayCase):
    def test_every_item_of_a_day_with_the_machine_off(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine_method.id,
                **dict.fromkeys(
                    ("right_refund", "right_cash_in", "right_cash_out", "right_by_hand"), True
                ),
            }
        )
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashDayByHand")
        session = self.pos_session
        self.assertEqual(set(self.operations().mapped("evidence")), {"manual"})
        self.assertEqual(set(self.operations().mapped("match_state")), {"matched"})
        self.assertEqual(set(session.smartcash_count_ids.mapped("source")), {"manual"})
        self.assert_closed_as_expected(session, 14740)
        self.assertEqual(self.machine_total(), self.total_before)
        self.assert_journal_items(
            session,
            moved("suspense", 15000),
            moved("suspense", 2000),
            moved("suspense", -3000),
            [("income", -990), ("income", 250), ("receivable", 740)],
            moved("receivable", 740),
        )


@tagged(*TAGS)
class TestSharedDay(CashDayCase):
    """Two points of sale on one machine: one sold a lunch, the other a coffee."""

    def setUp(self):
        super().setUp()
        self.other_method = self.make_machine_method("Cashlogy, second till", "CL2")
        self.other = self.env["pos.config"].create(
            {
                "name": "Second till",
                "module_pos_restaurant": False,
                "payment_method_ids": [Command.set(self.other_method.ids)],
            }
        )
        self.open_session()
        self.first = self.main_pos_config.current_session_id

    def assert_books(self, second):
        self.assertEqual(self.machine_total(), self.total_before + 990 + 250)
        self.assert_closed_as_expected(self.first, self.total_before + 250)
        self.assert_closed_as_expected(second, 990)
        self.assert_journal_items(
            self.first,
            moved("suspense", self.total_before),
            [("income", -250), ("receivable", 250)],
            moved("receivable", 250),
        )
        self.assert_journal_items(
            second, [("income", -990), ("receivable", 990)], moved("receivable", 990)
        )

    def test_who_opened_last_closes_first(self):
        self.run_tour("SmartcashSharedOpensAndCloses", config=self.other)
        second = self.pos_session
        self.run_tour("SmartcashSharedClosesLast")
        self.assert_books(second)

    def test_who_opened_first_closes_first(self):
        self.run_tour("SmartcashSharedOpens", config=self.other)
        second = self.pos_session
        self.run_tour("SmartcashSharedCloses")
        self.run_tour("SmartcashSharedOnlyCloses", config=self.other)
        self.assert_books(second)
