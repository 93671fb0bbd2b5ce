from odoo import Command
from odoo.tests import tagged

from .test_cash_control import CashControl, holds


@tagged("post_install", "-at_install")
class TestClosingCost(CashControl):
    def setUp(self):
        super().setUp()
        self.drawer = self.env["pos.config"].create(
            {"name": "Drawer", "payment_method_ids": [Command.set(self.cash_pm1.ids)]}
        )

    def sell(self, session, method, orders):
        """``orders`` coffees, with an operation each if a machine is paid."""
        self.session = self.pos_session = session
        self.config = session.config_id
        sales = []
        for number in range(orders):
            order = self.create_ui_order_data(
                [(self.product, 1)],
                payments=[(method, 9.90)],
                uid=f"{session.id:05d}-{number:03d}-0001",
            )
            if method == self.machine:
                uuid = self.running(session_id=session.id)
                self.done(uuid)
                order["data"]["statement_ids"][0][2]["smartcash_uuid"] = uuid
            sales.append(order)
        self.env["pos.order"].with_user(self.cashier).create_from_ui(sales)

    def queries_of_closing(self, session, total):
        """How many the calls of the closing dialog make, each a request of its own."""
        till = session.with_user(self.cashier)
        steps = [
            till.get_closing_control_data,
            lambda: (
                session._smartcash_method() and self.seen(session, "closing", holds(round(total)))
            ),
            lambda: till.post_closing_cash_details(total / 100),
            lambda: till.update_closing_control_state_session(""),
            lambda: till.close_session_from_ui([]),
        ]
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        for step in steps:
            step()
            self.env.invalidate_all()
        self.assertEqual(session.state, "closed")
        return self.env.cr.sql_log_count - before

    def added_queries(self, orders):
        """What the machine adds to the closing of a drawer, with as many orders in both."""
        machine = self.open(20000)
        self.sell(machine, self.machine, orders)
        self.drawer.with_user(self.cashier).open_ui()
        drawer = self.drawer.current_session_id
        drawer.with_user(self.cashier).set_cashbox_pos(200, None)
        self.sell(drawer, self.cash_pm1, orders)
        self.config = self.basic_config
        total = 20000 + 990 * orders
        return self.queries_of_closing(machine, total) - self.queries_of_closing(drawer, total)

    def test_closing_asks_no_more_of_the_database_with_more_operations(self):
        self.added_queries(1)  # the first sessions fill Odoo's caches
        self.assertEqual(self.added_queries(10), self.added_queries(100))
