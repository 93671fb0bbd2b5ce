import uuid

from odoo import Command
from odoo.addons.pos_smartcash_terminal.core.progress import Progress
from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestRestaurant(CashlogyTourCase):
    """What Odoo's restaurants do to an order does nothing to the money in the machine."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.main_pos_config.write({"module_pos_restaurant": True, "iface_splitbill": True})
        cls.main_pos_config.floor_ids.unlink()
        floor = cls.env["restaurant.floor"].create(
            {"name": "Floor", "pos_config_ids": [Command.link(cls.main_pos_config.id)]}
        )
        place = {"floor_id": floor.id, "seats": 4, "position_v": 100}
        cls.env["restaurant.table"].create(
            [{**place, "name": "T1", "position_h": 100}, {**place, "name": "T2", "position_h": 300}]
        )

    def setUp(self):
        super().setUp()
        self.open_session()

    def test_a_table_paid_after_a_reload_is_paid_once(self):
        self.run_tour("SmartcashTablePaidAfterReload")
        self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(self.operations().mapped("match_state"), ["matched"])
        self.assert_every_cent()

    def test_a_pull_does_not_replace_an_order_that_the_machine_works_for(self):
        self.run_tour("SmartcashTableTappedMeanwhile")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestEmployees(CashlogyTourCase):
    """Odoo's employees at one login: the badge says who stands at the till."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.ana = cls.env["hr.employee"].create(
            {"name": "Ana Badge", "company_id": cls.env.company.id}
        )
        boss = cls.env["hr.employee"].create(
            {"name": "Boss Badge", "company_id": cls.env.company.id}
        )
        cls.main_pos_config.write(
            {
                "module_pos_hr": True,
                "basic_employee_ids": [Command.link(cls.ana.id)],
                "advanced_employee_ids": [Command.link(boss.id)],
            }
        )

    def setUp(self):
        super().setUp()
        self.open_session()

    def test_an_order_paid_behind_the_lock_screen_keeps_its_employee(self):
        self.run_tour("SmartcashPaidBehindTheLock")
        order = self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(order.employee_id, self.ana)
        self.assertEqual(self.operations().cashier, "Ana Badge")
        self.assert_every_cent()

    def test_the_badge_says_what_a_manager_may_press_and_what_is_dropped_leaves_a_trace(self):
        operations = self.env["smartcash.operation"].with_user(self.pos_user)
        session = self.main_pos_config.current_session_id
        wish = {
            "uuid": str(uuid.uuid4()),
            "kind": "sale",
            "amount": 990,
            "currency": "EUR",
            "session_id": session.id,
            "payment_method_id": self.machine_method.id,
            "order_uid": "00001-001-0001",
            "order_name": "Order 00001-001-0001",
        }
        self.assertNotIn("refused", operations.register(wish))
        progress = Progress("unknown", "ended").to_wire()
        operations.report(wish["uuid"], progress)
        self.run_tour("SmartcashBadgeSaysWhoMayDecide", login="pos_admin")
        said = " ".join(session.message_ids.mapped("body"))
        self.assertIn("The till dropped what Odoo had refused", said)
        self.assertIn("&quot;amount&quot;:990", said.replace('"', "&quot;"))


@tagged("post_install", "-at_install", "smartcash_tour")
class TestAccounts(CashlogyTourCase):
    """What a machine keeps beside a plain sale."""

    def test_a_customer_pays_a_debt_into_the_machine(self):
        on_account = self.env["pos.payment.method"].create(
            {"name": "On account", "split_transactions": True}
        )
        self.main_pos_config.payment_method_ids = [Command.link(on_account.id)]
        self.open_session()
        customer = self.env["res.partner"].create({"name": "Ines Owes"})
        self.run_tour("SmartcashDebtIsPaid")
        order = self.assert_order(("Cashlogy", 50.0), ("On account", -50.0))
        self.assertEqual(order.partner_id, customer)
        self.assertEqual(self.operations().match_state, "matched")
        self.assert_every_cent()


@tagged("post_install", "-at_install", "smartcash_tour")
class TestCashRoundingTour(CashlogyTourCase):
    """A till that rounds cash, and a machine that keeps what was put in."""

    rounding_of_cash_only = False

    def setUp(self):
        super().setUp()
        self.main_pos_config.write(
            {
                "cash_rounding": True,
                "only_round_cash_method": self.rounding_of_cash_only,
                "rounding_method": self.env["account.cash.rounding"]
                .create(
                    {
                        "name": "Round to 0.05",
                        "rounding": 0.05,
                        "rounding_method": "HALF-UP",
                        "profit_account_id": self.company_data["default_account_revenue"].id,
                        "loss_account_id": self.company_data["default_account_expense"].id,
                    }
                )
                .id,
            }
        )
        self.open_session()

    def test_what_the_machine_kept_is_no_multiple_and_the_order_can_be_finished(self):
        self.run_tour("SmartcashKeepsWhatIsNoMultiple")
        self.assert_order(("Cashlogy", 5.02), ("Bank", 4.9))
        self.assertEqual(self.operations().match_state, "matched")
        self.assert_every_cent()


class TestOnlyCashIsRounded(TestCashRoundingTour):
    rounding_of_cash_only = True

    def test_what_the_machine_kept_is_no_multiple_and_the_order_can_be_finished(self):
        self.run_tour("SmartcashKeepsWhatIsNoMultiple")
        self.assert_order(("Cashlogy", 5.02), ("Bank", 4.88))
        self.assertEqual(self.operations().match_state, "matched")
        self.assert_every_cent()
