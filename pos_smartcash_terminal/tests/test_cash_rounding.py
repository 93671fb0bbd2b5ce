from itertools import product

from odoo import Command

from ..core.money import from_minor, to_minor
from .common import SmartcashCommon

METHODS = ("HALF-UP", "UP", "DOWN")


def rounded(minor, step, method):
    """What a till asks for: Odoo's three ways of rounding, in integers, away from or towards zero."""
    up = {"HALF-UP": step // 2, "UP": step - 1, "DOWN": 0}[method]
    size = (abs(minor) + up) // step * step
    return size if minor > 0 else -size


class TestCashRounding(SmartcashCommon):
    """Where the smallest coins are gone: machine, ledger, orders and journal items agree."""

    def setUp(self):
        super().setUp()
        self.session.state = "closed"
        self.env.ref("product.decimal_price").digits = 3

    def open_till(self, price, step, method, only_cash, currency=None):
        """A session in which cash is rounded; amounts in minor units.

        :param currency: xml id of the company's currency, if it is another one
        """
        if currency:
            self.company.currency_id = self.env.ref(currency)
            self.session, self.method = self.foreign_till(currency)
            self.config = self.session.config_id
            self.session.state = "closed"
        else:
            self.config, self.method = self.basic_config, self.machine
        self.currency = self.config.currency_id
        self.decimals = self.currency.decimal_places
        accounts = self.env["account.account"].create(
            [
                {"name": name, "code": f"ROUND{name}", "account_type": kind}
                for name, kind in (("profit", "income_other"), ("loss", "expense"))
            ]
        )
        self.rounding_accounts = accounts
        self.config.write(
            {
                "cash_rounding": True,
                "only_round_cash_method": only_cash,
                "rounding_method": self.env["account.cash.rounding"]
                .create(
                    {
                        "name": method,
                        "rounding": from_minor(step, self.decimals),
                        "rounding_method": method,
                        "strategy": "add_invoice_line",
                        "profit_account_id": accounts[0].id,
                        "loss_account_id": accounts[1].id,
                    }
                )
                .id,
            }
        )
        self.pricelist = self.config.pricelist_id
        self.pricelist.item_ids = [
            Command.clear(),
            Command.create(
                {
                    "compute_price": "fixed",
                    "fixed_price": from_minor(price, self.decimals),
                    "applied_on": "3_global",
                }
            ),
        ]
        self.open_new_session(0)
        self.session = self.pos_session
        self.price, self.step, self.rounding = price, step, method

    def due(self, minor):
        return rounded(minor, self.step, self.rounding)

    def pay(self, amount, *, asked=None):
        """An operation over ``amount`` (minus: paid out). Its uuid."""
        kind = "sale" if amount > 0 else "refund"
        uuid = self.running(
            kind=kind,
            amount=abs(asked or amount),
            currency=self.currency.name,
            payment_method_id=self.method.id,
            allow_partial=bool(asked),
        )
        back = 1000 if amount > 0 else 0
        self.done(uuid, amount_in=max(amount, 0) + back, amount_out=max(-amount, 0) + back)
        return uuid

    def order(self, quantity, *payments):
        """A saved order with ``payments``: (method, minor units, uuid)."""
        data = self.create_ui_order_data(
            [(self.product, quantity)],
            payments=[
                (method, from_minor(amount, self.decimals)) for method, amount, _uuid in payments
            ],
        )
        for command, (_method, _amount, uuid) in zip(
            data["data"]["statement_ids"], payments, strict=True
        ):
            command[2]["smartcash_uuid"] = uuid
        saved = self.env["pos.order"].with_user(self.cashier).create_from_ui([data])
        order = self.env["pos.order"].browse(saved[0]["id"])
        self.assertEqual(order.state, "paid")
        self.assertEqual(self.minor(order.amount_total), quantity * self.price)
        return order

    def minor(self, amount):
        return to_minor(amount, self.decimals)

    def assert_books_agree(self, cash, rounding):
        """:param rounding: what was paid beyond the orders' totals"""
        operations = self.Operation.search([("session_id", "=", self.session.id)])
        self.assertEqual(set(operations.mapped("match_state")), {"matched"})
        self.assertEqual(sum(self.minor(operation.net) for operation in operations), cash)
        self.assertEqual(
            sum(
                self.minor(payment.amount)
                for payment in self.session.order_ids.payment_ids
                if payment.payment_method_id == self.method
            ),
            cash,
        )
        self.count("closing", cash)
        self.session.post_closing_cash_details(from_minor(cash, self.decimals))
        answer = self.session.close_session_from_ui()
        self.assertTrue(answer["successful"], answer)
        self.assertEqual(self.session.state, "closed")
        self.assertEqual(self.minor(self.session.cash_register_difference), 0)
        self.assertEqual(self.items(self.method.journal_id.default_account_id), cash)
        self.assertEqual(self.items(self.rounding_accounts), -rounding)

    def items(self, accounts):
        """The sum of the posted journal items, in minor units of the till's currency."""
        items = self.env["account.move.line"].search(
            [("account_id", "in", accounts.ids), ("parent_state", "=", "posted")]
        )
        self.assertLessEqual(set(items.currency_id.ids), {self.currency.id})
        return sum(self.minor(item.amount_currency) for item in items)

    def sell_and_close(self):
        """A sale, a sale in two parts through the machine, and the refund of one piece."""
        total = self.price
        sale = self.due(total)
        self.order(1, (self.method, sale, self.pay(sale)))

        part = 2 * self.step
        rest = self.due(3 * total - part)
        self.order(
            3,
            (self.method, part, self.pay(part, asked=self.due(3 * total))),
            (self.method, rest, self.pay(rest)),
        )
        refund = self.due(-total)
        self.order(-1, (self.method, refund, self.pay(refund)))
        cash = sale + part + rest + refund
        self.assert_books_agree(cash, cash - 3 * total)

    def test_rounded_sales_and_refunds_are_in_the_books_to_the_cent(self):
        for price, method, only_cash in (
            (992, "HALF-UP", True),
            (993, "HALF-UP", False),
            (991, "UP", True),
            (992, "UP", False),
            (994, "DOWN", True),
            (993, "DOWN", False),
            (990, "UP", True),
        ):
            with self.subTest(price=price, method=method, only_cash=only_cash), self.discarded():
                self.open_till(price, 5, method, only_cash)
                self.sell_and_close()

    def test_rounded_sales_and_refunds_are_in_the_books_to_the_fils(self):
        for price, method in (
            (1232, "HALF-UP"),
            (1233, "HALF-UP"),
            (1231, "UP"),
            (1234, "DOWN"),
            (1235, "DOWN"),
        ):
            with self.subTest(price=price, method=method), self.discarded():
                self.open_till(price, 5, method, True, "base.KWD")
                self.sell_and_close()

    def test_a_part_in_cash_and_the_rest_by_card(self):
        for method, only_cash in product(METHODS, (True, False)):
            with self.subTest(method=method, only_cash=only_cash), self.discarded():
                self.open_till(992, 5, method, only_cash)
                part = self.pay(500, asked=self.due(992))
                rest = 492 if only_cash else self.due(492)
                self.order(1, (self.method, 500, part), (self.bank_pm1, rest, None))
                self.assert_books_agree(500, 500 + rest - 992)

    def test_a_card_first_and_the_rest_in_cash(self):
        for method in METHODS:
            with self.subTest(method=method), self.discarded():
                self.open_till(992, 5, method, True)
                rest = self.due(992 - 501)
                self.order(1, (self.bank_pm1, 501, None), (self.method, rest, self.pay(rest)))
                self.assert_books_agree(rest, 501 + rest - 992)

    def test_a_draft_order_that_a_manager_pays_with_the_money_is_rounded(self):
        for price, method, known in product((992, 993), METHODS, (True, False)):
            with self.subTest(price=price, method=method, known=known), self.discarded():
                self.open_till(price, 5, method, True)
                due = self.due(price)
                if known:
                    uuid = self.pay(due)
                else:
                    uuid = self.running(amount=due)
                    self.report(uuid, state="unknown", phase="ended")
                data = self.create_ui_order_data([(self.product, 1)], payments=[])
                saved = (
                    self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=True)
                )
                answer = self.Operation.with_user(self.manager).resolve(
                    uuid, "order", "The customer has left", saved[0]["id"]
                )
                self.assertNotIn("refused", answer)
                operation = self.operation(uuid)
                self.assertEqual(self.minor(operation.net), due)
                self.assertEqual(self.minor(operation.pos_order_id.amount_paid), due)
                self.assertEqual(operation.match_state, "resolved")
